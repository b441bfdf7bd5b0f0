"""What commands cost before they can do anything: each is run to its end where no gateway answers."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

# One for each command and, where they differ, for its actions. Those that run a gateway are measured as its start.
COMMANDS = (
    "--help",
    "health",
    "status",
    "gateway status",
    "gateway probe",
    "gateway call health",
    "agent --message hi",
    "agents list",
    "sessions list",
    "models status",
    "models list",
    "models set scripted/demo",
    "config get gateway.port",
    "config set gateway.port 18789",
    "config validate",
    "config schema",
    "devices list",
    "approvals list",
    "doctor",
    "logs",
    "setup",
    "onboard --non-interactive --accept-risk",
    "completion bash",
)
FIRST_QUESTION = b"Go on?"


def cost_of_commands(home: Path, line: str, count: int) -> list[float]:
    """Milliseconds of CPU of each run, its own end included; one before them compiles and makes the folders."""
    return [_run(home, line.split()) for _ in range(count + 1)][1:]


def cost_of_asking(home: Path, count: int) -> list[float]:
    """Milliseconds of CPU until the assistant has asked its first question."""
    return [_ask(home) for _ in range(count + 1)][1:]


def _start(home: Path, arguments: list[str], terminal: int) -> "subprocess.Popen[bytes]":
    home.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-m", "openclaw_gateway", *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
    )


def _run(home: Path, arguments: list[str]) -> float:
    with Path(os.devnull).open("r+b") as nowhere:
        return _cost(_start(home, arguments, nowhere.fileno()))


def _ask(home: Path) -> float:
    ours, theirs = pty.openpty()
    process = _start(home, ["onboard"], theirs)
    os.close(theirs)
    seen = b""
    while FIRST_QUESTION not in seen:
        seen += os.read(ours, 65536)
    process.send_signal(signal.SIGKILL)
    cost = _cost(process)
    os.close(ours)
    return cost


def _cost(process: "subprocess.Popen[bytes]") -> float:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return (usage.ru_utime + usage.ru_stime) * 1000
