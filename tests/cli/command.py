"""Runs the command in a process of its own, as a person or a script would."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

# What the command inherits: nothing of the developer's own gateway, keys or terminal.
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return msgspec.json.decode(self.out)


def environment(home: Path, **variables: str) -> dict[str, str]:
    """The variables of a command whose home is this folder."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "PYTHONWARNINGS": "error", **variables}


def openclaw(home: Path, *arguments: str, stdin: bytes = b"", timeout_s: float = 60, **variables: str) -> Outcome:
    """Run `openclaw` to its end."""
    ended = subprocess.run(
        [sys.executable, "-m", "openclaw_gateway", *arguments],
        input=stdin,
        capture_output=True,
        timeout=timeout_s,
        check=False,
        cwd=home,
        env=environment(home, **variables),
    )
    return Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode())


@contextmanager
def running(home: Path, *arguments: str, until: str, **variables: str) -> Iterator["Process"]:
    """A command that goes on, such as a gateway; entered when it printed a line that holds `until`."""
    popen = subprocess.Popen(
        [sys.executable, "-m", "openclaw_gateway", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=home,
        env=environment(home, **variables),
        text=True,
    )
    process = Process(popen, [])
    try:
        process.read_until(until)
        yield process
    finally:
        if popen.poll() is None:
            popen.kill()
        popen.communicate()


@dataclass(frozen=True, slots=True)
class Process:
    """A command that runs. lines: what it printed so far, on either stream."""

    popen: subprocess.Popen[str]
    lines: list[str]

    def read_until(self, wanted: str) -> str:
        """Read on, up to a line that holds the text; fails when the command ends before."""
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.lines.append(line)
            if wanted in line:
                return line
        raise AssertionError(f"ended with {self.popen.wait()} before saying {wanted!r}:\n{''.join(self.lines)}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal, read what is still said, and return the exit code."""
        self.popen.send_signal(number)
        out, _ = self.popen.communicate(timeout=60)
        self.lines.append(out)
        return self.popen.returncode


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
