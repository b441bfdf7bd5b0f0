"""Runs as `/v1/runs` shows them: while they go on, when they are over, to those who started them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import connected
from tests.running import Running, config_for, eventually, running_gateway
from tests.sse import parse_events, read_events
from tests.test_cancellation import Waiter
from tests.upstream import HANG, PAUSE, Upstream

from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.runs.run import Run

KEY = {"x-openclaw-session-key": "talk"}
CONTINUE = {"x-openclaw-on-disconnect": "continue"}


async def describe(gateway: Running, run_id: str) -> Any:
    reply = await gateway.http.get(f"/v1/runs/{run_id}")
    assert reply.status_code == 200
    return reply.json()


async def live_run(gateway: Running) -> Run:
    await eventually(lambda: gateway.gateway.services.runs.live)
    return gateway.gateway.services.runs.live[0]


@pytest.mark.parametrize("restarts", [pytest.param(False, id="same gateway"), pytest.param(True, id="after a restart")])
async def test_finished_run(tmp_path: Path, upstream: Upstream, restarts: bool) -> None:
    """A kept run that is over is told with its text, its usage and its times."""
    upstream.say("Good ", "evening.", usage=(20, 3, 8))
    async with running_gateway(tmp_path, upstream) as gateway:
        reply = await gateway.chat("hi", headers={**KEY, **CONTINUE})
        run_id = reply.headers["x-openclaw-run-id"]
        run = await describe(gateway, run_id)
    if restarts:
        async with running_gateway(tmp_path, upstream) as gateway:
            run = await describe(gateway, run_id)
    assert run["ended_at"] >= run["started_at"] >= run["created_at"] > 0
    assert run["last_event_id"].startswith(f"{run_id}:")
    told = {key: run[key] for key in ("object", "id", "status", "agent_id", "session_key", "model", "text", "error")}
    assert told == {
        "object": "openclaw.run", "id": run_id, "status": "completed", "agent_id": "main",
        "session_key": "agent:main:talk", "model": "up/tiny", "text": "Good evening.", "error": None,
    }  # fmt: skip
    assert run["finish_reason"] == "stop"
    assert run["usage"] == reply.json()["usage"]


async def test_run_from_queue_to_end(gateway: Running, upstream: Upstream) -> None:
    """A run is queued behind its session, then in progress with its text so far, then completed."""
    upstream.say("first", PAUSE)
    upstream.say("second", PAUSE, " half")
    first = asyncio.create_task(gateway.chat("one", headers=KEY))
    await upstream.wait_requests(1)
    second = asyncio.create_task(gateway.chat("two", headers={**KEY, **CONTINUE}))
    await eventually(lambda: len(gateway.gateway.services.runs.live) == 2)
    run = gateway.gateway.services.runs.live[1]
    queued = await describe(gateway, run.id)
    assert (queued["status"], queued["started_at"], queued["last_event_id"]) == ("queued", None, None)
    upstream.go_on()
    upstream.hold_again()
    await first
    await upstream.wait_requests(2)
    await eventually(lambda: any("second" in str(event) for event in run.log.events))
    going = await describe(gateway, run.id)
    assert (going["status"], going["text"], going["usage"]) == ("in_progress", "second", None)
    upstream.go_on()
    await second
    assert (await describe(gateway, run.id))["text"] == "second half"


async def test_failed_run(gateway: Running, upstream: Upstream) -> None:
    """A run that failed tells the error that its caller was told."""
    upstream.fail(400, "no such thing")
    reply = await gateway.chat("hi", headers=CONTINUE)
    run = await describe(gateway, reply.headers["x-openclaw-run-id"])
    assert run["status"] == "failed"
    assert run["error"] == reply.json()["error"]


async def test_cancel(gateway: Running, upstream: Upstream) -> None:
    """A run is cancelled down to the model's server; its client is told, and its text so far is kept."""
    upstream.say("half", HANG)
    call = asyncio.create_task(gateway.chat("hi", headers={**KEY, **CONTINUE}))
    run = await live_run(gateway)
    await eventually(lambda: any("half" in str(event) for event in run.log.events))
    cancelled = await gateway.http.post(f"/v1/runs/{run.id}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    await upstream.wait_cut()
    reply = await call
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "run_cancelled")
    again = await gateway.http.post(f"/v1/runs/{run.id}/cancel")
    assert (again.status_code, again.json()["text"]) == (200, "half")


async def test_events_from_beginning_to_end(gateway: Running, upstream: Upstream) -> None:
    """The events of a run are read while it goes on, from the first, and once more behind any of them."""
    upstream.say("first", PAUSE, " second")
    call = asyncio.create_task(gateway.chat("hi", headers=CONTINUE))
    run = await live_run(gateway)
    url = f"/v1/runs/{run.id}/events"
    async with asyncio.timeout(10), gateway.http.stream("GET", url) as reply:
        read = []
        async for event in read_events(reply):
            read.append(event)
            if event.name == "text.delta" and event.json["text"] == "first":
                upstream.go_on()
    await call
    assert [event.name for event in read] == [
        "run.started", "model.started", "text.delta", "text.delta", "run.finished", "",
    ]  # fmt: skip
    assert [event.json["type"] for event in read[:-1]] == [event.name for event in read[:-1]]
    assert read[-1].data == "[DONE]"
    for place, event in enumerate(read[:-1]):
        rest = await gateway.http.get(url, headers={"last-event-id": event.id})
        assert parse_events(rest.text) == read[place + 1 :]


async def test_reader_of_events_owns_nothing(gateway: Running, upstream: Upstream) -> None:
    """Whoever only reads a run may leave without harm to it, and its caller may leave without harm to them."""
    upstream.say("first", PAUSE, " second")
    call = asyncio.create_task(gateway.chat("hi"))
    run = await live_run(gateway)
    async with asyncio.timeout(10), gateway.http.stream("GET", f"/v1/runs/{run.id}/events") as reply:
        assert (await anext(read_events(reply))).name == "run.started"
    upstream.go_on()
    assert (await call).json()["choices"][0]["message"]["content"] == "first second"


async def test_run_of_a_socket_is_seen_over_http(gateway: Running, upstream: Upstream) -> None:
    """A run that was begun over WebSocket is read live over HTTP by the same subject, to its end."""
    upstream.say("first", PAUSE, " second")
    async with connected(gateway) as client:
        await client.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="by-socket")
        run = await live_run(gateway)
        async with asyncio.timeout(10), gateway.http.stream("GET", f"/v1/runs/{run.id}/events") as reply:
            events = read_events(reply)
            assert (await anext(events)).name == "run.started"
            upstream.go_on()
            read = [event async for event in events]
    assert read[-1].data == "[DONE]"
    assert (await describe(gateway, run.id))["text"] == "first second"


async def test_failed_run_is_a_stream_all_the_same(gateway: Running, upstream: Upstream) -> None:
    """The events of a run that failed before its first word end in what failed."""
    upstream.fail(400, "no such thing")
    run_id = (await gateway.chat("hi", headers=CONTINUE)).headers["x-openclaw-run-id"]
    events = parse_events((await gateway.http.get(f"/v1/runs/{run_id}/events")).text)
    assert events[-2].json["error"]["code"] == "upstream_rejected"
    assert events[-1].data == "[DONE]"


async def test_run_of_another_subject_is_not_there(tmp_path: Path, upstream: Upstream) -> None:
    """To another credential a run does not exist, whatever is asked of it."""
    async with running_gateway(tmp_path, upstream) as gateway:
        reply = await gateway.chat("hi", headers={"idempotency-key": "k"}, stream=True)
        run_id = reply.headers["x-openclaw-run-id"]
    config = config_for(upstream)
    config["gateway"]["auth"] = {"mode": "none"}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        answers = [
            await gateway.http.get(f"/v1/runs/{run_id}"),
            await gateway.http.get(f"/v1/runs/{run_id}/events"),
            await gateway.http.post(f"/v1/runs/{run_id}/cancel", json={}),
            await gateway.chat("hi", headers={"last-event-id": f"{run_id}:0"}, stream=True),
            await gateway.http.get("/v1/runs/no-such-run"),
        ]
        own = await gateway.chat("hi", headers={"idempotency-key": "k"}, stream=True)
    assert [answer.status_code for answer in answers] == [404] * 5
    assert {answer.json()["error"]["code"] for answer in answers} == {"run_not_found"}
    assert own.headers["x-openclaw-run-id"] != run_id
    assert len(upstream.requests) == 2


async def test_event_of_another_run(gateway: Running) -> None:
    """An event id in a run's own address must be of that run."""
    run_id = (await gateway.chat("hi", headers=CONTINUE)).headers["x-openclaw-run-id"]
    reply = await gateway.http.get(f"/v1/runs/{run_id}/events", headers={"last-event-id": "other:1"})
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "Last-Event-ID")


async def test_event_behind_the_end(gateway: Running) -> None:
    """Of a run that is over, an event that it never had is refused, wherever it is named."""
    run_id = (await gateway.chat("hi", headers=CONTINUE)).headers["x-openclaw-run-id"]
    last = int((await gateway.http.get(f"/v1/runs/{run_id}")).json()["last_event_id"].rpartition(":")[2])
    events = f"/v1/runs/{run_id}/events"
    assert (await gateway.http.get(events, headers={"last-event-id": f"{run_id}:{last}"})).status_code == 200
    beyond = {"last-event-id": f"{run_id}:{last + 1}"}
    for reply in (await gateway.http.get(events, headers=beyond), await gateway.chat("hi", headers=CONTINUE | beyond)):
        assert (reply.status_code, reply.json()["error"]["param"]) == (400, "Last-Event-ID")
        assert f"event {last}" in reply.json()["error"]["message"]


async def test_tools_are_shown_to_those_who_ask(tmp_path: Path, upstream: Upstream) -> None:
    """The agent's tools are in the events of a run if they are asked for, by header or by query."""
    upstream.call("wait", "{}")
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"wait": Waiter()})) as gateway:
        run_id = (await gateway.chat("hi", headers=CONTINUE)).headers["x-openclaw-run-id"]
        url = f"/v1/runs/{run_id}/events"
        silent = await gateway.http.get(url)
        by_query = await gateway.http.get(url, params={"openclaw_events": "tools"})
        by_header = await gateway.http.get(url, headers={"x-openclaw-events": "tools"})
    assert "openclaw.tool" not in silent.text
    assert by_query.text == by_header.text
    shown = [event.json["tool"] for event in parse_events(by_query.text) if event.name == "openclaw.tool"]
    assert [step["phase"] for step in shown] == ["started", "finished"]
