"""Faults as a person and a program read them."""

from pathlib import Path

import pytest
from tests.config.folder import surroundings, write

from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import LaunchOptions, load


def test_faults_come_with_their_places(tmp_path: Path) -> None:
    """Each fault is a line of file, line, column, path and message, after the line that a supervisor looks for."""
    write(
        tmp_path,
        """{
  gateway: { port: "x",
    auth: { mood: 1 } },
  agents: { list: [{ id: "a", model: { primary: 3 } }] },
}""",
    )
    with pytest.raises(ConfigInvalid) as caught:
        load(LaunchOptions(), surroundings(tmp_path))
    first, *lines, hint = caught.value.lines()
    assert first == f"Gateway failed to start: Invalid config at {tmp_path}/state/openclaw.json:"
    assert lines == [
        'openclaw.json:2:14 — gateway.port: Invalid input: expected number, received string, got: "x"',
        'openclaw.json:3:13 — gateway.auth: Unrecognized key: "mood" (did you mean "mode"?)',
        "openclaw.json:4:40 — agents.list[0].model.primary: Invalid input: expected string, received number, got: 3",
    ]
    assert "openclaw config validate" in hint
    assert caught.value.issues[1].as_json() == {
        "path": "gateway.auth",
        "message": 'Unrecognized key: "mood"',
        "file": "openclaw.json",
        "line": 3,
        "column": 13,
        "expected": caught.value.issues[1].expected,
        "nearest": "mode",
    }


def test_a_doubled_key_is_told_beside_the_faults(tmp_path: Path) -> None:
    """A key that a later one hides may be the reason of a fault, so it is told with it."""
    write(tmp_path, "{\n  gateway: { port: 1 },\n  gateway: { prot: 2 },\n}")
    with pytest.raises(ConfigInvalid) as caught:
        load(LaunchOptions(), surroundings(tmp_path))
    assert caught.value.warnings == ("openclaw.json:2:3 — gateway: the same key below hides it",)
    assert caught.value.warnings[0] in caught.value.lines()


def test_a_bad_variable_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    """A value of the environment that cannot be used is told with the value, and nobody is sent to the file."""
    with pytest.raises(ConfigInvalid) as caught:
        load(LaunchOptions(), surroundings(tmp_path, OPENCLAW_GATEWAY_PORT="http"))
    assert caught.value.lines() == [
        "Gateway failed to start: Invalid environment:",
        "environment — OPENCLAW_GATEWAY_PORT: expected a port from 1 to 65535, got: 'http'",
    ]
