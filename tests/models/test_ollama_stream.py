"""Ollama's lines, as published and as imitated; what all forms promise is in test_forms."""

import json
from typing import Any

import pytest
from tests.models.feeding import Fed, feed

from openclaw_gateway.messages import TextPart, ToolCall, Usage


def read(*lines: dict[str, Any]) -> Fed:
    return feed("ollama", [b"".join(json.dumps(line).encode() + b"\n" for line in lines)])


DONE = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
HELLO = {"message": {"role": "assistant", "content": "Hello"}, "done": False}


def call(function: dict[str, Any]) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": "", "tool_calls": [{"function": function}]}, "done": False}


def test_an_answer_in_one_line_is_read() -> None:
    """An answer that was not streamed is one line that is done."""
    fed = read({**DONE, "message": HELLO["message"], "prompt_eval_count": 3, "eval_count": 2})
    assert (fed.parts, fed.usage) == ((TextPart("Hello"),), Usage(input=3, output=2))


def test_calls_without_ids_are_told_apart() -> None:
    """Older servers give no ids: each call gets one of ours."""
    fed = read(call({"name": "look", "arguments": {"at": 1}}), call({"name": "look", "arguments": '{"at":2}'}), DONE)
    calls = [part for part in fed.parts if isinstance(part, ToolCall)]
    assert [part.arguments for part in calls] == ['{"at": 1}', '{"at":2}']
    assert len({part.id for part in calls}) == 2


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param({}, id="none"),
        pytest.param({"eval_count": 2}, id="a prompt that it knew already"),
        pytest.param({"prompt_eval_count": -1, "eval_count": 2}, id="less than nothing"),
        pytest.param({"prompt_eval_count": "3", "eval_count": 2}, id="text"),
    ],
)
def test_what_it_did_not_count_is_not_told(counts: dict[str, Any]) -> None:
    """No zero stands for a number that the server left out."""
    assert read(HELLO, {**DONE, **counts}).usage is None
