"""`config.get`, `config.schema`, `config.set`, `config.patch` and `config.apply`: the config file, from afar.

Reading shows what the file says, with placeholders for secrets, and never what variables hold. Writing needs the hash
of what was read, so that nobody overwrites what they did not see. What names programs, files or sources of secrets is
changed on the machine itself only (`config_local`).
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from openclaw_gateway import COMPATIBLE_VERSION
from openclaw_gateway.endpoints.gateway.sessions_subscribe import NoParams
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Conflict, GatewayError, InvalidRequest, NotFound

if TYPE_CHECKING:
    from openclaw_gateway.config.key_path import KeyPath
    from openclaw_gateway.config.load import Loaded
    from openclaw_gateway.config.source import Source
    from openclaw_gateway.config.write import Change, Written

MAX_CHANGES: Final = 5000
HASH_REQUIRED: Final = "config base hash required{place}; re-run config.get and retry with baseHash"

_Raw = Annotated[str, msgspec.Meta(min_length=1, max_length=2 * 1024 * 1024)]


class ConfigSetParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """raw: the whole new config, as JSON5. base_hash: `hash` of config.get; not needed for a first file."""

    raw: _Raw
    base_hash: str | None = None


class ConfigPatchParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """raw: a merge patch, as JSON5; null removes. replace_paths: lists that may lose entries.

    The others are about telling somebody of the restart, and change nothing here.
    """

    raw: _Raw
    base_hash: str | None = None
    replace_paths: Annotated[tuple[str, ...], msgspec.Meta(max_length=256)] = ()
    session_key: str | None = None
    delivery_context: dict[str, msgspec.Raw] | None = None
    note: str | None = None
    restart_delay_ms: int | None = None


class ConfigApplyParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """As for config.set."""

    raw: _Raw
    base_hash: str | None = None
    session_key: str | None = None
    delivery_context: dict[str, msgspec.Raw] | None = None
    note: str | None = None
    restart_delay_ms: int | None = None


# --- Reading --------------------------------------------------------------------------------------------------------


async def config_get(call: Call[NoParams]) -> dict[str, object]:
    """The file as it is on disk now, whether it is valid, and the hash to write with."""
    return await asyncio.to_thread(_read, loaded_of(call.services))


def loaded_of(services: Services) -> "Loaded":
    """The config in force. Raises NotFound where it came from no file."""
    if services.loaded is None:
        raise NotFound("this gateway was not started from a config file")
    return services.loaded


def _read(loaded: "Loaded") -> dict[str, object]:
    from openclaw_gateway.config.issues import ConfigInvalid
    from openclaw_gateway.config.load import LaunchOptions, build
    from openclaw_gateway.config.redact import redact
    from openclaw_gateway.config.source import Source, read_source

    issues: list[dict[str, object]] = []
    warnings: list[str] = []
    source = Source(loaded.path)
    try:
        source = read_source(loaded.path, loaded.paths.include_roots)
        warnings += build(source, loaded.paths, LaunchOptions(), loaded.environment, wanted=()).warnings
    except ConfigInvalid as error:
        issues += [issue.as_json() for issue in error.issues]
    shown = redact(source.tree)
    return {
        "path": str(loaded.path),
        "includedPaths": [str(document.path) for prefix, document in source.mounts if prefix],
        "exists": source.exists,
        "raw": None,
        "parsed": shown,
        "sourceConfig": shown,
        "resolved": shown,
        "runtimeConfig": shown,
        "config": shown,
        "hash": source.raw_hash,
        "configRevisionHash": source.raw_hash,
        "appliedConfigHash": loaded.raw_hash,
        "valid": not issues,
        "issues": issues,
        "warnings": [{"path": "", "message": warning} for warning in warnings],
        "legacyIssues": [],
    }


async def config_schema(call: Call[NoParams]) -> dict[str, object]:
    """The JSON Schema of the file."""
    from openclaw_gateway.config.json_schema import json_schema

    generated_at = datetime.fromtimestamp(call.services.now_ms() / 1000, UTC).isoformat()
    schema = await asyncio.to_thread(json_schema)
    return {"schema": schema, "uiHints": {}, "version": COMPATIBLE_VERSION, "generatedAt": generated_at}


# --- Writing --------------------------------------------------------------------------------------------------------


async def config_set(call: Call[ConfigSetParams]) -> dict[str, object]:
    """Replace the file, and wait until what it says is in force, as far as it can be."""
    call.services.config_writes.admit("config.set", call.caller.principal)
    params = call.params
    told = await asyncio.to_thread(_set, call.services, params.raw, params.base_hash)
    return await take_over(call.services, told)


async def config_patch(call: Call[ConfigPatchParams]) -> dict[str, object]:
    """Change parts of the file, and wait as config.set does."""
    call.services.config_writes.admit("config.patch", call.caller.principal)
    params = call.params
    told = await asyncio.to_thread(_patch, call.services, params.raw, params.base_hash, params.replace_paths)
    return await take_over(call.services, told)


async def config_apply(call: Call[ConfigApplyParams]) -> dict[str, object]:
    """As config.set. The original's restarts; this one tells when that is needed."""
    call.services.config_writes.admit("config.apply", call.caller.principal)
    params = call.params
    told = await asyncio.to_thread(_set, call.services, params.raw, params.base_hash)
    return await take_over(call.services, told)


async def take_over(services: Services, told: dict[str, object]) -> dict[str, object]:
    """Add what became of the written file: it is written, so this is no error any more.

    Nothing is waited for after the check: a change of the credential closes the caller's socket in the next step.
    """
    if services.config_watch is None:
        return told
    state = await services.config_watch.check()
    return {**told, "restartRequired": state.state != "current", "configState": state}


def _set(services: Services, raw: str, base_hash: str | None) -> dict[str, object]:
    from openclaw_gateway.config.write import Change

    loaded = loaded_of(services)
    tree = _parse(loaded.path, raw)
    source = require_hash(loaded, base_hash, "")
    written = write_config(services, source, [Change((), tree)], may_replace=True)
    return _tell_written(loaded, written)


def _patch(services: Services, raw: str, base_hash: str | None, replace_paths: Sequence[str]) -> dict[str, object]:
    from openclaw_gateway.config.key_path import format_key_path

    loaded = loaded_of(services)
    patch = _parse(loaded.path, raw)
    changes = list(islice(_list_changes(patch, ()), MAX_CHANGES + 1))
    if len(changes) > MAX_CHANGES:
        raise InvalidRequest(f"a patch makes at most {MAX_CHANGES} changes; use config.set", param="raw")
    named = [format_key_path(change.path) for change in changes]
    source = require_hash(loaded, base_hash, f" for {named[0]}" if named else "")
    changes = [change for change in changes if _is_change(change, source)]
    for change in changes:
        _refuse_lost_entries(change, source, replace_paths)
    written = write_config(services, source, changes, may_replace=bool(replace_paths))
    changed = [format_key_path(change.path) for change in changes]
    return {**_tell_written(loaded, written), "changedPaths": changed}


def _parse(path: Path, raw: str) -> dict[str, object]:
    from openclaw_gateway.config.document import Document, NotJson5

    try:
        value = Document(path, raw).value
    except NotJson5 as error:
        raise InvalidRequest(f"raw is not JSON5: {error}", param="raw") from error
    if not isinstance(value, dict):
        raise InvalidRequest("raw must be an object", param="raw")
    return value


def require_hash(loaded: "Loaded", base_hash: str | None, place: str) -> "Source":
    """The file as it is now, if it is the one that the caller has read."""
    from openclaw_gateway.config.issues import ConfigInvalid
    from openclaw_gateway.config.source import read_source

    try:
        source = read_source(loaded.path, loaded.paths.include_roots)
    except ConfigInvalid as error:
        raise InvalidRequest("the config on disk cannot be read; mend it there first") from error
    if source.exists and base_hash is None:
        raise InvalidRequest(HASH_REQUIRED.format(place=place), param="baseHash")
    if base_hash is not None and source.raw_hash != base_hash:
        raise Conflict("config changed since last load; re-run config.get and retry", param="baseHash")
    return source


def _list_changes(patch: dict[str, object], path: "KeyPath") -> "Iterator[Change]":
    """The places that a merge patch (RFC 7396) changes."""
    from openclaw_gateway.config.write import Change

    for key, value in patch.items():
        place = (*path, key)
        if value is None:
            yield Change(place, is_removal=True)
        elif isinstance(value, dict) and value:
            yield from _list_changes(value, place)
        else:
            yield Change(place, value)


def _is_change(change: "Change", source: "Source") -> bool:
    from openclaw_gateway.config.key_path import look_up

    found, value = look_up(source.tree, change.path)
    if change.value == {} and isinstance(value, dict):
        return change.is_removal  # a patch without members changes none
    return found if change.is_removal else not found or value != change.value


def _refuse_lost_entries(change: "Change", source: "Source", replace_paths: Sequence[str]) -> None:
    from openclaw_gateway.config.key_path import format_key_path, look_up

    _, old = look_up(source.tree, change.path)
    place = format_key_path(change.path)
    if not isinstance(old, list) or place in replace_paths:
        return
    new = change.value if isinstance(change.value, list) else []
    if any(item not in new for item in old):
        raise InvalidRequest(f"{place} would lose entries; name it in replacePaths to replace the list", param="raw")


def write_config(
    services: Services, source: "Source", changes: "Sequence[Change]", *, may_replace: bool, is_ours: bool = False
) -> "Written":
    """Try it, look at what it would change, and do it if nobody was faster.

    is_ours: the gateway itself chose the values, so that they may be in places that clients may not change.
    """
    from openclaw_gateway.config.issues import ConfigInvalid
    from openclaw_gateway.config.load import LaunchOptions
    from openclaw_gateway.config.write import FileChanged, WriteRefused, write_changes
    from openclaw_gateway.endpoints.gateway.config_local import refuse_local_only

    loaded = loaded_of(services)
    write = partial(
        write_changes,
        changes,
        LaunchOptions(profile=loaded.paths.profile),
        loaded.environment,
        may_replace=may_replace,
        expected_hash=source.raw_hash,
    )
    try:
        tried = write(is_dry_run=True).loaded
        planned = tried.source
        if not is_ours:
            refuse_local_only(source.tree, planned.tree, tried.provider_keys)
        _refuse_unsafe(services, loaded, planned)
        return write()
    except FileChanged as error:
        raise Conflict(str(error), param="baseHash") from error
    except WriteRefused as error:
        raise InvalidRequest(str(error), param="raw") from error
    except ConfigInvalid as error:
        listed = [issue.as_json() for issue in error.issues]
        raise InvalidRequest(
            f"invalid config: {error.issues[0].path}: {error.issues[0].message}", details={"issues": listed}
        ) from error
    except OSError as error:
        raise GatewayError(f"the config cannot be written: {error.strerror}") from error


def _refuse_unsafe(services: Services, loaded: "Loaded", planned: "Source") -> None:
    """Leave no file behind that the next start refuses. Raises ConfigInvalid too."""
    from openclaw_gateway.auth.start_check import UnsafeStart
    from openclaw_gateway.config.load import build

    next_one = build(planned, loaded.paths, loaded.options, loaded.environment)
    if services.check_config is None:
        return
    try:
        services.check_config(next_one)
    except (UnsafeStart, ValueError) as error:
        raise InvalidRequest(f"nothing was written, no gateway would start with it: {error}", param="raw") from None


def _tell_written(loaded: "Loaded", written: "Written") -> dict[str, object]:
    from openclaw_gateway.config.redact import redact

    return {
        "ok": True,
        "path": str(loaded.path),
        "config": redact(written.loaded.source.tree),
        "hash": _hash_of(loaded),
        "restartRequired": written.is_changed,
    }


def _hash_of(loaded: "Loaded") -> str:
    from openclaw_gateway.config.source import read_source

    return read_source(loaded.path, loaded.paths.include_roots).raw_hash
