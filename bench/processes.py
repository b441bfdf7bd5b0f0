"""Child processes under measurement: start, wait until ready, read what they cost, end.

Everything is read from /proc and from the process CPU clock, so the measured process does nothing for it.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

CHECKOUT = Path(__file__).resolve().parent.parent
TOKEN = "bench-token-0123456789abcdef"
READY_TIMEOUT_S = 20.0


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def get(port: int, path: str, *, timeout_s: float = 2.0) -> tuple[int, bytes]:
    """Status and body of one GET, without an HTTP library: its import would cost more than what is measured."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as client:
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\n"
        client.sendall(f"{head}Connection: close\r\n\r\n".encode())
        reply = bytearray()
        while piece := client.recv(65536):
            reply += piece
    head_bytes, _, body = bytes(reply).partition(b"\r\n\r\n")
    return int(head_bytes[9:12] or b"0"), body


class Child:
    """One process of ours. stderr and stdout go to `log`; leaving the context kills what still runs."""

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        self._output = log.open("ab")
        self.started_at = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            env={**os.environ, "PYTHONPATH": f"{CHECKOUT / 'src'}:{CHECKOUT}", **(environment or {})},
            cwd=CHECKOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._output.close()

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    @property
    def cpu_s(self) -> float:
        """User and system seconds of all its threads so far, ended ones included, to the nanosecond."""
        # The id that clock_getcpuclockid(3) makes of a pid; /proc/<pid>/stat would count in steps of 10 ms.
        return time.clock_gettime((~self.pid << 3) | 2)

    @property
    def rss_mb(self) -> float:
        """Resident memory in MB of 10^6 bytes."""
        return self._status("VmRSS") * 1024 / 1e6

    @property
    def peak_rss_mb(self) -> float:
        """The most that was resident since the start, or since `forget_peak`."""
        return self._status("VmHWM") * 1024 / 1e6

    def forget_peak(self) -> None:
        """Begin to count the peak anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    @property
    def threads(self) -> int:
        """Threads alive."""
        return self._status("Threads")

    @property
    def open_files(self) -> int:
        """Open file descriptors, sockets included."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))  # noqa: PTH208 -- links to sockets are no paths

    @property
    def output(self) -> str:
        """What it printed."""
        return self.log.read_text(errors="replace")

    def wait_ready(self, port: int, path: str = "/ready", *, timeout_s: float = READY_TIMEOUT_S) -> float:
        """Seconds from the start until `path` answered 200."""
        deadline = self.started_at + timeout_s
        while time.perf_counter() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"ended with {self.process.returncode} before it was ready:\n{self.output}")
            with contextlib.suppress(OSError, ValueError):
                if get(port, path)[0] == 200:
                    return time.perf_counter() - self.started_at
            time.sleep(0.001)
        raise TimeoutError(f"not ready after {timeout_s} s:\n{self.output}")

    def terminate(self, *, timeout_s: float = 30.0) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def kill(self) -> None:
        """End it with SIGKILL, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _status(self, field: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        raise LookupError(field)


def gateway_config(port: int, providers: Mapping[str, object], models: Mapping[str, str]) -> dict[str, object]:
    """A configuration as a person would write it. models: agent id -> model reference; `main` must be among them."""
    return {
        "gateway": {
            "mode": "local",
            "port": port,
            "auth": {"mode": "token", "token": TOKEN},
            "http": {"endpoints": {"chatCompletions": {"enabled": True}}},
        },
        "models": {"providers": dict(providers)},
        "agents": {
            "defaults": {
                # The prepared answers have no headings; any text is a summary in this mode.
                "compaction": {"mode": "default"},
                "systemAgent": {"agentId": "main"},
                "maxConcurrent": 256,
            },
            "entries": {agent: {"model": model} for agent, model in models.items()},
        },
    }


class Gateway(Child):
    """The real gateway, started by its command on a configuration file and a state folder under `folder`."""

    def __init__(self, folder: Path, config: Mapping[str, object], *, prefix: Sequence[str] = ()) -> None:
        """prefix: words before the command, such as ("prlimit", "--fsize=1000000")."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "openclaw.json"
        path.write_text(json.dumps(config, indent=2))
        path.chmod(0o600)
        section = config["gateway"]
        assert isinstance(section, dict)
        self.port: int = section["port"]
        self.state = folder / "state"
        super().__init__(
            [*prefix, sys.executable, "-m", "openclaw_gateway", "gateway", "run"],
            log=folder / "gateway.log",
            environment={"OPENCLAW_CONFIG_PATH": str(path), "OPENCLAW_STATE_DIR": str(self.state)},
        )


class Upstream(Child):
    """The benchmark's model server (`bench.upstream`)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        super().__init__([sys.executable, "-m", "bench.upstream", str(self.port)], log=folder / "upstream.log")
        try:
            self.wait_ready(self.port, "/stats")
        except BaseException:
            self.__exit__()  # nobody has it yet who could end it
            raise

    def provider(self, behaviour: str, *, context_window: int = 200_000) -> dict[str, object]:
        """A `models.providers` entry whose one model, `m`, answers in the way that `behaviour` names."""
        return {
            "baseUrl": f"http://127.0.0.1:{self.port}/{behaviour}/v1",
            "apiKey": "sk-bench",
            "api": "openai-completions",
            "models": [{"id": "m", "contextWindow": context_window, "maxTokens": 1024}],
        }

    def stats(self) -> dict[str, int]:
        """Counters since the start: requests, body_bytes, last_body_bytes, cut."""
        counters: dict[str, int] = json.loads(get(self.port, "/stats")[1])
        return counters
