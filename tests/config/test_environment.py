"""Variables and where they come from."""

from pathlib import Path

import pytest
from tests.config.folder import surroundings

from openclaw_gateway.config.environment import find_provider_keys, merge_variables


def test_the_order_of_sources(tmp_path: Path) -> None:
    """Process, working folder, state folder, file: the first that has a variable wins, and none overrides."""
    state = tmp_path / "state"
    state.mkdir()
    (tmp_path / ".env").write_text("A=cwd\nB=cwd\nOPENCLAW_X=cwd\nMY_API_KEY=cwd\nPATH=cwd\n")
    (state / ".env").write_text("A=state\nB=state\nC=state\nMY_API_KEY=state\n")
    section = {"vars": {"A": "file", "B": "file", "C": "file", "D": "file", "E": 3}}
    merged = merge_variables(surroundings(tmp_path, A="process"), state, section)
    wanted = ("A", "B", "C", "D", "E", "OPENCLAW_X", "MY_API_KEY", "PATH")
    assert [merged.get(name) for name in wanted] == ["process", "cwd", "state", "file", None, None, "state", None]


def test_a_login_shell_fills_what_is_missing(tmp_path: Path) -> None:
    """With env.shellEnv a shell is asked; what it says comes last, and a shell that hangs is left."""
    shell = tmp_path / "shell"
    shell.write_text("#!/bin/sh\nFROM_SHELL=1 A=shell exec /usr/bin/env -0\n")
    shell.chmod(0o700)
    environment = surroundings(tmp_path, SHELL=str(shell), A="process")
    merged = merge_variables(environment, tmp_path / "state", {"shellEnv": {"enabled": True}})
    assert (merged.get("FROM_SHELL"), merged["A"]) == ("1", "process")
    shell.write_text("#!/bin/sh\nsleep 60\n")
    hanging = merge_variables(environment, tmp_path / "state", {"shellEnv": {"enabled": True, "timeoutMs": 100}})
    assert "FROM_SHELL" not in hanging


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({"OPENAI_API_KEY": "k"}, {"openai": ("k",)}, id="usual name"),
        pytest.param({"OPENAI_API_KEYS": " a; b,c"}, {"openai": ("a", "b", "c")}, id="all of a list"),
        pytest.param({"OPENCLAW_LIVE_OPENAI_KEY": "l", "OPENAI_API_KEY": "k"}, {"openai": ("l",)}, id="live key alone"),
        pytest.param({"MY_LLM_API_KEY_2": "2", "MY_LLM_API_KEY_1": "1"}, {"my-llm": ("1", "2")}, id="numbered"),
        pytest.param({"OPENAI_API_KEY": "  "}, {}, id="blank"),
        pytest.param({"OTHER_API_KEY": "k"}, {}, id="a provider that nobody named"),
    ],
)
def test_keys_of_providers(variables: dict[str, str], expected: dict[str, tuple[str, ...]]) -> None:
    """API keys are found by the provider's id."""
    assert find_provider_keys({"my-llm": None}, variables) == expected
