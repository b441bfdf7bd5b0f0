"""The scripted model, as client developers use it."""

from typing import Any

import pytest
from tests.models.asking import HI, catalog
from tests.models.feeding import join

from openclaw_gateway.messages import (
    AssistantMessage,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from openclaw_gateway.model_errors import ModelError, ModelRateLimited, ModelServerError, ModelTimeout
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.model import ModelEvent, ModelReply, ModelRequest
from openclaw_gateway.models.scripted import ScriptedModel, parse_script


async def ask(*messages: Message | str, script: Any = (), silence_s: float = 5) -> tuple[ModelReply, list[ModelEvent]]:
    said: list[ModelEvent] = []
    model = ScriptedModel("scripted", "demo", parse_script({"script": script}), silence_s=silence_s)
    chain = tuple(UserMessage(message) if isinstance(message, str) else message for message in messages)
    return await model.ask(ModelRequest((), chain), said.append), said


async def test_the_demo_says_that_it_is_one() -> None:
    """Without a script the answer names what was said, says that it is a demo, and what to set."""
    reply, said = await ask("What is  the\nweather?")
    assert reply.message.text.startswith('You said: "What is the weather?".')
    assert "demo" in reply.message.text
    assert "OPENAI_API_KEY" in reply.message.text
    assert len(said) > 10
    assert join(said) == [("text", reply.message.text)]
    assert reply.usage.estimated
    assert (await ask("What is  the\nweather?"))[0].message == reply.message


async def test_directives() -> None:
    """A message can ask for text, reasoning, calls, usage and a finish, in its order."""
    text = 'x [[think hm]] [[say Hello\\n  there]][[call look {"at": [1]}]] [[usage 100 20]]'
    reply, said = await ask(text)
    assert reply.message.content == (
        ThinkingPart("hm"),
        TextPart("Hello\n  there"),
        ToolCall("call_0_0", "look", '{"at": [1]}'),
    )
    assert (reply.finish_reason, reply.usage) == ("tool_calls", Usage(100, 20))
    assert [event[0] for event in join(said)] == ["reasoning", "text", "call", "arguments"]
    assert (await ask("[[say a]][[finish length]]"))[0].finish_reason == "length"


async def test_directives_over_tool_rounds() -> None:
    """`then` begins the answer to the tool results; after the last one the demo goes on."""
    question = UserMessage("[[call look {}]] [[then]] [[say seen]]")
    first, _ = await ask(question)
    result = ToolResultMessage(first.message.tool_calls[0].id, (TextPart("a cat"),), "look")
    second, _ = await ask(question, first.message, result)
    assert second.message.text == "seen"
    third, _ = await ask(question, first.message, result, second.message, result)
    assert 'The tool look answered: "a cat"' in third.message.text


@pytest.mark.parametrize(
    ("text", "kind", "retry_after_s"),
    [
        ("[[error 500 boom]]", ModelServerError, None),
        ("[[retry 2]] [[error 429 slow]]", ModelRateLimited, 2),
        ("[[error]]", ModelServerError, None),
        ("[[say a]] [[error 500 boom]]", ModelServerError, None),
    ],
)
async def test_errors(text: str, kind: type[ModelError], retry_after_s: float | None) -> None:
    """A message can ask for the error of any upstream status, also after text."""
    with pytest.raises(kind) as caught:
        await ask(text)
    assert caught.value.retry_after_s == retry_after_s


@pytest.mark.parametrize(("text", "limit"), [("[[hang]]", "first_token"), ("[[say a]][[hang]]", "idle")])
async def test_hanging_ends_as_with_a_server(text: str, limit: str) -> None:
    """Silence is ended by the limit that a real model's would be."""
    with pytest.raises(ModelTimeout) as caught:
        await ask(text, silence_s=0.01)
    assert caught.value.limit == limit


SCRIPT = [
    {"reasoning": "hm", "chunks": ["a", "b "], "delayMs": 1, "usage": {"input": 5, "output": 2, "cacheRead": 1}},
    {"toolCalls": [{"name": "look", "arguments": {"at": 1}}, {"name": "raw", "arguments": "{", "id": "x"}]},
    {"text": "cut", "finishReason": "length"},
    {"error": {"status": 429, "message": "slow", "retryAfter": 3}},
]


async def test_a_script_answers_turn_by_turn() -> None:
    """The n-th answer of a conversation is the n-th turn, and after the last comes the first."""
    chain: list[Message | str] = ["hi"]
    first, said = await ask(*chain, script=SCRIPT)
    assert first.message.content == (ThinkingPart("hm"), TextPart("ab "))
    assert first.usage == Usage(5, 2, cache_read=1)
    assert len(said) == 3
    chain.append(first.message)
    second, _ = await ask(*chain, script=SCRIPT)
    assert second.message.content == (ToolCall("call_1_0", "look", '{"at":1}'), ToolCall("x", "raw", "{"))
    chain.append(second.message)
    third, _ = await ask(*chain, script=SCRIPT)
    assert (third.message.text, third.finish_reason) == ("cut", "length")
    chain.append(third.message)
    with pytest.raises(ModelRateLimited, match="slow") as caught:
        await ask(*chain, script=SCRIPT)
    assert caught.value.retry_after_s == 3
    chain.append(AssistantMessage((TextPart("x"),)))
    assert (await ask(*chain, script=SCRIPT))[0].message == first.message


@pytest.mark.parametrize(
    "text",
    [
        "[[say " * 20_000,
        "[[" * 50_000,
        "]]" * 50_000,
        "[[say]]",
        "[[call]]",
        "[[usage x y]][[wait x]]",
        "[[finish no]]",
    ],
)
async def test_odd_directives_do_no_harm(text: str) -> None:
    """Half, empty and nonsensical directives are answered, and fast."""
    try:
        reply, _ = await ask(text)
    except ModelError:
        pytest.fail("an odd directive is no error")
    assert reply.finish_reason == "stop"


async def test_a_configured_script(client: HttpClient) -> None:
    """A provider of `api: scripted` takes its script from the model's params."""
    entry = {"id": "m", "params": {"script": [{"text": "scripted!"}]}}
    models = {"providers": {"test": {"api": "scripted", "models": [entry]}}}
    reply = await catalog(client, models=models).resolve("test/m").ask(HI, lambda event: None)
    assert (reply.message.text, reply.message.provider) == ("scripted!", "test")
