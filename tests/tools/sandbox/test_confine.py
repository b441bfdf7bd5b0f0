"""From a command to its sandbox: it never falls back."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.tools.exec.commands import at_work, failure_of

from openclaw_gateway.config.schema import Sandbox
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.sandbox import bubblewrap, docker
from openclaw_gateway.tools.sandbox.confine import Inmate, confine
from openclaw_gateway.tools.tool import ToolFailure

INMATE = Inmate(("/bin/sh", "-c", "true"), "/workspace", {"A": "1"})


def place(folder: Path, **keys: Any) -> Place:
    """A place in a sandbox."""
    return Place(folder, "/workspace", is_contained=True, sandbox=msgspec.convert({"mode": "all", **keys}, Sandbox))


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        pytest.param("bubblewrap", "apt install bubblewrap", id="bubblewrap is missing"),
        pytest.param("docker", "docker is not installed", id="docker is missing"),
        pytest.param("ssh", "'ssh' is not supported", id="no such backend"),
    ],
)
async def test_without_its_sandbox_no_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, sentence: str
) -> None:
    """The refusal says what to install, and nothing was started."""
    monkeypatch.setattr(bubblewrap, "PLACES", ())
    monkeypatch.setattr(docker, "PLACES", ())
    async with at_work(tmp_path) as bench:
        bench.place = place(bench.folder, backend=backend)
        assert sentence in await failure_of(bench.exec("touch started"))
        assert not (bench.folder / "started").exists()


@pytest.mark.parametrize(
    ("backend", "state"),
    [
        pytest.param("bubblewrap", ".", id="the workspace is the state"),
        pytest.param("docker", ".", id="the same with docker"),
        pytest.param("docker", "home/.state", id="docker, which covers nothing"),
    ],
)
def test_no_sandbox_shows_the_state(tmp_path: Path, backend: str, state: str) -> None:
    """What cannot be hidden is not begun."""
    with pytest.raises(ToolFailure, match="which no sandbox shows"):
        confine(INMATE, place(tmp_path, backend=backend), (tmp_path / state,), {"PATH": "/bin"})


def test_a_command_in_docker_is_one_of_its_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client gets the plain environment, the container the call's; its end removes the container by its name."""
    monkeypatch.setattr(docker, "PLACES", ("/bin/true",))
    start = confine(INMATE, place(tmp_path, backend="docker"), (), {"PATH": "/bin"})
    assert (start.argv[:2], start.env, start.cwd) == (("/bin/true", "run"), {"PATH": "/bin"}, "/")
    name = start.argv[start.argv.index("--name") + 1]
    assert start.cleanup == ("/bin/true", "rm", "--force", "--volumes", name)
    assert "A=1" in start.argv
    assert "OPENCLAW_SHELL=exec" in start.argv


def test_a_command_in_bubblewrap_has_an_environment_of_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the gateway's variables, not even PATH and HOME, is seen inside."""
    monkeypatch.setattr(bubblewrap, "PLACES", ("/bin/true",))
    given = place(tmp_path, backend="bubblewrap", bubblewrap={"env": {"B": "2"}})
    start = confine(INMATE, given, (), {"PATH": "/canary", "HOME": "/canary"})
    (options,) = [text.split("\0") for text in start.data.values() if "--clearenv" in text]
    assert "/canary" not in " ".join((*start.argv, *options))
    told = {options[at + 1]: options[at + 2] for at, part in enumerate(options) if part == "--setenv"}
    assert told == {
        "PATH": bubblewrap.SEARCH_PATH, "HOME": "/workspace", "LANG": "C.UTF-8", "TMPDIR": "/tmp", "TERM": "dumb",
        "B": "2", "A": "1", "OPENCLAW_SHELL": "exec",
    }  # fmt: skip
