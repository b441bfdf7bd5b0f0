"""What a command imports before it does anything; what that costs is measured by `make bench`."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.command import environment
from tests.cli.terminal import terminal

# For single tasks of a gateway, or for questions on a terminal.
HEAVY = {
    "cryptography",
    "html_to_markdown",
    "prompt_toolkit",
    "pypdf",
    "questionary",
    "tree_sitter",
    "tree_sitter_bash",
    "uvloop",
}
# What serving needs, and asking a gateway does not.
OF_SERVERS = {
    "asyncio",
    "httptools",
    "openclaw_gateway.models.catalog",
    "openclaw_gateway.runs.prepared",
    "openclaw_gateway.tools.shelf",
    "sqlite3",
    "ssl",
    "subprocess",
}


@pytest.mark.parametrize(
    "command",
    [
        "agent --message hi",
        "agents",
        "approvals",
        "config validate",
        "devices",
        "gateway probe",
        "health",
        "logs",
        "sessions",
        "status",
    ],
)
def test_command_that_asks_imports_nothing_of_servers(tmp_path: Path, command: str) -> None:
    """A command that only asks a gateway, or reads the configuration, starts without the parts that serve."""
    assert _imported(tmp_path, command) & (HEAVY | OF_SERVERS) == set()


@pytest.mark.parametrize("command", ["doctor", "gateway status", "models", "setup"])
def test_command_that_looks_around_imports_nothing_heavy(tmp_path: Path, command: str) -> None:
    """What only single tasks of a gateway need is not imported to look at its configuration."""
    assert _imported(tmp_path, command) & HEAVY == set()


@pytest.mark.parametrize("command", ["onboard --non-interactive --accept-risk --auth-choice skip", "setup"])
def test_command_that_writes_a_configuration_builds_no_run(tmp_path: Path, command: str) -> None:
    """A command that writes a first configuration tells what it means without the parts that run agents."""
    imported = _imported(tmp_path, command)
    assert "openclaw_gateway.cli.outlook" in imported  # it came to its end
    assert imported & {"openclaw_gateway.runs.prepared", "openclaw_gateway.tools.shelf"} == set()


def test_agent_says_something_at_once(tmp_path: Path) -> None:
    """The first bytes of `openclaw agent` are its request: nothing is looked for on the network before."""
    (tmp_path / ".openclaw").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        config = {"gateway": {"mode": "local", "port": port, "auth": {"token": "dummy-token-of-the-tests"}}}
        (tmp_path / ".openclaw" / "openclaw.json").write_text(json.dumps(config))
        with subprocess.Popen(
            [sys.executable, "-m", "openclaw_gateway", "agent", "--message", "hi"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(tmp_path),
        ):
            connection, _ = server.accept()
            with connection:
                assert connection.recv(4) == b"GET "


def test_assistant_asks_without_looking_for_servers(tmp_path: Path) -> None:
    """The first question of the assistant stands before anything is looked for."""
    with terminal(tmp_path, "onboard") as at:
        at.see("Go on?")
        at.popen.kill()


def _imported(home: Path, command: str) -> set[str]:
    """The names of all modules that the command imports, its own end included."""
    arguments = [sys.executable, "-X", "importtime", "-m", "openclaw_gateway", *command.split()]
    done = subprocess.run(arguments, capture_output=True, check=False, timeout=60, env=environment(home))
    lines = [line for line in done.stderr.decode().splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}
