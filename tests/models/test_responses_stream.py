"""Response events, as published and as imitated; what all forms promise is in test_forms."""

import json
from typing import Any

import pytest
from tests.models.feeding import Fed, feed

from openclaw_gateway.messages import TextPart, ThinkingPart, ToolCall
from openclaw_gateway.model_errors import ModelServerError
from openclaw_gateway.models.answer import ErrorInStream
from openclaw_gateway.models.classify import classify_event
from openclaw_gateway.models.http_connection import UpstreamTrouble

MESSAGE = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}
CALL = {"type": "function_call", "call_id": "c", "name": "look", "arguments": '{"at":1}'}
THOUGHT = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "cA=="}


def event(kind: str, **fields: Any) -> bytes:
    payload = {"type": f"response.{kind}", **fields}
    return f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n".encode()


def read(*events: bytes) -> Fed:
    return feed("openai-responses", [b"".join(events)])


DONE = event("completed", response={"status": "completed"})


def test_items_without_deltas_are_read() -> None:
    """An item that is told only when it is done is not lost."""
    items = [event("output_item.done", output_index=place, item=item) for place, item in enumerate((THOUGHT, CALL))]
    assert read(*items, DONE).parts == (ThinkingPart("Hm.", "cA=="), ToolCall("c", "look", '{"at":1}'))


def test_a_response_that_comes_at_once_is_read() -> None:
    """JSON in place of a stream, and a stream of one event, are the same answer."""
    response = {"object": "response", "status": "completed", "output": [THOUGHT, MESSAGE]}
    whole = feed("openai-responses", [json.dumps(response).encode()])
    assert whole.parts == (ThinkingPart("Hm.", "cA=="), TextPart("Hello"))
    assert read(event("completed", response=response)).parts == whole.parts


def test_nothing_is_said_twice() -> None:
    """Deltas, the done item and the final response tell one answer, also where all items have the same place."""
    said = read(
        event("output_item.added", output_index=0, item={**THOUGHT, "summary": []}),
        event("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="Hm."),
        event("output_item.done", output_index=0, item=THOUGHT),
        event("output_text.delta", output_index=0, delta="Hello"),
        event("output_item.done", output_index=0, item=MESSAGE),
        event("output_item.added", output_index=0, item={**CALL, "arguments": ""}),
        event("function_call_arguments.delta", output_index=0, delta='{"at":1}'),
        event("output_item.done", output_index=0, item=CALL),
        event("completed", response={"status": "completed", "output": [THOUGHT, MESSAGE, CALL]}),
    )
    assert said.parts == (ThinkingPart("Hm.", "cA=="), TextPart("Hello"), ToolCall("c", "look", '{"at":1}'))


def test_paragraphs_of_a_summary_stay_apart() -> None:
    """Parts of a summary are parted by a blank line."""
    parts = [
        piece
        for place, text in enumerate(("One.", "Two."))
        for piece in (
            event("reasoning_summary_part.added", output_index=0, summary_index=place),
            event("reasoning_summary_text.delta", output_index=0, summary_index=place, delta=text),
        )
    ]
    fed = read(*parts, event("output_text.delta", output_index=1, delta="Hello"), DONE)
    assert fed.said == [("reasoning", "One.\n\nTwo."), ("text", "Hello")]


def test_a_refusal_in_words_is_the_answer() -> None:
    """What the model says when it declines is its text, as in chat completions."""
    assert read(event("refusal.delta", output_index=0, delta="I cannot."), DONE).parts == (TextPart("I cannot."),)


@pytest.mark.parametrize(
    "status",
    [pytest.param("failed", id="failed without a reason"), pytest.param("cancelled", id="cancelled at the provider")],
)
def test_an_end_that_is_none_is_an_error(status: str) -> None:
    """A response that did not complete is not passed off as an answer."""
    with pytest.raises(UpstreamTrouble) as caught:
        read(event("output_text.delta", output_index=0, delta="Hel"), event(status, response={"status": status}))
    assert caught.value.kind is ModelServerError


def test_a_flat_error_event_is_understood() -> None:
    """An error event whose code stands beside its type tells both to a person."""
    flat = b'event: error\ndata: {"type":"error","code":"server_error","message":"It broke","param":null}\n\n'
    with pytest.raises(ErrorInStream) as caught:
        read(flat)
    assert "It broke" in classify_event(caught.value.event, provider="p", model="m").message


def test_wrong_numbers_cost_the_count_only() -> None:
    """Usage that cannot be read leaves the answer as it is."""
    text = event("output_text.delta", output_index=0, delta="Hello")
    fed = read(text, event("completed", response={"status": "completed", "usage": {"input_tokens": "many"}}))
    assert (fed.parts, fed.usage) == ((TextPart("Hello"),), None)
