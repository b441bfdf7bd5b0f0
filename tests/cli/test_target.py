"""Which gateway a command asks, and which credential it shows there."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import openclaw
from tests.client.peer import Line, Peer

TOKEN = "configured-token-0123456789"


def _write_config(home: Path, gateway: dict[str, Any]) -> None:
    folder = home / ".openclaw"
    folder.mkdir()
    (folder / "openclaw.json").write_text(json.dumps({"gateway": gateway}), encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "variables", "shown"),
    [
        pytest.param([], {}, {"token": TOKEN}, id="configured port and token"),
        pytest.param(["--port", "{port}"], {}, {"token": TOKEN}, id="port"),
        pytest.param(["--url", "{url}"], {}, None, id="an address gets no configured secret"),
        pytest.param(["--url", "{url}"], {"OPENCLAW_GATEWAY_TOKEN": "e" * 20}, None, id="nor one of the environment"),
        pytest.param(["--url", "{url}", "--token", "mine"], {}, {"token": "mine"}, id="an address and its own secret"),
        pytest.param(["--password", "mine"], {}, {"password": "mine"}, id="a password by hand"),
        pytest.param([], {"OPENCLAW_GATEWAY_URL": "{url}"}, {"token": TOKEN}, id="address of the environment"),
    ],
)
def test_address_and_credential(
    tmp_path: Path, options: list[str], variables: dict[str, str], shown: dict[str, str] | None
) -> None:
    """--url, --port, environment, configuration, in this order; configured secrets go to configured places only."""
    seen: list[dict[str, Any]] = []

    def script(line: Line) -> None:
        seen.append(line.let_in())
        line.answer(line.hear(), {"ok": True})

    with Peer(script) as peer:
        elsewhere = any("{url}" in text or "{port}" in text for text in [*options, *variables.values()])
        port = 1 if elsewhere else peer.port
        _write_config(tmp_path, {"mode": "local", "port": port, "auth": {"mode": "token", "token": TOKEN}})
        filled = [option.format(url=peer.url, port=peer.port) for option in options]
        given = {name: value.format(url=peer.url) for name, value in variables.items()}
        outcome = openclaw(tmp_path, "health", *filled, **given)
    assert (outcome.code, outcome.out) == (0, "ok\n")
    assert seen[0].get("auth") == shown


def test_remote_mode_asks_the_remote_gateway(tmp_path: Path) -> None:
    """With gateway.mode remote the address and token of gateway.remote are used, not this machine's."""
    seen: list[dict[str, Any]] = []

    def script(line: Line) -> None:
        seen.append(line.let_in())
        line.answer(line.hear(), {"ok": True})

    with Peer(script) as peer:
        remote = {"url": peer.url, "token": "remote-token-0123456789"}
        _write_config(tmp_path, {"mode": "remote", "remote": remote, "auth": {"mode": "token", "token": TOKEN}})
        outcome = openclaw(tmp_path, "health")
    assert outcome.code == 0
    assert seen[0]["auth"] == {"token": "remote-token-0123456789"}


def test_broken_config_is_told_with_its_place(tmp_path: Path) -> None:
    """A configuration that cannot be used is told with line and key; an address by hand works without it."""
    (tmp_path / ".openclaw").mkdir()
    (tmp_path / ".openclaw" / "openclaw.json").write_text("{\n  gateway: { prot: 1 }\n}", encoding="utf-8")
    outcome = openclaw(tmp_path, "health")
    assert (outcome.code, outcome.out) == (1, "")
    assert "openclaw.json:2" in outcome.err
    as_json = openclaw(tmp_path, "health", "--json")
    assert as_json.document["issues"][0]["line"] == 2
    assert openclaw(tmp_path, "health", "--url", "ws://127.0.0.1:1").code == 4
    assert openclaw(tmp_path, "health", "--port", "1", "--token", "mine").code == 4


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_http_address_is_the_same_gateway(tmp_path: Path, scheme: str) -> None:
    """An address copied from a browser or an SDK is taken as the WebSocket address it is."""

    def script(line: Line) -> None:
        line.let_in()
        line.answer(line.hear(), {"ok": True})

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "health", "--url", peer.url.replace("ws", scheme, 1))
    assert (outcome.code, outcome.out) == (0, "ok\n")


@pytest.mark.parametrize("url", ["ftp://host", "127.0.0.1:18789", "ws:/x", ""])
def test_what_is_no_address_is_wrong_usage(tmp_path: Path, url: str) -> None:
    """An address of another kind is told as wrong usage, before anybody is sought."""
    outcome = openclaw(tmp_path, "health", "--url", url)
    assert outcome.code == 2
    assert "expected ws://host:port" in outcome.err


@pytest.mark.parametrize(
    ("is_here", "shown"),
    [pytest.param(True, {"token": "of-this-start"}, id="this machine"), pytest.param(False, None, id="elsewhere")],
)
def test_a_generated_token_stays_on_this_machine(tmp_path: Path, is_here: bool, shown: dict[str, str] | None) -> None:
    """The token that the gateway here made for itself is shown to it, and to no address of the environment."""
    seen: list[dict[str, Any]] = []

    def script(line: Line) -> None:
        seen.append(line.let_in())
        line.answer(line.hear(), {"ok": True})

    with Peer(script) as peer:
        _write_config(tmp_path, {"mode": "local", "port": peer.port if is_here else 1})
        (tmp_path / ".openclaw" / "gateway-token").write_text("of-this-start")
        given = {} if is_here else {"OPENCLAW_GATEWAY_URL": peer.url}
        assert openclaw(tmp_path, "health", **given).code == 0
    assert seen[0].get("auth") == shown
