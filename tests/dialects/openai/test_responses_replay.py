"""A run read back from its messages: the same response as when it went on."""

import json

import pytest

from openclaw_gateway.dialects.openai.responses_draft import ResponseDraft
from openclaw_gateway.dialects.openai.responses_replay import encode_outcome, find_output, replay
from openclaw_gateway.dialects.openai.responses_request import parse_responses_request
from openclaw_gateway.errors import GatewayError, RunCancelled
from openclaw_gateway.events import RunFailed, RunFinished
from openclaw_gateway.messages import (
    AssistantMessage,
    Message,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from openclaw_gateway.model_errors import ModelTimeout

USAGE = Usage(input=5, output=3)


def said(*parts: TextPart | ThinkingPart | ToolCall, stop: StopReason = "stop") -> AssistantMessage:
    return AssistantMessage(parts, timestamp=9000, provider="up", model="tiny", usage=USAGE, stop_reason=stop)


def draft(messages: list[Message], outcome: bytes | None = None) -> dict[str, object]:
    terms = parse_responses_request(
        b'{"model":"openclaw","input":"hi","reasoning":{"summary":"auto"},"tools":[{"type":"function","name":"lookup"}]}'
    ).make_terms(None)
    reading = ResponseDraft(terms, "run", 7000)
    reading.read_all(replay("run", messages, terms.caller_tools, outcome))
    response: dict[str, object] = json.loads(reading.render())
    return response


def test_rounds_of_a_run() -> None:
    """Texts, reasoning and the caller's calls of all rounds are there, the agent's calls are not, usage is a sum."""
    response = draft(
        [
            said(ThinkingPart("Hm."), TextPart("Let me see."), ToolCall("o", "exec", "{}"), stop="toolUse"),
            ToolResultMessage("o", (TextPart("ok"),), "exec"),
            said(TextPart("Well."), ToolCall("c", "lookup", "{}"), stop="toolUse"),
        ]
    )
    assert response["status"] == "completed"
    output = response["output"]
    assert isinstance(output, list)
    assert [item["type"] for item in output] == ["reasoning", "message", "function_call"]
    assert output[1]["content"][0]["text"] == "Let me see.\n\nWell."
    usage = response["usage"]
    assert isinstance(usage, dict)
    assert usage["total_tokens"] == 16


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        pytest.param([said(TextPart("a"))], "completed", id="whole"),
        pytest.param([said(TextPart("a"), stop="length")], "incomplete", id="cut by length"),
        pytest.param([said(TextPart("a"), stop="aborted")], "failed", id="broken off"),
        pytest.param([said(ToolCall("o", "exec", "{}"), stop="toolUse")], "failed", id="between two rounds"),
        pytest.param([], "failed", id="nothing said"),
        pytest.param([said(ThinkingPart("x", redacted=True), TextPart("a"))], "completed", id="hidden reasoning"),
    ],
)
def test_end_is_read_off_the_last_message(messages: list[Message], status: str) -> None:
    """Without a stored outcome the last message tells how the run ended; an unfinished one was interrupted."""
    assert draft(messages)["status"] == status


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        pytest.param(RunCancelled("stop"), "cancelled", None, id="cancelled"),
        pytest.param(ModelTimeout("late", limit="idle"), "failed", "upstream_timeout", id="model error"),
        pytest.param(GatewayError("bug"), "failed", "internal_error", id="bug"),
    ],
)
def test_stored_outcome(error: GatewayError, status: str, code: str | None) -> None:
    """What was stored of a bad end is told as it was."""
    outcome = encode_outcome(RunFailed(error, 9000))
    response = draft([said(TextPart("part"), stop="error")], outcome)
    assert response["status"] == status
    assert response["error"] == (None if code is None else {"code": code, "message": error.message})


def test_good_end_needs_no_outcome() -> None:
    """Of a run that ended well nothing more is stored."""
    assert encode_outcome(RunFinished("stop", USAGE, USAGE, "up", "tiny", 9000, {})) is None


@pytest.mark.parametrize(
    ("messages", "place"),
    [
        pytest.param([UserMessage("a"), said(TextPart("b"))], 1, id="one turn"),
        pytest.param(
            [UserMessage("a"), AssistantMessage((TextPart("b"),)), UserMessage("c"), said(TextPart("d"))],
            3,
            id="resent",
        ),
        pytest.param([UserMessage("a"), AssistantMessage((TextPart("b"),), stop_reason="aborted")], 1, id="partial"),
        pytest.param([UserMessage("a")], 1, id="no answer"),
        pytest.param([], 0, id="nothing"),
    ],
)
def test_output_begins_where_a_model_speaks(messages: list[Message], place: int) -> None:
    """What the caller sent, earlier answers included, is not taken for the run's own."""
    assert find_output(messages) == place
