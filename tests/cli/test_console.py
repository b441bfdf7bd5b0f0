"""What goes where, and in which form."""

import io
import json
import os
import pty
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from openclaw_gateway.cli.console import CommandFailed, Console, Exit


def _console(*, is_json: bool = False, is_coloured: bool = False) -> tuple[Console, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Console(out, err, is_json=is_json, is_coloured=is_coloured), out, err


def test_answers_and_notes_never_mix() -> None:
    """Stdout has the answer alone."""
    console, out, err = _console()
    console.answer("42")
    console.piece("4")
    console.piece("3")
    console.note("thinking")
    console.warn("tired")
    assert out.getvalue() == "42\n43"
    assert err.getvalue() == "thinking\nwarning: tired\n"


def test_failure_for_a_person() -> None:
    """The message and its further lines go to stderr, and the exit code is the failure's."""
    console, out, err = _console()
    failure = CommandFailed("no such thing", exit_code=Exit.BUSY, console_lines=("try another",))
    assert console.fail(failure) == 5
    assert (out.getvalue(), err.getvalue()) == ("", "error: no such thing\ntry another\n")


def test_failure_for_a_program() -> None:
    """With --json the failure is the one document on stdout, with its further keys, and stderr stays silent."""
    console, out, err = _console(is_json=True)
    failure = CommandFailed("no", type="gateway_request_error", details={"code": "X"}, more={"runId": "r"})
    assert console.fail(failure) == 1
    assert json.loads(out.getvalue()) == {
        "ok": False,
        "error": {"type": "gateway_request_error", "message": "no", "code": "X"},
        "runId": "r",
    }
    assert err.getvalue() == ""


def test_colours_are_for_labels_on_terminals() -> None:
    """Where colours are on, the label has one and the text has none."""
    console, _, err = _console(is_coloured=True)
    console.fail(CommandFailed("no"))
    assert err.getvalue() == "\x1b[31merror: \x1b[0mno\n"


@contextmanager
def _terminal() -> Iterator[tuple[TextIO, int]]:
    """A terminal: what a program writes to, and the descriptor that shows what came."""
    shown, slave = pty.openpty()
    tty.setraw(slave)  # or the terminal would change line ends and tabs
    with os.fdopen(slave, "w") as stream:
        yield stream, shown
    os.close(shown)


ESCAPES = "a\x1b]0;title\x07\x1b[2J\x9b1m\x7f\rb\t\u202ec"


def test_no_control_reaches_a_terminal() -> None:
    """On a terminal, of all controls only line ends and tabs come through; the colours are ours."""
    with _terminal() as (stream, shown):
        console = Console(stream, stream, is_coloured=True)
        console.piece(ESCAPES)
        console.answer(ESCAPES)
        console.warn(ESCAPES)
        seen = b""
        while seen.count(b"\n") < 2:
            seen += os.read(shown, 4096)
    clean = "a\ufffd]0;title\ufffd\ufffd[2J\ufffd1m\ufffd\ufffdb\t\ufffdc"
    assert seen.decode() == f"{clean}{clean}\n\x1b[33mwarning: \x1b[0m{clean}\n"


def test_a_pipe_gets_every_byte() -> None:
    """A program that reads the answer gets it as it is."""
    console, out, _ = _console()
    console.piece(ESCAPES)
    assert out.getvalue() == ESCAPES


def test_waiting_is_shown_on_a_terminal_and_taken_away() -> None:
    """What is waited for stands on the terminal meanwhile, in one narrow line, and nothing of it is left."""
    with _terminal() as (stream, shown):
        console = Console(stream, stream)
        with console.working("A thing that takes long, and has a name that is longer than a line"):
            during = os.read(shown, 4096).decode()
        after = os.read(shown, 4096).decode()
    assert during.startswith("A thing")
    assert len(during) < 40
    assert after == f"\r{' ' * len(during)}\r"


def test_waiting_is_not_written_into_files() -> None:
    """Where nobody looks, nothing is written."""
    console, out, err = _console()
    with console.working("A thing"):
        assert (out.getvalue(), err.getvalue()) == ("", "")
    assert (out.getvalue(), err.getvalue()) == ("", "")
