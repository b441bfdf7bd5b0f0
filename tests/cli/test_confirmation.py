"""Asking on a terminal before something is taken away."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.command import environment, openclaw
from tests.cli.home import read_config, write_config


@pytest.mark.parametrize(
    ("answer", "code", "is_there"),
    [
        pytest.param(b"y\n", 0, False, id="yes"),
        pytest.param(b"n\n", 1, True, id="no"),
        pytest.param(b"\n", 1, True, id="nothing"),
    ],
)
def test_person_is_asked(tmp_path: Path, answer: bytes, code: int, is_there: bool) -> None:
    """On a terminal a question is asked, and only a yes removes anything."""
    write_config(tmp_path)
    assert openclaw(tmp_path, "agents", "add", "work").code == 0
    terminal, end = pty.openpty()
    os.write(terminal, answer)
    ended = subprocess.run(
        [sys.executable, "-m", "openclaw_gateway", "agents", "delete", "work"],
        stdin=end,
        stdout=subprocess.PIPE,
        stderr=end,
        timeout=60,
        check=False,
        env=environment(tmp_path),
    )
    os.close(end)
    asked = os.read(terminal, 4096)
    os.close(terminal)
    assert ended.returncode == code
    assert b"Delete the agent work and its workspace? [y/N]" in asked
    assert ("work" in read_config(tmp_path)["agents"]["entries"]) is is_there
