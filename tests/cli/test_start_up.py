"""What a command costs before it does anything: CPU from the start of the process to its first sent byte."""

import json
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.command import environment
from tests.cli.terminal import terminal

# The promise, and what it takes here: 64 ms with compiled modules, on the machine of docs/performance.md.
MAX_CPU_S = 0.150


def test_agent_sends_its_first_byte_soon(tmp_path: Path) -> None:
    """`openclaw agent` sends its first byte within 150 ms of CPU, configuration and interpreter included."""
    (tmp_path / ".openclaw").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        config = {"gateway": {"mode": "local", "port": port, "auth": {"token": "dummy-token-of-the-tests"}}}
        (tmp_path / ".openclaw" / "openclaw.json").write_text(json.dumps(config))
        costs = [_cpu_until_first_byte(server, tmp_path) for _ in range(3)]
    assert min(costs) < MAX_CPU_S, costs


@pytest.mark.parametrize(
    "command",
    [
        "agents",
        "approvals",
        "config validate",
        "devices",
        "doctor",
        "gateway probe",
        "gateway status",
        "health",
        "logs",
        "models",
        "sessions",
        "status",
    ],
)
def test_command_is_done_soon(tmp_path: Path, command: str) -> None:
    """A command that finds no gateway is through with everything, its own end included, within that time."""
    arguments = [sys.executable, "-m", "openclaw_gateway", *command.split()]
    costs = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(arguments, capture_output=True, check=False, timeout=60, env=environment(tmp_path))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(costs) < MAX_CPU_S, costs


def _cpu_until_first_byte(server: socket.socket, home: Path) -> float:
    with subprocess.Popen(
        [sys.executable, "-m", "openclaw_gateway", "agent", "--message", "hi"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(home),
    ) as process:
        connection, _ = server.accept()
        with connection:
            assert connection.recv(4) == b"GET "
            fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        user_ticks, system_ticks = int(fields[11]), int(fields[12])
        return (user_ticks + system_ticks) / os.sysconf("SC_CLK_TCK")


def test_assistant_asks_soon(tmp_path: Path) -> None:
    """The first question of the assistant stands within that time, its prompt library included."""
    costs = []
    for _ in range(3):
        with terminal(tmp_path, "onboard") as at:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            at.see("Go on?")
            at.popen.kill()
            at.popen.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(costs) < MAX_CPU_S, costs
