"""Messages as history shows them."""

import json
from typing import Any

import msgspec
import pytest

from openclaw_gateway.dialects.gateway.history_form import tell_message
from openclaw_gateway.messages import (
    AssistantMessage,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from openclaw_gateway.sessions.session import Entry

USAGE = {"input": 3, "output": 2, "cacheRead": 1, "cacheWrite": 0, "totalTokens": 6}


def told(message: Message, *, max_chars: int | None = 8000, run_id: str = "r") -> Any:
    form = tell_message(Entry(7, None, message, run_id, 0), 3, max_chars=max_chars)
    return json.loads(msgspec.json.encode(form))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(
            UserMessage("hi", timestamp=5), {"role": "user", "content": "hi", "timestamp": 5}, id="user's text"
        ),
        pytest.param(
            UserMessage((TextPart("hi"), ImagePart("image/png", "QUJD"))),
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "hi"},
                    {"type": "image", "mimeType": "image/png", "omitted": True, "bytes": 3},
                ],
                "timestamp": 0,
            },
            id="image by its size",
        ),
        pytest.param(
            AssistantMessage(
                (ThinkingPart("hm", "proof"), TextPart("ok"), ToolCall("c", "look", '{"id": 7}')),
                provider="up",
                model="tiny",
                usage=Usage(3, 2, 1),
                stop_reason="toolUse",
            ),
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm"},
                    {"type": "text", "text": "ok"},
                    {"type": "toolCall", "id": "c", "name": "look", "arguments": {"id": 7}},
                ],
                "timestamp": 0,
                "provider": "up",
                "model": "tiny",
                "usage": USAGE,
                "stopReason": "toolUse",
            },
            id="answer",
        ),
        pytest.param(
            ToolResultMessage("c", (TextPart("7"),), "look", is_error=True),
            {
                "role": "toolResult",
                "content": [{"type": "text", "text": "7"}],
                "timestamp": 0,
                "toolCallId": "c",
                "toolName": "look",
                "isError": True,
            },
            id="tool result",
        ),
    ],
)
def test_each_role(message: Message, expected: dict[str, object]) -> None:
    """Every role in the original's form, with its place."""
    shown = told(message)
    place = shown.pop("__openclaw")
    assert shown == expected
    assert (place["id"], place["seq"], place["transcriptPosition"], place["runId"]) == ("7", 3, 3, "r")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param("", {}, id="none"),
        pytest.param('{"a":[1]}', {"a": [1]}, id="object"),
        pytest.param("[1]", {"raw": "[1]"}, id="no object"),
        pytest.param('{"a"', {"raw": '{"a"'}, id="cut off"),
        pytest.param('{"a":' + "[" * 5000, {"raw": '{"a":' + "[" * 5000}, id="very deep"),
    ],
)
def test_arguments_are_always_an_object(arguments: str, expected: object) -> None:
    """A call's arguments are told as the object that they are, whatever a model wrote."""
    content = told(AssistantMessage((ToolCall("c", "look", arguments),)))["content"]
    assert content[0]["arguments"] == expected


def test_texts_are_cut_to_what_is_wanted() -> None:
    """A longer text is cut with a mark, and the message says so; without a bound all is there, images too."""
    message = UserMessage((TextPart("x" * 50), ImagePart("image/png", "QUJD")))
    cut = told(message, max_chars=10)
    assert cut["content"][0]["text"] == "x" * 10 + "\n...(truncated)..."
    assert cut["__openclaw"]["truncated"]
    whole = told(message, max_chars=None)
    assert whole["content"][1]["data"] == "QUJD"
    assert "truncated" not in whole["__openclaw"]


def test_what_no_run_wrote_names_none() -> None:
    """A note has no run."""
    assert "runId" not in told(UserMessage("hi"), run_id="")["__openclaw"]
