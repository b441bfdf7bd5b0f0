"""A command at a terminal: a real pseudo-terminal, typed into and read as a person would."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.command import environment

MAX_WAIT_S = 30.0
DOWN, UP, ENTER, CTRL_C, CTRL_D, CLEAR = "\x1b[B", "\x1b[A", "\r", "\x03", "\x04", "\x15"
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>()][0-9A-B]?)")
_WHERE_IS_THE_CURSOR = b"\x1b[6n"


class Terminal:
    """One command in it. raw: every byte that it wrote there."""

    def __init__(self, popen: "subprocess.Popen[bytes]", descriptor: int) -> None:
        self.popen = popen
        self.raw = b""
        self._descriptor = descriptor
        self._position = 0

    @property
    def text(self) -> str:
        """What was written, without the movements of the cursor."""
        return _ESCAPE.sub(b"", self.raw).decode(errors="replace").replace("\r", "")

    def see(self, wanted: str) -> None:
        """Wait until this is written, behind what was seen last."""
        while (found := self.text.find(wanted, self._position)) < 0:
            self._read(wanted)
        self._position = found + len(wanted)

    def type(self, *keys: str) -> None:
        """Press keys."""
        os.write(self._descriptor, "".join(keys).encode())

    def answer(self, question: str, *keys: str) -> None:
        """Wait for the question, press keys and Enter."""
        self.see(question)
        self.type(*keys, ENTER)

    def choose(self, question: str, title: str) -> None:
        """Wait for a list, go to the choice that begins so, and take it."""
        self.see(question)
        while True:
            rows = re.findall(r"^ ([» ]) (\S.*)$", self.text[self._position :], re.MULTILINE)
            pointed = [number for number, (pointer, _) in enumerate(rows) if pointer == "»"]
            wanted = [number for number, (_, row) in enumerate(rows) if row.startswith(title)]
            if pointed and wanted:
                break
            self._read(title)
        steps = wanted[0] - pointed[0]
        self.type(*([DOWN if steps > 0 else UP] * abs(steps)), ENTER)

    def wait(self) -> int:
        """Read to the end; the exit code."""
        while self._read_some():
            pass
        return self.popen.wait(MAX_WAIT_S)

    @property
    def echoes(self) -> bool:
        """Whether what is typed is shown, as in a terminal that nobody paints on."""
        return bool(termios.tcgetattr(self._descriptor)[3] & termios.ECHO)

    def _read(self, wanted: str) -> None:
        if not self._read_some():
            raise AssertionError(f"ended, or silent, before {wanted!r}:\n{self.text}")

    def _read_some(self) -> bool:
        ready, _, _ = select.select([self._descriptor], [], [], MAX_WAIT_S)
        try:
            received = os.read(self._descriptor, 65536) if ready else b""
        except OSError:  # the other end is closed
            received = b""
        self.raw += received
        if _WHERE_IS_THE_CURSOR in received:
            self.type("\x1b[1;1R")
        return bool(received)


@contextmanager
def terminal(home: Path, *arguments: str, columns: int = 80, **variables: str) -> Iterator[Terminal]:
    """Run `openclaw` in a terminal of 24 lines."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    popen = subprocess.Popen(
        [sys.executable, "-m", "openclaw_gateway", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=home,
        env=environment(home, **{"TERM": "xterm-256color", **variables}),
    )
    os.close(theirs)
    try:
        yield Terminal(popen, ours)
    finally:
        if popen.poll() is None:
            popen.send_signal(signal.SIGKILL)
        popen.wait()
        os.close(ours)
