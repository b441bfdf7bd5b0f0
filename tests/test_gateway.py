"""The composed gateway: what it serves, to whom, and how it refuses to be unsafe."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.running import TOKEN, Running, config_for, running_gateway
from tests.upstream import PAUSE, Upstream

from openclaw_gateway.auth.start_check import UnsafeStart
from openclaw_gateway.config.load import LaunchOptions, load, read_environment
from openclaw_gateway.gateway import Gateway
from openclaw_gateway.wire.http_table import build_routes
from openclaw_gateway.wire.server import ListenFailed

PUBLIC = {"/health", "/healthz", "/startup", "/startupz", "/ready", "/readyz"}


async def test_p04_every_route_declares_its_scope(tmp_path: Path, upstream: Upstream) -> None:
    """With everything turned on, nothing but the probes is served without a credential."""
    endpoints = {"chatCompletions": {"enabled": True}, "responses": {"enabled": True}}
    section = {"mode": "local", "auth": {"token": TOKEN}, "http": {"endpoints": endpoints}}
    async with running_gateway(tmp_path, upstream, config=config_for(upstream, gateway=section)) as gateway:
        routes = build_routes(gateway.gateway.services)
        assert {route.path for route in routes if route.scope is None} == PUBLIC
        for route in routes:
            assert route.is_enabled()
            path = route.path.replace("{id}", "x").replace("{key}", "x")
            for method in route.methods if route.scope is not None else ():
                reply = await gateway.http.request(method, path, headers={"authorization": ""})
                assert reply.status_code == 401, (method, path)


async def test_disabled_endpoint_names_its_key(tmp_path: Path, upstream: Upstream) -> None:
    """Chat completions are off by default, and the 404 says in one line which key turns them on."""
    config = config_for(upstream, gateway={"mode": "local", "auth": {"token": TOKEN}})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        reply = await gateway.chat("hi")
        listing = await gateway.http.get("/v1/models")
    assert reply.status_code == listing.status_code == 404
    assert "gateway.http.endpoints.chatCompletions.enabled" in reply.json()["error"]["message"]
    assert "\n" not in reply.json()["error"]["message"]
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        pytest.param({"auth": {"token": TOKEN, "password": TOKEN}}, "both", id="both set"),
        pytest.param({"bind": "lan", "auth": {"mode": "none"}}, "without auth", id="open without auth"),
        pytest.param({"bind": "lan"}, "not set", id="open without secret"),
        pytest.param({"bind": "lan", "auth": {"token": "short-one"}}, "shorter than 16", id="open with a short secret"),
        pytest.param({"auth": {"token": "   "}}, "blank", id="blank"),
        pytest.param({"auth": {"token": "change-me"}}, "placeholder", id="placeholder"),
        pytest.param({"bind": "tailnet", "auth": {"token": TOKEN}}, "tailnet", id="a bind we do not have"),
    ],
)
def test_p22_unsafe_start_is_refused(tmp_path: Path, upstream: Upstream, section: dict[str, Any], reason: str) -> None:
    """An open door, an ambiguous or a worthless secret: the gateway does not come into being, and says why."""
    config = config_for(upstream, gateway={"mode": "local", **section})
    path = tmp_path / "openclaw.json"
    path.write_text(json.dumps(config))
    environment = read_environment({"OPENCLAW_STATE_DIR": str(tmp_path), "OPENCLAW_CONFIG_PATH": str(path)})
    with pytest.raises(UnsafeStart, match=reason):
        Gateway(load(LaunchOptions(), environment))


async def test_busy_port_is_refused_and_nothing_stays_open(tmp_path: Path, upstream: Upstream) -> None:
    """A second gateway on the port says so; its state folder can be used right after."""
    async with running_gateway(tmp_path, upstream) as first:
        other = tmp_path / "other"
        other.mkdir()
        port = first.gateway.addresses[0][1]
        (other / "openclaw.json").write_text((tmp_path / "openclaw.json").read_text())
        paths = {"OPENCLAW_STATE_DIR": str(other), "OPENCLAW_CONFIG_PATH": str(other / "openclaw.json")}
        second = Gateway(load(LaunchOptions(port=port), read_environment(paths)))
        with pytest.raises(ListenFailed, match=f"port {port} is already in use"):
            await second.start()
        async with running_gateway(other, upstream) as third:
            assert (await third.chat("hi")).status_code == 200


async def test_second_gateway_on_a_state_folder_is_refused(tmp_path: Path, upstream: Upstream) -> None:
    """Two gateways never share a state folder."""
    async with running_gateway(tmp_path, upstream):
        paths = {"OPENCLAW_STATE_DIR": str(tmp_path), "OPENCLAW_CONFIG_PATH": str(tmp_path / "openclaw.json")}
        second = Gateway(load(LaunchOptions(port=0), read_environment(paths)))
        with pytest.raises(Exception, match="gateway already running"):
            await second.start()


async def test_probes_tell_the_life(gateway: Running, upstream: Upstream) -> None:
    """Live and ready while it serves; while it drains still live, no longer ready, and new work is 503."""
    for path in ("/health", "/ready", "/startup"):
        assert (await gateway.http.get(path)).status_code == 200
    upstream.say("slow", PAUSE)
    call = asyncio.create_task(gateway.chat("hi"))
    await upstream.wait_requests(1)
    gateway.gateway.services.is_draining = True
    assert (await gateway.http.get("/health")).status_code == 200
    assert (await gateway.http.get("/ready")).status_code == 503
    assert (await gateway.http.get("/startup")).json()["status"] == "draining"
    gateway.gateway.services.is_draining = False
    upstream.go_on()
    assert (await call).status_code == 200


async def test_models_are_the_agents(tmp_path: Path, upstream: Upstream) -> None:
    """GET /v1/models lists the names that `model` takes; each of them is answered."""
    agents = {"defaults": {"model": "up/tiny"}, "entries": {"main": {}, "ops": {}}}
    async with running_gateway(tmp_path, upstream, config=config_for(upstream, agents=agents)) as gateway:
        listing = (await gateway.http.get("/v1/models")).json()
        assert [entry["id"] for entry in listing["data"]] == [
            "openclaw", "openclaw/default", "openclaw/main", "openclaw/ops",
        ]  # fmt: skip
        for name in ["openclaw:ops", "agent:ops", *[entry["id"] for entry in listing["data"]]]:
            reply = await gateway.chat("hi", model=name)
            assert reply.headers["x-openclaw-agent-id"] == ("ops" if "ops" in name else "main")
            assert reply.json()["model"] == name
        assert (await gateway.http.get("/v1/models/openclaw%2Fops")).json()["id"] == "openclaw/ops"
        assert (await gateway.http.get("/v1/models/gpt-4o")).status_code == 400
        assert (await gateway.http.get("/v1/models/openclaw%2Fnope")).status_code == 404
        unknown = await gateway.chat("hi", model="openclaw/nope")
        assert (unknown.status_code, unknown.json()["error"]["param"]) == (400, "model")
