"""The last config that worked, and starting with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from openclaw_gateway.config.environment import Environment
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.last_good import keep_last_good, last_good_path, load_or_last_good
from openclaw_gateway.config.load import LaunchOptions, load, read_environment

GOOD: dict[str, Any] = {
    "gateway": {"mode": "local", "auth": {"token": "${MY_TOKEN}"}},
    "agents": {"$include": "./agents.json"},
}
BROKEN = '{"gateway": {"port": "many"}}'


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A folder with a good config, its copy kept."""
    (tmp_path / "agents.json").write_text('{"defaults": {"model": "scripted/demo"}}')
    (tmp_path / "openclaw.json").write_text(json.dumps(GOOD))
    environment = read_environment(
        {"OPENCLAW_STATE_DIR": str(tmp_path), "MY_TOKEN": "dummy-token-0123456789", "HOME": str(tmp_path)}
    )
    keep_last_good(load(LaunchOptions(), environment).source)
    return environment


def test_copy_is_private_and_whole(tmp_path: Path, environment: Environment) -> None:
    """The copy needs no include, and says secrets as the files say them."""
    copy = last_good_path(tmp_path / "openclaw.json")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert json.loads(copy.read_text()) == {**GOOD, "agents": {"defaults": {"model": "scripted/demo"}}}


def test_one_file_is_copied_as_it_is(tmp_path: Path, environment: Environment) -> None:
    """Comments of a config without includes are in its copy."""
    text = '{ // mine\n gateway: {mode: "local"} }'
    (tmp_path / "openclaw.json").write_text(text)
    keep_last_good(load(LaunchOptions(), environment).source)
    assert last_good_path(tmp_path / "openclaw.json").read_text() == text


def test_good_config_is_taken(tmp_path: Path, environment: Environment) -> None:
    """As long as the config can be used, its copy does not count."""
    (tmp_path / "agents.json").write_text('{"defaults": {"model": "scripted/other"}}')
    loaded = load_or_last_good(LaunchOptions(), environment)
    choice = loaded.config.agents.defaults.model
    assert (loaded.refused, choice and choice.primary) == ((), "scripted/other")


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        pytest.param("openclaw.json", BROKEN, "openclaw.json:1:14", id="broken file"),
        pytest.param("agents.json", "{", "agents.json:1:1", id="broken include"),
        pytest.param("openclaw.json", None, "the file is gone", id="no file"),
    ],
)
def test_broken_config_is_stood_in_for(
    tmp_path: Path, environment: Environment, file: str, text: str | None, problem: str
) -> None:
    """The copy is loaded in its place, with secrets filled in, and what is wrong is told with its place."""
    (tmp_path / file).unlink() if text is None else (tmp_path / file).write_text(text)
    loaded = load_or_last_good(LaunchOptions(), environment)
    assert loaded.gateway_token is not None
    assert loaded.gateway_token.value == "dummy-token-0123456789"
    assert loaded.path == tmp_path / "openclaw.json"
    assert problem in loaded.refused[0]
    assert loaded.warnings[0].startswith("DEGRADED")
    assert loaded.refused[0] in loaded.warnings


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda copy: copy.unlink(), id="no copy"),
        pytest.param(lambda copy: copy.chmod(0o644), id="a copy that others may read"),
        pytest.param(lambda copy: copy.write_text("{"), id="a broken copy"),
    ],
)
def test_without_a_good_copy_the_config_is_refused(tmp_path: Path, environment: Environment, spoil: Any) -> None:
    """What cannot be stood in for is refused with the faults of the config itself."""
    (tmp_path / "openclaw.json").write_text(BROKEN)
    spoil(last_good_path(tmp_path / "openclaw.json"))
    with pytest.raises(ConfigInvalid, match=r"gateway\.port"):
        load_or_last_good(LaunchOptions(), environment)


def test_folder_that_cannot_be_written_to_is_told(
    tmp_path: Path, environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    """A copy that could not be kept is no failure, and no secret."""
    copy = last_good_path(tmp_path / "openclaw.json")
    copy.unlink()
    copy.mkdir()
    keep_last_good(load(LaunchOptions(), environment).source)
    assert "no copy of the working config could be kept" in caplog.text
