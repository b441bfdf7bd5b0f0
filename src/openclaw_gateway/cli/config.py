"""`openclaw config`: read, change and check the config file without an editor.

Values are JSON5, or plain text when they are not. A change is checked before it is written, and comments survive it.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_gateway.cli.config_values import read_changes, read_text
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.foresight import foresee_start
from openclaw_gateway.cli.options import common_options
from openclaw_gateway.config.environment import Environment
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.key_path import KeyPath, format_key_path, look_up, parse_key_path
from openclaw_gateway.config.load import LaunchOptions, build, locate, read_environment
from openclaw_gateway.config.redact import redact
from openclaw_gateway.config.shape import find_unknown_key
from openclaw_gateway.config.source import Source, read_source
from openclaw_gateway.config.validate import Fault

if TYPE_CHECKING:
    from openclaw_gateway.config.write import Change, Written

_PATH_HELP = 'dots and brackets: gateway.port, models.providers["a/b"].models[0].id'
_RESTART = "Restart the gateway to apply."
_LIVE = "Change will apply without restarting the gateway."


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `config` and of what stands behind it."""
    config = subparsers.add_parser("config", help="read, change and check the config file", parents=[common_options()])
    actions = config.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, line: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=line, parents=[common_options()])

    get = action("get", "print a value; secrets stay hidden")
    get.add_argument("path", help=_PATH_HELP)
    _add_set(action("set", "change a value"))
    unset = action("unset", "take a value away")
    unset.add_argument("path", help=_PATH_HELP)
    unset.add_argument("--dry-run", action="store_true", help="check, and write nothing")
    patch = action("patch", "merge a JSON5 object into the file; null takes away")
    where = patch.add_mutually_exclusive_group(required=True)
    where.add_argument("--file", metavar="PATH", help="read the patch from a file")
    where.add_argument("--stdin", action="store_true", help="read the patch from standard input")
    patch.add_argument("--dry-run", action="store_true", help="check, and write nothing")
    patch.add_argument("--replace", action="store_true", help="let protected maps lose entries")
    action("validate", "check the file and say everything that is wrong with it")
    action("file", "print where the file is")
    action("schema", "print the JSON Schema (draft-07) of the file")


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", help=_PATH_HELP)
    parser.add_argument("value", nargs="?", help="JSON5, else plain text")
    parser.add_argument("--strict-json", action="store_true", help="refuse a value that is not JSON5")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--merge", action="store_true", help="merge an object into the one that is there")
    how.add_argument("--replace", action="store_true", help="let protected maps lose entries")
    parser.add_argument("--dry-run", action="store_true", help="check, and write nothing")
    batch = parser.add_mutually_exclusive_group()
    batch.add_argument("--batch-json", metavar="JSON", help='[{"path", "value" | "ref" | "provider"}, …], all or none')
    batch.add_argument("--batch-file", metavar="PATH", help="the same from a file")
    expect = parser.add_mutually_exclusive_group()
    expect.add_argument("--expect-current-json", metavar="JSON", help="write only if this is the value now")
    expect.add_argument("--expect-current-absent", action="store_true", help="write only if there is no value now")
    ref = parser.add_argument_group("a secret by name instead of a value")
    ref.add_argument("--ref-source", choices=("env", "file", "exec", "store"))
    ref.add_argument("--ref-provider", metavar="ALIAS", default="default")
    ref.add_argument("--ref-id", metavar="ID")
    provider = parser.add_argument_group("a source of secrets instead of a value (path secrets.providers.<alias>)")
    provider.add_argument("--provider-source", choices=("env", "file", "exec"))
    provider.add_argument("--provider-path", metavar="PATH")
    provider.add_argument("--provider-mode", choices=("json", "singleValue"))
    provider.add_argument("--provider-command", metavar="PATH")
    provider.add_argument("--provider-arg", metavar="TEXT", action="append")
    provider.add_argument("--provider-pass-env", metavar="NAME", action="append")
    provider.add_argument("--provider-allowlist", metavar="NAME", action="append")
    provider.add_argument("--provider-timeout-ms", metavar="MS", type=int)


def run(args: argparse.Namespace, console: Console) -> int:
    """Do what was asked; 1 when it cannot be done or the file is invalid."""
    try:
        return _ACTIONS[args.action](args, console)
    except ConfigInvalid as invalid:
        raise _invalid(invalid) from invalid


def _get(args: argparse.Namespace, console: Console) -> int:
    path = _parse(args.path)
    found, value = look_up(_source(args).tree, path)
    if not found:
        unknown = find_unknown_key(path)
        reason = "It is not set, so its default applies." if unknown is None else _explain(unknown)
        raise CommandFailed(f"Config path not found: {args.path}. {reason}")
    shown = redact(value, path)
    if console.is_json or not isinstance(shown, str):
        console.document(shown)
    else:
        console.answer(shown)
    return Exit.OK


def _set(args: argparse.Namespace, console: Console) -> int:
    changes = read_changes(args, _parse)
    tree = _source(args).tree
    _check_expected(args, changes[0].path, tree)
    if args.merge:
        changes = [change._replace(value=_merged(look_up(tree, change.path)[1], change.value)) for change in changes]
    written = _write(args, changes)
    _tell(args, console, written, [change.path for change in changes])
    return Exit.OK


def _unset(args: argparse.Namespace, console: Console) -> int:
    from openclaw_gateway.config.write import Change

    path = _parse(args.path)
    if not look_up(_source(args).tree, path)[0] and (unknown := find_unknown_key(path)):
        raise CommandFailed(f"Config path not found: {args.path}. {_explain(unknown)} Nothing was changed.")
    written = _write(args, [Change(path, is_removal=True)])
    _tell(args, console, written, [path])
    return Exit.OK


def _patch(args: argparse.Namespace, console: Console) -> int:
    from openclaw_gateway.cli.config_values import parse_json5, patch_changes

    if console.is_json and not args.dry_run:
        raise CommandFailed("config patch prints JSON with --dry-run only", exit_code=Exit.USAGE)
    text = sys.stdin.read() if args.stdin else read_text(args.file)
    patch = parse_json5(text, "the patch")
    if not isinstance(patch, dict):
        raise CommandFailed("the patch must be an object")
    changes = patch_changes(patch, _source(args).tree)
    written = _write(args, changes)
    _tell(args, console, written, [change.path for change in changes])
    return Exit.OK


def _validate(args: argparse.Namespace, console: Console) -> int:
    environment = read_environment()
    options = _options(args)
    paths = locate(options, environment)
    source = read_source(paths.config_path, paths.include_roots)
    # Checking asks no program for secrets: it must be safe to run on a file that someone sent.
    loaded = build(source, paths, options, environment, wanted=())
    foresight = foresee_start(source, paths, options, environment)
    refusal = [f"the gateway will refuse to start: {foresight.objection}"] if foresight.objection else []
    warnings = [*loaded.warnings, *foresight.warnings, *refusal]
    if console.is_json:
        console.document({"valid": not refusal, "path": str(paths.config_path), "warnings": warnings})
        return Exit.FAILED if refusal else Exit.OK
    for warning in warnings:
        console.warn(warning)
    if refusal:
        return Exit.FAILED
    missing = "" if loaded.exists else " (there is no such file; the defaults apply)"
    console.answer(f"Config valid: {paths.config_path}{missing}")
    return Exit.OK


def _file(args: argparse.Namespace, console: Console) -> int:
    path = str(locate(_options(args), read_environment()).config_path)
    if console.is_json:
        console.document({"path": path})
    else:
        console.answer(path)
    return Exit.OK


def _schema(_: argparse.Namespace, console: Console) -> int:
    from openclaw_gateway.config.json_schema import json_schema

    console.document(json_schema())
    return Exit.OK


_ACTIONS = {
    "get": _get,
    "set": _set,
    "unset": _unset,
    "patch": _patch,
    "validate": _validate,
    "file": _file,
    "schema": _schema,
}


def _options(args: argparse.Namespace) -> LaunchOptions:
    return LaunchOptions(profile=args.profile, dev=args.dev)


def _source(args: argparse.Namespace) -> Source:
    paths = locate(_options(args), read_environment())
    return read_source(paths.config_path, paths.include_roots)


def _parse(text: str) -> KeyPath:
    try:
        return parse_key_path(text)
    except ValueError as error:
        raise CommandFailed(str(error)) from error


def _check_expected(args: argparse.Namespace, path: KeyPath, tree: dict[str, object]) -> None:
    from openclaw_gateway.cli.config_values import parse_json5

    found, current = look_up(tree, path)
    if args.expect_current_absent and found:
        raise CommandFailed(f"{format_key_path(path)} is set, and was expected not to be. Nothing was changed.")
    if args.expect_current_json is not None:
        expected = parse_json5(args.expect_current_json, "--expect-current-json")
        if not found or current != expected:
            raise CommandFailed(f"{format_key_path(path)} is not what was expected. Nothing was changed.")


def _merged(below: object, above: object) -> object:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}
    return above


def _write(args: argparse.Namespace, changes: "list[Change]") -> "Written":
    from openclaw_gateway.cli.config_values import check_models
    from openclaw_gateway.config.write import WriteRefused, write_changes

    options, environment = _options(args), read_environment()
    may_replace = bool(getattr(args, "replace", False))
    try:
        planned = write_changes(changes, options, environment, may_replace=may_replace, is_dry_run=True)
        check_models(changes, planned.loaded)
        _refuse_unsafe(planned.loaded.source, options, environment)
        if args.dry_run:
            return planned
        return write_changes(changes, options, environment, may_replace=may_replace)
    except WriteRefused as refused:
        raise CommandFailed(str(refused)) from refused
    except ConfigInvalid as invalid:
        listed = "; ".join(f"{issue.path}: {issue.message}{issue.hint}" for issue in invalid.issues)
        issues = [issue.as_json() for issue in invalid.issues]
        raise CommandFailed(f"Config validation failed: {listed}", more={"issues": issues}) from invalid
    except OSError as error:
        path = locate(options, environment).config_path
        raise CommandFailed(f"Cannot write {path}: {error.strerror}. Nothing was changed.") from error


def _refuse_unsafe(planned: Source, options: LaunchOptions, environment: Environment) -> None:
    """Leave no file behind that the next start refuses, unless it refuses the one of now already: mending has steps."""
    paths = locate(options, environment)
    objection = foresee_start(planned, paths, options, environment).objection
    if objection is None:
        return
    now = read_source(paths.config_path, paths.include_roots)
    if foresee_start(now, paths, options, environment).objection is None:
        raise CommandFailed(f"The gateway would refuse to start: {objection}. Nothing was changed.")


def _tell(args: argparse.Namespace, console: Console, written: "Written", paths: list[KeyPath]) -> None:
    names = list(dict.fromkeys(map(format_key_path, paths)))
    if console.is_json:
        document = {"ok": True, "changed": written.is_changed, "file": str(written.file), "paths": names}
        console.document({**document, "dryRun": True} if args.dry_run else document)
    elif args.dry_run:
        console.answer(f"Dry run: {', '.join(names)} would change in {written.file}." if written.is_changed else _SAME)
    elif written.is_changed:
        from openclaw_gateway.config.reload import is_hot

        when = _LIVE if all(map(is_hot, paths)) else _RESTART
        console.answer(f"{'Removed' if args.action == 'unset' else 'Updated'} {', '.join(names)}. {when}")
    else:
        console.answer(_SAME)


_SAME = "The config says that already. Nothing was changed."


def _explain(unknown: Fault) -> str:
    """The words of `config validate`, without a place: the path is on the command line, not in the file."""
    issue = unknown.issue()
    return f"{issue.path}: {issue.message}{issue.hint}."


def _invalid(invalid: ConfigInvalid) -> CommandFailed:
    issues = [issue.as_json() for issue in invalid.issues]
    more: dict[str, object] = {"valid": False, "path": str(Path(invalid.path)), "issues": issues}
    return CommandFailed(
        invalid.heading,
        more={**more, "warnings": invalid.warnings} if invalid.warnings else more,
        console_lines=(*(issue.for_person() for issue in invalid.issues), *invalid.warnings),
    )
