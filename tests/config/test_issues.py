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
