"""Which changes can be taken over while the gateway runs, as a table."""

import json
from pathlib import Path
from typing import Any

import pytest

from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import LaunchOptions, Loaded, load, read_environment
from openclaw_gateway.config.reload import Changes, compare, load_again

TOKEN = "dummy-token-of-the-tests-0123456789"
# Loopback is said, as a container has another default.
BASE: dict[str, Any] = {"gateway": {"mode": "local", "bind": "loopback", "auth": {"token": TOKEN}}}


def loaded_from(folder: Path, config: dict[str, Any], **options: Any) -> Loaded:
    path = folder / "openclaw.json"
    path.write_text(json.dumps(config))
    environment = read_environment({"OPENCLAW_STATE_DIR": str(folder), "OPENCLAW_CONFIG_PATH": str(path)})
    return load(LaunchOptions(**options), environment)


def gateway(**keys: Any) -> dict[str, Any]:
    return {"gateway": {**BASE["gateway"], **keys}}


@pytest.mark.parametrize(
    ("config", "hot", "restart"),
    [
        pytest.param(BASE, (), (), id="nothing"),
        pytest.param({**BASE, "meta": {"lastTouchedVersion": "1"}}, ("meta.lastTouchedVersion",), (), id="a stamp"),
        pytest.param(gateway(auth={"token": TOKEN + "x"}), ("gateway.auth.token",), (), id="token"),
        pytest.param(gateway(port=1234), (), ("gateway.port",), id="port"),
        pytest.param(gateway(bind="lan"), (), ("gateway.bind",), id="bind"),
        pytest.param(gateway(port=18_789), (), (), id="the default, said"),
        pytest.param(gateway(tls={"enabled": True}), (), ("gateway.tls.enabled",), id="tls"),
        pytest.param(gateway(auth={"mode": "none"}), ("gateway.auth.token",), ("gateway.auth.mode",), id="auth off"),
        pytest.param(gateway(auth={"mode": "token", "token": TOKEN}), (), (), id="the mode in force, said"),
        pytest.param(
            gateway(auth={"password": TOKEN}),
            ("gateway.auth.token", "gateway.auth.password"),
            ("gateway.auth.mode",),
            id="password instead of token",
        ),
        pytest.param(gateway(auth={}), ("gateway.auth.token",), ("gateway.auth.mode",), id="no token any more"),
        pytest.param(gateway(mode="remote"), (), ("gateway.mode",), id="somewhere else"),
        pytest.param(
            {**gateway(port=1234), "agents": {"defaults": {"model": "scripted/demo"}}},
            ("agents.defaults.model",),
            ("gateway.port",),
            id="both kinds",
        ),
        pytest.param(
            {**BASE, "agents": {"defaults": {"maxConcurrent": 3}}},
            (),
            ("agents.defaults.maxConcurrent",),
            id="the longest path decides",
        ),
        pytest.param({**BASE, "agents": {"entries": {"ops": {}}}}, ("agents.entries.ops",), (), id="an agent"),
        pytest.param({**BASE, "logging": {"level": "warn"}}, ("logging.level",), (), id="level"),
        pytest.param({**BASE, "logging": {"file": "/nowhere/x"}}, (), ("logging.file",), id="file of the log"),
        pytest.param(
            {**gateway(roles={"x": {}}), "plugins": {"entries": {"x": {}}}, "cron": {}}, (), (), id="without effect"
        ),
    ],
)
def test_changes(tmp_path: Path, config: dict[str, Any], hot: tuple[str, ...], restart: tuple[str, ...]) -> None:
    """Each changed path is named once, with what it needs; what nobody knows needs a restart."""
    old = loaded_from(tmp_path, BASE)
    assert compare(old, loaded_from(tmp_path, config)) == Changes(hot, restart)


def test_command_line_holds(tmp_path: Path) -> None:
    """What the command line overrules has not changed, whatever the file says now."""
    old = loaded_from(tmp_path, BASE, port=4321, token="of-the-command-line-0123456789")
    (tmp_path / "openclaw.json").write_text(json.dumps(gateway(port=1)))
    assert compare(old, load_again(old)) == Changes((), ())


def test_token_of_this_start_stays(tmp_path: Path) -> None:
    """A token that was made for this start is not made anew."""
    old = loaded_from(tmp_path, gateway(auth={}))
    assert load_again(old).gateway_token == old.gateway_token


def test_variables_beside_the_state_count(tmp_path: Path) -> None:
    """A token and a provider's key may come from the .env file, and change there."""
    old = loaded_from(tmp_path, gateway(auth={}))
    (tmp_path / ".env").write_text(f"OPENCLAW_GATEWAY_TOKEN={TOKEN}\nOPENAI_API_KEY=dummy-key\n")
    assert compare(old, load_again(old)) == Changes(("gateway.auth.token", "models.providers"), ())


def test_removed_file_is_no_config(tmp_path: Path) -> None:
    """A file that is gone is not an empty config."""
    old = loaded_from(tmp_path, BASE)
    (tmp_path / "openclaw.json").unlink()
    with pytest.raises(ConfigInvalid, match="the file is gone"):
        load_again(old)
