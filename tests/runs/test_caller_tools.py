"""Calls of the caller's tools are looked at before a run is called good."""

import pytest

from openclaw_gateway.asking import ToolSpec
from openclaw_gateway.errors import InvalidRequest, ToolChoiceUnsatisfied
from openclaw_gateway.messages import (
    AssistantMessage,
    Message,
    TextPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from openclaw_gateway.model_errors import ModelProtocolError
from openclaw_gateway.models.model import ModelReply, ModelTimings
from openclaw_gateway.runs.caller_tools import check_calls, check_results
from openclaw_gateway.runs.order import RunOrder

TEXT = TextPart("hi")


def call(name: str = "look", arguments: str = "{}") -> ToolCall:
    return ToolCall("c1", name, arguments)


def check(tool_choice: str, *parts: TextPart | ToolCall) -> None:
    order = RunOrder(
        run_id="r",
        agent_id="main",
        session_key="agent:main:main",
        is_ephemeral=True,
        incoming=(),
        tools=(ToolSpec("look", None, None), ToolSpec("find", None, None)),
        tool_choice=tool_choice,
    )
    message = AssistantMessage(parts, provider="up", model="tiny")
    check_calls(ModelReply(message, "stop", Usage(), ModelTimings()), order)


@pytest.mark.parametrize(
    ("tool_choice", "parts"),
    [
        pytest.param("auto", [TEXT], id="auto, no call"),
        pytest.param("auto", [TEXT, call()], id="auto, a call"),
        pytest.param("none", [TEXT], id="none, no call"),
        pytest.param("required", [call()], id="required, a call"),
        pytest.param("required", [call("own"), call("find", '{"a":[1]}')], id="required, beside the agent's"),
        pytest.param("=look", [call("find"), call("look")], id="named, among others"),
        pytest.param("auto", [call("own", "{broken")], id="broken call of the agent's tool"),
    ],
)
def test_obedient_replies_pass(tool_choice: str, parts: list[TextPart | ToolCall]) -> None:
    """A reply that does what was asked is good; the agent's own calls are the agent's affair."""
    check(tool_choice, *parts)


@pytest.mark.parametrize(
    ("tool_choice", "parts"),
    [
        pytest.param("required", [TEXT], id="required, text"),
        pytest.param("required", [call("own")], id="required, the agent's tool"),
        pytest.param("=look", [call("find")], id="named, another"),
        pytest.param("none", [call()], id="none, a call"),
    ],
)
def test_choice_that_was_not_obeyed_is_an_error(tool_choice: str, parts: list[TextPart | ToolCall]) -> None:
    """A model that ignores the choice has not answered."""
    with pytest.raises(ToolChoiceUnsatisfied):
        check(tool_choice, *parts)


@pytest.mark.parametrize(
    "arguments",
    ["", "{", '{"a":', "{a: 1}", "[]", '"x"', "null", "7", "{} {}", pytest.param('{"a":' * 2000, id="deep")],
)
def test_broken_arguments_are_an_error(arguments: str) -> None:
    """Arguments that are no JSON object never reach the caller as a good call."""
    with pytest.raises(ModelProtocolError) as failed:
        check("auto", call("look"), call("find", arguments))
    assert "'find'" in failed.value.message


CALL = AssistantMessage((ToolCall("c1", "look", "{}"),), stop_reason="toolUse")
ANSWER = AssistantMessage((TextPart("done"),))


def result_of(call_id: str) -> ToolResultMessage:
    return ToolResultMessage(call_id, (TextPart("found"),))


@pytest.mark.parametrize(
    ("turn", "stored"),
    [
        pytest.param((UserMessage("hi"),), (), id="no result"),
        pytest.param((UserMessage("hi"), CALL, result_of("c1")), (), id="with its call"),
        pytest.param((result_of("c1"),), (UserMessage("hi"), CALL), id="its call is stored"),
        pytest.param((result_of("c1"), UserMessage("and?")), (CALL, result_of("own")), id="beside the agent's own"),
        pytest.param((result_of("old"), ANSWER, UserMessage("next")), (), id="trimmed further back"),
    ],
)
def test_results_of_asked_calls_pass(turn: tuple[Message, ...], stored: tuple[Message, ...]) -> None:
    """A result passes when the last reply asked for it, in the request or in the session."""
    check_results(turn, stored)


@pytest.mark.parametrize(
    ("turn", "stored"),
    [
        pytest.param((result_of("c1"),), (), id="no call at all"),
        pytest.param((UserMessage("hi"), result_of("c1")), (UserMessage("x"), ANSWER), id="answered long ago"),
        pytest.param((UserMessage("hi"), CALL, result_of("c1"), result_of("c2")), (), id="one of two"),
        pytest.param((result_of("c2"),), (CALL,), id="of another call"),
    ],
)
def test_results_of_no_call_are_refused(turn: tuple[Message, ...], stored: tuple[Message, ...]) -> None:
    """A result that the model could never see is a 400 that names the call, not a made-up answer."""
    with pytest.raises(InvalidRequest, match="belongs to no call") as refused:
        check_results(turn, stored)
    assert refused.value.code == "unknown_tool_call"
