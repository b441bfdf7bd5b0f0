"""A config that changes under a running gateway: real files, real sockets."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.protocol_client import connected
from tests.running import TOKEN, Json, Running, config_for, eventually, running_gateway
from tests.upstream import PAUSE, Upstream
from websockets.asyncio.client import connect

from openclaw_gateway.config.last_good import last_good_path
from openclaw_gateway.config.reload import ConfigState
from openclaw_gateway.config.watch import ConfigWatch
from openclaw_gateway.gateway import CREDENTIALS_CHANGED, GatewayOptions

NEW_TOKEN = "another-token-of-the-tests-9876543210"
# Tests look themselves, except where looking is what they are about.
UNWATCHED = GatewayOptions(config_poll_s=3600)


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway that looks at its files when it is told to."""
    async with running_gateway(tmp_path, upstream, options=UNWATCHED) as running:
        yield running


def watch_of(gateway: Running) -> ConfigWatch:
    watch = gateway.gateway.services.config_watch
    assert watch is not None
    return watch


class Files:
    """The config's files, edited as by hand."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.path = folder / "openclaw.json"
        self.config: dict[str, Json] = config_for(upstream)

    def write(self, **gateway: Json) -> None:
        """The config with these keys of `gateway` changed."""
        self.path.write_text(json.dumps({**self.config, "gateway": {**self.config["gateway"], **gateway}}))


@pytest.fixture
def files(tmp_path: Path, upstream: Upstream) -> Files:
    """Those of the gateway."""
    return Files(tmp_path, upstream)


async def ready(gateway: Running) -> Any:
    return (await gateway.http.get("/ready")).json()


async def test_edit_is_in_force_without_a_restart(gateway: Running, files: Files) -> None:
    """What an edit turns off is off at the next request, and the revisions say so."""
    before = (await ready(gateway))["config"]
    assert before["running"] == before["onDisk"] != ""
    assert (await gateway.chat("hi")).status_code == 200
    files.write(http={"endpoints": {"chatCompletions": {"enabled": False}}})
    state = await watch_of(gateway).check()
    assert state.state == "current"
    assert (await gateway.chat("hi")).status_code == 404
    after = (await ready(gateway))["config"]
    assert after["running"] == after["onDisk"] != before["running"]


async def test_run_keeps_its_config(gateway: Running, files: Files, upstream: Upstream) -> None:
    """A run that was started before the edit goes on with the model that it began with."""
    upstream.say("one", PAUSE, "two")
    async with gateway.http.stream(
        "POST",
        "/v1/chat/completions",
        json={"model": "openclaw", "stream": True, "messages": [{"role": "user", "content": "hi"}]},
    ) as reply:
        lines = reply.aiter_lines()
        while "one" not in await anext(lines):
            pass
        files.config["agents"] = {"defaults": {"model": "scripted/demo"}}
        files.write()
        assert (await watch_of(gateway).check()).state == "current"
        upstream.go_on()
        rest = [line async for line in lines]
    assert any("two" in line for line in rest)
    assert rest[-2:] == ["data: [DONE]", ""]
    asked = len(upstream.requests)
    assert (await gateway.chat("hi")).status_code == 200
    assert len(upstream.requests) == asked  # the demo answered


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("{", "openclaw.json:1:1", id="half a file"),
        pytest.param('{"gateway": {"port": "many"}}', "openclaw.json:1:14 — gateway.port", id="wrong value"),
        pytest.param('{"gateway": {"mode": "local", "auth": {"mode": "token", "token": "change-me"}}}', "placeholder",
                     id="valid and unsafe"),
        pytest.param('{"gateway": {"mode": "local", "http": {"securityHeaders": {"strictTransportSecurity": "a\\nb"}},'
                     f'"auth": {{"token": "{TOKEN}"}}}}}}', "line break", id="a header that cannot be"),
        pytest.param(None, "the file is gone", id="no file"),
    ],
)  # fmt: skip
async def test_broken_edit_changes_nothing(
    gateway: Running, files: Files, caplog: pytest.LogCaptureFixture, text: str | None, problem: str
) -> None:
    """The gateway goes on with what it has, and tells what is wrong, with its place, everywhere that one may look."""
    before = watch_of(gateway).state.running
    if text is None:
        files.path.unlink()
    else:
        files.path.write_text(text)
    with caplog.at_level(logging.WARNING):
        state = await watch_of(gateway).check()
    assert (state.state, state.running) == ("invalid", before)
    assert problem in " ".join(state.problems)
    assert "config reload skipped (invalid config)" in caplog.text
    assert (await gateway.chat("hi")).status_code == 200
    async with connected(gateway) as client:
        told = [(await client.ask(method))["config"] for method in ("status", "health")]
    told.append((await ready(gateway))["config"])
    assert [one["problems"] for one in told] == [list(state.problems)] * 3
    assert (await ready(gateway))["ready"]
    files.write()
    assert (await watch_of(gateway).check()).state == "current"


async def test_half_of_an_edit_is_none(gateway: Running, files: Files, caplog: pytest.LogCaptureFixture) -> None:
    """An edit that also needs a restart waits for it whole, and says for what."""
    files.write(tls={"enabled": True}, auth={"mode": "token", "token": NEW_TOKEN})
    with caplog.at_level(logging.WARNING):
        state = await watch_of(gateway).check()
    assert (state.state, state.restart_paths) == ("restartRequired", ("gateway.tls.enabled",))
    assert "needs a restart, nothing of it is in force yet: gateway.tls.enabled" in caplog.text
    assert (await gateway.chat("hi")).status_code == 200
    files.write(auth={"mode": "token", "token": NEW_TOKEN})
    assert (await watch_of(gateway).check()).state == "current"
    assert (await gateway.chat("hi")).status_code == 401


async def test_p09_rotated_token(gateway: Running, files: Files) -> None:
    """The old token ends with the edit: on a connection that is kept, and for sockets that were let in by it."""
    async with connected(gateway) as client, connect(gateway.url.replace("http", "ws")) as stranger:
        assert (await gateway.chat("hi")).status_code == 200
        files.write(auth={"mode": "token", "token": NEW_TOKEN})
        await watch_of(gateway).check()
        assert (await gateway.chat("hi")).status_code == 401
        assert await client.wait_closed() == (1008, CREDENTIALS_CHANGED)
        assert await stranger.recv()  # who has shown nothing yet may stay and show the new one
        assert (await gateway.chat("hi", headers={"authorization": f"Bearer {NEW_TOKEN}"})).status_code == 200


async def test_p09_rotation_under_load(gateway: Running) -> None:
    """While others ask without pause: nothing that is sent after the answer to the rotation comes in with the old."""
    is_rotated = asyncio.Event()
    late: list[int] = []

    async def ask_on() -> None:
        while len(late) < 40:
            began_late = is_rotated.is_set()
            status = (await gateway.http.get("/v1/models")).status_code
            if began_late:
                late.append(status)

    async with connected(gateway) as client, asyncio.TaskGroup() as crowd:
        for _ in range(4):
            crowd.create_task(ask_on())
        base = (await client.ask("config.get"))["hash"]
        raw = json.dumps({"gateway": {"auth": {"token": NEW_TOKEN}}})
        await client.ask("config.patch", raw=raw, baseHash=base)
        is_rotated.set()
    assert set(late) == {401}


async def test_sockets_stay_when_their_token_does(gateway: Running, files: Files) -> None:
    """An edit of something else closes no socket."""
    async with connected(gateway) as client:
        files.config["agents"] = {"defaults": {"model": "scripted/demo"}}
        files.write()
        assert (await watch_of(gateway).check()).state == "current"
        assert (await client.ask("health"))["ok"]


async def test_locked_out_stays_locked_out(gateway: Running, files: Files) -> None:
    """New limits begin with the old counts: an edit is no way around a lock-out."""
    limit = {"maxAttempts": 2, "exemptLoopback": False}
    auth = {"mode": "token", "token": TOKEN}
    files.write(auth={**auth, "rateLimit": limit})
    await watch_of(gateway).check()
    async with httpx2.AsyncClient(base_url=gateway.url, headers={"authorization": "Bearer wrong"}) as guesser:
        assert [(await guesser.get("/v1/models")).status_code for _ in range(3)] == [401, 401, 429]
        files.write(auth={**auth, "rateLimit": {**limit, "maxAttempts": 50}})
        await watch_of(gateway).check()
        assert (await guesser.get("/v1/models")).status_code == 429


async def test_off_means_validate_only(tmp_path: Path, upstream: Upstream, files: Files) -> None:
    """With gateway.reload.mode off an edit is judged, and not taken over."""
    files.config["gateway"]["reload"] = {"mode": "off"}
    async with running_gateway(tmp_path, upstream, config=files.config, options=UNWATCHED) as gateway:
        files.write(http={"endpoints": {"chatCompletions": {"enabled": False}}})
        assert (await watch_of(gateway).check()).state == "notApplied"
        assert (await gateway.chat("hi")).status_code == 200
        async with connected(gateway) as client:
            assert (await client.ask("health"))["configReload"] == {"hotReloadStatus": "disabled"}
        files.path.write_text("{")
        assert (await watch_of(gateway).check()).state == "invalid"


async def test_rotation_over_the_own_socket_is_answered(gateway: Running) -> None:
    """Whoever changes the token by config.patch hears that it worked, and is let go then."""
    async with connected(gateway) as client:
        base = (await client.ask("config.get"))["hash"]
        raw = json.dumps({"gateway": {"auth": {"token": NEW_TOKEN}}})
        told = await client.ask("config.patch", raw=raw, baseHash=base)
        assert (told["ok"], told["restartRequired"], told["configState"]["state"]) == (True, False, "current")
        assert await client.wait_closed() == (1008, CREDENTIALS_CHANGED)


async def test_files_are_watched(tmp_path: Path, upstream: Upstream, files: Files) -> None:
    """Nobody needs to tell: main file and includes are seen to change, also by one put in the place of another, and a
    missing include is seen to come.
    """
    files.config["agents"] = {"$include": "./agents.json"}
    (tmp_path / "agents.json").write_text('{"defaults": {"model": "up/tiny"}}')
    async with running_gateway(
        tmp_path, upstream, config=files.config, options=GatewayOptions(config_poll_s=0.01)
    ) as gateway:

        def state() -> ConfigState:
            return watch_of(gateway).state

        def model() -> str | None:
            choice = gateway.gateway.services.prepared.config.agents.defaults.model
            return choice.primary if choice else None

        first = state().running
        other = tmp_path / "other.json"
        other.write_text('{"defaults": {"model": "scripted/demo"}}')
        other.replace(tmp_path / "agents.json")
        await eventually(lambda: model() == "scripted/demo")
        second = state().running
        assert second != first
        files.config["agents"] = {"$include": "./later.json"}
        files.write()
        await eventually(lambda: state().state == "invalid")
        (tmp_path / "later.json").write_text('{"defaults": {"model": "up/tiny"}}')
        await eventually(lambda: model() == "up/tiny")
        copy = last_good_path(files.path)
        await eventually(lambda: b"up/tiny" in copy.read_bytes() and b"$include" not in copy.read_bytes())
        assert copy.stat().st_mode & 0o777 == 0o600
