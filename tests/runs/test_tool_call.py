"""Running the calls of one reply."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from tests.tools.exec.commands import at_work

from openclaw_gateway.events import ToolFinished, ToolStarted
from openclaw_gateway.messages import ToolCall, visible_text
from openclaw_gateway.runs.tool_call import SKIPPED, run_calls
from openclaw_gateway.tools.exec.exec_tool import ExecTool
from openclaw_gateway.tools.files.write import WriteTool
from openclaw_gateway.tools.permission.gate import Gate
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import MAX_RESULT_CHARS, Tool, ToolContext, ToolResult

CONTEXT = ToolContext("r", "agent:main:main", "main", Place.of_host(Path()))


@dataclass
class Meeting:
    """A tool whose calls end only when `parties` of them are there at once."""

    parties: int
    name: str = "meet"
    description: str = "Waits for the others."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"{}"))
    is_parallel: bool = True
    arrived: int = 0
    all_here: asyncio.Event = field(default_factory=asyncio.Event)
    somebody_here: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        self.arrived += 1
        self.somebody_here.set()
        if self.arrived == self.parties:
            self.all_here.set()
        await self.all_here.wait()
        return ToolResult.of_text(f"met as {arguments['as']}")


@dataclass
class Recorder:
    """A tool that may not run beside others; notes how many of it run at once."""

    name: str = "record"
    description: str = "Notes the order of its calls."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"{}"))
    is_parallel: bool = False
    order: list[object] = field(default_factory=list)
    running: int = 0

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        self.running += 1
        assert self.running == 1
        await asyncio.sleep(0)
        self.order.append(arguments["n"])
        self.running -= 1
        return ToolResult.of_text(str(arguments["n"]))


@dataclass
class Broken:
    """A tool that fails."""

    name: str = "broken"
    description: str = "Fails."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b"{}"))
    is_parallel: bool = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        raise ValueError(arguments.get("why", "no reason"))


def tools_of(*tools: Tool) -> dict[str, Tool]:
    return {tool.name: tool for tool in tools}


async def test_parallel_calls_run_at_once_and_answer_in_order() -> None:
    """Calls of a parallel tool are in the room together; their results come in the order of the calls."""
    said: list[ToolStarted | ToolFinished] = []
    calls = [ToolCall(f"c{n}", "meet", f'{{"as": {n}}}') for n in range(5)]
    async with asyncio.timeout(5):
        results = await run_calls(calls, tools_of(Meeting(5)), CONTEXT, said.append)
    assert [visible_text(result) for result in results] == [f"met as {n}" for n in range(5)]
    assert [result.tool_call_id for result in results] == [call.id for call in calls]
    assert sorted(event.id for event in said if isinstance(event, ToolFinished)) == [call.id for call in calls]


async def test_other_calls_run_one_after_the_other() -> None:
    """Calls of a tool that is not parallel keep their order and never overlap, also beside parallel ones."""
    recorder = Recorder()
    calls = [ToolCall(f"c{n}", "record", f'{{"n": {n}}}') for n in range(4)]
    calls.insert(2, ToolCall("m", "meet", '{"as": "x"}'))
    results = await run_calls(calls, tools_of(recorder, Meeting(1)), CONTEXT, lambda _: None)
    assert recorder.order == [0, 1, 2, 3]
    assert [visible_text(result) for result in results] == ["0", "1", "met as x", "2", "3"]


async def test_each_call_finds_what_the_one_before_it_did(tmp_path: Path) -> None:
    """A file that a reply writes, runs, writes anew and runs again has run as it was each time."""
    async with at_work(tmp_path) as bench:
        tools = tools_of(WriteTool(), ExecTool(bench.settings, bench.table, Gate.of(tmp_path, lambda: 0), ()))
        calls = []
        for word in ("first", "second"):
            write = {"path": "say.sh", "content": f"sleep 0.02; echo {word}"}
            calls.append(ToolCall(f"w-{word}", "write", msgspec.json.encode(write).decode()))
            calls.append(ToolCall(f"x-{word}", "exec", '{"command": "sh say.sh"}'))
        said: list[ToolStarted | ToolFinished] = []
        results = await run_calls(calls, tools, bench.context(), said.append)
    assert [visible_text(result) for result in results][1::2] == ["first", "second"]
    assert [event.id for event in said] == [call.id for call in calls for _ in ("started", "finished")]


async def test_neighbours_end_before_a_call_that_stands_alone() -> None:
    """Parallel calls on both sides of another one are two groups: it begins after the one and ends before the other."""
    before, after, recorder, said = Meeting(2), Meeting(2, name="meet_again"), Recorder(), list[object]()
    calls = [
        *[ToolCall(f"b{n}", "meet", f'{{"as": {n}}}') for n in range(2)],
        ToolCall("alone", "record", '{"n": 0}'),
        *[ToolCall(f"a{n}", "meet_again", f'{{"as": {n}}}') for n in range(2)],
    ]
    async with asyncio.timeout(5):
        await run_calls(calls, tools_of(before, after, recorder), CONTEXT, said.append)
    ids = [event.id for event in said if isinstance(event, ToolStarted | ToolFinished)]
    assert ids[4:6] == ["alone", "alone"]
    assert {*ids[:4]} == {"b0", "b1"}


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        pytest.param(ToolCall("c", "broken", '{"why": "no luck"}'), "no luck", id="the tool fails"),
        pytest.param(ToolCall("c", "nope", "{}"), "Tool nope not found", id="unknown tool"),
        pytest.param(ToolCall("c", "broken", '{"cut'), "not a JSON object", id="cut arguments"),
        pytest.param(ToolCall("c", "broken", "[1]"), "not a JSON object", id="arguments are an array"),
        pytest.param(ToolCall("c", "broken", "[" * 100_000), "not a JSON object", id="deep arguments"),
        pytest.param(ToolCall("c", "broken", '{"a": "\ud800"}'), "not a JSON object", id="half of a surrogate pair"),
        pytest.param(ToolCall("c", "broken", ""), "no reason", id="empty arguments are none"),
    ],
)
async def test_failure_is_a_result(call: ToolCall, expected: str) -> None:
    """Whatever goes wrong in one call, the model gets an error result and the run goes on."""
    (result,) = await run_calls([call], tools_of(Broken()), CONTEXT, lambda _: None)
    assert result.is_error
    assert expected in visible_text(result)


async def test_cancelling_ends_all_calls() -> None:
    """A cancelled run leaves no call behind."""
    meeting = Meeting(99)
    calls = [ToolCall(f"c{n}", "meet", f'{{"as": {n}}}') for n in range(3)]
    task = asyncio.create_task(run_calls(calls, tools_of(meeting), CONTEXT, lambda _: None))
    await meeting.somebody_here.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert len(asyncio.all_tasks()) == 1


async def test_long_result_is_cut_and_says_so() -> None:
    """A result past the cap reaches the model cut, with the number of characters that were there."""

    class Flood(Broken):
        async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
            return ToolResult.of_text("x" * 50_000)

    (result,) = await run_calls([ToolCall("c", "broken", "{}")], tools_of(Flood()), CONTEXT, lambda _: None)
    assert len(visible_text(result)) < MAX_RESULT_CHARS + 100
    assert "50000 characters in all" in visible_text(result)


async def test_calls_not_begun_are_passed_over() -> None:
    """When somebody has something to say, calls that have not begun are skipped with a result that says so."""
    recorder, said = Recorder(), list[object]()
    calls = [ToolCall(f"c{n}", "record", f'{{"n":{n}}}') for n in range(3)]
    results = await run_calls(calls, {"record": recorder}, CONTEXT, said.append, lambda: bool(recorder.order))
    assert recorder.order == [0]
    assert [(visible_text(result), result.is_error) for result in results] == [
        ("0", False), (SKIPPED, True), (SKIPPED, True),
    ]  # fmt: skip
    assert len(said) == 2  # nothing is said of what never began
