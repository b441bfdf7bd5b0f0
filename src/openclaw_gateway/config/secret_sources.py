"""Where SecretRefs get their values: the environment, private files, programs that are asked."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from openclaw_gateway.config.files import Unreadable, read_regular
from openclaw_gateway.config.issues import Unresolved
from openclaw_gateway.config.key_path import KeyPath, look_up
from openclaw_gateway.config.schema import ExecSecrets, FileSecrets, SecretRef, Secrets
from openclaw_gateway.config.schema.secrets import EnvSecrets, StoreSecrets
from openclaw_gateway.json_errors import JSON_ERRORS

_IDS = {
    "env": re.compile(r"[A-Z][A-Z0-9_]{0,127}\Z"),
    "file": re.compile(r"(?:value|(?:/(?:[^~/]|~[01])*+)++)\Z"),
    "exec": re.compile(r"(?!(?:.*/)?\.{1,2}(?:/|\Z))[A-Za-z0-9][A-Za-z0-9._:/#-]{0,255}\Z"),
    "store": re.compile(r"[A-Z][A-Z0-9_]{0,127}\Z"),
}


class SecretSources:
    """The providers of one config. Each file is read and each program asked at most once per `resolve`."""

    def __init__(self, section: Secrets, variables: Mapping[str, str]) -> None:
        self._section = section
        self._variables = variables

    def resolve(self, refs: Sequence[SecretRef]) -> dict[SecretRef, str | Unresolved]:
        """The value of every ref, or why it has none."""
        groups: dict[tuple[str, str], list[SecretRef]] = {}
        for ref in refs:
            alias = ref.provider or getattr(self._section.defaults, ref.source)
            groups.setdefault((ref.source, alias), []).append(ref)
        answers: dict[SecretRef, str | Unresolved] = {}
        for (source, alias), group in groups.items():
            try:
                values = self._ask(source, alias, [ref.id for ref in group])
            except Unresolved as error:
                answers.update(dict.fromkeys(group, error))
                continue
            for ref in group:
                value = values.get(ref.id)
                # A line end at the end of a file or of an output belongs to the tool, not to the secret.
                answers[ref] = value or Unresolved("there is no such value, or it is empty")
        return answers

    def _ask(self, source: str, alias: str, ids: list[str]) -> dict[str, str]:
        provider = self._section.providers.get(alias)
        if provider is None and source == "env":
            provider = EnvSecrets()
        match provider:
            case EnvSecrets(allowlist=allowed) if source == "env":
                return {name: self._variables.get(name, "") for name in ids if allowed is None or name in allowed}
            case FileSecrets() if source == "file":
                return _read_file(provider, ids)
            case ExecSecrets() if source == "exec":
                from openclaw_gateway.config.secret_program import ask_program

                return ask_program(provider, alias, ids, self._variables)
            case StoreSecrets():
                raise Unresolved("secrets in the state database are not available in this release")
            case _:
                raise Unresolved(f'secrets.providers has no "{alias}" of source {source}')


def is_id(ref: SecretRef) -> bool:
    """Whether a ref's id has the form of its source."""
    return _IDS[ref.source].match(ref.id) is not None


def _read_file(provider: FileSecrets, ids: list[str]) -> dict[str, str]:
    try:
        content = read_regular(Path(provider.path).expanduser(), provider.max_bytes, is_private=True)
        text = content.decode()
    except Unreadable as error:
        raise Unresolved(f"cannot read {provider.path}: {error}") from None
    except UnicodeDecodeError:
        raise Unresolved(f"{provider.path} is not UTF-8") from None
    if provider.mode == "singleValue":
        return {"value": text.strip()}
    try:
        tree = msgspec.json.decode(text)
    except JSON_ERRORS:
        raise Unresolved(f"{provider.path} is not JSON") from None
    values = {}
    for pointer in ids:
        found, value = look_up(tree, _read_pointer(pointer))
        if found and isinstance(value, str):
            values[pointer] = value
    return values


def _read_pointer(pointer: str) -> KeyPath:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
