"""Who may come in, made out of a config."""

import json
from pathlib import Path
from typing import Any

import pytest

from openclaw_gateway.auth.peer import Client
from openclaw_gateway.auth.start_check import UnsafeStart
from openclaw_gateway.config.load import LaunchOptions, Loaded, load, read_environment
from openclaw_gateway.errors import AuthRateLimited, Unauthorized
from openclaw_gateway.wire.door import bind_hosts, build_door, check_config, rebuild_door

TOKEN = "dummy-token-of-the-tests-0123456789"
REMOTE = Client("198.51.100.7", is_local=False)


def loaded_with(folder: Path, **gateway: Any) -> Loaded:
    path = folder / "openclaw.json"
    path.write_text(json.dumps({"gateway": {"mode": "local", "auth": {"mode": "token", "token": TOKEN}, **gateway}}))
    return load(LaunchOptions(), read_environment({"OPENCLAW_STATE_DIR": str(folder)}))


@pytest.mark.parametrize(
    ("gateway", "hosts"),
    [
        pytest.param({"bind": "loopback"}, ("127.0.0.1", "::1"), id="loopback"),
        pytest.param({"bind": "lan"}, ("0.0.0.0",), id="lan"),
        pytest.param({"bind": "auto"}, ("0.0.0.0",), id="auto"),
        pytest.param({"bind": "custom", "customBindHost": "10.1.2.3"}, ("10.1.2.3", "127.0.0.1"), id="an address"),
        pytest.param({"bind": "custom", "customBindHost": "0.0.0.0"}, ("0.0.0.0",), id="all of them by address"),
    ],
)
def test_addresses(tmp_path: Path, gateway: dict[str, Any], hosts: tuple[str, ...]) -> None:
    """Each bind has its addresses; one of one's own is reached from this machine too."""
    assert bind_hosts(loaded_with(tmp_path, **gateway)) == hosts


@pytest.mark.parametrize(
    "gateway",
    [
        pytest.param({"bind": "tailnet"}, id="one that does not exist here"),
        pytest.param({"bind": "lan", "auth": {"mode": "token", "token": "too-short"}}, id="open with a short token"),
    ],
)
def test_unsafe_config_is_refused(tmp_path: Path, gateway: dict[str, Any]) -> None:
    """A config that may not be served makes no door."""
    with pytest.raises(UnsafeStart):
        check_config(loaded_with(tmp_path, **gateway))


def test_rebuilt_door_keeps_lock_outs(tmp_path: Path) -> None:
    """Another token and other limits: who was locked out is so still, and others come in by the new token alone."""
    limit = {"maxAttempts": 1, "exemptLoopback": False}
    loaded = loaded_with(tmp_path, auth={"mode": "token", "token": TOKEN, "rateLimit": limit})
    door = build_door(loaded, check_config(loaded))
    wrong = {"authorization": "Bearer wrong"}
    with pytest.raises(Unauthorized):
        door.authenticator.authenticate_http(wrong, REMOTE)
    changed = loaded_with(tmp_path, auth={"mode": "token", "token": TOKEN + "2"})
    rebuilt = rebuild_door(door, changed, check_config(changed))
    assert rebuilt.authenticator.credential != door.authenticator.credential
    with pytest.raises(AuthRateLimited):
        rebuilt.authenticator.authenticate_http({"authorization": f"Bearer {TOKEN}2"}, REMOTE)
    other = Client("198.51.100.8", is_local=False)
    assert rebuilt.authenticator.authenticate_http({"authorization": f"Bearer {TOKEN}2"}, other).method == "token"
    with pytest.raises(Unauthorized):
        rebuilt.authenticator.authenticate_http({"authorization": f"Bearer {TOKEN}"}, other)
