"""The launcher, as what starts it meets it: a process and a socket."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.tools.exec.commands import is_alive

from openclaw_gateway.tools.exec import command

TIMEOUT_S = 20


class Launched:
    """A launcher with an order, and what it tells."""

    def __init__(self, script: str, **order: Any) -> None:
        mine, theirs = socket.socketpair()
        mine.settimeout(TIMEOUT_S)
        self.control = mine
        null = os.open(os.devnull, os.O_RDWR)
        self.process = subprocess.Popen(
            [*command._LAUNCHER, command._LAUNCHER_CODE, command._SOURCE],
            stdin=theirs,
            pass_fds=(null,),
            env={},
            start_new_session=True,
        )
        theirs.close()
        plain = {"argv": ["/bin/sh", "-c", script], "env": {"PATH": "/usr/bin:/bin"}, "cwd": "/", "fds": [null] * 3}
        mine.sendall(json.dumps(plain | order).encode() + b"\n")
        os.close(null)
        self.lines = mine.makefile("rb")

    def told(self) -> Any:
        """The next line."""
        return json.loads(self.lines.readline())

    def end(self) -> None:
        """Close what was opened, and wait for the launcher."""
        self.lines.close()
        self.control.close()
        self.process.wait(TIMEOUT_S)


def read_pid(path: Path) -> int:
    """The number in a file, once it is there."""
    until = time.monotonic() + TIMEOUT_S
    while not (path.is_file() and path.read_text().strip()):
        assert time.monotonic() < until
        time.sleep(0.01)
    return int(path.read_text())


def test_a_gateway_that_is_killed_leaves_no_command(tmp_path: Path) -> None:
    """When the socket closes without a word, command and daemon go, as after kill -9 of the gateway."""
    launched = Launched(f"setsid sleep 60 & echo $! > {tmp_path}/pid; sleep 60")
    pid = launched.told()["pid"]
    daemon = read_pid(tmp_path / "pid")
    assert is_alive(pid)
    assert is_alive(daemon)
    launched.end()
    assert not is_alive(pid)
    assert not is_alive(daemon)


def test_a_launcher_that_is_killed_takes_its_command_along() -> None:
    """The command itself dies with its launcher, whatever ended that."""
    launched = Launched("exec sleep 60")
    pid = launched.told()["pid"]
    launched.process.send_signal(signal.SIGKILL)
    launched.end()
    until = time.monotonic() + TIMEOUT_S
    while is_alive(pid):
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("script", "limits", "why"),
    [
        pytest.param(
            "sleep 60 & sleep 60 & sleep 60 & wait", {"processes": 2}, "more than 2 processes", id="processes"
        ),
        pytest.param("while :; do :; done", {"cpu_s": 1}, "1 s of CPU time", id="CPU time of one"),
        pytest.param(
            f"for i in 1 2 3; do {sys.executable} -c 'x=bytearray(30*10**6);import time;time.sleep(60)' & done; wait",
            {"memory_bytes": 60_000_000},
            "57 MiB of memory",
            id="memory of all together",
        ),
        pytest.param("sleep 60", {"free_bytes": 1 << 60, "free_at": "/"}, "are free on the disk", id="disk"),
    ],
)
def test_a_command_over_its_limits_is_ended(script: str, limits: dict[str, object], why: str) -> None:
    """What all processes use together is bounded, and the end says which bound it was."""
    launched = Launched(script, limits=limits)
    pid = launched.told()["pid"]
    told = launched.told()
    # The kernel may be first with the time of one process.
    assert why in told["why"] or told["signal"] in ("SIGXCPU", "SIGKILL")
    assert launched.told() == {"gone": True}
    launched.end()
    assert not is_alive(pid)


def test_one_file_is_bounded(tmp_path: Path) -> None:
    """The kernel keeps the size of each file."""
    launched = Launched(f"head -c 100000 /dev/zero > {tmp_path}/big; exit 7", limits={"file_bytes": 50_000})
    launched.told()
    assert launched.told()["code"] == 7
    launched.end()
    assert (tmp_path / "big").stat().st_size == 50_000


def test_what_is_to_be_cleaned_up_is_cleaned_up_without_the_gateway(tmp_path: Path) -> None:
    """The cleanup of an order runs when the gateway is gone, too."""
    launched = Launched("sleep 60", cleanup=["/bin/sh", "-c", f"echo 1 > {tmp_path}/done"])
    launched.told()
    launched.end()
    assert read_pid(tmp_path / "done") == 1


def test_texts_can_be_read_at_descriptors(tmp_path: Path) -> None:
    """What bubblewrap is to put into a file stands at the descriptor that it was told."""
    launched = Launched(f"cat /dev/fd/20 > {tmp_path}/copy", data={"20": "a text"})
    launched.told()
    assert launched.told()["code"] == 0
    launched.end()
    assert (tmp_path / "copy").read_text() == "a text"
