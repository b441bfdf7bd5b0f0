"""`openclaw approvals`: which commands of agents wait for a person, the person's answer, and what is allowed for good.

Everything is asked of the gateway. It is for people: inside of a command of an agent it refuses.
"""

import argparse
import sys
import time
from pathlib import Path

import msgspec

from openclaw_gateway.cli.answers import Asker, read
from openclaw_gateway.cli.columns import columns, one_line
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, filled, milliseconds, target_options
from openclaw_gateway.cli.target import connected
from openclaw_gateway.cli.waiting_commands import answers, fold
from openclaw_gateway.client import JsonValue
from openclaw_gateway.config.load import read_environment
from openclaw_gateway.json_errors import JSON_ERRORS

# The file may not be larger (docs/reference/exec-approvals.md).
_MAX_FILE_BYTES = 1024 * 1024

_Object = dict[str, object]


class _Asked(msgspec.Struct, rename="camel"):
    command: str
    cwd: str = ""
    agent_id: str = ""
    session_key: str = ""
    warning_text: str | None = None
    allowed_decisions: tuple[str, ...] = ("allow-once", "deny")


class _Approval(msgspec.Struct, rename="camel"):
    """What is shown of a command that waits."""

    id: str
    request: _Asked
    expires_at_ms: int = 0


class _Record(msgspec.Struct, rename="camel"):
    """The file of what is allowed for good."""

    path: str
    hash: str
    file: _Object


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`approvals` without an action is `approvals list`."""
    parents = [common_options(), target_options(), _time_option()]
    parser = subparsers.add_parser("approvals", help="allow or deny the commands of agents", parents=parents)
    parser.set_defaults(timeout=10_000)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def action(name: str, line: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=line, parents=[common_options(), target_options(), _time_option()])

    action("list", "commands that wait for an answer")
    approve = action("approve", "let a command run")
    approve.add_argument("id", metavar="ID", type=filled, help="as `approvals list` shows it")
    approve.add_argument("--always", action="store_true", help="and the same command from now on")
    action("deny", "do not let it run").add_argument("id", metavar="ID", type=filled)
    action("get", "print the file of what is allowed for good")
    new = action("set", "replace that file")
    new.add_argument("--file", metavar="FILE", help="the new one; without it, standard input")
    allowlist = action("allowlist", "add or remove a program that may always run")
    allowlist.add_argument("change", choices=["add", "remove"], metavar="add|remove")
    allowlist.add_argument("pattern", metavar="PATTERN", type=filled, help="path of a program, with * and **")
    allowlist.add_argument("--agent", metavar="ID", type=filled, default="*", help="of this agent (*: of all)")
    allowlist.add_argument("--arguments", metavar="REGEX", type=filled, help="only with such arguments")


def _time_option() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument("--timeout", metavar="MS", type=milliseconds, help="milliseconds for each question (10000)")
    return options


def run(args: argparse.Namespace, console: Console) -> int:
    """Ask the gateway and tell its answer."""
    if read_environment().get("OPENCLAW_SHELL") == "exec":
        raise CommandFailed("approvals are given by people: this is a command of an agent")
    content = _read_new_file(args.file) if args.action == "set" else None
    timeout_s = args.timeout / 1000
    with connected(args, timeout_s=timeout_s) as gateway:
        asker = Asker(gateway, timeout_s)
        match args.action:
            case "approve" | "deny":
                return _resolve(asker, args, console)
            case "get":
                return _tell_record(asker.ask("exec.approvals.get"), console)
            case "set":
                record = _read_record(asker)
                answer = asker.ask("exec.approvals.set", file=content, baseHash=record.hash or None)
                return _tell_record(answer, console)
            case "allowlist":
                return _change_allowlist(asker, args, console)
            case _:
                return _list(asker, console)


def _read_record(asker: Asker) -> _Record:
    return read(asker.ask("exec.approvals.get"), _Record)


def _list(asker: Asker, console: Console) -> int:
    answer = asker.ask("exec.approval.list")
    if console.is_json:
        console.document({"approvals": answer})
        return Exit.OK
    approvals = read(answer, list[_Approval])
    if not approvals:
        console.note("no command waits for an answer")
        return Exit.OK
    for approval in approvals:
        left_s = max(0, approval.expires_at_ms // 1000 - int(time.time()))
        request = approval.request
        rows = [
            [approval.id, f"{left_s} s left"],
            ["  command", fold(request.command)],
            ["  folder", request.cwd],
            ["  agent", f"{request.agent_id} ({request.session_key})"],
            ["  why", request.warning_text or "-"],
            *[[f"  {decision}", line] for decision, line in answers(approval.id, request.allowed_decisions)],
        ]
        console.answer("\n".join(columns(rows)))
    return Exit.OK


def _resolve(asker: Asker, args: argparse.Namespace, console: Console) -> int:
    decision = "deny"
    if args.action == "approve":
        decision = "allow-always" if args.always else "allow-once"
    asker.ask("exec.approval.resolve", id=args.id, decision=decision)
    if console.is_json:
        console.document({"ok": True, "id": args.id, "decision": decision})
    else:
        console.answer(f"{decision}: {one_line(args.id)}")
    return Exit.OK


def _change_allowlist(asker: Asker, args: argparse.Namespace, console: Console) -> int:
    record = _read_record(asker)
    agents = _object_in(record.file, "agents")
    agent = _object_in(agents, args.agent)
    entries = agent.get("allowlist")
    entries = entries if isinstance(entries, list) else []
    wanted: _Object = {"pattern": args.pattern}
    if args.arguments is not None:
        wanted["argPattern"] = args.arguments
    kept = [entry for entry in entries if not _is_same(entry, wanted)]
    if args.change == "remove" and len(kept) == len(entries):
        raise CommandFailed(f"no such entry: {args.pattern}")
    agent["allowlist"] = [*kept, wanted] if args.change == "add" else kept
    answer = asker.ask("exec.approvals.set", file=record.file, baseHash=record.hash or None)
    return _tell_record(answer, console)


def _is_same(entry: object, wanted: _Object) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("pattern") == wanted["pattern"]
        and entry.get("argPattern") == wanted.get("argPattern")
    )


def _object_in(parent: _Object, key: str) -> _Object:
    value = parent.setdefault(key, {})
    if not isinstance(value, dict):
        raise CommandFailed(f"the approvals file is damaged: {key} is no object")
    return value


def _tell_record(answer: JsonValue, console: Console) -> int:
    if console.is_json:
        console.document(answer)
        return Exit.OK
    record = read(answer, _Record)
    console.note(record.path)
    console.answer(msgspec.json.format(msgspec.json.encode(record.file), indent=2).decode())
    return Exit.OK


def _read_new_file(path: str | None) -> _Object:
    try:
        if path is None:
            content = sys.stdin.buffer.read(_MAX_FILE_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CommandFailed(f"cannot read {path}: {error.strerror}") from None
    if len(content) > _MAX_FILE_BYTES:
        raise CommandFailed(f"the file is larger than {_MAX_FILE_BYTES} bytes")
    try:
        return msgspec.json.decode(content, type=dict[str, object])
    except JSON_ERRORS as error:
        raise CommandFailed(f"the file is no JSON object: {error}") from None
