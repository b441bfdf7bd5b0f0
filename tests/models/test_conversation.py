"""Conversations that providers accept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.messages import AssistantMessage, Message, TextPart, ToolCall, ToolResultMessage, UserMessage
from openclaw_gateway.models.conversation import (
    MISSING_RESULT,
    adapt_call_id,
    pair_tool_results,
    write_fields,
)

HI = UserMessage("hi")


def call(*ids: str) -> AssistantMessage:
    return AssistantMessage(tuple(ToolCall(call_id, "look", "{}") for call_id in ids))


def result(call_id: str) -> ToolResultMessage:
    return ToolResultMessage(call_id, (TextPart("seen"),), "look")


def missing(call_id: str) -> ToolResultMessage:
    return ToolResultMessage(call_id, (TextPart(MISSING_RESULT),), "look", is_error=True)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([HI, call("a"), result("a"), HI], [HI, call("a"), result("a"), HI], id="whole"),
        pytest.param([HI, result("a"), HI], [HI, HI], id="result without call"),
        pytest.param([call("a"), HI], [call("a"), missing("a"), HI], id="call without result"),
        pytest.param(
            [call("a", "b"), result("b")], [call("a", "b"), result("b"), missing("a")], id="one missing, last"
        ),
        pytest.param([call("a"), result("a"), result("a")], [call("a"), result("a")], id="result twice"),
        pytest.param([call("a"), HI, result("a")], [call("a"), missing("a"), HI], id="result too late"),
    ],
)
def test_calls_and_results_are_paired(messages: list[Message], expected: list[Message]) -> None:
    """Every call has its result right behind it, and every result its call before it."""
    assert list(pair_tool_results(messages)) == expected


@given(st.lists(st.sampled_from([HI, call("a"), call("a", "b"), call(), result("a"), result("b")]), max_size=12))
def test_any_conversation_becomes_acceptable(messages: list[Message]) -> None:
    """Whatever is in a history, calls and results match afterwards, and doing it twice changes nothing."""
    paired = list(pair_tool_results(messages))
    waiting: set[str] = set()
    for message in paired:
        if isinstance(message, ToolResultMessage):
            waiting.remove(message.tool_call_id)
        else:
            assert not waiting
            waiting = {part.id for part in message.tool_calls} if isinstance(message, AssistantMessage) else set()
    assert not waiting
    assert list(pair_tool_results(paired)) == paired


@given(st.text(max_size=80), st.text(max_size=80))
def test_ids_are_adapted_one_to_one(first: str, second: str) -> None:
    """An adapted id is in the alphabet of every provider, stays as it is when adapted again, and stays its own."""
    adapted = adapt_call_id(first)
    assert adapted
    assert len(adapted) <= 64
    assert all(char.isascii() and (char.isalnum() or char in "_-") for char in adapted)
    assert adapt_call_id(adapted) == adapted
    assert (first == second) == (adapted == adapt_call_id(second)) or adapted in {first, second}


def test_fields_are_json() -> None:
    """Names are escaped, so that a field cannot become two."""
    assert write_fields({'a","b': b"1"}) == b',"a\\",\\"b":1'
