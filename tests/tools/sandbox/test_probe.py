"""Whether the sandbox works, found by trying."""

from pathlib import Path

import msgspec
import pytest

from openclaw_gateway.config.schema import Sandbox
from openclaw_gateway.tools.sandbox import bubblewrap, docker
from openclaw_gateway.tools.sandbox.probe import find_fault


def fake_program(folder: Path, script: str) -> str:
    """A program that stands in for one of the system."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        pytest.param("exit 0", "", id="works"),
        pytest.param(
            "echo 'bwrap: Unknown option --disable-userns' >&2; exit 1", "too old, 0.8 is needed", id="too old"
        ),
        pytest.param(
            "echo 'bwrap: No permissions to create new namespace' >&2; exit 1", "user.max_user_namespaces", id="kernel"
        ),
        pytest.param("exit 9", "ended with code 9", id="anything else"),
    ],
)
def test_a_fault_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, fault: str) -> None:
    """Each way in which bubblewrap fails has its advice; none is silent."""
    monkeypatch.setattr(bubblewrap, "PLACES", (fake_program(tmp_path, script),))
    found = find_fault(msgspec.convert({"backend": "bubblewrap"}, Sandbox))
    assert fault in found
    assert bool(found) is bool(fault)


def test_what_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing program, and a backend that we do not have."""
    monkeypatch.setattr(bubblewrap, "PLACES", ())
    monkeypatch.setattr(docker, "PLACES", ())
    faults = [find_fault(msgspec.convert({"backend": name}, Sandbox)) for name in ("bubblewrap", "docker", "ssh")]
    words = ("apt install bubblewrap", "docker is not installed", "is not supported")
    assert all(word in fault for word, fault in zip(words, faults, strict=True))


def test_docker_without_the_image_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An image is never fetched, so it has to be there."""
    monkeypatch.setattr(docker, "PLACES", (fake_program(tmp_path, "echo 'No such image' >&2; exit 1"),))
    assert "openclaw-sandbox:bookworm-slim: No such image" in find_fault(Sandbox())
