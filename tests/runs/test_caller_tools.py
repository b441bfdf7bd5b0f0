"""Calls of the caller's tools are looked at before a run is called good."""

import pytest

from openclaw_gateway.asking import ToolSpec
from openclaw_gateway.errors import ToolChoiceUnsatisfied
from openclaw_gateway.messages import AssistantMessage, TextPart, ToolCall, Usage
from openclaw_gateway.model_errors import ModelProtocolError
from openclaw_gateway.models.model import ModelReply, ModelTimings
from openclaw_gateway.runs.caller_tools import check_calls
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
