"""How a command speaks: the answer on stdout, everything else on stderr, exit codes that scripts can branch on.

The interface of every module `cli/<command>.py`:

    def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None
    def run(args: argparse.Namespace, console: Console) -> int

`add_parser` builds its parsers with `parents=[common_options()]` (cli/options.py), so that the options of the root work
behind the command too. `run` returns the exit code; for a failure it raises `CommandFailed`, which `main` tells in the
form that was asked for. Its module is imported only when its command was chosen.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import TextIO


class Exit(IntEnum):
    """Exit codes of all commands (docs/reference/cli.md). A signal ends with 128 + its number: 130, 143."""

    OK = 0
    FAILED = 1
    USAGE = 2
    AUTH_REFUSED = 3
    UNREACHABLE = 4
    BUSY = 5
    MODEL_ERROR = 6
    CANCELLED = 7
    TIMED_OUT = 8
    # sysexits' EX_CONFIG: a supervisor should not restart what cannot start.
    CANNOT_START = 78
    INTERRUPTED = 130
    TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM, where a command ends by it as by Ctrl-C: what it began is ended too."""


class CommandFailed(Exception):
    """A command could not do what was asked.

    message: one or more lines for a person. type: `error.type` of the JSON document (cli_error, gateway_request_error,
    gateway_transport_error). details: further keys of `error`. more: further keys of the document beside `ok` and
    `error`. console_lines: for a person only, below the message (a hint, a place in a file).
    """

    def __init__(
        self,
        message: str,
        *,
        exit_code: int = Exit.FAILED,
        type: str = "cli_error",  # noqa: A002 - the key of the document
        details: Mapping[str, object] | None = None,
        more: Mapping[str, object] | None = None,
        console_lines: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = int(exit_code)
        self.type = type
        self.details = details or {}
        self.more = more or {}
        self.console_lines = console_lines


def end_by_sigterm() -> None:
    """From now on SIGTERM raises Terminated, so that what is open is put in order."""
    import signal

    signal.signal(signal.SIGTERM, _terminate)


def _terminate(number: int, frame: object) -> None:  # noqa: ARG001 - what signal.signal calls with
    raise Terminated


def cancelled(interrupt: KeyboardInterrupt) -> CommandFailed:
    """A command that was ended from outside."""
    is_terminated = isinstance(interrupt, Terminated)
    return CommandFailed("cancelled", exit_code=Exit.TERMINATED if is_terminated else Exit.INTERRUPTED)


# Longer lines would wrap on narrow terminals, and could not be taken away.
MAX_PROGRESS_CHARS = 38

# What a terminal would obey: an answer may hold escapes that repaint it, retitle it, or type into it.
# Overrides of the direction make a text look like another one.
_OVERRIDES = (0x202D, 0x202E)
_CONTROLS = {code: "\ufffd" for code in {*range(32), *range(127, 160), *_OVERRIDES} - set(b"\t\n")}


class Console:
    """The two streams of a command. is_json: stdout carries exactly one JSON document, failures included."""

    def __init__(self, out: TextIO, err: TextIO, *, is_json: bool = False, is_coloured: bool = False) -> None:
        self._out = out
        self._err = err
        self._progress = ""
        self.is_json = is_json
        self.is_coloured = is_coloured

    def answer(self, text: str) -> None:
        """Write text and a line end to stdout: what was asked for, and nothing else."""
        self.piece(text + "\n")

    def piece(self, text: str) -> None:
        """Write a piece of a streamed answer to stdout at once: as it is, but for controls on a terminal."""
        self._out.write(_printable(text, self._out))
        self._out.flush()

    def document(self, value: object) -> None:
        """Write the one JSON document of `--json` to stdout: UTF-8, indented by two."""
        import msgspec

        self.answer(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())

    def note(self, text: str) -> None:
        """Write a line for a person to stderr."""
        self._note("", text)

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show on a terminal what is being waited for, and take it away when it came. Nowhere else is it written."""
        is_shown = self._err.isatty() and not self.is_json
        line = f"{_printable(text, self._err)} ..."[:MAX_PROGRESS_CHARS]
        if is_shown:
            self._progress = line
            self._err.write(line)
            self._err.flush()
        try:
            yield
        finally:
            if is_shown:
                self._err.write(_taken_away(line))
                self._err.flush()
                self._progress = ""

    def warn(self, text: str) -> None:
        """Write a warning to stderr."""
        self._note(self._coloured("warning: ", "33"), text)

    def fail(self, failure: CommandFailed) -> int:
        """Tell a failure, as a document or as lines, and return its exit code."""
        if self.is_json:
            error = {"type": failure.type, "message": failure.message, **failure.details}
            self.document({"ok": False, "error": error, **failure.more})
        else:
            self._note(self._coloured("error: ", "31"), failure.message)
            for line in failure.console_lines:
                self.note(line)
        return failure.exit_code

    def _note(self, label: str, text: str) -> None:
        shown = self._progress
        self._err.write(f"{_taken_away(shown)}{label}{_printable(text, self._err)}\n{shown}")
        self._err.flush()

    def _coloured(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self.is_coloured else text


def _taken_away(line: str) -> str:
    """What overwrites a line that is shown for the time being."""
    return f"\r{' ' * len(line)}\r" if line else ""


def _printable(text: str, stream: TextIO) -> str:
    """A peer's text must neither drive a terminal nor, where it has lone surrogates, end the command in a traceback."""
    if stream.isatty():
        text = text.translate(_CONTROLS)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
