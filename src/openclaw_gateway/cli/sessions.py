"""`openclaw sessions`: look at the sessions of a running gateway, begin them anew, remove them, take them along.

Everything is asked of the gateway, which alone may open its store.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from openclaw_gateway.cli.answers import read
from openclaw_gateway.cli.columns import columns, several_lines
from openclaw_gateway.cli.confirmation import confirm
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, filled, milliseconds, target_options
from openclaw_gateway.cli.session_export import as_jsonl, as_markdown, write_private
from openclaw_gateway.cli.session_upkeep import COMPACT_TIMEOUT_MS, clean_up, cleanup_options, compact
from openclaw_gateway.cli.target import connected, explained
from openclaw_gateway.client import GatewayClient, RequestRefused

# What the gateway gives in one answer (docs/reference/protocol.md, "sessions.list" and "chat.history").
_PAGE = 1000
_MAX_TEXT_CHARS = 500_000
_TIMEOUT_MS = 10_000

_Object = dict[str, object]


class _Row(msgspec.Struct, rename="camel"):
    """What lists show of a session."""

    key: str
    agent_id: str = ""
    session_id: str = ""
    updated_at: float = 0
    display_name: str = ""
    status: str = ""
    model: str = ""
    model_provider: str = ""
    total_tokens: int | None = None
    estimated_cost_usd: float | None = None


class _List(msgspec.Struct, rename="camel"):
    sessions: list[_Object]
    total_count: int = 0
    has_more: bool = False


class _Page(msgspec.Struct, rename="camel"):
    messages: list[_Object]
    session_info: _Object | None = None
    next_offset: int | None = None


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`sessions` without an action is `sessions list`, so both take its options."""
    parser = subparsers.add_parser(
        "sessions",
        help="list, show, reset, delete and export sessions",
        parents=[common_options(), target_options(), _list_options()],
    )
    parser.set_defaults(agent=None, all_agents=False, active=None, limit=100, verbose=False, timeout=None)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")

    def action(name: str, line: str, *more: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=line, parents=[common_options(), target_options(), *more])

    action("list", "the sessions that were used last", _list_options())
    show = action("show", "one session and its last messages", _one_options())
    show.add_argument("--limit", metavar="N", type=_count, default=20, help="how many messages (20)")
    action("reset", "begin a session anew; what was said stays stored", _one_options())
    action("compact", "have the older part of a session summed up for its model", _one_options())
    action("cleanup", "put away sessions that nobody uses", _agent_options(), cleanup_options())
    for name, line in (("archive", "put sessions away"), ("delete", "remove sessions")):
        several = action(name, line, _agent_options())
        several.add_argument("keys", metavar="KEY", nargs="+", type=filled)
        several.add_argument("--dry-run", action="store_true", help="say what would happen")
        several.add_argument("--yes", action="store_true", help="do not ask")
    export = action("export", "print all that was said in a session", _one_options())
    export.add_argument(
        "--format", choices=["jsonl", "markdown"], default="jsonl", help="a JSON object a line, or to read (jsonl)"
    )
    export.add_argument("--output", metavar="FILE", help="write it there, for this user alone, instead of printing")


def _list_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, parents=[_agent_options()])
    options.add_argument("--active", metavar="MINUTES", type=_count, help="used within so many minutes")
    options.add_argument("--limit", metavar="N", type=_count_or_all, help="how many, or all (100)")
    options.add_argument("--verbose", action="store_true", help="with ids, models and tokens")
    return options


def _agent_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    options.add_argument("--agent", metavar="ID", type=filled, help="of this agent")
    options.add_argument("--all-agents", action="store_true", help="accepted: so it is without --agent")
    options.add_argument(
        "--timeout", metavar="MS", type=milliseconds, help=f"milliseconds for each question ({_TIMEOUT_MS})"
    )
    return options


def _one_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, parents=[_agent_options()])
    options.add_argument("key", metavar="KEY", type=filled, help="the session's key")
    return options


def run(args: argparse.Namespace, console: Console) -> int:
    """Ask the gateway and tell its answer."""
    actions = {
        "list": _list,
        "show": _show,
        "reset": _reset,
        "compact": _compact,
        "cleanup": _clean_up,
        "export": _export,
        "delete": _remove,
        "archive": _remove,
    }
    if args.action == "delete" and not (args.yes or args.dry_run):
        confirm(args, f"Delete {', '.join(args.keys)}?", option="--yes")
    if args.timeout is None:
        args.timeout = COMPACT_TIMEOUT_MS if args.action == "compact" else _TIMEOUT_MS
    with connected(args, timeout_s=min(args.timeout, _TIMEOUT_MS) / 1000) as gateway:
        return actions[args.action or "list"](_Asker(gateway, args), args, console)


class _Asker:
    """Asks what the options say of agent and time."""

    def __init__(self, gateway: GatewayClient, args: argparse.Namespace) -> None:
        self._gateway = gateway
        self._timeout_s: float = args.timeout / 1000
        self._agent: _Object = {"agentId": args.agent} if args.agent else {}

    def ask(self, method: str, **params: object) -> object:
        """The payload of the answer. Raises ClientError."""
        return self._gateway.request(method, {**self._agent, **params}, timeout_s=self._timeout_s)

    def describe(self, key: str) -> _Object | None:
        """A session's row, None if there is no such session."""
        session = read(self.ask("sessions.resolve", key=key, allowMissing=True), _Found)
        return read(self.ask_plainly("sessions.describe", key=session.key), _Described).session if session.ok else None

    def ask_plainly(self, method: str, **params: object) -> object:
        """The same for methods that know no agent: their keys are whole."""
        return self._gateway.request(method, params, timeout_s=self._timeout_s)


class _Found(msgspec.Struct):
    ok: bool
    key: str = ""


class _Described(msgspec.Struct):
    session: _Object | None = None


# --- Looking ---------------------------------------------------------------------------------------------------------


def _list(asker: _Asker, args: argparse.Namespace, console: Console) -> int:
    limit: int | None = args.limit
    rows, total, has_more = _gather(asker, limit, args.active)
    now_ms = time.time() * 1000
    if console.is_json:
        told = [{**row, "ageMs": round(max(now_ms - read(row, _Row).updated_at, 0))} for row in rows]
        document = {
            "path": None,
            **({"agentId": args.agent} if args.agent else {"allAgents": True, "stores": []}),
            "count": len(told),
            "totalCount": total,
            "limitApplied": limit,
            "hasMore": has_more,
            "activeMinutes": args.active,
            "sessions": told,
        }
        console.document(document)
        return Exit.OK
    for line in columns([_cells(read(row, _Row), now_ms, is_verbose=args.verbose) for row in rows]):
        console.answer(line)
    if not rows:
        console.note("No sessions.")
    if has_more:
        console.note(f"{total - len(rows)} more: see them with --limit all")
    return Exit.OK


def _gather(asker: _Asker, limit: int | None, active: int | None) -> tuple[list[_Object], int, bool]:
    """(rows, how many there are, whether some are left out). limit None: all, page by page."""
    chosen: _Object = {} if active is None else {"activeMinutes": active}
    rows: list[_Object] = []
    while True:
        wanted = _PAGE if limit is None else min(_PAGE, limit - len(rows))
        page = read(asker.ask("sessions.list", limit=wanted, offset=len(rows), **chosen), _List)
        rows += page.sessions
        if not page.has_more or not page.sessions or len(rows) == limit:
            return rows, page.total_count, page.has_more


def _cells(row: _Row, now_ms: float, *, is_verbose: bool) -> list[str]:
    cost = "-" if row.estimated_cost_usd is None else f"${row.estimated_cost_usd:.4f}"
    short = [row.key, _age((now_ms - row.updated_at) / 1000), row.status or "-", cost, row.display_name]
    if not is_verbose:
        return short
    model = f"{row.model_provider}/{row.model}" if row.model else "-"
    tokens = "-" if row.total_tokens is None else f"{row.total_tokens} tokens"
    return [*short[:4], row.session_id, model, tokens, row.display_name]


def _age(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return "now"


def _show(asker: _Asker, args: argparse.Namespace, console: Console) -> int:
    session = asker.describe(args.key)
    if session is None:
        raise _unknown(args.key)
    row = read(session, _Row)
    params: _Object = {"sessionKey": row.key, "limit": min(args.limit, _PAGE), "maxChars": _MAX_TEXT_CHARS}
    page = read(asker.ask_plainly("chat.history", **params), _Page)
    if console.is_json:
        console.document({"session": session, "messages": page.messages})
        return Exit.OK
    for line in columns(
        [[name, _told(value)] for name, value in session.items() if not isinstance(value, (dict, list))]
    ):
        console.answer(line)
    for text in as_markdown(page.messages):
        console.answer(f"\n{several_lines(text)}")
    return Exit.OK


def _told(value: object) -> str:
    """One field of a session: as its JSON has it, so that what is read here can be looked for there."""
    return value if isinstance(value, str) else str(msgspec.json.encode(value), "utf-8")


# --- Changing --------------------------------------------------------------------------------------------------------


def _reset(asker: _Asker, args: argparse.Namespace, console: Console) -> int:
    if asker.describe(args.key) is None:  # the method would make one
        raise _unknown(args.key)
    payload = asker.ask("sessions.reset", key=args.key)
    if console.is_json:
        console.document(payload)
    else:
        console.answer(f"Reset {read(payload, _Row).key}. What was said before stays stored.")
    return Exit.OK


def _compact(asker: _Asker, args: argparse.Namespace, console: Console) -> int:
    return compact(asker.ask, args, console)


def _clean_up(asker: _Asker, args: argparse.Namespace, console: Console) -> int:
    return clean_up(asker.ask_plainly, args, console)


def _remove(asker: _Asker, args: argparse.Namespace, console: Console) -> int:
    results = [_remove_one(asker, key, args.action, is_dry_run=args.dry_run) for key in dict.fromkeys(args.keys)]
    failed = [result for result in results if not result["ok"]]
    if console.is_json:
        document = {"ok": not failed, "operation": args.action, "dryRun": args.dry_run, "results": results}
        message = f"{len(failed)} of {len(results)} sessions were not {_PAST[args.action]}"
        console.document({**document, "error": {"type": "cli_error", "message": message}} if failed else document)
    else:
        for result in results:
            tell = console.answer if result["ok"] else console.note
            tell(f"{result['status']}  {result['key']}" + (f"  {result['error']}" if "error" in result else ""))
    return Exit.FAILED if failed else Exit.OK


_PAST = {"delete": "deleted", "archive": "archived"}


def _remove_one(asker: _Asker, key: str, operation: str, *, is_dry_run: bool) -> _Object:
    """One entry of `results`. A refusal concerns this session only; a lost connection ends the command."""
    try:
        session = asker.describe(key)
        if session is None:
            return {"key": key, "ok": False, "status": "not_found", "error": "there is no such session"}
        whole = read(session, _Row).key
        if is_dry_run:
            return {"key": whole, "ok": True, "status": f"would be {_PAST[operation]}"}
        if operation == "archive":
            asker.ask_plainly("sessions.patch", key=whole, archived=True)
            return {"key": whole, "ok": True, "status": "archived"}
        answer = asker.ask_plainly("sessions.delete", key=whole)
    except RequestRefused as refused:
        return {"key": key, "ok": False, "status": "failed", "error": explained(refused).message}
    archived = answer.get("archived", []) if isinstance(answer, dict) else []
    return {"key": whole, "ok": True, "status": "deleted", "archived": archived}


# --- Taking along ----------------------------------------------------------------------------------------------------


def _export(asker: _Asker, args: argparse.Namespace, console: Console) -> int:
    session = asker.describe(args.key)
    if session is None:
        raise _unknown(args.key)
    messages = [message for page in reversed(list(_pages(asker, read(session, _Row).key))) for message in page]
    if console.is_json and args.output is None:
        console.document({"session": session, "messages": messages})
        return Exit.OK
    pieces = as_markdown(messages) if args.format == "markdown" else as_jsonl(session, messages)
    if args.output is None:
        for piece in pieces:
            console.answer(several_lines(piece) if args.format == "markdown" else piece)
        return Exit.OK
    path = Path(args.output)
    write_private(path, pieces)
    if console.is_json:
        console.document({"ok": True, "path": str(path), "messages": len(messages)})
    else:
        console.note(f"Wrote {len(messages)} messages to {path}")
    return Exit.OK


def _pages(asker: _Asker, key: str) -> Iterator[list[_Object]]:
    """All messages, the newest page first."""
    offset: int | None = 0
    while offset is not None:
        params: _Object = {"sessionKey": key, "limit": _PAGE, "offset": offset, "maxChars": _MAX_TEXT_CHARS}
        page = read(asker.ask_plainly("chat.history", **params), _Page)
        yield page.messages
        offset = page.next_offset if page.messages else None


def _unknown(key: str) -> CommandFailed:
    return CommandFailed(f"there is no session {key!r}: openclaw sessions list shows those that there are")


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= 10**9:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a number from 1 on, got {text[:80]!r}")


def _count_or_all(text: str) -> int | None:
    return None if text == "all" else _count(text)
