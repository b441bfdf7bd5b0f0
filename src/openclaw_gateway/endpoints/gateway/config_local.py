"""What of the config is changed on the gateway's machine only: a credential of the protocol is no shell.

Programs to run, files to write, read or serve, ways that requests are sent on, and where secrets come from
(security property P4).
"""

from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Final

from openclaw_gateway.config.key_path import KeyPath, format_key_path
from openclaw_gateway.config.normal_form import normalise
from openclaw_gateway.config.secrets import ALL_SECRETS, MEMORY_SEARCHES
from openclaw_gateway.config.slots import Pattern, find_slots
from openclaw_gateway.errors import Forbidden

LOCAL_ONLY: Final[tuple[Pattern, ...]] = (
    ("env",),
    ("hooks",),
    ("mcp",),
    ("plugins",),
    ("secrets",),
    ("logging", "file"),
    ("session", "store"),
    ("gateway", "remote"),
    ("gateway", "tls"),
    ("gateway", "controlUi", "root"),
    ("agents", "defaults", "workspace"),
    ("agents", "defaults", "cwd"),
    ("agents", "defaults", "repoRoot"),
    ("agents", "defaults", "sandbox", "workspaceRoot"),
    ("agents", "entries", "*", "workspace"),
    *[
        (*scope, "exec", key)
        for scope in (("tools",), ("agents", "entries", "*", "tools"))
        for key in ("mode", "pathPrepend", "safeBins", "safeBinTrustedDirs")
    ],
    ("agents", "entries", "*", "cwd"),
    ("agents", "entries", "*", "agentDir"),
    ("agents", "entries", "*", "sandbox", "workspaceRoot"),
    ("models", "providers", "*", "localService"),
    ("models", "providers", "*", "request", "proxy"),
    ("models", "providers", "*", "request", "tls"),
    # Embeddings go there with the key of whichever provider is chosen.
    *[(*place, "remote", "baseUrl") for place in MEMORY_SEARCHES],
)

# Where a provider's requests go. With a key of it at hand, a client that moved it would be sent the key.
_ADDRESSES: Final[tuple[Pattern, ...]] = (
    ("models", "providers", "*", "baseUrl"),
    ("models", "providers", "*", "models", "*", "baseUrl"),
)
_KEYS: Final[tuple[Pattern, ...]] = (
    ("models", "providers", "*", "apiKey"),
    ("models", "providers", "*", "headers"),
    ("models", "providers", "*", "models", "*", "headers"),
    ("models", "providers", "*", "request", "headers"),
)
_KEY_OWNERS: Final[tuple[Pattern, ...]] = (("auth", "profiles", "*", "provider"),)


def refuse_local_only(
    old: dict[str, object], new: dict[str, object], keyed_by_environment: Collection[str] = ()
) -> None:
    """Raise Forbidden for the first change from old to new that is not for a client to make.

    keyed_by_environment: ids of providers in `new` whose key is a variable, which no file names.
    """
    # Both in the one form: what has an older spelling must not come in by it.
    old, new = deepcopy(old), deepcopy(new)
    normalise(old)
    normalise(new)
    before, after = _parts(old), _parts(new)
    for path in (*after, *before):
        if before.get(path) != after.get(path) or (path in before) != (path in after):
            raise _not_from_afar(path)
    keyed = {slot.path[2] for slot in find_slots(old, _KEYS)} | set(keyed_by_environment)
    owners = {slot.path: slot.value for slot in find_slots(old, _KEY_OWNERS)}
    keyed.update(owner for owner in owners.values() if isinstance(owner, str))
    for slot in find_slots(new, _KEY_OWNERS):
        if owners.get(slot.path, slot.value) != slot.value:
            raise _not_from_afar(slot.path)
    addresses = {slot.path: slot.value for slot in find_slots(old, _ADDRESSES)}
    for slot in find_slots(new, _ADDRESSES):
        if slot.path[2] in keyed and addresses.get(slot.path) != slot.value:
            raise _not_from_afar(slot.path)
    before, after = dict(_references(old)), dict(_references(new))
    for path, reference in after.items():
        if before.get(path) != reference:
            raise _not_from_afar(path)


def _parts(tree: dict[str, object]) -> dict[KeyPath, object]:
    return {slot.path: slot.value for slot in find_slots(tree, LOCAL_ONLY)}


def _references(tree: dict[str, object]) -> Iterator[tuple[KeyPath, object]]:
    """What stands for a value from elsewhere: texts with `${NAME}`, and `$NAME` or a SecretRef for a secret."""
    yield from _with_variables(tree, ())
    for slot in find_slots(tree, ALL_SECRETS):
        if isinstance(slot.value, dict) or (isinstance(slot.value, str) and slot.value.startswith("$")):
            yield slot.path, slot.value


def _with_variables(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, object]]:
    if isinstance(value, str):
        if "${" in value:
            yield path, value
    elif isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _with_variables(below, (*path, key))


def _not_from_afar(path: KeyPath) -> Forbidden:
    place = format_key_path(path)
    return Forbidden(f"{place} can only be changed on the machine itself: openclaw config set {place} …")
