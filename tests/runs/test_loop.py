"""The loop: model, tools, model, until there is an answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import msgspec
import pytest

from openclaw_gateway.config.schema import RunLimits
from openclaw_gateway.errors import RunLimitExceeded
from openclaw_gateway.events import RunEvent
from openclaw_gateway.messages import (
    AssistantMessage,
    AssistantPart,
    Message,
    TextPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    visible_text,
)
from openclaw_gateway.models.model import ModelReply, ModelTimings
from openclaw_gateway.runs.bounds import MAX_CALLS_IN_REPLY
from openclaw_gateway.runs.loop import LoopEnd, run_loop
from openclaw_gateway.tools.tool import ToolContext, ToolResult

CONTEXT = ToolContext("r", "agent:main:main", "main", ".")


@dataclass
class Adder:
    """An agent's tool that adds two numbers."""

    name: str = "add"
    description: str = "Adds."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"{}"))
    is_parallel: bool = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        a, b = arguments["a"], arguments["b"]
        assert isinstance(a, int)
        assert isinstance(b, int)
        return ToolResult.of_text(str(a + b))


def reply(*parts: AssistantPart) -> ModelReply:
    has_calls = any(isinstance(part, ToolCall) for part in parts)
    message = AssistantMessage(parts, stop_reason="toolUse" if has_calls else "stop")
    return ModelReply(message, "tool_calls" if has_calls else "stop", Usage(input=10, output=1), ModelTimings())


@dataclass
class Table:
    """Answers in order, and what was kept between them."""

    answers: list[ModelReply]
    kept: list[Message] = field(default_factory=list)
    said: list[RunEvent] = field(default_factory=list)

    async def ask(self, round_number: int) -> ModelReply:
        return self.answers[min(round_number, len(self.answers) - 1)]

    async def keep(self, messages: tuple[Message, ...]) -> None:
        self.kept.extend(messages)

    def run(self, *caller_tools: str) -> Awaitable[LoopEnd]:
        return run_loop(
            self.ask, self.keep, {"add": Adder()}, frozenset(caller_tools), lambda: CONTEXT, self.said.append
        )


async def test_answer_without_tools_is_the_end() -> None:
    """A reply with text alone ends the loop, and its message is left to the end to be kept."""
    table = Table([reply(TextPart("hi"))])
    end = await table.run()
    assert (end.messages, end.finish_reason, table.kept) == ((table.answers[0].message,), "stop", [])


async def test_results_go_back_to_the_model() -> None:
    """The agent's calls are run and kept, then the model is asked again; usage is the sum of the rounds."""
    calls = (ToolCall("c1", "add", '{"a":1,"b":2}'), ToolCall("c2", "add", '{"a":3,"b":4}'))
    table = Table([reply(*calls), reply(TextPart("3 and 7"))])
    end = await table.run()
    assert [visible_text(message) for message in table.kept] == ["", "3", "7"]
    assert visible_text(end.messages[0]) == "3 and 7"
    assert (end.usage, end.last_reply.usage) == (Usage(input=20, output=2), Usage(input=10, output=1))


async def test_call_of_the_caller_ends_the_run() -> None:
    """A call of a tool that the caller brought is the answer; nothing is run for it."""
    table = Table([reply(TextPart("let me look"), ToolCall("c1", "look_up", "{}"))])
    end = await table.run("look_up")
    assert (end.finish_reason, end.messages, table.said) == ("tool_calls", (table.answers[0].message,), [])


async def test_own_and_caller_calls_in_one_reply() -> None:
    """Own calls beside the caller's are answered before the run ends, so that the history is whole when it goes on."""
    table = Table([reply(ToolCall("c1", "add", '{"a":1,"b":2}'), ToolCall("c2", "look_up", "{}"))])
    end = await table.run("look_up")
    assert isinstance(end.messages[1], ToolResultMessage)
    assert (end.messages[1].tool_call_id, visible_text(end.messages[1])) == ("c1", "3")
    assert end.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("make_reply", "message"),
    [
        pytest.param(
            lambda: reply(ToolCall("c", "add", '{"a":1,"b":2}')), f"{RunLimits().max_tool_rounds} times", id="rounds"
        ),
        pytest.param(
            lambda: reply(*[ToolCall(str(n), "add", "{}") for n in range(MAX_CALLS_IN_REPLY + 1)]),
            f"{MAX_CALLS_IN_REPLY + 1} tools at once",
            id="calls in one reply",
        ),
    ],
)
async def test_bounds_end_the_run(make_reply: Callable[[], ModelReply], message: str) -> None:
    """A model that goes round in circles, or asks for a flood of calls, is ended by name."""
    with pytest.raises(RunLimitExceeded, match=message):
        await Table([make_reply()]).run()


async def test_a_model_that_calls_unknown_tools_is_ended() -> None:
    """Told twice that there is no such tool, a model that goes on is ended; one that finds a real tool is not."""
    lost = reply(ToolCall("c", "nosuch", "{}"))
    table = Table([lost])
    with pytest.raises(RunLimitExceeded, match="unknown tools 3 times; the last is 'nosuch'"):
        await table.run()
    assert len(table.kept) == 4
    found = reply(ToolCall("c", "add", '{"a":1,"b":2}'), ToolCall("d", "nosuch", "{}"))
    table = Table([lost, lost, found, lost, lost, reply(TextPart("3"))])
    assert visible_text((await table.run()).messages[0]) == "3"
