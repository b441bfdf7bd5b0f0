"""The arguments of `docker run`."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from openclaw_gateway.config.schema import Docker
from openclaw_gateway.tools.sandbox.docker import Container, remove_arguments, run_arguments


def arguments(*, is_writable: bool = True, is_tty: bool = False, **keys: Any) -> tuple[str, ...]:
    """Those for `sh -c true` with a variable."""
    settings = msgspec.convert(keys, Docker)
    box = Container("box-1", settings, Path("/w"), is_writable, "/workspace/sub", (1000, 1001), is_tty)
    return run_arguments(box, ("/bin/sh", "-c", "true"), {"A": "1"})


def test_a_container_has_nothing_that_it_was_not_given() -> None:
    """No network, no capability, a read-only root, the workspace's owner, and one folder of this machine."""
    assert arguments() == (
        "run", "--rm", "--init", "--pull", "never", "--name", "box-1", "--label", "openclaw.sandbox=1",
        "--network", "none", "--security-opt", "no-new-privileges", "--read-only", "--cap-drop", "ALL",
        "--tmpfs", "/tmp", "--tmpfs", "/var/tmp", "--tmpfs", "/run", "--user", "1000:1001",
        "--workdir", "/workspace/sub", "--volume", "/w:/workspace", "--env", "A=1",
        "openclaw-sandbox:bookworm-slim", "/bin/sh", "-c", "true",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param({"is_writable": False}, ["--volume", "/w:/workspace:ro"], id="read-only workspace"),
        pytest.param({"is_tty": True}, ["--tty", "--interactive"], id="terminal"),
        pytest.param({"pidsLimit": 64}, ["--pids-limit", "64"], id="processes"),
        pytest.param({"memory": "1g"}, ["--memory", "1g"], id="memory"),
        pytest.param({"memorySwap": 5}, ["--memory-swap", "5"], id="swap"),
        pytest.param({"cpus": 0.5}, ["--cpus", "0.5"], id="CPUs"),
        pytest.param({"binds": ["/a:/a:ro"]}, ["--volume", "/a:/a:ro"], id="binds"),
        pytest.param({"dns": ["1.1.1.1"]}, ["--dns", "1.1.1.1"], id="name servers"),
        pytest.param({"extraHosts": ["a:1.2.3.4"]}, ["--add-host", "a:1.2.3.4"], id="hosts"),
        pytest.param({"seccompProfile": "/p.json"}, ["--security-opt", "seccomp=/p.json"], id="seccomp"),
        pytest.param({"apparmorProfile": "p"}, ["--security-opt", "apparmor=p"], id="AppArmor"),
        pytest.param({"env": {"B": "2"}}, ["--env", "B=2", "--env", "A=1"], id="environment"),
        pytest.param({"user": "0:0"}, ["--user", "0:0"], id="user"),
        pytest.param({"image": "x:1", "workdir": "/here"}, ["--volume", "/w:/here"], id="another place"),
    ],
)
def test_each_key_is_an_argument(keys: dict[str, Any], expected: list[str]) -> None:
    """What the config says stands on the command line."""
    given = list(arguments(**keys))
    assert any(given[at : at + len(expected)] == expected for at in range(len(given)))


def test_a_writable_root_is_said() -> None:
    """readOnlyRoot: false takes the option away."""
    assert "--read-only" not in arguments(readOnlyRoot=False)


def test_a_container_is_removed_by_its_name() -> None:
    """What ends the client does not end the container."""
    assert remove_arguments("box-1") == ("rm", "--force", "--volumes", "box-1")
