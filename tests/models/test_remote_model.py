"""A model behind HTTP, from the request to the reply, against a real server."""

import asyncio
from typing import Any

import pytest
from tests.models.asking import HI, catalog, providers
from tests.upstream import PAUSE, Raw, Upstream

from openclaw_gateway.events import ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStarted
from openclaw_gateway.messages import TextPart, ThinkingPart, ToolCall, Usage
from openclaw_gateway.model_errors import (
    ModelAnswerEmpty,
    ModelAnswerTooLarge,
    ModelAuthFailed,
    ModelError,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelServerError,
    ModelUnreachable,
)
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.model import Model, ModelEvent

BOTH = pytest.mark.parametrize("ref", ["o/tiny", "a/tiny"])


def model(client: HttpClient, upstream: Upstream, ref: str, **changes: Any) -> Model:
    return catalog(client, models={**providers(upstream), **changes}).resolve(ref)


@BOTH
async def test_text_reasoning_and_usage(client: HttpClient, upstream: Upstream, ref: str) -> None:
    """Deltas are said as they come, and the reply holds the whole with what it cost."""
    upstream.say("Hello", PAUSE, " world", reasoning=("hm",), usage=(100, 7, 20))
    said: list[ModelEvent] = []
    heard = asyncio.Event()

    def say(event: ModelEvent) -> None:
        said.append(event)
        if event == TextDelta("Hello"):
            heard.set()

    task = asyncio.create_task(model(client, upstream, ref).ask(HI, say))
    await heard.wait()
    upstream.go_on()
    reply = await task
    assert said == [ReasoningDelta("hm"), TextDelta("Hello"), TextDelta(" world")]
    assert [type(part) for part in reply.message.content] == [ThinkingPart, TextPart]
    assert (reply.message.text, reply.finish_reason, reply.message.stop_reason) == ("Hello world", "stop", "stop")
    assert reply.usage == reply.message.usage == Usage(input=80, output=7, cache_read=20)
    assert (reply.message.provider, reply.message.model) == tuple(ref.split("/"))
    assert reply.timings.connected_ms is not None
    assert reply.timings.first_token_ms is not None
    assert 0 <= reply.timings.connected_ms <= reply.timings.first_token_ms


@BOTH
async def test_tool_calls(client: HttpClient, upstream: Upstream, ref: str) -> None:
    """A call is said as it comes and stands whole in the reply."""
    upstream.call("look", '{"at"', ":1}", call_id="c1")
    said: list[ModelEvent] = []
    reply = await model(client, upstream, ref).ask(HI, said.append)
    assert reply.message.tool_calls == (ToolCall("c1", "look", '{"at":1}'),)
    assert (reply.finish_reason, reply.message.stop_reason) == ("tool_calls", "toolUse")
    assert said[0] == ToolCallStarted(0, "c1", "look")
    assert "".join([event.arguments for event in said if isinstance(event, ToolCallDelta)]) == '{"at":1}'


@BOTH
async def test_silence_about_usage_is_an_estimate(client: HttpClient, upstream: Upstream, ref: str) -> None:
    """What nobody counted is estimated, and flagged as that."""
    upstream.say("Hello world!", usage=None)
    reply = await model(client, upstream, ref).ask(HI, lambda event: None)
    assert reply.usage == Usage(input=3, output=3, estimated=True) or ref == "a/tiny"
    assert reply.usage.estimated is (ref == "o/tiny") or reply.usage.output == 1


@BOTH
async def test_the_key_goes_where_it_belongs(client: HttpClient, upstream: Upstream, ref: str) -> None:
    """Each form carries the key in its own header."""
    await model(client, upstream, ref).ask(HI, lambda event: None)
    seen = upstream.requests[0]
    if ref == "o/tiny":
        assert (seen.path, seen.headers["authorization"]) == ("/v1/chat/completions", "Bearer dummy-key")
        assert "x-api-key" not in seen.headers
    else:
        assert (seen.path, seen.headers["x-api-key"]) == ("/v1/messages", "dummy-key")
        assert "authorization" not in seen.headers
    assert seen.json["stream"] is True


FAILURES = [
    pytest.param(lambda up: up.fail(400, "odd"), ModelRejected, "odd", id="400"),
    pytest.param(lambda up: up.fail(401, "bad key dummy-key"), ModelAuthFailed, r"\[redacted\]", id="401"),
    pytest.param(lambda up: up.fail(429, "slow", {"retry-after": "60"}), ModelRateLimited, "slow", id="429"),
    pytest.param(lambda up: up.send_sse(), ModelAnswerEmpty, "no content", id="empty 200"),
    pytest.param(lambda up: up.cut_mid_stream("abc"), ModelUnreachable, "cut off", id="cut"),
    pytest.param(lambda up: up.send_endless_line(), ModelAnswerTooLarge, "too large", id="endless line"),
    pytest.param(lambda up: up.flood(50), ModelAnswerTooLarge, "over", id="50 MB"),
    pytest.param(lambda up: up.plan(Raw(200, {}, (b"<html>",))), ModelProtocolError, "web page", id="web page"),
    pytest.param(lambda up: up.plan(Raw(302, {"location": "/x"})), ModelProtocolError, "302", id="redirect"),
    pytest.param(lambda up: up.speak_garbage(), ModelProtocolError, "not an HTTP", id="not HTTP"),
]


@pytest.mark.parametrize(("misbehave", "kind", "words"), FAILURES)
async def test_failures_have_their_class(
    client: HttpClient, upstream: Upstream, misbehave: Any, kind: type[ModelError], words: str
) -> None:
    """Each way to fail is an error of its own, with the entry's name in it and never its key."""
    misbehave(upstream)
    with pytest.raises(kind, match=words) as caught:
        await model(client, upstream, "o/tiny").ask(HI, lambda event: None)
    assert caught.value.message.startswith("o/tiny")
    assert (caught.value.provider, caught.value.model) == ("o", "tiny")
    assert "dummy-key" not in caught.value.message
    assert len(upstream.requests) == 1


async def test_the_wait_is_told(client: HttpClient, upstream: Upstream) -> None:
    """A Retry-After that is too long to wait for reaches the caller."""
    upstream.fail(429, headers={"retry-after": "60"})
    with pytest.raises(ModelRateLimited) as caught:
        await model(client, upstream, "o/tiny").ask(HI, lambda event: None)
    assert caught.value.retry_after_s == 60


async def test_a_passing_failure_is_tried_again(client: HttpClient, upstream: Upstream) -> None:
    """One bad answer before the first byte costs a moment and not the turn."""
    upstream.fail(500)
    upstream.say("Hello.")
    reply = await model(client, upstream, "o/tiny").ask(HI, lambda event: None)
    assert (reply.message.text, reply.timings.retries, len(upstream.requests)) == ("Hello.", 1, 2)
    assert upstream.requests[0].body == upstream.requests[1].body


async def test_after_the_first_byte_nothing_is_tried_again(client: HttpClient, upstream: Upstream) -> None:
    """A caller that heard half an answer is told that it is half."""
    upstream.cut_mid_stream("half")
    said: list[ModelEvent] = []
    with pytest.raises(ModelUnreachable):
        await model(client, upstream, "o/tiny").ask(HI, said.append)
    assert (said, len(upstream.requests)) == ([TextDelta("half")], 1)


async def test_tries_end(client: HttpClient, upstream: Upstream) -> None:
    """A server that keeps failing is asked three times."""
    for _ in range(5):
        upstream.fail(503, headers={"retry-after": "0"})
    with pytest.raises(ModelError):
        await model(client, upstream, "o/tiny").ask(HI, lambda event: None)
    assert len(upstream.requests) == 3


@pytest.mark.parametrize("place", ["before head", "after head", "mid stream", "between tries"])
async def test_cancelling_leaves_nothing_behind(client: HttpClient, upstream: Upstream, place: str) -> None:
    """A caller that leaves cuts the upstream request at once, wherever it is."""
    match place:
        case "before head":
            upstream.hang_before_head()
        case "after head":
            upstream.hang_after_head()
        case "mid stream":
            upstream.hang_mid_stream("a")
        case _:
            upstream.fail(500, headers={"retry-after": "3"})
    task = asyncio.create_task(model(client, upstream, "o/tiny").ask(HI, lambda event: None))
    await upstream.wait_requests()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    if place != "between tries":
        await upstream.wait_cut()
    assert len(upstream.requests) == 1


async def test_byte_by_byte(client: HttpClient, upstream: Upstream) -> None:
    """A server that sends single bytes is slow and not wrong."""
    upstream.send_byte_by_byte("Gr\u00fc\u00dfe \U0001f600")
    reply = await model(client, upstream, "o/tiny").ask(HI, lambda event: None)
    assert reply.message.text == "Gr\u00fc\u00dfe \U0001f600"


async def test_an_error_in_the_stream(client: HttpClient, upstream: Upstream) -> None:
    """An error after text is that error, and the text stays said."""
    upstream.send_sse(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n', b'data: {"error":{"message":"boom"}}\n\n')
    said: list[ModelEvent] = []
    with pytest.raises(ModelServerError, match="boom"):
        await model(client, upstream, "o/tiny").ask(HI, said.append)
    assert said == [TextDelta("a")]
