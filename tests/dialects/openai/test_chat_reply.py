"""The exact form of chat answers."""

import json
from typing import cast

import pytest
from openai._streaming import SSEDecoder
from openai.types import CompletionUsage

from openclaw_gateway.dialects.openai.chat_reply import (
    SSE_DONE,
    ChatReplyEncoder,
    ReplyTerms,
    collect_chat_reply,
    read_usage,
)
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import RunEvent, RunFinished, RunStarted, TextDelta, ToolCallDelta, ToolCallStarted
from openclaw_gateway.messages import Usage

USAGE = Usage(input=80, output=9, cache_read=20, reasoning=4)
STARTED = RunStarted("run-1", "agent:main:x", "s-1", "main", 0)
FINISHED = RunFinished("stop", USAGE, USAGE, "p", "m", 0, {})
COUNTED = {
    "prompt_tokens": 100,
    "completion_tokens": 9,
    "total_tokens": 109,
    "prompt_tokens_details": {"cached_tokens": 20},
    "completion_tokens_details": {"reasoning_tokens": 4},
}


def terms(*, wants_usage: bool = False, model: str = "openclaw") -> ReplyTerms:
    return ReplyTerms("chatcmpl_1", 17, model, wants_usage, frozenset({"lookup"}))


def stream(reply: ReplyTerms, *events: RunEvent) -> bytes:
    encoder = ChatReplyEncoder(reply)
    return b"".join(encoder.encode(event, number) for number, event in enumerate(events))


def read(wire: bytes) -> list[object]:
    return [json.loads(line.removeprefix(b"data: ")) for line in wire.removesuffix(SSE_DONE).split(b"\n\n")[:-1]]


def chunk(delta: object, finish_reason: str | None = None) -> dict[str, object]:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    return {
        "id": "chatcmpl_1",
        "object": "chat.completion.chunk",
        "created": 17,
        "model": "openclaw",
        "choices": choices,
    }


def test_order_of_chunks() -> None:
    """A stream is the role, the deltas, one finish and `[DONE]`, each with the same id, time and model."""
    wire = stream(
        terms(),
        STARTED,
        TextDelta("Hi"),
        ToolCallStarted(3, "c1", "lookup"),
        ToolCallDelta(3, '{"q":"'),
        ToolCallDelta(3, '"}'),
        FINISHED,
    )
    assert wire.endswith(SSE_DONE)
    assert wire.count(b"[DONE]") == 1
    started = {"index": 0, "id": "c1", "type": "function", "function": {"name": "lookup", "arguments": ""}}
    assert read(wire) == [
        chunk({"role": "assistant"}),
        chunk({"content": "Hi"}),
        chunk({"tool_calls": [started]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"q":"'}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"}'}}]}),
        chunk({}, "tool_calls"),
    ]


def test_usage_chunk() -> None:
    """If usage was asked for, one chunk without choices tells it, and all others say null."""
    *others, last = cast(
        "list[dict[str, object]]", read(stream(terms(wants_usage=True), STARTED, TextDelta("x"), FINISHED))
    )
    assert [other["usage"] for other in others] == [None, None, None]
    assert last == {**chunk({}), "choices": [], "usage": COUNTED}


def test_whole_body() -> None:
    """A collected answer is one completion."""
    assert json.loads(collect_chat_reply([STARTED, TextDelta("H"), TextDelta("i"), FINISHED], terms())) == {
        "id": "chatcmpl_1",
        "object": "chat.completion",
        "created": 17,
        "model": "openclaw",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Hi", "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            }
        ],
        "usage": COUNTED,
    }


def test_estimated_usage_is_flagged() -> None:
    """A guessed count says so, and the SDK's own class takes it."""
    assert read_usage(USAGE).estimated is False
    body = json.loads(collect_chat_reply([RunFinished("stop", Usage(estimated=True), USAGE, "", "", 0, {})], terms()))
    usage = CompletionUsage.model_validate(body["usage"], strict=True)
    assert usage.to_dict()["estimated"] is True
    assert "estimated" not in COUNTED


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"\\/\b\f\n\r\t\x00\x1f\x7f', id="escapes"),
        pytest.param("a\u2028b\u2029c\x85d", id="line separators"),
        pytest.param("naïve 漢字 \U0001f600", id="beyond ASCII"),
        pytest.param("data: [DONE]\n\ndata: {}\r\n\r\n", id="looks like events"),
    ],
)
def test_text_survives(text: str) -> None:
    """Text arrives as it was said, at every split of the bytes, and also where lines are read by `splitlines`."""
    wire = stream(terms(model=text), STARTED, TextDelta(text), FINISHED)
    for line in wire.decode().splitlines():
        assert not line or line.startswith("data: ")
    for split in range(0, len(wire), 7):
        parts = SSEDecoder().iter_bytes(iter([wire[:split], wire[split:]]))
        chunks = [json.loads(sse.data) for sse in parts if sse.data != "[DONE]"]
        assert [part["model"] for part in chunks] == [text] * 3
        assert chunks[1]["choices"][0]["delta"] == {"content": text}


def test_half_a_character_is_replaced() -> None:
    """Half of a surrogate pair, which some servers send, does not end the stream."""
    wire = stream(terms(), STARTED, TextDelta("a\ud83d"), FINISHED)
    assert read(wire)[1] == chunk({"content": "a?"})
    body = json.loads(collect_chat_reply([STARTED, TextDelta("a\ud83d"), FINISHED], terms()))
    assert body["choices"][0]["message"]["content"] == "a?"


def test_unfinished_run_has_no_body() -> None:
    """A run that is not over cannot be collected."""
    with pytest.raises(GatewayError, match="not over"):
        collect_chat_reply([STARTED, TextDelta("x")], terms())
