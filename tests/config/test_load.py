"""Loading: from command line, environment and file to one value."""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.config.folder import issues_of, load_text, surroundings, write
from tests.config.json5_texts import texts

from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import Credential, LaunchOptions, load, locate, read_environment


@pytest.mark.parametrize(
    ("options", "variables", "config_path", "state_dir"),
    [
        pytest.param(LaunchOptions(), {}, "h/.openclaw/openclaw.json", "h/.openclaw", id="home"),
        pytest.param(LaunchOptions(profile="w"), {}, "h/.openclaw-w/openclaw.json", "h/.openclaw-w", id="profile"),
        pytest.param(LaunchOptions(profile="default"), {}, "h/.openclaw/openclaw.json", "h/.openclaw", id="default"),
        pytest.param(LaunchOptions(dev=True), {}, "h/.openclaw-dev/openclaw.json", "h/.openclaw-dev", id="dev"),
        pytest.param(
            LaunchOptions(),
            {"OPENCLAW_PROFILE": "p"},
            "h/.openclaw-p/openclaw.json",
            "h/.openclaw-p",
            id="OPENCLAW_PROFILE",
        ),
        pytest.param(LaunchOptions(), {"OPENCLAW_STATE_DIR": "~/s"}, "h/s/openclaw.json", "h/s", id="state folder"),
        pytest.param(
            LaunchOptions(),
            {"OPENCLAW_CONFIG_PATH": "c.json"},
            "c.json",
            "h/.openclaw",
            id="path from the working folder",
        ),
        pytest.param(
            LaunchOptions(profile="w"), {"OPENCLAW_STATE_DIR": "s"}, "s/openclaw.json", "s", id="variable beats profile"
        ),
    ],
)
def test_files_are_found(
    tmp_path: Path, options: LaunchOptions, variables: dict[str, str], config_path: str, state_dir: str
) -> None:
    """Options and variables say where config and state are."""
    environment = surroundings(tmp_path)
    environment = type(environment)(variables, tmp_path / "h", tmp_path)
    paths = locate(options, environment)
    assert (paths.config_path, paths.state_dir) == (tmp_path / config_path, tmp_path / state_dir)


@pytest.mark.parametrize("profile", ["../x", "a/b", "", "a" * 65, "x\0", "é é"])
def test_a_profile_cannot_leave_the_home_folder(tmp_path: Path, profile: str) -> None:
    """The name of a profile is a plain word."""
    if not profile:
        assert locate(LaunchOptions(profile=profile), surroundings(tmp_path)).profile is None
        return
    with pytest.raises(ConfigInvalid, match="profile"):
        locate(LaunchOptions(profile=profile), surroundings(tmp_path))


@pytest.mark.parametrize(
    ("options", "variables", "port"),
    [
        pytest.param(LaunchOptions(port=1), {"OPENCLAW_GATEWAY_PORT": "2"}, 1, id="option"),
        pytest.param(LaunchOptions(), {"OPENCLAW_GATEWAY_PORT": "2"}, 2, id="variable"),
        pytest.param(LaunchOptions(dev=True), {}, 19_001, id="dev"),
        pytest.param(LaunchOptions(), {}, 3, id="file"),
    ],
)
def test_the_port_is_chosen(tmp_path: Path, options: LaunchOptions, variables: dict[str, str], port: int) -> None:
    """The nearest word on the port wins."""
    write(tmp_path, "{gateway: {port: 3}}")
    assert load(options, surroundings(tmp_path, **variables)).port == port


def test_a_bad_port_in_the_environment_is_refused(tmp_path: Path) -> None:
    """A port that is none stops the start and names the variable."""
    (issue,) = issues_of(tmp_path, "{}", OPENCLAW_GATEWAY_PORT="70000")
    assert (issue.path, issue.got) == ("OPENCLAW_GATEWAY_PORT", "'70000'")


def test_a_missing_file_means_defaults(tmp_path: Path) -> None:
    """Without a file the gateway has a config, and says that there is none."""
    loaded = load(LaunchOptions(), surroundings(tmp_path))
    assert not loaded.exists
    assert loaded.raw_hash == ""
    assert loaded.port == 18_789
    assert loaded.config.gateway.mode is None


@pytest.mark.parametrize(
    ("text", "options", "variables", "expected"),
    [
        pytest.param("token: 'c'", LaunchOptions(token="o"), {}, ("o", "option"), id="option"),
        pytest.param("token: 'c'", LaunchOptions(), {"OPENCLAW_GATEWAY_TOKEN": "e"}, ("c", "config"), id="file"),
        pytest.param("", LaunchOptions(), {"OPENCLAW_GATEWAY_TOKEN": "e"}, ("e", "environment"), id="variable"),
        pytest.param("token: '${T}'", LaunchOptions(), {"T": "t"}, ("t", "config"), id="filled in"),
        pytest.param("token: '$T'", LaunchOptions(), {"T": "t"}, ("t", "config"), id="short form"),
        pytest.param(
            "token: {source: 'env', provider: 'default', id: 'T'}",
            LaunchOptions(),
            {"T": "t", "OPENCLAW_GATEWAY_TOKEN": "e"},
            ("t", "config"),
            id="a reference beats the variable",
        ),
        pytest.param("mode: 'none'", LaunchOptions(), {}, None, id="none asked for"),
        pytest.param("password: 'p'", LaunchOptions(), {}, None, id="a password is enough"),
    ],
)
def test_the_token_is_chosen(
    tmp_path: Path, text: str, options: LaunchOptions, variables: dict[str, str], expected: tuple[str, str] | None
) -> None:
    """The token comes from the nearest place that has one, and remembers which."""
    write(tmp_path, f"{{gateway: {{auth: {{{text}}}}}}}")
    token = load(options, surroundings(tmp_path, **variables)).gateway_token
    assert (token and (token.value, token.origin)) == expected


def test_a_token_is_made_for_one_start(tmp_path: Path) -> None:
    """Without a token on loopback a random one is made, with a warning; two starts do not share it."""
    first, second = load_text(tmp_path, "{}"), load_text(tmp_path, "{}")
    assert first.gateway_token is not None
    assert second.gateway_token is not None
    assert first.gateway_token.origin == "generated"
    assert len(first.gateway_token.value) >= 32
    assert first.gateway_token.value != second.gateway_token.value
    assert any("generated" in warning for warning in first.warnings)


@pytest.mark.parametrize(
    ("auth", "variables"),
    [
        pytest.param("token: '${NOWHERE}'", {}, id="text"),
        pytest.param("token: '$NOWHERE'", {}, id="short form"),
        pytest.param("mode: 'password', password: 'x${NOWHERE}'", {}, id="password"),
        pytest.param("token: '${NOWHERE}'", {"OPENCLAW_GATEWAY_TOKEN": "another"}, id="another one is at hand"),
    ],
)
def test_a_secret_whose_variable_is_missing_stops_the_start(
    tmp_path: Path, auth: str, variables: dict[str, str]
) -> None:
    """A secret that the file names is not replaced by one that nobody knows; the variable is named, with its place."""
    (issue,) = issues_of(tmp_path, f"{{gateway: {{auth: {{{auth}}}}}}}", **variables)
    assert (issue.path.startswith("gateway.auth."), issue.line) == (True, 1)
    assert "the variable NOWHERE is not set" in issue.message


@pytest.mark.parametrize(
    ("auth", "options"),
    [
        pytest.param("token: '${NOWHERE}'", LaunchOptions(token="mine"), id="one by hand"),
        pytest.param("token: '${NOWHERE}'", LaunchOptions(auth="none"), id="none is asked for"),
        pytest.param("mode: 'password', token: '$NOWHERE', password: 'p'", LaunchOptions(), id="the other is used"),
    ],
)
def test_a_secret_that_is_not_used_may_be_missing(tmp_path: Path, auth: str, options: LaunchOptions) -> None:
    """A missing variable of a secret that this start does not use is a warning."""
    write(tmp_path, f"{{gateway: {{auth: {{{auth}}}}}}}")
    loaded = load(options, surroundings(tmp_path))
    assert "gateway.auth.token: the variable NOWHERE is not set" in loaded.warnings


def test_advice_has_its_place(tmp_path: Path) -> None:
    """A probable slip is a warning with line, column and path as the file spells it; a client is not told."""
    write(tmp_path, "{\n  agents: { defaults: { model: 'opnai/x' } },\n}")
    loaded = load(LaunchOptions(), surroundings(tmp_path))
    (warning,) = [line for line in loaded.warnings if "opnai" in line]
    assert warning.startswith("openclaw.json:2:25 — agents.defaults.model: ")
    assert warning.endswith('(did you mean "openai"?)')
    assert load(LaunchOptions(), surroundings(tmp_path), for_client=True).warnings == ()


def test_no_token_is_made_for_others(tmp_path: Path) -> None:
    """A wider listener gets no random token that nobody would know, and a client gets none at all."""
    assert load_text(tmp_path, "{gateway: {bind: 'lan'}}").gateway_token is None
    assert load(LaunchOptions(), surroundings(tmp_path), for_client=True).gateway_token is None


def test_secrets_do_not_print(tmp_path: Path) -> None:
    """Nothing of a loaded config shows a secret in a log line or a traceback."""
    write(tmp_path, "{gateway: {auth: {token: 's3cret'}}, models: {providers: {p: {apiKey: '$KEY'}}}}")
    options, environment = LaunchOptions(password="s3cret"), surroundings(tmp_path, KEY="s3cret")
    loaded = load(options, environment)
    assert loaded.config.models.providers["p"].api_key == "s3cret"
    parts = (
        options,
        environment,
        loaded,
        loaded.config,
        loaded.config.gateway.auth,
        loaded.gateway_token,
        loaded.paths,
    )
    assert all("s3cret" not in repr(part) for part in (*parts, Credential("s3cret", "option")))


@pytest.mark.parametrize(
    ("is_container", "text", "bind"),
    [
        pytest.param(False, "{gateway: {auth: {token: 't'}}}", "loopback", id="machine"),
        pytest.param(True, "{gateway: {auth: {token: 't'}}}", "auto", id="container with a secret"),
        pytest.param(True, "{}", "loopback", id="container without"),
        pytest.param(True, "{gateway: {auth: {mode: 'none', token: 't'}}}", "loopback", id="container, open"),
        pytest.param(True, "{gateway: {bind: 'loopback', auth: {token: 't'}}}", "loopback", id="as the file says"),
    ],
)
def test_the_listener_is_never_wide_and_open(tmp_path: Path, is_container: bool, text: str, bind: str) -> None:
    """Only a guarded gateway in a container listens beyond loopback without being told to."""
    write(tmp_path, text)
    environment = surroundings(tmp_path)
    environment = type(environment)(environment.variables, environment.home, environment.cwd, is_container)
    assert load(LaunchOptions(), environment).bind == bind


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"[]", "expected object", id="list"),
        pytest.param(b"null", "expected object", id="null"),
        pytest.param(b"{a: '\xff'}", "not UTF-8", id="bytes"),
        pytest.param(b"{a:" * 300, "deeper than", id="deep"),
        pytest.param(b'{session: {store: "a\\u0000b"}}', "NUL", id="NUL in a value"),
        pytest.param(b"{gateway: {port: NaN}}", "received NaN", id="NaN"),
        pytest.param(b"{gateway: {port: -Infinity}}", "received Infinity", id="Infinity"),
        pytest.param(b"{gateway: {port: " + b"9" * 400 + b"}}", "Too big", id="400 digits"),
        pytest.param(b" " * (2 * 1024 * 1024 + 1), "larger than", id="too large"),
    ],
)
def test_a_hostile_file_is_refused_in_words(tmp_path: Path, content: bytes, message: str) -> None:
    """Whatever a file holds, it loads or is refused with a reason."""
    path = write(tmp_path, "")
    path.write_bytes(content)
    with pytest.raises(ConfigInvalid) as caught:
        load(LaunchOptions(), surroundings(tmp_path))
    assert message in " ".join(caught.value.lines())


def test_duplicate_keys_are_warned_of(tmp_path: Path) -> None:
    """Of two equal keys the last counts, as in the original, and the first is pointed out."""
    loaded = load_text(tmp_path, "{\n gateway: {port: 1,\n  port: 2}}")
    assert loaded.port == 2
    assert any(warning.startswith("openclaw.json:2:12 — gateway.port") for warning in loaded.warnings)


def test_whole_numbers_may_have_other_forms(tmp_path: Path) -> None:
    """1e4 and 3.0 are whole numbers to JavaScript, so they are here."""
    assert load_text(tmp_path, "{gateway: {port: 1e4}, agents: {defaults: {maxConcurrent: 3.0}}}").port == 10_000


def test_an_older_list_of_agents_becomes_entries(tmp_path: Path) -> None:
    """`agents.list` loads as entries with an owner, and the file stays as it is."""
    text = "{agents: {list: [{id: 'a', model: 'p/m'}, {id: 'b', default: true}]}}"
    loaded = load_text(tmp_path, text)
    assert list(loaded.config.agents.entries) == ["a", "b"]
    assert loaded.config.agents.defaults.system_agent.agent_id == "b"
    assert loaded.path.read_text() == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts() | st.text(max_size=60))
def test_no_text_breaks_the_loader(tmp_path: Path, text: str) -> None:
    """Any text loads or is refused with at least one issue."""
    write(tmp_path, "").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        loaded = load(LaunchOptions(), surroundings(tmp_path))
    except ConfigInvalid as invalid:
        outcome = len(invalid.issues)
    else:
        outcome = loaded.port
    assert outcome > 0


def test_the_environment_is_captured_once() -> None:
    """Later changes of the mapping do not change what was captured, and a missing home is no failure."""
    variables = {"HOME": "/nowhere", "A": "1", "EMPTY": ""}
    environment = read_environment(variables)
    variables["A"] = "2"
    assert environment.get("A") == "1"
    assert environment.get("EMPTY") is None
    assert environment.path("~/x") == Path("/nowhere/x")
    assert read_environment({}).home.is_absolute()
    assert sys.platform == "win32" or read_environment().variables["PATH"]
