"""A run as a response: its items, its events, and that every reading of it gives the same."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from openclaw_gateway.dialects.openai.responses_draft import ResponseDraft, collect_response
from openclaw_gateway.dialects.openai.responses_request import parse_responses_request
from openclaw_gateway.dialects.openai.responses_stream import ResponseStream
from openclaw_gateway.dialects.openai.responses_terms import ResponseTerms
from openclaw_gateway.errors import RunCancelled, ToolChoiceUnsatisfied
from openclaw_gateway.events import (
    FinishReason,
    ModelStarted,
    ReasoningDelta,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    ToolFinished,
    ToolStarted,
)
from openclaw_gateway.messages import Usage
from openclaw_gateway.model_errors import ModelUnreachable

RUN = "01890000-0000-7000-8000-000000000000"
STARTED = RunStarted(RUN, "k", "s", "main", 1)
MODEL = ModelStarted("up", "tiny", 0)
USAGE = Usage(input=5, output=3, cache_read=2, cache_write=1, reasoning=1)


def finished(reason: FinishReason = "stop") -> RunFinished:
    return RunFinished(reason, USAGE, USAGE, "up", "tiny", 9000, {})


def terms(tool_choice: str = "auto", *, reasoning: bool = True) -> ResponseTerms:
    asked = parse_responses_request(b'{"model":"openclaw","input":"hi"}').make_terms(None)
    return msgspec.structs.replace(
        asked, caller_tools=frozenset({"lookup"}), tool_choice=tool_choice, shows_reasoning=reasoning
    )


def stream(events: Sequence[RunEvent], shown: ResponseTerms | None = None, *, after: int = -1) -> list[dict[str, Any]]:
    """The events of the stream, whose names and end are checked."""
    encoder = ResponseStream(shown or terms(), RUN, 7000, starting_after=after)
    text = b"".join(encoder.encode(event, number) for number, event in enumerate(events)).decode()
    *blocks, done, rest = text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    told = []
    for block in blocks:
        name, data = block.split("\n")
        told.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {told[-1]['type']}"
    return told


def collect(events: Sequence[RunEvent], shown: ResponseTerms | None = None) -> dict[str, Any]:
    response: dict[str, Any] = json.loads(collect_response(events, shown or terms(), RUN, 7000))
    return response


TALK: list[RunEvent] = [
    STARTED, MODEL, ReasoningDelta("Hm."), TextDelta("Let me "), TextDelta("see."),
    ToolCallStarted(0, "own_1", "exec"), ToolCallDelta(0, "{}"),
    ToolStarted("own_1", "exec", "{}"), ToolFinished("own_1", "exec", "ok", is_error=False, duration_ms=1),
    MODEL, ReasoningDelta("So"), ReasoningDelta(" then."), TextDelta("It is "), TextDelta("x"),
    ToolCallStarted(0, "c1", "lookup"), ToolCallDelta(0, '{"a":'),
    ToolCallStarted(1, "c2", "lookup"), ToolCallDelta(1, "{}"), ToolCallDelta(0, "1}"),
    finished("tool_calls"),
]  # fmt: skip


def test_items_of_a_whole_run() -> None:
    """Reasoning, texts and calls of the caller's tools become items in their order; the agent's own calls do not."""
    response = collect(TALK)
    assert [item["type"] for item in response["output"]] == [
        "reasoning", "message", "reasoning", "message", "function_call", "function_call",
    ]  # fmt: skip
    first, second = (item for item in response["output"] if item["type"] == "message")
    assert (first["content"][0]["text"], first["phase"]) == ("Let me see.", "commentary")
    assert (second["content"][0]["text"], second["phase"]) == ("\n\nIt is x", "commentary")
    assert [item["arguments"] for item in response["output"][-2:]] == ['{"a":1}', "{}"]
    assert response["output"][2]["summary"] == [{"type": "summary_text", "text": "So then."}]
    assert len({item["id"] for item in response["output"]}) == 6
    assert response["usage"] == {
        "input_tokens": 8, "input_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 1},
        "output_tokens": 3, "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 11,
    }  # fmt: skip
    assert (response["status"], response["created_at"], response["completed_at"]) == ("completed", 7, 9)


def test_stream_adds_up_to_the_response() -> None:
    """Deltas add up to what is done, what is done to the output, and the last event is the collected response."""
    events = stream(TALK)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[-1]["response"] == collect(TALK)
    done = {event["output_index"]: event["item"] for event in events if event["type"] == "response.output_item.done"}
    assert [done[place] for place in sorted(done)] == events[-1]["response"]["output"]
    texts: dict[int, str] = {}
    for event in events:
        if event["type"].endswith(".delta"):
            texts[event["output_index"]] = texts.get(event["output_index"], "") + event["delta"]
        if event["type"].endswith(("text.done", "arguments.done")):
            assert texts[event["output_index"]] == event.get("text", event.get("arguments"))
    added = [event for event in events if event["type"] == "response.output_item.added"]
    assert [event["output_index"] for event in added] == list(range(6))
    assert all(event["item"].get("content", []) == [] for event in added)


@pytest.mark.parametrize("after", range(len(stream(TALK))))
def test_rest_of_a_stream(after: int) -> None:
    """Behind any number come exactly the events that follow it."""
    assert stream(TALK, after=after) == stream(TALK)[after + 1 :]


def test_snapshot_at_every_event() -> None:
    """A response can be looked at after any event, and looking changes nothing."""
    draft = ResponseDraft(terms(), RUN, 7000)
    statuses = [json.loads(draft.render())["status"]]
    for number, event in enumerate(TALK):
        draft.encode(event, number)
        statuses.append(json.loads(draft.render())["status"])
    assert statuses == ["queued", *["in_progress"] * (len(TALK) - 1), "completed"]
    assert json.loads(draft.render()) == collect(TALK)


def test_reasoning_that_nobody_asked_for() -> None:
    """Without a request for it no reasoning is shown, and texts around it are one message."""
    shown = collect(
        [STARTED, MODEL, TextDelta("a"), ReasoningDelta("x"), TextDelta("b"), finished()], terms(reasoning=False)
    )
    (message,) = shown["output"]
    assert (message["content"][0]["text"], message["phase"]) == ("ab", "final_answer")


def test_length() -> None:
    """An answer that was cut is incomplete, and so is its last message."""
    events = stream([STARTED, MODEL, TextDelta("a"), finished("length")])
    response = events[-1]["response"]
    assert events[-1]["type"] == "response.incomplete"
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    assert (response["output"][0]["status"], response["completed_at"]) == ("incomplete", None)


def test_failure() -> None:
    """A failed run ends in an error event and the failed response, with what was said until then."""
    error = ModelUnreachable("up/tiny: gone\u2028", provider="up", model="tiny")
    events = stream([STARTED, MODEL, TextDelta("a"), RunFailed(error, 9000)])
    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert events[-2]["code"] == events[-2]["error"]["code"] == "upstream_unreachable"
    response = events[-1]["response"]
    assert response["error"] == {"code": "upstream_unreachable", "message": "up/tiny: gone\u2028"}
    assert (response["status"], response["output"][0]["status"]) == ("failed", "incomplete")
    with pytest.raises(ModelUnreachable):
        collect([STARTED, RunFailed(error, 9000)])


def test_cancellation_is_no_error_of_the_response() -> None:
    """A cancelled response is cancelled, without an error of its own."""
    draft = ResponseDraft(terms(), RUN, 7000)
    draft.read_all([STARTED, MODEL, ToolCallStarted(0, "c", "lookup"), RunFailed(RunCancelled("stop"), 9000)])
    response = json.loads(draft.render())
    assert (response["status"], response["error"]) == ("cancelled", None)
    assert response["output"][0]["status"] == "incomplete"


def test_required_call_holds_text_back() -> None:
    """Text before a required call comes once the call begins; without the call the response fails."""
    events = stream(
        [STARTED, MODEL, TextDelta("a"), ToolCallStarted(0, "c", "lookup"), finished("tool_calls")], terms("required")
    )
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["message", "function_call"]
    with pytest.raises(ToolChoiceUnsatisfied):
        collect([STARTED, MODEL, TextDelta("a"), finished()], terms("=lookup"))


def test_half_characters_and_line_breaks() -> None:
    """Text that breaks lines or is half a character breaks no event."""
    events = stream([STARTED, MODEL, TextDelta("a\u2028\x85\ud800"), finished()])
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "a\u2028\x85?"


def test_end_alone() -> None:
    """The end of a stream that was read before can be told alone, with a number of its own."""
    encoder = ResponseStream(terms(), RUN, 7000)
    encoder.read_all([STARTED, MODEL, TextDelta("a"), finished()])
    name, data, *_ = encoder.tell_ending(40).decode().split("\n")
    assert name == "event: response.completed"
    assert json.loads(data.removeprefix("data: "))["sequence_number"] == 40
