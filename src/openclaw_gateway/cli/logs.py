"""`openclaw logs`: the gateway's log, from the gateway, or from its file when the gateway of this machine is down."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from openclaw_gateway.cli.columns import one_line
from openclaw_gateway.cli.console import CommandFailed, Console, Exit
from openclaw_gateway.cli.options import common_options, milliseconds, target_options
from openclaw_gateway.cli.target import connected, is_own_gateway
from openclaw_gateway.json_errors import JSON_ERRORS

if TYPE_CHECKING:
    from openclaw_gateway.config.load import Loaded

# Following outlives a gateway that restarts, and not one that is gone.
MAX_RECONNECTS = 8
MAX_RECONNECT_PAUSE_S = 30.0


class _Tail(msgspec.Struct):
    file: str
    cursor: int
    size: int
    lines: list[str]
    truncated: bool = False
    reset: bool = False


class _Meta(msgspec.Struct, rename="camel"):
    log_level_name: str = "INFO"
    name: str = ""


class _Line(msgspec.Struct, rename={"meta": "_meta"}):
    """What is shown of a line; it has more."""

    message: str = ""
    time: str = ""
    meta: _Meta = msgspec.field(default_factory=_Meta)


_decode_line = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The options of `logs`."""
    parser = subparsers.add_parser("logs", help="read the gateway's log", parents=[common_options(), target_options()])
    parser.add_argument("--follow", action="store_true", help="go on with what is written next")
    parser.add_argument("--limit", metavar="N", type=_lines, default=200, help="how many lines, at most 5000 (200)")
    parser.add_argument(
        "--max-bytes", metavar="N", type=_bytes, default=250_000, help="how much to read, at most 1000000 (250000)"
    )
    parser.add_argument("--interval", metavar="MS", type=milliseconds, default=1000, help="between looks (1000)")
    parser.add_argument("--timeout", metavar="MS", type=milliseconds, default=30_000, help="milliseconds (30000)")
    parser.add_argument("--plain", action="store_true", help="without colours")
    times = parser.add_mutually_exclusive_group()
    times.add_argument("--utc", action="store_true", help="times in UTC, as they are written")
    times.add_argument("--local-time", action="store_true", help="times of this machine's zone (usual)")


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the newest lines, oldest first, and with --follow those that come."""
    printer = _Printer(args, console)
    if args.follow:
        return _follow(args, printer)
    try:
        with connected(args, timeout_s=args.timeout / 1000) as gateway:
            tail = _read(gateway.request("logs.tail", _params(args, None), timeout_s=args.timeout / 1000))
    except CommandFailed as failure:
        if failure.exit_code != Exit.UNREACHABLE or not is_own_gateway(args):
            raise
        tail = _read_file(args, failure)
        printer.notice("The gateway does not run; this is what it wrote before.")
    printer.tell(tail)
    return Exit.OK


def _follow(args: argparse.Namespace, printer: "_Printer") -> int:
    """Ask again and again from the cursor on; a lost connection is made anew, some times in a row."""
    cursor: int | None = None
    failures = 0
    while True:
        try:
            with connected(args, timeout_s=args.timeout / 1000) as gateway:
                while True:
                    tail = _read(gateway.request("logs.tail", _params(args, cursor), timeout_s=args.timeout / 1000))
                    failures = 0
                    printer.tell(tail)
                    cursor = tail.cursor
                    # Reading answers the gateway's pings; its events are not what was asked for.
                    for _ in gateway.events(timeout_s=args.interval / 1000):
                        pass
        except CommandFailed as failure:
            failures += 1
            is_passing = failure.exit_code in (Exit.UNREACHABLE, Exit.BUSY, Exit.TIMED_OUT)
            if not is_passing or failures > MAX_RECONNECTS or (cursor is None and failures > 1):
                raise
            pause_s = min(2.0 ** (failures - 1) / 4, MAX_RECONNECT_PAUSE_S)
            printer.notice(f"{failure.message}; trying again in {pause_s:g} s")
            time.sleep(pause_s)


def _params(args: argparse.Namespace, cursor: int | None) -> dict[str, object]:
    params = {"limit": args.limit, "maxBytes": args.max_bytes}
    return params if cursor is None else {**params, "cursor": cursor}


def _read(payload: object) -> _Tail:
    try:
        return msgspec.convert(payload, _Tail)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"the gateway's log cannot be read: {error}") from error


def _read_file(args: argparse.Namespace, failure: CommandFailed) -> _Tail:
    """The newest file of the configured place. Without one the gateway's silence is the failure."""
    from openclaw_gateway.cli.launch import load_for_client
    from openclaw_gateway.journal import read_tail

    file = newest_log(load_for_client(args))
    if file is None:
        raise failure
    try:
        tail = read_tail(file, None, args.limit, args.max_bytes)
    except OSError as error:
        raise CommandFailed(f"cannot read {file}: {error.strerror or error}") from error
    return _Tail(str(file), tail.cursor, tail.size, tail.lines, truncated=tail.is_truncated)


def newest_log(loaded: "Loaded") -> Path | None:
    """The file that the gateway of a configuration writes, or wrote last; None before the first."""
    named = loaded.config.logging.file
    files = [Path(named).expanduser()] if named else sorted((loaded.state_dir / "logs").glob("openclaw-*.log"))
    return files[-1] if files and files[-1].is_file() else None


class _Printer:
    """Prints lines in the form that was asked for; notices go to stderr."""

    def __init__(self, args: argparse.Namespace, console: Console) -> None:
        self._console = console
        self._is_utc: bool = args.utc
        self._file = ""

    def tell(self, tail: _Tail) -> None:
        """The lines of one answer, after the file's name if it is another one than before."""
        is_new = tail.file != self._file
        self._file = tail.file
        if self._console.is_json:
            if is_new:
                meta = {"file": tail.file, "sourceKind": "file", "cursor": tail.cursor, "size": tail.size}
                self._document({"type": "meta", **meta})
            for raw in tail.lines:
                self._document({"type": "log", **_parsed(raw), "raw": raw})
        else:
            for line in self._plain(tail.lines):
                self._console.answer(line)
        if tail.reset and not is_new:
            self.notice("The log was rotated, or more was written than is read at once.")

    def notice(self, text: str) -> None:
        """Something about the reading, not of the log."""
        self._console.note(_encode({"type": "notice", "message": text}).decode() if self._console.is_json else text)

    def _plain(self, lines: Sequence[str]) -> list[str]:
        plain = []
        for raw in lines:
            parsed = _parsed(raw)
            subsystem = f" [{parsed['subsystem']}]" if "subsystem" in parsed else ""
            at = self._time(parsed.get("time", ""))
            plain.append(one_line(f"{at} {parsed.get('level', '')}{subsystem} {parsed['message']}").lstrip())
        return plain

    def _time(self, text: str) -> str:
        if self._is_utc or not text:
            return text
        from datetime import datetime

        try:
            return datetime.fromisoformat(text).astimezone().isoformat(timespec="milliseconds")
        except (ValueError, OverflowError):
            return text

    def _document(self, document: dict[str, object]) -> None:
        self._console.answer(_encode(document).decode())


def _parsed(raw: str) -> dict[str, str]:
    """What is told of a line; one that is not in the log's form is a message as it is."""
    try:
        line = _decode_line(raw)
    except JSON_ERRORS:
        return {"message": raw}
    subsystem = {"subsystem": line.meta.name} if line.meta.name else {}
    return {"time": line.time, "level": line.meta.log_level_name.lower(), **subsystem, "message": line.message}


def _lines(text: str) -> int:
    return _whole(text, 5000)


def _bytes(text: str) -> int:
    return _whole(text, 1_000_000)


def _whole(text: str, most: int) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a number from 1 to {most}, got {text[:80]!r}")
