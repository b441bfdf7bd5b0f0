"""Variables and where they come from. Covers config/environment.py, config/dotenv.py and config/substitute.py."""

from pathlib import Path

import pytest
from tests.config.folder import load_text, surroundings

from openclaw_gateway.config.dotenv import parse_dotenv, read_dotenv
from openclaw_gateway.config.environment import find_provider_keys, merge_variables
from openclaw_gateway.config.substitute import MAX_EXPANDED_CHARS, Substitution, Unusable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("A=1\nexport B=2\n", {"A": "1", "B": "2"}, id="plain"),
        pytest.param('A = \'x # y\' # z\nB="l\\n\\"q\\""\n', {"A": "x # y", "B": 'l\n"q"'}, id="quotes"),
        pytest.param("A=1 # one\nB=a#b\nC=\n#D=1\n", {"A": "1", "B": "a#b", "C": ""}, id="comments"),
        pytest.param("A=1\r\nB=2", {"A": "1", "B": "2"}, id="CRLF"),
        pytest.param("just text\n=x\n1A=2\nA=1\nA=2", {"A": "2"}, id="other lines, and the last counts"),
        pytest.param('A="one\ntwo"', {"A": "one\ntwo"}, id="two lines"),
        pytest.param("A=a\0b", {}, id="NUL"),
        pytest.param("", {}, id="empty"),
    ],
)
def test_dotenv_lines(text: str, expected: dict[str, str]) -> None:
    """Lines are read as shells read them."""
    assert parse_dotenv(text) == expected


def test_a_dotenv_file_that_is_none(tmp_path: Path) -> None:
    """A missing file, a folder and bytes that are no text bring nothing."""
    (tmp_path / "b").write_bytes(b"A=\xff")
    assert [read_dotenv(path) for path in (tmp_path / "a", tmp_path, tmp_path / "b")] == [{}, {}, {}]


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
    ("text", "expected"),
    [
        pytest.param("${A}", "1", id="whole"),
        pytest.param("x${A}y${B}", "x1y2", id="inline"),
        pytest.param("$${A}", "${A}", id="escaped"),
        pytest.param("${a} $A {A}", "${a} $A {A}", id="other dollars"),
        pytest.param("${GONE}/v1", "${GONE}/v1", id="missing stays visible"),
        pytest.param("${EMPTY}", "${EMPTY}", id="empty is missing"),
        pytest.param("${NESTED}", "${A}", id="values are not filled in again"),
    ],
)
def test_variables_are_filled_in(text: str, expected: str) -> None:
    """`${NAME}` in any string, at any depth, is the variable's value."""
    substitution = Substitution({"A": "1", "B": "2", "EMPTY": "", "NESTED": "${A}"})
    assert substitution.apply({"k": [text]}) == {"k": [expected]}
    missing = [] if "GONE" not in text and "EMPTY" not in text else [(("k", 0), text[2:].partition("}")[0])]
    assert substitution.unresolved == missing


def test_substitution_has_a_bound() -> None:
    """A short file that names a long variable many times is refused, not expanded without end."""
    with pytest.raises(Unusable, match="Too big"):
        Substitution({"A": "x" * 1000}).apply("${A}" * (MAX_EXPANDED_CHARS // 1000 + 1))


def test_missing_variables_are_warned_of_where_they_matter(tmp_path: Path) -> None:
    """A missing variable is a warning with its place; in parts that have no effect it is none."""
    loaded = load_text(tmp_path, "{session: {store: '${GONE}/x'}, channels: {telegram: {botToken: '${GONE}'}}}")
    assert loaded.config.session.store == "${GONE}/x"
    assert [warning for warning in loaded.warnings if "GONE" in warning] == [
        "session.store: the variable GONE is not set"
    ]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({"OPENAI_API_KEY": "k"}, {"openai": "k"}, id="usual name"),
        pytest.param({"OPENAI_API_KEYS": " a; b,c"}, {"openai": "a"}, id="the first of a list"),
        pytest.param({"OPENCLAW_LIVE_OPENAI_KEY": "l", "OPENAI_API_KEY": "k"}, {"openai": "l"}, id="live key first"),
        pytest.param({"MY_LLM_API_KEY_2": "2", "MY_LLM_API_KEY_1": "1"}, {"my-llm": "1"}, id="numbered, other id"),
        pytest.param({"OPENAI_API_KEY": "  "}, {}, id="blank"),
        pytest.param({"OTHER_API_KEY": "k"}, {}, id="a provider that nobody named"),
    ],
)
def test_keys_of_providers(variables: dict[str, str], expected: dict[str, str]) -> None:
    """API keys are found by the provider's id."""
    assert find_provider_keys({"my-llm": None}, variables) == expected
