"""`openclaw config`, run as a person or a script would."""

from pathlib import Path

import pytest
from tests.cli.command import openclaw

TEXT = """{
  // mine
  gateway: { mode: "local", auth: { token: "0123456789abcdef" } },
  agents: { defaults: { model: "p/m" }, entries: { main: {} } },
  models: { providers: { p: { baseUrl: "http://127.0.0.1:9", apiKey: "sk-1", models: [{ id: "m" }] } } },
}
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with a config file in its usual place."""
    (tmp_path / ".openclaw").mkdir()
    _file(tmp_path).write_text(TEXT)
    return tmp_path


def _file(home: Path) -> Path:
    return home / ".openclaw" / "openclaw.json"


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        pytest.param(["gateway.mode"], "local\n", id="text"),
        pytest.param(["gateway.mode", "--json"], '"local"\n', id="text as JSON"),
        pytest.param(["gateway.auth.token"], "__OPENCLAW_REDACTED__\n", id="secret"),
        pytest.param(["models.providers.p.models[0].id"], "m\n", id="in a list"),
        pytest.param(["agents.entries"], '{\n  "main": {}\n}\n', id="object"),
    ],
)
def test_get_prints_a_value(home: Path, arguments: list[str], out: str) -> None:
    """Stdout is the value and nothing else; secrets stay hidden."""
    ended = openclaw(home, "config", "get", *arguments)
    assert (ended.code, ended.out, ended.err) == (0, out, "")


@pytest.mark.parametrize("path", ["gateway.port", "nope", "gateway..x"])
def test_get_of_nothing_fails(home: Path, path: str) -> None:
    """A path that the file does not set, or that is none, is exit 1 with one JSON document when that was asked for."""
    assert openclaw(home, "config", "get", path).code == 1
    ended = openclaw(home, "config", "get", path, "--json")
    assert ended.code == 1
    assert ended.document["ok"] is False
    assert ended.document["error"]["type"] == "cli_error"


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["get", "gateway.prt"], id="get"),
        pytest.param(["unset", "gateway.prt"], id="unset"),
        pytest.param(["set", "gateway.prt", "1"], id="set"),
    ],
)
def test_unknown_path_is_told_with_the_nearest(home: Path, arguments: list[str]) -> None:
    """A key that no file has is told as such, with the one that was probably meant."""
    ended = openclaw(home, "config", *arguments)
    assert (ended.code, ended.out) == (1, "")
    assert 'gateway: Unrecognized key: "prt" (did you mean "port"?)' in ended.err


def test_set_and_unset_change_the_file(home: Path) -> None:
    """A value is set and taken away again, and the comment survives both."""
    ended = openclaw(home, "config", "set", "gateway.port", "19000")
    assert (ended.code, ended.out) == (0, "Updated gateway.port. Restart the gateway to apply.\n")
    assert openclaw(home, "config", "get", "gateway.port").out == "19000\n"
    live = openclaw(home, "config", "set", "logging.level", "debug")
    assert live.out == "Updated logging.level. Change will apply without restarting the gateway.\n"
    assert openclaw(home, "config", "unset", "gateway.port").code == 0
    assert openclaw(home, "config", "get", "gateway.port").code == 1
    assert "// mine" in _file(home).read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["set", "gateway.port", '"x"'],
            "Config validation failed: gateway.port: Invalid input: expected number, received string",
            id="wrong type",
        ),
        pytest.param(
            ["set", "gateway.mode", "here"], 'gateway.mode: Invalid input (allowed: "local", "remote")', id="set"
        ),
        pytest.param(["set", "a", "{", "--strict-json"], "not JSON5", id="strict"),
        pytest.param(["set", "agents.defaults.model", "nosuch/m"], "nosuch/m", id="a model that nothing serves"),
        pytest.param(["set", "models.providers", "{}"], "would lose p", id="a map whole"),
        pytest.param(
            ["unset", "gateway.port"], "Config path not found: gateway.port. Nothing was changed.", id="unset"
        ),
        pytest.param(
            ["set", "gateway.port", "1", "--expect-current-json", "2"], "not what was expected", id="expected"
        ),
        pytest.param(["set", "gateway.mode", "local", "--expect-current-absent"], "expected not to be", id="absent"),
        pytest.param(["set", "gateway.port"], "needs one of", id="no value"),
        pytest.param(["set", "--batch-json", '[{"path": "a"}]'], "batch[0]", id="batch"),
        pytest.param(["patch", "--file", "nowhere.json"], "Cannot read nowhere.json", id="no patch"),
    ],
)
def test_what_cannot_be_done_is_told(home: Path, arguments: list[str], message: str) -> None:
    """A refused change is a reason on stderr and a failing exit code; the file stays as it was."""
    ended = openclaw(home, "config", *arguments)
    assert ended.code in (1, 2)
    assert ended.out == ""
    assert message in ended.err
    assert _file(home).read_text() == TEXT


@pytest.mark.parametrize(
    ("arguments", "path", "value"),
    [
        pytest.param(["agents.entries", "{b: {}}", "--merge"], "agents.entries", {"main": {}, "b": {}}, id="merge"),
        pytest.param(["agents.entries", "{b: {}}", "--replace"], "agents.entries", {"b": {}}, id="replace"),
        pytest.param(["session.store", "plain text"], "session.store", "plain text", id="text without quotes"),
        pytest.param(
            ["gateway.auth.token", "--ref-source", "env", "--ref-id", "TOKEN"],
            "gateway.auth.token",
            {"source": "env", "provider": "default", "id": "TOKEN"},
            id="reference",
        ),
        pytest.param(
            ["secrets.providers.v", "--provider-source", "file", "--provider-path", "/v.json"],
            "secrets.providers.v",
            {"source": "file", "path": "/v.json"},
            id="source of secrets",
        ),
        pytest.param(
            ["--batch-json", '[{"path": "gateway.port", "value": 5}, {"path": "session.scope", "value": "global"}]'],
            "gateway.port",
            5,
            id="batch",
        ),
    ],
)
def test_the_ways_to_set(home: Path, arguments: list[str], path: str, value: object) -> None:
    """Values, references, sources of secrets and batches end in the file."""
    ended = openclaw(home, "config", "set", *arguments, TOKEN="a-long-random-value-7f3a9c")
    assert (ended.code, ended.err) == (0, "")
    assert openclaw(home, "config", "get", path, "--json").document == value


def test_patch_merges_and_takes_away(home: Path) -> None:
    """A merge patch changes what it names, takes away what it says is null, and leaves the rest."""
    patch = b"{gateway: {port: 1, auth: null}, agents: {entries: {b: {name: 'B', cwd: null}}}, nope: null}"
    dry = openclaw(home, "config", "patch", "--stdin", "--dry-run", "--json", stdin=patch)
    assert dry.document["changed"] is True
    assert dry.document["dryRun"] is True
    assert _file(home).read_text() == TEXT
    assert openclaw(home, "config", "patch", "--stdin", stdin=patch).code == 0
    assert openclaw(home, "config", "get", "gateway", "--json").document == {"mode": "local", "port": 1}
    assert openclaw(home, "config", "get", "agents.entries", "--json").document == {"main": {}, "b": {"name": "B"}}


def test_validate_says_valid(home: Path) -> None:
    """A good file is exit 0 with its path."""
    ended = openclaw(home, "config", "validate", "--json")
    assert (ended.code, ended.document) == (0, {"valid": True, "path": str(_file(home)), "warnings": []})
    assert openclaw(home, "config", "validate").out == f"Config valid: {_file(home)}\n"


def test_validate_says_everything_that_is_wrong(home: Path) -> None:
    """A bad file is exit 1, one document with all issues, or one line for each with its place."""
    _file(home).write_text("{\n  gateway: { port: 'x', mood: 1 } }")
    document = openclaw(home, "config", "validate", "--json").document
    assert (document["ok"], document["valid"], document["path"]) == (False, False, str(_file(home)))
    assert [(issue["path"], issue["line"]) for issue in document["issues"]] == [("gateway.port", 2), ("gateway", 2)]
    ended = openclaw(home, "config", "validate")
    assert ended.code == 1
    assert "openclaw.json:2:14 — gateway.port: Invalid input: expected number, received string" in ended.err
    assert 'Unrecognized key: "mood" (did you mean "mode"?)' in ended.err


def test_an_invalid_gateway_config_is_exit_78(home: Path) -> None:
    """A gateway whose file is wrong does not start, and a supervisor sees by the code that it never will."""
    _file(home).write_text("{gateway: {mode: 'local', port: 'x'}}")
    ended = openclaw(home, "gateway", "run")
    assert ended.code == 78
    assert f"Gateway failed to start: Invalid config at {_file(home)}:" in ended.err
    assert "openclaw.json:1:27 — gateway.port: " in ended.err


def test_file_and_schema(home: Path) -> None:
    """The place of the file follows the options, and the schema is one document."""
    assert openclaw(home, "config", "file").out == f"{_file(home)}\n"
    elsewhere = openclaw(home, "--profile", "w", "config", "file", "--json").document
    assert elsewhere == {"path": str(home / ".openclaw-w" / "openclaw.json")}
    assert openclaw(home, "config", "schema").document["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        pytest.param("{gateway: {port: 1}, gateway: {port: 2}}", "the same key below hides it", id="doubled key"),
        pytest.param("{gateway: {bind: 'loopback', auth: {token: 'short7'}}}", "shorter than 16", id="short token"),
        pytest.param("{agents: {defaults: {model: 'opnai/x'}}}", 'did you mean "openai"', id="unknown provider"),
        pytest.param("{gateway: {auth: {token: '${NOWHERE}'}}}", "NOWHERE is not set", id="missing variable"),
        pytest.param(
            "{gateway: {auth: {token: {source: 'env', provider: 'default', id: 'NOWHERE'}}}}", "NOWHERE", id="reference"
        ),
    ],
)
def test_validate_warns(home: Path, text: str, warning: str) -> None:
    """What is valid and will not do is a warning, on stderr and in the document."""
    _file(home).write_text(text)
    ended = openclaw(home, "config", "validate")
    assert (ended.code, ended.out) == (0, f"Config valid: {_file(home)}\n")
    assert warning in ended.err
    document = openclaw(home, "config", "validate", "--json").document
    assert document["valid"] is True
    assert any(warning in line for line in document["warnings"])


def test_validate_refuses_what_no_gateway_starts_with(home: Path) -> None:
    """A file that the start would refuse is not valid, in the exit code and in the document."""
    _file(home).write_text("{gateway: {bind: 'lan', auth: {token: 'short7'}}}")
    ended = openclaw(home, "config", "validate")
    assert (ended.code, ended.out) == (1, "")
    assert "will refuse to start" in ended.err
    told = openclaw(home, "config", "validate", "--json")
    assert (told.code, told.document["valid"]) == (1, False)


def test_set_leaves_no_gateway_that_cannot_start(home: Path) -> None:
    """A change after which the start would refuse is not made; what is refused already may be mended in steps."""
    _file(home).write_text("{gateway: {bind: 'loopback', auth: {token: 'short7'}}}")
    ended = openclaw(home, "config", "set", "gateway.bind", "lan")
    assert ended.code == 1
    assert "would refuse to start" in ended.err
    assert "lan" not in _file(home).read_text()
    _file(home).write_text("{gateway: {bind: 'lan', auth: {token: 'short7'}}}")
    assert openclaw(home, "config", "set", "gateway.auth.token", "short8").code == 0


def test_validate_tells_doubled_keys_beside_faults(home: Path) -> None:
    """In an invalid file a key that hides another is told too."""
    _file(home).write_text("{gateway: {port: 1}, gateway: {prt: 2}}")
    ended = openclaw(home, "config", "validate", "--json")
    assert ended.code == 1
    assert "hides it" in ended.document["warnings"][0]
