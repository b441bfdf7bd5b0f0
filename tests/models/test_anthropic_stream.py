"""Message events, as published and as imitated."""

import json

import pytest
from tests.models.feeding import feed
from tests.models.recorded import ANTHROPIC_TEXT, ANTHROPIC_TOOL_CALL, LITELLM_TOOL_CALL, message_events

from openclaw_gateway.messages import TextPart, ThinkingPart, ToolCall, Usage
from openclaw_gateway.model_errors import ModelAnswerEmpty, ModelRefused
from openclaw_gateway.models.http_connection import UpstreamTrouble


def test_thinking_text_and_usage() -> None:
    """Thinking keeps its signature; cached tokens stand beside the input."""
    fed = feed("anthropic", [ANTHROPIC_TEXT])
    assert fed.parts == (ThinkingPart("Let me think.", "c2ln"), TextPart("42 \u20ac"))
    assert fed.said == [("reasoning", "Let me think."), ("text", "42 \u20ac")]
    assert fed.usage == Usage(input=80, output=30, cache_read=20)


@pytest.mark.parametrize(
    ("stream", "call_id"),
    [
        pytest.param(ANTHROPIC_TOOL_CALL, "t1", id="as published"),
        pytest.param(LITELLM_TOOL_CALL, "call__0", id="one block per fragment"),
    ],
)
def test_a_tool_call_is_one_call(stream: bytes, call_id: str) -> None:
    """A call is put together from its deltas, also when each comes in a block of its own."""
    fed = feed("anthropic", [stream])
    assert fed.parts == (ToolCall(call_id, "look", '{"at":1}'),)
    assert fed.finish == "tool_calls"
    assert fed.usage == Usage(input=8, output=2)


def test_redacted_thinking_is_kept() -> None:
    """Reasoning that the provider hides is kept to be sent back."""
    block = {"type": "redacted_thinking", "data": "b3BhcXVl"}
    stream = message_events(
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    )
    assert feed("anthropic", [stream]).parts == (ThinkingPart("", "b3BhcXVl", redacted=True), TextPart("Hi"))


def test_unknown_events_and_blocks_are_passed_over() -> None:
    """What Anthropic adds later does not break an answer."""
    stream = message_events(
        {"type": "something_new", "index": 0},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "new_block", "x": 1}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "new_delta", "x": 1}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "new_reason"}},
        {"type": "message_stop"},
    )
    assert feed("anthropic", [stream]).parts == (TextPart("Hi"),)


@pytest.mark.parametrize(
    ("word", "finish"),
    [("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("pause_turn", "stop")],
)
def test_stop_reasons(word: str, finish: str) -> None:
    """Anthropic's words for the end are OpenAI's for the caller."""
    whole = {"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": word}
    assert feed("anthropic", [json.dumps(whole).encode()]).finish == finish


def test_a_refusal_is_an_error() -> None:
    """An answer that the safety layer stopped is not passed off as one."""
    stream = ANTHROPIC_TEXT.replace(b"end_turn", b"refusal")
    with pytest.raises(UpstreamTrouble) as caught:
        feed("anthropic", [stream])
    assert caught.value.kind is ModelRefused


def test_an_empty_message_is_an_error() -> None:
    """A full sequence of events around no text is an empty answer."""
    stream = message_events(
        {"type": "message_start", "message": {"usage": {"input_tokens": 0, "output_tokens": 0}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 0}},
        {"type": "message_stop"},
    )
    with pytest.raises(UpstreamTrouble) as caught:
        feed("anthropic", [stream])
    assert caught.value.kind is ModelAnswerEmpty


def test_a_whole_tool_use_is_read() -> None:
    """A block that holds its input at once needs no deltas."""
    block = {"type": "tool_use", "id": "t", "name": "look", "input": {"at": 1}}
    whole = {"type": "message", "content": [block], "stop_reason": "tool_use"}
    assert feed("anthropic", [json.dumps(whole).encode()]).parts == (ToolCall("t", "look", '{"at": 1}'),)
