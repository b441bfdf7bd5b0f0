"""What clients of `POST /v1/responses` may rely on, seen through OpenAI's own SDK."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import openai
import pydantic
import pytest
from tests.responding import LOOKUP, responding, responses_config
from tests.running import Running, eventually, running_gateway, texts_of
from tests.sse import parse_events
from tests.upstream import HANG, PAUSE, Answer, Upstream

from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.tool import ToolContext, ToolResult

Sdk = openai.AsyncOpenAI


class Waiter:
    """A tool that has nothing to do."""

    name = "wait"
    description = "Waits."
    parameters = msgspec.Raw(b'{"type":"object"}')
    is_parallel = False

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        return ToolResult.of_text("waited")


class City(pydantic.BaseModel):
    name: str
    people: int


@pytest.fixture
async def running(tmp_path: Path, upstream: Upstream) -> AsyncIterator[tuple[Running, Sdk]]:
    async with responding(tmp_path, upstream) as both:
        yield both


@pytest.fixture
def sdk(running: tuple[Running, Sdk]) -> Sdk:
    return running[1]


@pytest.fixture
def gateway(running: tuple[Running, Sdk]) -> Running:
    return running[0]


def sent(upstream: Upstream, place: int = -1) -> list[tuple[str, Any]]:
    """Role and content of the messages that the model was asked with, without the agent's own prompt."""
    return [(message["role"], message.get("content")) for message in upstream.requests[place].json["messages"][1:]]


@pytest.mark.parametrize(
    ("part", "key"),
    [
        pytest.param({"type": "input_image", "image_url": "https://pics.example/a.png"}, "images", id="image"),
        pytest.param({"type": "input_file", "file_url": "https://pics.example/a.csv"}, "files", id="file"),
    ],
)
async def test_p13_addresses_are_off_by_default(
    gateway: Running, upstream: Upstream, part: dict[str, str], key: str
) -> None:
    """Nothing is fetched unless the config says so, and the refusal names the key to set."""
    body = {"model": "openclaw", "input": [{"role": "user", "content": [part]}]}
    reply = await gateway.http.post("/v1/responses", json=body)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"]) == (400, f"{part['type'].removeprefix('input_')}_address_not_allowed")
    assert error["param"].startswith("input[0].content[0]")
    assert f"gateway.http.endpoints.responses.{key}.allowUrl" in error["message"]
    assert upstream.requests == []


# --- Answers ---------------------------------------------------------------------------------------------------------


async def test_plain_answer(sdk: Sdk, upstream: Upstream) -> None:
    """Text goes to the model as a user's message, and comes back as the output of a completed response."""
    upstream.say("Good ", "evening.", usage=(20, 3, 8))
    response = await sdk.responses.create(model="openclaw", input="hi", metadata={"ticket": "42"}, user="alice")
    assert (response.status, response.output_text, response.error) == ("completed", "Good evening.", None)
    assert response.id.startswith("resp_")
    assert [item.type for item in response.output] == ["message"]
    assert response.metadata == {"ticket": "42"}
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.output_tokens, response.usage.total_tokens) == (20, 3, 23)
    assert response.usage.input_tokens_details.cached_tokens == 8
    assert sent(upstream) == [("user", "hi")]


async def test_instructions_are_of_one_request(sdk: Sdk, upstream: Upstream) -> None:
    """Instructions join the system prompt of their request and are gone with the next one."""
    first = await sdk.responses.create(model="openclaw", input="hi", instructions="Speak Latin.")
    await sdk.responses.create(model="openclaw", input="and now", previous_response_id=first.id)
    prompts = [request.json["messages"][0]["content"] for request in upstream.requests]
    assert [prompt.endswith("Speak Latin.") for prompt in prompts] == [True, False]
    assert first.instructions == "Speak Latin."


async def test_stream_tells_everything_in_order(sdk: Sdk, upstream: Upstream) -> None:
    """Events come in OpenAI's order, numbered from 0 without a gap, and add up to the response at their end."""
    upstream.say("Good ", PAUSE, "evening.")
    events = []
    async with sdk.responses.stream(model="openclaw", input="hi") as stream:
        async for event in stream:
            events.append(event)
            if event.type == "response.output_text.delta":
                upstream.go_on()
        final = await stream.get_final_response()
    assert [event.type for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert final.output_text == "Good evening."


async def test_streamed_and_plain_are_the_same_response(sdk: Sdk, upstream: Upstream) -> None:
    """The response that ends a stream, the one that is answered whole, and the one retrieved later are alike."""
    upstream.plan(Answer(("Well.",), reasoning=("Hm.",)))
    asked: dict[str, Any] = {"model": "openclaw", "input": "hi", "reasoning": {"summary": "auto"}}
    stream = await sdk.responses.create(**asked, stream=True)
    completed = [event async for event in stream][-1]
    assert completed.type == "response.completed"
    retrieved = await sdk.responses.retrieve(completed.response.id)
    assert retrieved == completed.response
    upstream.plan(Answer(("Well.",), reasoning=("Hm.",)))
    plain = await sdk.responses.create(**asked)
    assert await sdk.responses.retrieve(plain.id) == plain
    assert [item.type for item in plain.output] == [item.type for item in retrieved.output] == ["reasoning", "message"]


async def test_reasoning_is_shown_to_those_who_ask(sdk: Sdk, upstream: Upstream) -> None:
    """A summary that was asked for comes as an item of its own with its own events; otherwise nothing of it comes."""
    for _ in range(2):
        upstream.plan(Answer(("Well.",), reasoning=("Hm", ", yes.")))
    silent = await sdk.responses.create(model="openclaw", input="hi", reasoning={"effort": "low"})
    assert [item.type for item in silent.output] == ["message"]
    assert upstream.requests[0].json["reasoning_effort"] == "low"
    stream = await sdk.responses.create(model="openclaw", input="hi", reasoning={"summary": "auto"}, stream=True)
    events = [event async for event in stream]
    deltas = [event.delta for event in events if event.type == "response.reasoning_summary_text.delta"]
    assert "".join(deltas) == "Hm, yes."
    assert [event.type for event in events if event.type != "response.reasoning_summary_text.delta"][2:7] == [
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
    ]


async def test_parsed_answer(sdk: Sdk, upstream: Upstream) -> None:
    """`parse` sends its schema to the model as it is and reads the answer into its type."""
    upstream.say('{"name":"Ulm",', '"people":126000}')
    response = await sdk.responses.parse(model="openclaw", input="a city", text_format=City)
    assert response.output_parsed == City(name="Ulm", people=126000)
    wanted = upstream.requests[0].json["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["name"] == "City"
    assert wanted["json_schema"]["strict"] is True
    assert set(wanted["json_schema"]["schema"]["properties"]) == {"name", "people"}


async def test_answer_that_was_cut_is_incomplete(sdk: Sdk, upstream: Upstream) -> None:
    """A length limit makes the response incomplete and says which limit it was."""
    upstream.plan(Answer(("Once upon",), finish="length"))
    response = await sdk.responses.create(model="openclaw", input="hi", max_output_tokens=2)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output_text == "Once upon"
    assert upstream.requests[0].json["max_tokens"] == 2


async def test_visible_work_disturbs_no_sdk(tmp_path: Path, upstream: Upstream) -> None:
    """Who asks to see the agent's tools gets events of their own, which the SDK's helper passes over."""
    upstream.call("wait", '{"for":"it"}', call_id="call_9")
    upstream.plan(Answer(("Done.",), reasoning=("Hm.",)))
    options = GatewayOptions(tools={"wait": Waiter()})
    headers = {"x-openclaw-events": "tools,reasoning"}
    async with responding(tmp_path, upstream, options=options) as (gateway, sdk):
        async with sdk.responses.stream(model="openclaw", input="hi", extra_headers=headers) as stream:
            response = await stream.get_final_response()
        assert response.output_text == "Done."
        assert [item.type for item in response.output] == ["reasoning", "message"]
        upstream.call("wait", "{}")
        body = {"model": "openclaw", "input": "hi", "stream": True}
        reply = await gateway.http.post("/v1/responses", json=body, headers=headers)
    tools = [event.json["openclaw"] for event in parse_events(reply.text) if event.name == "openclaw.tool"]
    assert [tool["phase"] for tool in tools] == ["started", "finished"]


# --- Tools of the caller ---------------------------------------------------------------------------------------------


async def test_function_round_trip(sdk: Sdk, upstream: Upstream) -> None:
    """A call of the caller's function ends the response; its output, sent after it, reaches the model as a result."""
    upstream.call("lookup", '{"wo', 'rd":"x"}')
    response = await sdk.responses.create(model="openclaw", input="what is x", tools=[LOOKUP])
    (call,) = response.output
    assert call.type == "function_call"
    assert (call.name, call.arguments, call.status) == ("lookup", '{"word":"x"}', "completed")
    upstream.say("It is 42.")
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "42"}
    answer = await sdk.responses.create(
        model="openclaw", input=[output], tools=[LOOKUP], previous_response_id=response.id
    )
    assert answer.output_text == "It is 42."
    said = upstream.requests[1].json["messages"][1:]
    assert [message["role"] for message in said] == ["user", "assistant", "tool"]
    assert said[1]["tool_calls"][0]["function"] == {"name": "lookup", "arguments": '{"word":"x"}'}
    assert said[2]["content"] == "42"
    shown = upstream.requests[0].json["tools"][-1]["function"]
    assert (shown["name"], shown["parameters"]) == ("lookup", LOOKUP["parameters"])


async def test_stateless_round_trip(sdk: Sdk, upstream: Upstream) -> None:
    """Who keeps the conversation and sends its items back as they came is understood, with nothing stored."""
    upstream.plan(Answer(("Let me see.",)))
    history: list[Any] = [{"role": "user", "content": "what is x"}]
    first = await sdk.responses.create(model="openclaw", input=history, store=False)
    history += [item.model_dump(exclude_none=True) for item in first.output]
    history.append({"role": "user", "content": [{"type": "input_text", "text": "well?"}]})
    upstream.call("lookup", "{}")
    second = await sdk.responses.create(model="openclaw", input=history, tools=[LOOKUP], store=False)
    history += [item.model_dump(exclude_none=True) for item in second.output]
    history.append({"type": "function_call_output", "call_id": "call_1", "output": ""})
    await sdk.responses.create(model="openclaw", input=history, tools=[LOOKUP], store=False)
    assert [role for role, _ in sent(upstream)] == ["user", "assistant", "user", "assistant", "tool"]


async def test_streamed_call(sdk: Sdk, upstream: Upstream) -> None:
    """Arguments come as deltas and once whole, before the item is done."""
    upstream.call("lookup", '{"wo', 'rd":"x"}')
    stream = await sdk.responses.create(model="openclaw", input="hi", tools=[LOOKUP], stream=True)
    events = [event async for event in stream]
    types = [event.type for event in events]
    assert types[2] == "response.output_item.added"
    assert types[-3:] == [
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.completed",
    ]
    deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert "".join(deltas) == '{"word":"x"}'


async def test_name_of_an_own_tool_is_refused(tmp_path: Path, upstream: Upstream) -> None:
    """A tool that bears the name of one of the agent's is refused where the request has it, and leaves no response."""
    async with responding(tmp_path, upstream, options=GatewayOptions(tools={"wait": Waiter()})) as (gateway, sdk):
        with pytest.raises(openai.BadRequestError) as refused:
            await sdk.responses.create(model="openclaw", input="hi", tools=[{**LOOKUP, "name": "wait"}])
        assert refused.value.param == "tools[0].name"
        await gateway.gateway.services.store.close()
    database = sqlite3.connect(tmp_path / "state" / "sessions.sqlite")
    assert database.execute("SELECT count(*) FROM response").fetchone() == (0,)
    database.close()


async def test_required_call_that_does_not_come(sdk: Sdk, upstream: Upstream) -> None:
    """A tool that was required and not called is a 502, in a stream too."""
    for is_stream in (False, True):
        upstream.say("No.")
        with pytest.raises(openai.APIStatusError) as refused:
            await sdk.responses.create(
                model="openclaw", input="hi", tools=[LOOKUP], tool_choice="required", stream=is_stream
            )
        assert refused.value.status_code == 502
        assert refused.value.code == "tool_choice_unsatisfied"


# --- Sessions --------------------------------------------------------------------------------------------------------


async def test_previous_response_is_what_is_gone_on_from(sdk: Sdk, upstream: Upstream) -> None:
    """Each response can be gone on from, again and again, and the model sees what was said up to it."""
    upstream.say("one")
    first = await sdk.responses.create(model="openclaw", input="a")
    upstream.say("two")
    second = await sdk.responses.create(model="openclaw", input="b", previous_response_id=first.id)
    assert second.previous_response_id == first.id
    upstream.say("three")
    await sdk.responses.create(model="openclaw", input="c", previous_response_id=first.id)
    upstream.say("four")
    await sdk.responses.create(model="openclaw", input="d", previous_response_id=second.id)
    assert sent(upstream, 2) == [("user", "a"), ("assistant", "one"), ("user", "c")]
    assert sent(upstream, 3) == [
        ("user", "a"), ("assistant", "one"), ("user", "b"), ("assistant", "two"), ("user", "d"),
    ]  # fmt: skip
    assert (await sdk.responses.retrieve(second.id)).output_text == "two"


async def test_response_that_grows_can_be_gone_on_from(sdk: Sdk, upstream: Upstream) -> None:
    """A turn after a response that is not complete yet waits for it and sees it whole."""
    upstream.say("one", PAUSE, " two")
    begun = await sdk.responses.create(model="openclaw", input="a", background=True)
    await upstream.wait_requests()
    following = asyncio.create_task(sdk.responses.create(model="openclaw", input="b", previous_response_id=begun.id))
    upstream.go_on()
    assert (await following).previous_response_id == begun.id
    assert sent(upstream) == [("user", "a"), ("assistant", "one two"), ("user", "b")]


async def test_response_that_left_nothing_cannot_be_gone_on_from(sdk: Sdk, upstream: Upstream) -> None:
    """A turn after a response that failed before anything of it was kept is a 404, and not an answer without past."""
    upstream.fail(401, "bad key")
    with pytest.raises(openai.APIStatusError) as failed:
        await sdk.responses.create(model="openclaw", input="a")
    previous = f"resp_{failed.value.response.headers['x-openclaw-run-id']}"
    assert (await sdk.responses.retrieve(previous)).status == "failed"
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.create(model="openclaw", input="b", previous_response_id=previous)


async def test_chain_goes_on_after_a_restart(tmp_path: Path, upstream: Upstream) -> None:
    """What a response was answered with and gone on from survives a restart, and its session is in no list."""
    upstream.say("one")
    async with responding(tmp_path, upstream) as (_, sdk):
        first = await sdk.responses.create(model="openclaw", input="a")
    async with responding(tmp_path, upstream) as (gateway, sdk):
        assert await sdk.responses.retrieve(first.id) == first
        await sdk.responses.create(model="openclaw", input="b", previous_response_id=first.id)
        assert sent(upstream) == [("user", "a"), ("assistant", "one"), ("user", "b")]
        assert await gateway.gateway.services.store.session_count() == 0


@pytest.mark.parametrize(
    ("fields", "headers"),
    [
        pytest.param({"previous_response_id": "resp_01890000-0000-7000-8000-000000000000"}, {}, id="unknown"),
        pytest.param({"previous_response_id": "chatcmpl_1"}, {}, id="not an id of ours"),
        pytest.param({"user": "somebody else"}, {}, id="another user"),
        pytest.param({}, {"x-openclaw-session-key": "other"}, id="another session"),
        pytest.param({"model": "openclaw/ops"}, {}, id="another agent"),
    ],
)
async def test_foreign_previous_response_is_passed_over(
    tmp_path: Path, upstream: Upstream, fields: dict[str, str], headers: dict[str, str]
) -> None:
    """A previous response that does not fit the request is not gone on from, and the answer says so."""
    agents = {"defaults": {"model": "up/tiny"}, "list": [{"id": "main"}, {"id": "ops"}]}
    async with responding(tmp_path, upstream, agents=agents) as (_, sdk):
        first = await sdk.responses.create(model="openclaw", input="a", user="alice")
        asked: dict[str, Any] = {"model": "openclaw", "previous_response_id": first.id, **fields}
        response = await sdk.responses.create(**asked, input="b", extra_headers=headers)
        assert response.previous_response_id is None
        assert sent(upstream) == [("user", "b")]


@pytest.mark.parametrize(
    ("fields", "key", "source"),
    [
        pytest.param({"user": "Alice:1"}, "agent:main:openresponses-user:alice:1", "user", id="user"),
        pytest.param(
            {"conversation": "conv_1"}, "agent:main:openresponses-chat:conv_1", "conversation", id="conversation"
        ),
        pytest.param(
            {"conversation": {"id": "conv_1"}, "user": "x"},
            "agent:main:openresponses-chat:conv_1",
            "conversation",
            id="conversation as an object",
        ),
    ],
)
async def test_named_sessions(
    sdk: Sdk, gateway: Running, upstream: Upstream, fields: dict[str, Any], key: str, source: str
) -> None:
    """A user or a conversation names a session that later requests go on with."""
    for text in ("a", "b"):
        raw = await sdk.responses.with_raw_response.create(model="openclaw", input=text, **fields)
        assert raw.headers["x-openclaw-session-key"] == key
        assert raw.headers["x-openclaw-session-source"] == source
    assert [role for role, _ in sent(upstream)] == ["user", "assistant", "user"]
    assert texts_of(await gateway.history(key))[0] == ("user", "a")


async def test_unstored_response_leaves_nothing(sdk: Sdk, gateway: Running) -> None:
    """With `store: false` neither the response nor what was said can be found again."""
    raw = await sdk.responses.with_raw_response.create(model="openclaw", input="a", store=False)
    response = raw.parse()
    with pytest.raises(openai.NotFoundError):
        await sdk.responses.retrieve(response.id)
    store = gateway.gateway.services.store
    await store.responses.find("after what was handed over", "")
    assert await store.read(raw.headers["x-openclaw-session-key"]) is None
    again = await sdk.responses.create(model="openclaw", input="b", previous_response_id=response.id)
    assert again.previous_response_id is None


# --- In the background -----------------------------------------------------------------------------------------------


async def finished(sdk: Sdk, response_id: str) -> Any:
    """The response once it is over, by asking for it again and again."""
    async with asyncio.timeout(10):
        response = await sdk.responses.retrieve(response_id)
        while response.status in ("queued", "in_progress"):
            response = await sdk.responses.retrieve(response_id)
    return response


async def test_background_response_is_fetched_later(sdk: Sdk, upstream: Upstream) -> None:
    """A background response is acknowledged at once, shows what there is while it grows, and is whole in the end."""
    upstream.say("first", PAUSE, " second")
    begun = await sdk.responses.create(model="openclaw", input="hi", background=True)
    assert begun.status in ("queued", "in_progress")
    assert begun.background
    async with asyncio.timeout(10):
        while (seen := await sdk.responses.retrieve(begun.id)).output_text != "first":
            assert seen.status in ("queued", "in_progress")
    upstream.go_on()
    response = await finished(sdk, begun.id)
    assert (response.status, response.output_text) == ("completed", "first second")


async def test_background_stream_is_picked_up_again(sdk: Sdk, upstream: Upstream) -> None:
    """A stream that was left goes on behind the number that its reader names, with nothing missing or twice."""
    upstream.say("first", PAUSE, " second")
    stream = await sdk.responses.create(model="openclaw", input="hi", background=True, stream=True)
    numbers, texts, response_id = [], [], ""
    async for event in stream:
        numbers.append(event.sequence_number)
        if event.type == "response.created":
            response_id = event.response.id
        if event.type == "response.output_text.delta":
            texts.append(event.delta)
            break
    await stream.close()
    rest = await sdk.responses.retrieve(response_id, stream=True, starting_after=numbers[-1])
    upstream.go_on()
    async for event in rest:
        numbers.append(event.sequence_number)
        if event.type == "response.output_text.delta":
            texts.append(event.delta)
    assert numbers == list(range(len(numbers)))
    assert "".join(texts) == "first second"
    assert event.type == "response.completed"


async def test_background_response_is_cancelled(sdk: Sdk, upstream: Upstream) -> None:
    """Cancelling ends the run down to the model's server; the response is cancelled, then and later."""
    upstream.say("part", HANG)
    begun = await sdk.responses.create(model="openclaw", input="hi", background=True)
    await upstream.wait_requests()
    cancelled = await sdk.responses.cancel(begun.id)
    await upstream.wait_cut()
    assert (cancelled.status, cancelled.error) == ("cancelled", None)
    assert (await finished(sdk, begun.id)).status == "cancelled"
    assert (await sdk.responses.cancel(begun.id)).status == "cancelled"


@pytest.mark.parametrize("is_stream", [pytest.param(False, id="polled"), pytest.param(True, id="streamed")])
async def test_background_failure_is_told(sdk: Sdk, upstream: Upstream, is_stream: bool) -> None:
    """A background response that fails says why, in its stream as the last event."""
    upstream.fail(401, "bad key")
    if is_stream:
        stream = await sdk.responses.create(model="openclaw", input="hi", background=True, stream=True)
        with pytest.raises(openai.APIError, match="up/tiny"):
            _ = [event async for event in stream]
        return
    begun = await sdk.responses.create(model="openclaw", input="hi", background=True)
    response = await finished(sdk, begun.id)
    assert response.status == "failed"
    assert response.error is not None
    assert response.error.code == "upstream_auth"


async def test_background_response_after_the_gateway_ended(tmp_path: Path, upstream: Upstream) -> None:
    """A background response that the gateway could not finish is failed after its restart, and says why."""
    upstream.say("part", HANG)
    async with responding(tmp_path, upstream, options=GatewayOptions(drain_budget_s=0.0)) as (_, sdk):
        begun = await sdk.responses.create(model="openclaw", input="hi", background=True)
        await upstream.wait_requests()
    async with responding(tmp_path, upstream) as (_, sdk):
        response = await sdk.responses.retrieve(begun.id)
        assert response.status == "failed"
        assert response.error is not None
        assert response.error.code == "shutting_down"


# --- Errors ----------------------------------------------------------------------------------------------------------


async def test_failure_has_its_status(sdk: Sdk, upstream: Upstream) -> None:
    """A run that fails is answered with its own status, streamed or not."""
    for is_stream in (False, True):
        for _ in range(8):
            upstream.fail(401, "bad key")
        with pytest.raises(openai.APIStatusError) as refused:
            await sdk.responses.create(model="openclaw", input="hi", stream=is_stream)
        assert (refused.value.status_code, refused.value.code) == (502, "upstream_auth")
        upstream.forget_plans()


async def test_failure_in_the_middle_of_a_stream(gateway: Running, upstream: Upstream) -> None:
    """A stream that breaks off tells an error, then the failed response with what was said, then its end."""
    upstream.cut_mid_stream("part")
    body = {"model": "openclaw", "input": "hi", "stream": True}
    reply = await gateway.http.post("/v1/responses", json=body)
    names = [line[len("event: ") :] for line in reply.text.splitlines() if line.startswith("event: ")]
    assert reply.status_code == 200
    assert names[-2:] == ["error", "response.failed"]
    assert reply.text.endswith("data: [DONE]\n\n")
    failed = json.loads([line for line in reply.text.splitlines() if line.startswith("data: {")][-1][len("data: ") :])
    assert failed["response"]["status"] == "failed"
    assert failed["response"]["error"]["code"] == "upstream_unreachable"
    assert failed["response"]["output"][0]["content"][0]["text"] == "part"
    assert failed["response"]["output"][0]["status"] == "incomplete"


async def test_client_that_leaves_ends_the_run(sdk: Sdk, upstream: Upstream) -> None:
    """A response that is not in the background ends when its client leaves."""
    upstream.say("part", HANG)
    stream = await sdk.responses.create(model="openclaw", input="hi", stream=True)
    async for event in stream:
        if event.type == "response.output_text.delta":
            break
    await stream.close()
    await upstream.wait_cut()


async def test_disabled_endpoint_names_its_key(tmp_path: Path, upstream: Upstream) -> None:
    """Until it is turned on, every path of the endpoint is a 404 that says how."""
    config = responses_config(upstream)
    config["gateway"]["http"]["endpoints"]["responses"] = {"enabled": False}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        for path in ("/v1/responses", "/v1/responses/resp_1/cancel"):
            reply = await gateway.http.post(path, json={"model": "openclaw", "input": "hi"})
            assert reply.status_code == 404
            assert "gateway.http.endpoints.responses.enabled" in reply.json()["error"]["message"]


async def test_disk_that_cannot_be_written(sdk: Sdk, gateway: Running, upstream: Upstream) -> None:
    """A response that cannot be stored is not given: the request fails, and its run ends."""
    upstream.say("part", HANG)
    await gateway.gateway.services.store.close()
    with pytest.raises(openai.APIStatusError) as refused:
        await sdk.responses.create(model="openclaw", input="hi")
    assert (refused.value.status_code, refused.value.code) == (503, "storage_unavailable")
    await eventually(lambda: not gateway.gateway.services.runs.live)


# --- Clients that come back ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_stream", [pytest.param(False, id="json"), pytest.param(True, id="stream")])
async def test_same_key_gets_the_same_response(gateway: Running, upstream: Upstream, is_stream: bool) -> None:
    """A request that is sent again with its key gets the bytes of the first answer; the model is asked once."""
    body = {"model": "openclaw", "input": "hi", "stream": is_stream}
    headers = {"idempotency-key": "order-66"}
    first = await gateway.http.post("/v1/responses", json=body, headers=headers)
    again = await gateway.http.post("/v1/responses", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content
    assert len(upstream.requests) == 1


async def test_stream_goes_on_behind_any_event(gateway: Running, upstream: Upstream) -> None:
    """`Last-Event-ID` brings exactly what follows that event, also within several that came at once."""
    upstream.say("Good ", "evening.")
    body = {"model": "openclaw", "input": "hi", "stream": True}
    headers = {"idempotency-key": "order-66"}
    events = parse_events((await gateway.http.post("/v1/responses", json=body, headers=headers)).text)
    for place, event in enumerate(events[:-1]):
        if event.id:
            again = await gateway.http.post("/v1/responses", json=body, headers={**headers, "last-event-id": event.id})
            assert parse_events(again.text) == events[place + 1 :]
    assert len(upstream.requests) == 1
