"""The secret fields of a tree, turned into plain text once, before the config is built.

A secret is a text, `$NAME`, `${NAME}` (filled in before), or a ref: {"source": "env"|"file"|"exec", "provider", "id"}.
A ref that fails in the gateway's own credentials stops the start; anywhere else it takes away that one secret, with a
warning, and its owner fails when it is used. Messages name the place and the ref, never a value.
Source: OpenClaw docs/gateway/secrets.md.
"""

import re
from collections.abc import Collection, Mapping

import msgspec

from openclaw_gateway.config.issues import Unresolved
from openclaw_gateway.config.key_path import KeyPath, format_key_path
from openclaw_gateway.config.schema import SecretRef, Secrets
from openclaw_gateway.config.slots import Pattern, Slot, find_slots
from openclaw_gateway.config.validate import Fault

GATEWAY_SECRETS: tuple[Pattern, ...] = (("gateway", "auth", "token"), ("gateway", "auth", "password"))
REMOTE_SECRETS: tuple[Pattern, ...] = (("gateway", "remote", "token"), ("gateway", "remote", "password"))
# Where the file says how memories are searched; `remote` there is an address with a key of its own.
MEMORY_SEARCHES: tuple[Pattern, ...] = (
    ("memory", "search"),
    ("agents", "defaults", "memorySearch"),
    ("agents", "entries", "*", "memorySearch"),
    ("agents", "entries", "*", "memory", "search"),
)
OWNED_SECRETS: tuple[Pattern, ...] = (
    ("auth", "profiles", "*", "apiKey"),
    ("models", "providers", "*", "apiKey"),
    ("models", "providers", "*", "headers", "*"),
    ("models", "providers", "*", "models", "*", "headers", "*"),
    ("models", "providers", "*", "request", "headers", "*"),
    *(("models", "providers", "*", "request", "tls", name) for name in ("ca", "cert", "key", "passphrase")),
    ("tools", "web", "search", "apiKey"),
    ("tools", "web", "fetch", "headers", "*"),
    ("mcp", "servers", "*", "env", "*"),
    ("mcp", "servers", "*", "headers", "*"),
    ("skills", "entries", "*", "apiKey"),
    ("skills", "entries", "*", "env", "*"),
    ("diagnostics", "otel", "headers", "*"),
    *((*place, "remote", *secret) for place in MEMORY_SEARCHES for secret in (("apiKey",), ("headers", "*"))),
)
ALL_SECRETS = GATEWAY_SECRETS + REMOTE_SECRETS + OWNED_SECRETS

_VARIABLE = re.compile(r"\$(?:[A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})")


def names_variable(text: str) -> bool:
    """Whether a text in the place of a secret is `$NAME` or `${NAME}` and nothing else, so that it holds none."""
    return _VARIABLE.fullmatch(text) is not None


class Resolution:
    """What became of the secrets. inactive: secrets of a part that is not in use. unset: places of `$NAME` and the
    names, where no such variable is set.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.warnings: list[str] = []
        self.inactive: list[KeyPath] = []
        self.unset: list[tuple[KeyPath, str]] = []


def resolve_secrets(
    tree: dict[str, object],
    variables: Mapping[str, str],
    wanted: tuple[Pattern, ...] = ALL_SECRETS,
    unfilled: Collection[KeyPath] = (),
) -> Resolution:
    """Leave plain text, or nothing, at every secret place of the tree. unfilled: texts whose variables were missing.

    Every ref must have the right form, but only `wanted` ones are resolved; the others are taken away, so that a client
    command asks no program for the keys of providers. Secrets of the remote gateway are in use only in remote mode.
    """
    gateway = tree.get("gateway")
    is_remote = isinstance(gateway, dict) and gateway.get("mode") == "remote"
    resolution = Resolution()
    refs: list[tuple[Slot, SecretRef]] = []
    for pattern in ALL_SECRETS:
        is_active = pattern in wanted and (is_remote or pattern not in REMOTE_SECRETS)
        for slot in find_slots(tree, (pattern,)):
            if isinstance(slot.value, dict):
                ref = _read_ref(slot, slot.value, resolution)
                slot.replace("")
                if ref is not None and is_active:
                    refs.append((slot, ref))
            elif isinstance(slot.value, str) and is_active:
                _fill(slot, slot.value, variables, unfilled, resolution)
            if not is_active and isinstance(slot.value, str):
                if pattern in wanted:
                    resolution.inactive.append(slot.path)
                slot.remove()
    if refs and not resolution.faults:
        _fetch(refs, tree, variables, resolution)
    return resolution


def _fill(
    slot: Slot, text: str, variables: Mapping[str, str], unfilled: Collection[KeyPath], resolution: Resolution
) -> None:
    """Look `$NAME` up; take away what could not be filled in."""
    name = text[1:]
    if slot.path in unfilled:  # the warning was given when variables were filled in
        slot.remove()
    elif text.startswith("$") and name == name.upper() and name.isidentifier():
        if variables.get(name):
            slot.replace(variables[name])
        else:
            slot.remove()
            resolution.unset.append((slot.path, name))


def _read_ref(slot: Slot, value: dict[str, object], resolution: Resolution) -> SecretRef | None:
    try:
        ref = msgspec.convert(value, SecretRef)
    except msgspec.ValidationError as error:
        resolution.faults.append(Fault(slot.path, f"Invalid secret reference: {error}", expected="a SecretRef"))
        return None
    from openclaw_gateway.config.secret_sources import is_id

    if not is_id(ref):
        message = f"Invalid secret reference: the id does not have the form of source {ref.source}"
        resolution.faults.append(Fault((*slot.path, "id"), message, expected=f"an id of source {ref.source}"))
        return None
    return ref


def _fetch(
    refs: list[tuple[Slot, SecretRef]], tree: dict[str, object], variables: Mapping[str, str], resolution: Resolution
) -> None:
    from openclaw_gateway.config.secret_sources import SecretSources

    try:
        section = msgspec.convert(tree.get("secrets", {}), Secrets)
    except msgspec.ValidationError:  # told with its place when the whole tree is validated
        section = Secrets()
    answers = SecretSources(section, variables).resolve([ref for _, ref in refs])
    for slot, ref in refs:
        answer = answers[ref]
        if not isinstance(answer, Unresolved):
            slot.replace(answer)
            continue
        message = f"cannot resolve the secret reference {ref.source}:{ref.provider or 'default'}:{ref.id}: {answer}"
        if slot.path in GATEWAY_SECRETS:
            resolution.faults.append(Fault(slot.path, message))
        else:
            resolution.warnings.append(f"{format_key_path(slot.path)}: {message}")
            slot.remove()
