"""Function tools of the caller, from OpenAI's own SDK to the model and back."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import openai
import pytest
from tests.running import TOKEN, Running, running_gateway
from tests.upstream import Answer, Call, Upstream

from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.tool import ToolContext, ToolResult

SCHEMA = {"type": "object", "properties": {"city": {"type": "string", "x-odd": [1, None]}}, "required": ["city"]}
WEATHER: Any = {
    "type": "function",
    "function": {"name": "weather", "description": "Tells it.", "parameters": SCHEMA, "strict": True},
}
TIME: Any = {"type": "function", "function": {"name": "time"}}
ASK: Any = {"role": "user", "content": "weather in Rome?"}
KEY = {"x-openclaw-session-key": "tools"}


@dataclass(frozen=True)
class Clock:
    """An agent's tool."""

    name: str = "clock"
    description: str = "Tells the time."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b'{"type":"object"}'))
    is_parallel: bool = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        return ToolResult.of_text("noon")


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway without tools of its own."""
    async with running_gateway(tmp_path, upstream) as running:
        yield running


@pytest.fixture
async def gateway_with_clock(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway whose agent has a clock."""
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"clock": Clock()})) as running:
        yield running


def sdk(gateway: Running) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=TOKEN, max_retries=0)


async def ask(gateway: Running, *turns: Any, **fields: Any) -> Any:
    """A completion by the SDK, not streamed."""
    async with sdk(gateway) as client:
        options = {"tools": [WEATHER]} | fields
        return await client.chat.completions.create(model="openclaw", messages=list(turns), **options)


async def stream(gateway: Running, *turns: Any, **fields: Any) -> Any:
    """The same, put together by the SDK from a stream."""
    options = {"tools": [WEATHER]} | fields
    async with (
        sdk(gateway) as client,
        client.chat.completions.stream(model="openclaw", messages=list(turns), **options) as events,
    ):
        return await events.get_final_completion()


async def test_tools_reach_the_model_as_they_are(gateway: Running, upstream: Upstream) -> None:
    """Schema, description and choice arrive unchanged, unknown keywords and all."""
    await ask(gateway, ASK, tools=[WEATHER, TIME], tool_choice="auto", parallel_tool_calls=False)
    sent = upstream.requests[0].json
    assert sent["tools"] == [WEATHER, TIME]
    assert sent.get("tool_choice", "auto") == "auto"
    assert sent["parallel_tool_calls"] is False


@pytest.mark.parametrize("way", [ask, stream])
async def test_calls_come_back_whole(gateway: Running, upstream: Upstream, way: Any) -> None:
    """Several calls with text before them come back with their ids and arguments, streamed in pieces or not."""
    calls = (Call("weather", ('{"ci', 'ty":"Rome"}'), "call_a"), Call("time", (), "call_b"))
    upstream.plan(Answer(("Let me see.",), calls=calls))
    completion = await way(gateway, ASK, tools=[WEATHER, TIME])
    choice = completion.choices[0]
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", "Let me see.")
    found = [(call.id, call.function.name, json.loads(call.function.arguments)) for call in choice.message.tool_calls]
    assert found == [("call_a", "weather", {"city": "Rome"}), ("call_b", "time", {})]


async def test_arguments_are_streamed_as_they_come(gateway: Running, upstream: Upstream) -> None:
    """The SDK hears of the call first and then of its arguments, piece by piece."""
    upstream.call("weather", '{"ci', 'ty":', '"Rome"}')
    async with sdk(gateway) as client:
        chunks = await client.chat.completions.create(model="openclaw", messages=[ASK], tools=[WEATHER], stream=True)
        deltas = [c.choices[0].delta.tool_calls[0] async for c in chunks if c.choices[0].delta.tool_calls]
    assert [deltas[0].id, deltas[0].function.name, deltas[0].function.arguments] == ["call_1", "weather", ""]
    assert "".join(delta.function.arguments for delta in deltas) == '{"city":"Rome"}'
    assert {delta.index for delta in deltas} == {0}


@pytest.mark.parametrize(
    ("headers", "is_resent"),
    [
        pytest.param({}, True, id="ephemeral, all resent"),
        pytest.param(KEY, True, id="stable, all resent"),
        pytest.param(KEY, False, id="stable, only the results"),
    ],
)
async def test_results_go_back(gateway: Running, upstream: Upstream, headers: dict[str, str], is_resent: bool) -> None:
    """Results, an empty one too, reach the model as the answers to their calls, and the chat goes on from there."""
    upstream.plan(
        Answer(calls=(Call("weather", ('{"city":"Rome"}',), "a"), Call("weather", ('{"city":"Oslo"}',), "b")))
    )
    first = await ask(gateway, ASK, extra_headers=headers)
    message = first.choices[0].message
    ids = [call.id for call in message.tool_calls]
    results = [
        {"role": "tool", "tool_call_id": ids[1], "content": ""},
        {"role": "tool", "tool_call_id": ids[0], "content": [{"type": "text", "text": "sunny"}]},
    ]
    past = [ASK, message.model_dump(exclude_none=True)] if is_resent else []
    upstream.say("Sunny.")
    second = await ask(gateway, *past, *results, extra_headers=headers)
    assert second.choices[0].message.content == "Sunny."
    said = upstream.requests[1].json["messages"][1:]
    assert [turn["role"] for turn in said] == ["user", "assistant", "tool", "tool"]
    assert [call["id"] for call in said[1]["tool_calls"]] == ids
    assert {turn["tool_call_id"]: turn["content"] for turn in said[2:]} == {ids[0]: "sunny", ids[1]: ""}
    if headers:
        assert len(await gateway.history("tools")) == 5
        await ask(gateway, {"role": "user", "content": "thanks"}, extra_headers=headers)
        assert len(upstream.requests[2].json["messages"]) == 1 + 6


async def test_legacy_functions_in_the_history(gateway: Running, upstream: Upstream) -> None:
    """Calls and results in the form before tools reach the model in today's form."""
    called = {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": "{}"}}
    await ask(gateway, ASK, called, {"role": "function", "name": "weather", "content": "rain"})
    _, _, call, result = upstream.requests[0].json["messages"]
    assert call["tool_calls"][0]["function"] == {"name": "weather", "arguments": "{}"}
    assert (result["role"], result["content"]) == ("tool", "rain")
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]


@pytest.mark.parametrize(
    "choice",
    [
        pytest.param("required", id="required"),
        pytest.param({"type": "function", "function": {"name": "weather"}}, id="named"),
    ],
)
class TestRequiredCalls:
    """`tool_choice` required, or naming a function."""

    async def test_is_passed_on(self, gateway: Running, upstream: Upstream, choice: Any) -> None:
        """The model is told, and its call is the answer."""
        upstream.call("weather", "{}")
        completion = await stream(gateway, ASK, tool_choice=choice)
        assert upstream.requests[0].json["tool_choice"] == choice
        assert completion.choices[0].message.tool_calls[0].function.name == "weather"

    @pytest.mark.parametrize("way", [ask, stream])
    async def test_unsatisfied_is_502(self, gateway: Running, upstream: Upstream, choice: Any, way: Any) -> None:
        """A model that only talks is a failure with its own status, in a stream too: nothing was sent yet."""
        upstream.say("I ", "would ", "rather ", "talk.")
        with pytest.raises(openai.InternalServerError) as failed:
            await way(gateway, ASK, tool_choice=choice)
        assert failed.value.status_code == 502
        assert failed.value.code == "tool_choice_unsatisfied"
        assert "tool_choice=required was not satisfied by the agent response" in failed.value.message


async def test_none_forbids_calls(gateway: Running, upstream: Upstream) -> None:
    """With `none` the model is told so, and a call all the same is no answer."""
    assert (await ask(gateway, ASK, tool_choice="none")).choices[0].message.content == "Hello."
    assert upstream.requests[0].json["tool_choice"] == "none"
    upstream.call("weather", "{}")
    with pytest.raises(openai.InternalServerError) as failed:
        await ask(gateway, ASK, tool_choice="none")
    assert failed.value.code == "tool_choice_unsatisfied"


async def test_none_leaves_the_agent_its_own_tools(gateway_with_clock: Running, upstream: Upstream) -> None:
    """With `none` the caller's tools are not offered, and the agent may use its own."""
    upstream.call("clock", "{}")
    upstream.say("It is noon.")
    completion = await ask(gateway_with_clock, ASK, tool_choice="none")
    assert completion.choices[0].message.content == "It is noon."
    sent = upstream.requests[0].json
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["clock"]
    assert sent.get("tool_choice", "auto") == "auto"


async def test_name_of_an_agents_tool_is_taken(gateway_with_clock: Running, upstream: Upstream) -> None:
    """A tool of the caller that bears the name of one of the agent's is refused by its place, before any model."""
    clash: Any = {"type": "function", "function": {"name": "clock"}}
    with pytest.raises(openai.BadRequestError) as refused:
        await ask(gateway_with_clock, ASK, tools=[WEATHER, clash])
    assert refused.value.param == "tools[1].function.name"
    assert upstream.requests == []


@pytest.mark.parametrize("way", [ask, stream])
async def test_own_tools_first(gateway_with_clock: Running, upstream: Upstream, way: Any) -> None:
    """A run uses the agent's tools first and ends in a call of the caller's; only that one is shown."""
    upstream.call("clock", "{}", call_id="own")
    upstream.call("weather", '{"city":"Rome"}', call_id="theirs")
    completion = await way(gateway_with_clock, ASK, tool_choice="required")
    assert [call.id for call in completion.choices[0].message.tool_calls] == ["theirs"]
    assert upstream.requests[1].json["messages"][-1] == {"role": "tool", "tool_call_id": "own", "content": "noon"}


async def test_both_in_one_reply(gateway_with_clock: Running, upstream: Upstream) -> None:
    """Of a reply that asks for both, the agent's call is run and the caller's handed over; then both are answered."""
    upstream.plan(Answer(calls=(Call("clock", (), "own"), Call("weather", ('{"city":"Rome"}',), "theirs"))))
    first = await ask(gateway_with_clock, ASK, extra_headers=KEY)
    message = first.choices[0].message
    assert [call.id for call in message.tool_calls] == ["theirs"]
    result = {"role": "tool", "tool_call_id": "theirs", "content": "sunny"}
    await ask(gateway_with_clock, ASK, message.model_dump(exclude_none=True), result, extra_headers=KEY)
    said = upstream.requests[1].json["messages"][2:]
    assert [call["id"] for call in said[0]["tool_calls"]] == ["own", "theirs"]
    assert {turn["tool_call_id"]: turn["content"] for turn in said[1:]} == {"own": "noon", "theirs": "sunny"}


async def test_broken_arguments_are_no_answer(gateway: Running, upstream: Upstream) -> None:
    """Arguments that are no JSON object are an error, not a call."""
    upstream.call("weather", "{city: Rome}")
    with pytest.raises(openai.InternalServerError) as failed:
        await ask(gateway, ASK)
    assert (failed.value.status_code, failed.value.code) == (502, "upstream_protocol")


async def test_broken_arguments_end_a_stream_as_an_error(gateway: Running, upstream: Upstream) -> None:
    """What was streamed already is followed by an error, and the SDK raises it instead of handing over the call."""
    upstream.call("time", "{city: ", "Rome}")
    with pytest.raises(openai.APIError) as failed:
        await stream(gateway, ASK, tools=[TIME])
    assert failed.value.code == "upstream_protocol"
