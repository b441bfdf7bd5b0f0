"""An upgrade under a running gateway."""

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.command import free_port, openclaw, running

import openclaw_gateway

TOKEN = "dummy-token-of-the-tests-0123456789"


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A copy of the program that a test may take away."""
    (source,) = openclaw_gateway.__path__
    shutil.copytree(source, tmp_path / "lib" / "openclaw_gateway", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "lib"


def test_a_running_gateway_needs_its_files_no_more(tmp_path: Path, installed: Path) -> None:
    """Soon after it listens, the gateway answers its first client even when its modules are gone from the disk."""
    home = tmp_path / "home"
    (home / ".openclaw").mkdir(parents=True)
    config = {
        "gateway": {"mode": "local", "port": free_port(), "bind": "loopback", "auth": {"token": TOKEN}},
        "agents": {"defaults": {"model": "scripted/demo"}},
        "logging": {"consoleLevel": "debug"},
    }
    (home / ".openclaw" / "openclaw.json").write_text(json.dumps(config), encoding="utf-8")
    with running(home, "gateway", until="all modules are imported", PYTHONPATH=str(installed)) as process:
        shutil.rmtree(installed)
        answer = openclaw(home, "agent", "--agent", "main", "--message", "Good morning")
        assert (answer.code, process.popen.poll()) == (0, None)
        assert "Good morning" in answer.out
