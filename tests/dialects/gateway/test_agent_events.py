"""The agent events of one run."""

import json

import msgspec
import pytest

from openclaw_gateway.dialects.gateway.agent_events import AgentEvents
from openclaw_gateway.errors import GatewayError, RunCancelled, RunTimeout
from openclaw_gateway.events import (
    MessageAdded,
    ModelFailedOver,
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
from openclaw_gateway.messages import Usage, UserMessage
from openclaw_gateway.model_errors import ModelServerError

STARTED = RunStarted("r", "agent:main:main", "s", "main", 10)
MODEL = ModelStarted("fake", "one", 0)
FINISHED = RunFinished("stop", Usage(input=3, output=2), Usage(input=3, output=2), "fake", "one", 90, {})


def tell(*events: RunEvent) -> list[dict[str, object]]:
    translator = AgentEvents("r", "agent:main:main", "main")
    told = [payload for event in events for payload in translator.translate(event, 50)]
    return [json.loads(msgspec.json.encode(payload)) for payload in told]


def streams(*events: RunEvent) -> list[tuple[object, object]]:
    return [(event["stream"], event["data"]) for event in tell(*events)]


def test_events_name_their_run_and_are_numbered() -> None:
    """Each event carries run, session, agent, time and a number that grows by one."""
    told = tell(STARTED, MODEL, TextDelta("Hi"), FINISHED)
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert {(event["runId"], event["sessionKey"], event["agentId"], event["ts"]) for event in told} == {
        ("r", "agent:main:main", "main", 50)
    }


def test_one_turn_is_told_in_the_observed_order() -> None:
    """A plain turn goes from run_status and lifecycle start over the text to lifecycle end."""
    assert streams(STARTED, MODEL, TextDelta("Hel"), TextDelta("lo"), FINISHED) == [
        ("run_status", {"phase": "preparing_context"}),
        ("lifecycle", {"phase": "start", "startedAt": 10}),
        ("run_status", {"phase": "starting_model"}),
        ("lifecycle", {"phase": "model", "provider": "fake", "model": "one"}),
        ("assistant", {"text": "Hel", "delta": "Hel", "itemId": "r:message:1"}),
        ("assistant", {"text": "Hello", "delta": "lo", "itemId": "r:message:1"}),
        ("usage", {"outputTokens": 2}),
        ("lifecycle", {"phase": "finishing"}),
        (
            "lifecycle",
            {
                "phase": "end",
                "endedAt": 90,
                "stopReason": "stop",
                "executionSettled": True,
                "provider": "fake",
                "model": "one",
            },
        ),
    ]


def test_tools_are_told_as_tool_and_item() -> None:
    """A tool's start and result come with arguments and text, and as an item with its state."""
    told = streams(
        ToolStarted("c1", "look", '{"at":"x"}'), ToolFinished("c1", "look", "seen", is_error=True, duration_ms=5)
    )
    assert told == [
        ("tool", {"phase": "start", "name": "look", "toolCallId": "c1", "args": {"at": "x"}}),
        (
            "item",
            {
                "phase": "start",
                "name": "look",
                "toolCallId": "c1",
                "itemId": "tool:c1",
                "kind": "tool",
                "title": "look",
                "status": "running",
                "startedAt": 50,
            },
        ),
        (
            "tool",
            {
                "name": "look",
                "toolCallId": "c1",
                "phase": "result",
                "isError": True,
                "result": {"content": [{"type": "text", "text": "seen"}], "details": {}},
            },
        ),
        (
            "item",
            {
                "name": "look",
                "toolCallId": "c1",
                "itemId": "tool:c1",
                "kind": "tool",
                "title": "look",
                "phase": "end",
                "status": "failed",
                "startedAt": 50,
                "endedAt": 50,
            },
        ),
    ]


@pytest.mark.parametrize("arguments", ["", "{", "[1]", "3", '{"a":' + "[" * 100_000])
def test_arguments_that_are_no_object_are_told_as_an_empty_one(arguments: str) -> None:
    """What a model wrote as arguments cannot break the frame."""
    tool, _ = streams(ToolStarted("c1", "look", arguments))
    assert tool == ("tool", {"phase": "start", "name": "look", "toolCallId": "c1", "args": {}})


def test_text_begins_anew_with_each_model_call() -> None:
    """The text so far is that of the current message; its item id tells the messages apart."""
    told = streams(TextDelta("a"), ModelStarted("fake", "one", 1), ReasoningDelta("hm"), TextDelta("b"))
    assert told[0] == ("assistant", {"text": "a", "delta": "a", "itemId": "r:message:0"})
    assert told[-2:] == [
        ("reasoning", {"text": "hm", "delta": "hm"}),
        ("assistant", {"text": "b", "delta": "b", "itemId": "r:message:1"}),
    ]


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        pytest.param(RunCancelled("stop"), {"aborted": True, "stopReason": "aborted"}, id="cancelled"),
        pytest.param(RunTimeout("late"), {"stopReason": "timeout"}, id="timed out"),
        pytest.param(ModelServerError("broken"), {"stopReason": "error"}, id="model failed"),
    ],
)
def test_a_failed_run_ends_in_lifecycle_error(error: GatewayError, ending: dict[str, object]) -> None:
    """The last event of a run that failed tells the error and whether it was aborted."""
    expected = {"phase": "error", "error": error.message, "endedAt": 7, "executionSettled": True, **ending}
    assert streams(RunFailed(error, 7)) == [("lifecycle", expected)]


def test_what_has_no_stream_is_silent() -> None:
    """Fragments of calls, stored messages and failovers say nothing here."""
    silent = [
        ToolCallStarted(0, "c", "look"),
        ToolCallDelta(0, "{"),
        MessageAdded(UserMessage("x"), 1),
        ModelFailedOver("fake", "one", "timeout"),
    ]
    assert tell(*silent) == []
