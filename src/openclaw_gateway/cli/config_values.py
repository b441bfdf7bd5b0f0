"""What `openclaw config set` and `patch` are to write, read from their arguments and files."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_gateway.cli.console import CommandFailed, Exit
from openclaw_gateway.config.document import Document, NotJson5
from openclaw_gateway.config.key_path import KeyPath, format_key_path, look_up
from openclaw_gateway.config.write import Change

if TYPE_CHECKING:
    from openclaw_gateway.config.load import Loaded

MAX_INPUT_BYTES = 2 * 1024 * 1024


def parse_json5(text: str, name: str) -> object:
    """The value of a JSON5 text; name says to a person which text it is."""
    try:
        return Document(Path(name), text).value
    except NotJson5 as error:
        raise CommandFailed(f"{name}: {error.message} (line {error.line}, column {error.column})") from error


def read_text(path: str) -> str:
    """A text file that a person named; "-" would be confusing beside --stdin, so it is a name like any other."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_INPUT_BYTES + 1)
        text = content.decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8, or not a file name"
        raise CommandFailed(f"Cannot read {path}: {reason}") from error
    if len(content) > MAX_INPUT_BYTES:
        raise CommandFailed(f"Cannot read {path}: larger than {MAX_INPUT_BYTES} bytes")
    return text


def read_changes(args: argparse.Namespace, parse_path: Callable[[str], KeyPath]) -> list[Change]:
    """The changes of `config set`: one from its arguments, or those of a batch."""
    if args.batch_json is not None or args.batch_file is not None:
        if args.path is not None:
            raise CommandFailed("give either a path or a batch", exit_code=Exit.USAGE)
        text = args.batch_json if args.batch_json is not None else read_text(args.batch_file)
        return _read_batch(parse_json5(text, "the batch"), parse_path)
    if args.path is None:
        raise CommandFailed("config set needs a path", exit_code=Exit.USAGE)
    return [Change(parse_path(args.path), _read_value(args))]


def _read_value(args: argparse.Namespace) -> object:
    given = [name for name in ("value", "ref_source", "provider_source") if getattr(args, name) is not None]
    if len(given) != 1:
        raise CommandFailed("config set needs one of a value, --ref-source or --provider-source", exit_code=Exit.USAGE)
    if given == ["ref_source"]:
        if args.ref_id is None:
            raise CommandFailed("--ref-source needs --ref-id", exit_code=Exit.USAGE)
        return {"source": args.ref_source, "provider": args.ref_provider, "id": args.ref_id}
    if given == ["provider_source"]:
        fields = {
            "path": args.provider_path,
            "mode": args.provider_mode,
            "command": args.provider_command,
            "args": args.provider_arg,
            "passEnv": args.provider_pass_env,
            "allowlist": args.provider_allowlist,
            "timeoutMs": args.provider_timeout_ms,
        }
        return {"source": args.provider_source, **{key: value for key, value in fields.items() if value is not None}}
    try:
        return Document(Path("value"), args.value).value
    except NotJson5 as error:
        if args.strict_json:
            raise CommandFailed(f"the value is not JSON5: {error.message}") from error
        return args.value


def _read_batch(batch: object, parse_path: Callable[[str], KeyPath]) -> list[Change]:
    changes = []
    for index, item in enumerate(batch if isinstance(batch, list) else []):
        kinds = [key for key in ("value", "ref", "provider") if isinstance(item, dict) and key in item]
        if not isinstance(item, dict) or not isinstance(item.get("path"), str) or len(kinds) != 1 or len(item) != 2:
            raise CommandFailed(f"batch[{index}]: expected a path and one of value, ref, provider")
        changes.append(Change(parse_path(item["path"]), item[kinds[0]]))
    if not changes:
        raise CommandFailed("the batch must be a list with at least one change")
    return changes


def patch_changes(patch: dict[str, object], tree: object, path: KeyPath = ()) -> list[Change]:
    """A merge patch (RFC 7396) as changes of single places; removing what is not there is no change."""
    changes = []
    for key, value in patch.items():
        place = (*path, key)
        found, current = look_up(tree, (key,))
        if value is None:
            changes += [Change(place, is_removal=True)] if found else []
        elif isinstance(value, dict) and isinstance(current, dict):
            changes += patch_changes(value, current, place)
        else:
            changes.append(Change(place, _without_nulls(value)))
    return changes


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def check_models(changes: list[Change], loaded: "Loaded") -> None:
    """Refuse a change that names a model which nothing serves. Raises CommandFailed."""
    from openclaw_gateway.config.normal_form import MODEL_CHOICES
    from openclaw_gateway.config.slots import find_slots

    slots = [
        slot
        for slot in find_slots(loaded.source.tree, MODEL_CHOICES)
        for change in changes
        if not change.is_removal and _overlap(slot.path, change.path)
    ]
    if not slots:
        return
    from openclaw_gateway.errors import NotFound
    from openclaw_gateway.models.catalog import Catalog
    from openclaw_gateway.models.http_client import HttpClient

    catalog = Catalog.build(loaded.config, loaded.provider_keys, HttpClient())
    for slot in slots:
        for ref in _refs(slot.value):
            try:
                catalog.resolve(ref)
            except NotFound as error:
                raise CommandFailed(f"{format_key_path(slot.path)}: {error.message}. Nothing was changed.") from error


def _overlap(one: KeyPath, other: KeyPath) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _refs(choice: object) -> list[str]:
    if isinstance(choice, str):
        return [choice]
    if not isinstance(choice, dict):
        return []
    fallbacks = choice.get("fallbacks")
    named = [choice.get("primary"), *(fallbacks if isinstance(fallbacks, list) else [])]
    return [ref for ref in named if isinstance(ref, str) and "${" not in ref]
