"""Retries, lost connections and runs that outlive their client, as clients of the chat endpoint meet them."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.running import Running, config_for, eventually, running_gateway
from tests.sse import SseEvent, parse_events, read_events, text_of
from tests.upstream import HANG, PAUSE, Upstream

from openclaw_gateway.endpoints import kept_runs
from openclaw_gateway.events import TextDelta
from openclaw_gateway.gateway import GatewayOptions

ONCE = {"idempotency-key": "order-66"}
CONTINUE = {"x-openclaw-on-disconnect": "continue"}
BODY = {"model": "openclaw", "stream": True, "messages": [{"role": "user", "content": "hi"}]}


@asynccontextmanager
async def streaming(
    gateway: Running, headers: Mapping[str, str], body: Mapping[str, Any] = BODY
) -> AsyncIterator[AsyncIterator[SseEvent]]:
    """A stream that is left at the end of the block, read or not."""
    typed = {"content-type": "application/json", **headers}
    async with (
        asyncio.timeout(10),
        gateway.http.stream("POST", "/v1/chat/completions", content=json.dumps(body), headers=typed) as reply,
    ):
        assert reply.status_code == 200
        yield read_events(reply)


async def read_until(events: AsyncIterator[SseEvent], text: str) -> list[SseEvent]:
    """Events up to the one that holds the text."""
    read = []
    async for event in events:
        read.append(event)
        if text in event.text:
            return read
    raise AssertionError(f"{text!r} never came")


# --- The same request again ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_stream", [pytest.param(False, id="json"), pytest.param(True, id="stream")])
@pytest.mark.parametrize("restarts", [pytest.param(False, id="same gateway"), pytest.param(True, id="after a restart")])
async def test_same_key_gets_the_same_answer(
    tmp_path: Path, upstream: Upstream, is_stream: bool, restarts: bool
) -> None:
    """A request that is sent again with its key gets the bytes of the first answer; the model is asked once."""
    upstream.say("Good ", "evening.")
    async with running_gateway(tmp_path, upstream) as gateway:
        first = await gateway.chat("hi", headers=ONCE, stream=is_stream)
        assert first.status_code == 200
        if not restarts:
            second = await gateway.chat("hi", headers=ONCE, stream=is_stream)
    if restarts:
        async with running_gateway(tmp_path, upstream) as gateway:
            second = await gateway.chat("hi", headers=ONCE, stream=is_stream)
    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers["x-openclaw-run-id"] == first.headers["x-openclaw-run-id"]
    assert second.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert len(upstream.requests) == 1


async def test_same_key_at_the_same_time_is_one_run(gateway: Running, upstream: Upstream) -> None:
    """Attempts that come while the run goes on wait for its answer, all of them for the same."""
    upstream.say("one ", PAUSE, "answer")
    calls = [asyncio.create_task(gateway.chat("hi", headers=ONCE)) for _ in range(5)]
    await upstream.wait_requests(1)
    upstream.go_on()
    replies = await asyncio.gather(*calls)
    assert len({reply.content for reply in replies}) == 1
    assert replies[0].json()["choices"][0]["message"]["content"] == "one answer"
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        pytest.param({}, {"temperature": 0.5}, id="another body"),
        pytest.param({"x-openclaw-session-key": "other"}, {}, id="another session"),
        pytest.param({"x-chat": "other"}, {}, id="another chat of a known client"),
        pytest.param({"x-openclaw-agent-id": "main"}, {}, id="another agent"),
    ],
)
async def test_reused_key_is_409(
    tmp_path: Path, upstream: Upstream, headers: dict[str, str], fields: dict[str, Any]
) -> None:
    """A key that came with another request is refused, and the SDKs are told not to try again."""
    config = config_for(upstream)
    config["gateway"]["http"]["sessionHeaders"] = ["x-chat"]
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        await gateway.chat("hi", headers={**ONCE, "x-chat": "one"})
        reply = await gateway.chat("hi", headers={**ONCE, "x-chat": "one", **headers}, **fields)
    assert reply.status_code == 409
    assert reply.json()["error"]["code"] == "idempotency_key_reused"
    assert reply.json()["error"]["param"] == "Idempotency-Key"
    assert reply.headers["x-should-retry"] == "false"
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("is_stream", [pytest.param(False, id="json"), pytest.param(True, id="stream")])
async def test_failure_without_effect_may_be_tried_again(gateway: Running, upstream: Upstream, is_stream: bool) -> None:
    """After 429 or 5xx before anything happened, the same key starts another run, which does better."""
    upstream.fail(429, headers={"retry-after": "30"})
    upstream.say("now it works")
    assert (await gateway.chat("hi", headers=ONCE, stream=is_stream)).status_code == 429
    second = await gateway.chat("hi", headers=ONCE, stream=is_stream)
    assert second.status_code == 200
    assert "now it works" in second.text


async def test_refusal_of_the_request_is_repeated(gateway: Running, upstream: Upstream) -> None:
    """A run that failed for what was asked fails the same way again, without asking the model again."""
    upstream.fail(400, "no such thing")
    first = await gateway.chat("hi", headers=ONCE)
    second = await gateway.chat("hi", headers=ONCE)
    assert first.status_code == second.status_code == 400
    assert first.content == second.content
    assert len(upstream.requests) == 1


async def test_busy_gateway_claims_nothing(gateway: Running, upstream: Upstream) -> None:
    """A request that was refused because of a full queue takes its key with it, and may come again."""
    session = {"x-openclaw-session-key": "talk"}
    upstream.say("slow", PAUSE)
    calls = [asyncio.create_task(gateway.chat("one", headers=session))]
    await upstream.wait_requests(1)
    calls += [asyncio.create_task(gateway.chat(str(number), headers=session)) for number in range(20)]
    await eventually(lambda: gateway.gateway.services.runs.lanes.waiting == 20)
    refused = await gateway.chat("last", headers={**session, **ONCE})
    assert refused.status_code == 429
    upstream.go_on()
    await asyncio.gather(*calls)
    assert (await gateway.chat("last", headers={**session, **ONCE})).status_code == 200


@pytest.mark.parametrize("key", [pytest.param("", id="empty"), pytest.param("k" * 256, id="long")])
async def test_malformed_key_is_400(gateway: Running, upstream: Upstream, key: str) -> None:
    """A key of no use is refused by the header's name."""
    reply = await gateway.chat("hi", headers={"idempotency-key": key})
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "Idempotency-Key")
    assert upstream.requests == []


RESPONSE = {"model": "openclaw", "input": "hi"}


def config_with_responses(upstream: Upstream) -> dict[str, Any]:
    config = config_for(upstream)
    config["gateway"]["http"]["endpoints"]["responses"] = {"enabled": True}
    return config


@pytest.mark.parametrize("is_stream", [pytest.param(False, id="json"), pytest.param(True, id="stream")])
@pytest.mark.parametrize("restarts", [pytest.param(False, id="same gateway"), pytest.param(True, id="after a restart")])
async def test_response_by_its_key(tmp_path: Path, upstream: Upstream, is_stream: bool, restarts: bool) -> None:
    """POST /v1/responses gives the same bytes for the same key; a stream of it goes on behind any of its events."""
    upstream.say("Good ", "evening.")
    content = json.dumps({**RESPONSE, "stream": is_stream})
    config = config_with_responses(upstream)

    async def respond(headers: Mapping[str, str]) -> httpx2.Response:
        typed = {"content-type": "application/json", **headers}
        return await gateway.http.post("/v1/responses", content=content, headers=typed)

    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        first = await respond(ONCE)
        assert first.status_code == 200
        again = None if restarts else await respond(ONCE)
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        again = again or await respond(ONCE)
        assert again.content == first.content
        whole = parse_events(first.text) if is_stream else []
        for place, event in enumerate(whole[:-1]):
            resumed = await respond({"last-event-id": event.id})
            assert parse_events(resumed.text) == whole[place + 1 :]
    assert len(upstream.requests) == 1


# --- Streams that cannot be lost -------------------------------------------------------------------------------------


async def test_every_event_has_an_id(gateway: Running, upstream: Upstream) -> None:
    """Each event of a stream names its run and its place, in rising order; [DONE] too."""
    upstream.say("a", "b")
    reply = await gateway.chat("hi", stream=True, stream_options={"include_usage": True})
    run_id = reply.headers["x-openclaw-run-id"]
    events = parse_events(reply.text)
    places = [[int(part) for part in event.id.removeprefix(f"{run_id}:").split(".")] for event in events]
    assert events[-1].data == "[DONE]"
    # The finish chunk and the usage chunk are parts of one event of the run; [DONE] closes it.
    assert places[-3:] == [[places[-1][0], 0], [places[-1][0], 1], [places[-1][0]]]
    assert places[:-3] == sorted(places[:-3])
    assert len({event.id for event in events}) == len(events)


async def test_stream_goes_on_where_it_was_lost(gateway: Running, upstream: Upstream) -> None:
    """A client that lost its connection and sends its last event id gets the rest, from the same run, without a gap."""
    upstream.say("first", PAUSE, " second", " third")
    async with streaming(gateway, ONCE) as events:
        read = await read_until(events, "first")
    upstream.go_on()
    async with streaming(gateway, {**ONCE, "last-event-id": read[-1].id}) as events:
        rest = [event async for event in events]
    assert text_of(read + rest) == "first second third"
    assert rest[-1].data == "[DONE]"
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("restarts", [pytest.param(False, id="same gateway"), pytest.param(True, id="after a restart")])
async def test_every_place_can_be_gone_on_from(tmp_path: Path, upstream: Upstream, restarts: bool) -> None:
    """Whatever the last event was that a client saw, it gets all that came after it and nothing twice."""
    upstream.say("a", "b", "c")
    body = {**BODY, "stream_options": {"include_usage": True}}
    async with running_gateway(tmp_path, upstream) as gateway:
        whole = parse_events((await gateway.post(body, ONCE)).text)
        resumed = [] if restarts else await resume_everywhere(gateway, body, whole)
    if restarts:
        async with running_gateway(tmp_path, upstream) as gateway:
            resumed = await resume_everywhere(gateway, body, whole)
    # Whoever saw the end is told it once more.
    assert resumed == [whole[place + 1 :] or whole[-1:] for place in range(len(whole))]


async def resume_everywhere(gateway: Running, body: Mapping[str, Any], whole: list[SseEvent]) -> list[list[SseEvent]]:
    replies = [await gateway.post(body, {"last-event-id": event.id}) for event in whole]
    return [parse_events(reply.text) for reply in replies]


async def test_interrupted_run_is_told_after_a_restart(tmp_path: Path, upstream: Upstream) -> None:
    """When the gateway died in the middle, its client gets what was written down, then an error and [DONE]."""
    upstream.say("before the crash", HANG)
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(drain_budget_s=0.1)) as gateway:
        async with streaming(gateway, {**ONCE, **CONTINUE}) as events:
            read = await read_until(events, "before the crash")
        records = gateway.gateway.services.store.run_records
        run_id = read[0].id.partition(":")[0]
        async with asyncio.timeout(10):
            while not any(isinstance(event, TextDelta) for event in await records.load(run_id)):  # noqa: ASYNC110
                await asyncio.sleep(0)  # the journal announces nothing
        copy = tmp_path / "after-crash"
        copy.mkdir()
        copy_state(tmp_path, copy)
    async with running_gateway(copy, upstream) as gateway:
        again = parse_events((await gateway.post(BODY, ONCE)).text)
        rest = parse_events((await gateway.post(BODY, {"last-event-id": read[-1].id})).text)
        described = (await gateway.http.get(f"/v1/runs/{run_id}")).json()
    assert text_of(again) == "before the crash"
    for events in (again, rest):
        assert events[-2].json["error"]["code"] == "run_interrupted"
        assert events[-1].data == "[DONE]"
    assert text_of(rest) == ""
    assert (described["status"], described["text"]) == ("interrupted", "before the crash")
    assert len(upstream.requests) == 1


def copy_state(source: Path, target: Path) -> None:
    """The database as a crash would leave it: whatever was committed."""
    (target / "state").mkdir()
    with (
        sqlite3.connect(source / "state" / "sessions.sqlite") as live,
        sqlite3.connect(target / "state" / "sessions.sqlite") as copied,
    ):
        live.backup(copied)
    live.close()
    copied.close()


@pytest.mark.parametrize(
    ("event_id", "status", "code"),
    [
        pytest.param("01990000-0000-7000-8000-000000000000:3", 410, "gone", id="long ago"),
        pytest.param("ffffffff-ffff-7fff-8fff-ffffffffffff:3", 404, "run_not_found", id="no run of ours"),
        pytest.param("some-run:3", 404, "run_not_found", id="no id of ours"),
        pytest.param("nonsense", 400, None, id="no place"),
        pytest.param("run:x", 400, None, id="no number"),
        pytest.param("run:1.", 400, None, id="no part"),
        pytest.param("run:-1", 400, None, id="negative"),
        pytest.param("run:" + "9" * 500, 400, None, id="endless"),
    ],
)
async def test_event_id_that_leads_nowhere(
    gateway: Running, upstream: Upstream, event_id: str, status: int, code: str | None
) -> None:
    """An event id of a run that is not there is told as such; nothing is started instead."""
    reply = await gateway.post(BODY, {"last-event-id": event_id})
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert upstream.requests == []


async def test_event_of_another_request_is_409(gateway: Running) -> None:
    """An event id goes with the request that it answered."""
    first = parse_events((await gateway.post(BODY, ONCE)).text)
    reply = await gateway.chat("something else", stream=True, headers={"last-event-id": first[-1].id})
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "event_of_other_request")


async def test_plain_run_cannot_be_resumed(gateway: Running, upstream: Upstream) -> None:
    """A run that nobody asked to keep is told to be that, while it goes on as well."""
    upstream.say("first", PAUSE)
    async with streaming(gateway, {}) as events:
        read = await read_until(events, "first")
        reply = await gateway.post(BODY, {"last-event-id": read[-1].id})
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, "run_not_resumable")


# --- Who leaves, and what becomes of the run -------------------------------------------------------------------------


@pytest.mark.parametrize("is_stream", [pytest.param(False, id="json"), pytest.param(True, id="stream")])
async def test_run_continues_without_its_client(gateway: Running, upstream: Upstream, is_stream: bool) -> None:
    """With on-disconnect: continue the run goes on when its client leaves, and its answer can be picked up."""
    upstream.say("half", PAUSE, " and half")
    call = asyncio.create_task(gateway.chat("hi", headers=CONTINUE, stream=is_stream))
    await upstream.wait_requests(1)
    (run,) = gateway.gateway.services.runs.live
    call.cancel()
    await asyncio.wait([call])
    upstream.go_on()
    await run.log.wait_last()
    picked_up = (await gateway.http.get(f"/v1/runs/{run.id}")).json()
    assert (picked_up["status"], picked_up["text"]) == ("completed", "half and half")
    assert upstream.cuts == 0


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"x-openclaw-on-disconnect": "cancel"}, id="asked for"),
        pytest.param({"x-openclaw-on-disconnect": "cancel", **ONCE}, id="asked for, with a key"),
    ],
)
async def test_cancel_is_at_once(gateway: Running, upstream: Upstream, headers: dict[str, str]) -> None:
    """With on-disconnect: cancel the model's server is cut when the client is gone."""
    upstream.say("half", HANG)
    async with streaming(gateway, headers) as events:
        await read_until(events, "half")
    async with asyncio.timeout(1):
        await upstream.wait_cut()


async def test_client_with_a_key_has_a_moment_to_return(
    gateway: Running, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run with a key outlives a lost connection for some seconds; when nobody returns it is cancelled."""
    monkeypatch.setattr(kept_runs, "RETURN_GRACE_S", 0.05)
    upstream.say("half", HANG)
    async with streaming(gateway, ONCE) as events:
        await read_until(events, "half")
    await upstream.wait_cut()


async def test_unknown_policy_is_400(gateway: Running, upstream: Upstream) -> None:
    """What is neither cancel nor continue is refused by the header's name."""
    reply = await gateway.chat("hi", headers={"x-openclaw-on-disconnect": "linger"})
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, "x-openclaw-on-disconnect")
    assert upstream.requests == []


async def test_plain_requests_leave_no_record(gateway: Running) -> None:
    """A request that asks for none of this is written down nowhere."""
    reply = await gateway.chat("hi", stream=True)
    run_id = reply.headers["x-openclaw-run-id"]
    assert await gateway.gateway.services.store.run_records.find(run_id) is None
    assert (await gateway.http.get(f"/v1/runs/{run_id}")).status_code == 404


# --- The SDK's own retries -------------------------------------------------------------------------------------------
