"""The way of a request, from wire to wire: what a caller of the chat endpoint may rely on."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.running import Running, config_for, eventually, running_gateway, texts_of
from tests.upstream import HANG, PAUSE, Upstream

from openclaw_gateway.gateway import GatewayOptions

KEY = {"x-openclaw-session-key": "talk"}


async def test_plain_answer(gateway: Running, upstream: Upstream) -> None:
    """A message goes to the model in its own role, and the answer comes back as a chat completion."""
    upstream.say("Good ", "evening.", usage=(20, 3, 8))
    reply = await gateway.chat("hi")
    body = reply.json()
    assert reply.status_code == 200
    assert body["choices"][0]["message"]["content"] == "Good evening."
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["prompt_tokens"] == 20
    assert body["usage"]["prompt_tokens_details"] == {"cached_tokens": 8}
    sent = upstream.requests[0].json["messages"]
    assert [message["role"] for message in sent] == ["system", "user"]
    assert sent[1]["content"] == "hi"


async def test_decisions_are_told(gateway: Running) -> None:
    """Headers name agent, session, how the session was chosen, the run, and where the time went."""
    reply = await gateway.chat("hi", user="Alice")
    assert reply.headers["x-openclaw-agent-id"] == "main"
    assert reply.headers["x-openclaw-session-key"] == "agent:main:openai-user:alice"
    assert reply.headers["x-openclaw-session-source"] == "user"
    assert reply.json()["id"] == f"chatcmpl_{reply.headers['x-openclaw-run-id']}"
    assert reply.headers["x-request-id"]
    timing = dict(piece.split(";dur=") for piece in reply.headers["server-timing"].split(", "))
    assert {"queue", "session", "prompt", "connect", "first_token", "model", "store", "gateway", "total"} <= set(timing)
    assert float(timing["total"]) >= float(timing["model"]) > 0


async def test_streamed_answer(gateway: Running, upstream: Upstream) -> None:
    """Role first, then text, one finish chunk, the usage chunk that was asked for, and [DONE] once, last."""
    upstream.say("Good ", "evening.")
    reply, events = await gateway.stream("hi", stream_options={"include_usage": True})
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert reply.headers["x-accel-buffering"] == "no"
    assert events[-1] == "[DONE]"
    assert events.count("[DONE]") == 1
    chunks = [json.loads(event) for event in events[:-1]]
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant"}
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks[:-1]) == "Good evening."
    assert [c["choices"][0]["finish_reason"] for c in chunks if c["choices"] and c["choices"][0]["finish_reason"]] == [
        "stop"
    ]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["total_tokens"] == 18


async def test_text_arrives_while_the_model_speaks(gateway: Running, upstream: Upstream) -> None:
    """The first words are with the client before the model has said the rest."""
    upstream.say("first", PAUSE, " second")
    body = {"model": "openclaw", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    async with asyncio.timeout(5), gateway.http.stream("POST", "/v1/chat/completions", json=body) as reply:
        lines = reply.aiter_lines()
        async for line in lines:
            if "first" in line:
                break
        upstream.go_on()
        assert any(["second" in line async for line in lines])


async def test_session_keeps_its_history(gateway: Running, upstream: Upstream) -> None:
    """In a named session the model sees what was said before, in real roles."""
    upstream.say("I am well.")
    await gateway.chat("how are you", headers=KEY)
    await gateway.chat("and now", headers=KEY)
    sent = upstream.requests[1].json["messages"][1:]
    assert [(message["role"], message["content"]) for message in sent] == [
        ("user", "how are you"),
        ("assistant", "I am well."),
        ("user", "and now"),
    ]


async def test_twenty_turns_with_full_resend_grow_linearly(gateway: Running, upstream: Upstream) -> None:
    """A client that sends the whole chat each time into a stable session makes the prompt grow by one turn a turn."""
    chat: list[dict[str, Any]] = []
    for turn in range(20):
        chat.append({"role": "user", "content": f"question {turn}"})
        upstream.say(f"answer {turn}")
        reply = await gateway.chat(*chat, user="resender")
        chat.append(reply.json()["choices"][0]["message"])
    lengths = [len(request.json["messages"]) for request in upstream.requests]
    assert lengths == [2 + 2 * turn for turn in range(20)]
    assert len(await gateway.history("agent:main:openai-user:resender")) == 40


async def test_edited_history_branches(gateway: Running, upstream: Upstream) -> None:
    """A chat that differs from the stored one from some point on is the truth from there."""
    for answer in ("one", "two"):
        upstream.say(answer)
    await gateway.chat("a", headers=KEY)
    await gateway.chat("b", headers=KEY)
    said = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "one"},
        {"role": "user", "content": "changed"},
    ]
    upstream.say("three")
    await gateway.chat(*said, headers=KEY)
    assert texts_of(await gateway.history("talk")) == [
        ("user", "a"), ("assistant", "one"), ("user", "changed"), ("assistant", "three"),
    ]  # fmt: skip


async def test_sessions_of_nobody_leave_no_trace(gateway: Running) -> None:
    """A call without user or key is answered in a session that no list shows."""
    reply = await gateway.chat("hi")
    assert reply.headers["x-openclaw-session-source"] == "ephemeral"
    assert await gateway.gateway.services.store.list_sessions() == []


async def test_answered_turn_survives_a_restart(tmp_path: Path, upstream: Upstream) -> None:
    """A turn answered with 200 is there for the next start."""
    async with running_gateway(tmp_path, upstream) as gateway:
        await gateway.chat("remember me", headers=KEY)
    async with running_gateway(tmp_path, upstream) as gateway:
        assert texts_of(await gateway.history("talk")) == [("user", "remember me"), ("assistant", "Hello.")]
        await gateway.chat("still there", headers=KEY)
    assert len(upstream.requests[1].json["messages"]) == 4


@pytest.mark.parametrize(
    ("status", "upstream_headers", "expected", "error_type"),
    [
        pytest.param(429, {"retry-after": "30"}, 429, "rate_limited", id="rate limit"),
        pytest.param(401, {}, 502, "api_error", id="our key is refused"),
        pytest.param(400, {}, 400, "invalid_request_error", id="request refused"),
        pytest.param(404, {}, 502, "api_error", id="unknown model"),
    ],
)
@pytest.mark.parametrize("is_stream", [pytest.param(False, id="json"), pytest.param(True, id="stream")])
async def test_failed_turn_is_an_error_with_its_status(
    gateway: Running,
    upstream: Upstream,
    status: int,
    upstream_headers: dict[str, str],
    expected: int,
    error_type: str,
    is_stream: bool,
) -> None:
    """What the model's server refuses before its first word is an HTTP error, streamed or not, never a 200."""
    upstream.fail(status, headers=upstream_headers)
    reply = await gateway.chat("hi", headers=KEY, stream=is_stream)
    assert reply.status_code == expected
    assert reply.json()["error"]["type"] == error_type
    assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
    assert reply.headers.get("retry-after") == upstream_headers.get("retry-after")
    assert await gateway.history("talk") == []


async def test_failure_in_the_middle_of_a_stream(gateway: Running, upstream: Upstream) -> None:
    """A stream that breaks off ends in an error event and [DONE]; what was seen of it is kept as interrupted."""
    upstream.cut_mid_stream("so far ")
    _, events = await gateway.stream("hi", headers=KEY)
    assert json.loads(events[-2])["error"]["type"] == "api_error"
    assert events[-1] == "[DONE]"
    stored = await gateway.history("talk")
    assert texts_of(stored) == [("user", "hi"), ("assistant", "so far ")]
    assert stored[1]["stopReason"] == "error"


async def test_fallback_answers(tmp_path: Path, upstream: Upstream) -> None:
    """When the first model fails before its first word, the next one answers and the caller sees nothing of it."""
    config = config_for(upstream, agents={"defaults": {"model": {"primary": "up/tiny", "fallbacks": ["up/other"]}}})
    upstream.fail(401)
    upstream.say("from the other")
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        reply = await gateway.chat("hi")
    assert reply.json()["choices"][0]["message"]["content"] == "from the other"
    assert [request.json["model"] for request in upstream.requests] == ["tiny", "other"]


async def test_one_run_for_each_session(gateway: Running, upstream: Upstream) -> None:
    """Two messages into one session are answered one after the other; another session does not wait."""
    upstream.say("slow", PAUSE, " answer")
    first = asyncio.create_task(gateway.chat("one", headers=KEY))
    await upstream.wait_requests(1)
    second = asyncio.create_task(gateway.chat("two", headers=KEY))
    other = await gateway.chat("elsewhere", headers={"x-openclaw-session-key": "other"})
    assert other.status_code == 200
    assert not second.done()
    upstream.go_on()
    assert (await first).status_code == (await second).status_code == 200
    assert texts_of(await gateway.history("talk"))[2:] == [("user", "two"), ("assistant", "Hello.")]


async def test_full_queue_is_429_with_retry_after(gateway: Running, upstream: Upstream) -> None:
    """Past the bound of waiting messages a session refuses, and says when to come back."""
    upstream.say("slow", PAUSE)
    calls = [asyncio.create_task(gateway.chat("one", headers=KEY))]
    await upstream.wait_requests(1)
    calls += [asyncio.create_task(gateway.chat(str(number), headers=KEY)) for number in range(21)]
    refused = await next(asyncio.as_completed(calls))
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"]["code"] == "queue_full"
    upstream.go_on()
    assert sorted([reply.status_code for reply in await asyncio.gather(*calls)]) == [200] * 21 + [429]


@pytest.mark.parametrize("is_stream", [pytest.param(False, id="json"), pytest.param(True, id="stream")])
async def test_client_that_leaves_takes_its_run_along(gateway: Running, upstream: Upstream, is_stream: bool) -> None:
    """The upstream request is cut at once when the client is gone, also while the model is silent."""
    upstream.hang_after_head()
    call = asyncio.create_task(gateway.chat("hi", stream=is_stream))
    await upstream.wait_requests(1)
    call.cancel()
    async with asyncio.timeout(1):
        await upstream.wait_cut()


async def test_client_that_leaves_the_queue(gateway: Running, upstream: Upstream) -> None:
    """A client that leaves while it waits for its session is never asked for, and those behind it move up."""
    upstream.say("slow", PAUSE)
    first = asyncio.create_task(gateway.chat("one", headers=KEY))
    await upstream.wait_requests(1)
    leaver = asyncio.create_task(gateway.chat("two", headers=KEY))
    last = asyncio.create_task(gateway.chat("three", headers=KEY))
    runs = gateway.gateway.services.runs
    await eventually(lambda: runs.lanes.waiting == 2)
    leaver.cancel()
    await eventually(lambda: runs.lanes.waiting == 1)
    upstream.go_on()
    assert (await first).status_code == (await last).status_code == 200
    assert [request.json["messages"][-1]["content"] for request in upstream.requests] == ["one", "three"]


async def test_partial_text_of_a_client_that_left_is_kept(gateway: Running, upstream: Upstream) -> None:
    """What a client saw before it left is in the session, marked as aborted, and the next turn goes on from there."""
    upstream.say("half an", HANG)
    body = {"model": "openclaw", "stream": True, "messages": [{"role": "user", "content": "hi"}]}
    async with gateway.http.stream("POST", "/v1/chat/completions", json=body, headers=KEY) as reply:
        async for line in reply.aiter_lines():
            if "half an" in line:
                break
    await upstream.wait_cut()
    await gateway.chat("go on", headers=KEY)
    stored = await gateway.history("talk")
    assert texts_of(stored)[:3] == [("user", "hi"), ("assistant", "half an"), ("user", "go on")]
    assert stored[1]["stopReason"] == "aborted"


async def test_run_limit_is_named(tmp_path: Path, upstream: Upstream) -> None:
    """A run over its time limit is a 504 that names the limit and the key to set."""
    upstream.hang_after_head()
    config = config_for(upstream, agents={"defaults": {"model": "up/tiny", "timeoutSeconds": 1}})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        reply = await gateway.chat("hi")
        await upstream.wait_cut()
    assert reply.status_code == 504
    assert "agents.defaults.timeoutSeconds" in reply.json()["error"]["message"]


async def test_shutdown_ends_what_is_left(tmp_path: Path, upstream: Upstream) -> None:
    """At the end of the drain budget a stream gets an error event and [DONE], and its partial text is kept."""
    upstream.say("before the ", HANG)
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(drain_budget_s=0.1)) as gateway:
        call = asyncio.create_task(gateway.stream("hi", headers=KEY))
        await upstream.wait_requests(1)
        runs = gateway.gateway.services.runs
        await eventually(lambda: any("before" in str(event) for run in runs.live for event in run.log.events))
        await gateway.gateway.stop()
        _, events = await call
    assert json.loads(events[-2])["error"]["code"] == "shutting_down"
    assert events[-1] == "[DONE]"
    async with running_gateway(tmp_path, upstream) as gateway:
        stored = await gateway.history("talk")
    assert texts_of(stored) == [("user", "hi"), ("assistant", "before the ")]
    assert stored[1]["stopReason"] == "aborted"
