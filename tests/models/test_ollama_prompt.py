"""Requests as bytes, for Ollama."""

import json
from typing import Any

import msgspec
import pytest

from openclaw_gateway.asking import Sampling, ToolSpec
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import (
    AssistantMessage,
    AudioPart,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from openclaw_gateway.models.conversation import IMAGES_LEFT_OUT, IMAGES_RETURNED
from openclaw_gateway.models.model import ModelRequest
from openclaw_gateway.models.ollama_prompt import API, OllamaForm, OllamaPrompt

HI = UserMessage("hi")
IMAGE = ImagePart("image/png", "aGk=")
LOOK = ToolSpec("look", "Looks.", msgspec.Raw(b'{"type":"object"}'))
FIND = ToolSpec("find", None, None)


def write(request: ModelRequest, form: OllamaForm | None = None) -> dict[str, Any]:
    document = json.loads(OllamaPrompt(form or OllamaForm("m")).write(request))
    assert isinstance(document, dict)
    return document


def ask(*messages: Message, **fields: Any) -> ModelRequest:
    return ModelRequest(system=fields.pop("system", ()), messages=messages or (HI,), **fields)


def extra(**fields: str) -> Sampling:
    return Sampling(extra={name: msgspec.Raw(value.encode()) for name, value in fields.items()})


def test_the_least_request() -> None:
    """A request is a stream, and nothing that nobody asked for."""
    assert write(ask(system=("a", "b"))) == {
        "model": "m",
        "stream": True,
        "messages": [{"role": "system", "content": "a\n\nb"}, {"role": "user", "content": "hi"}],
    }


def test_the_window_is_always_sent() -> None:
    """Without it the server would drop what is beyond its own short one, and say nothing."""
    assert write(ask(), OllamaForm("m", context_tokens=32_000))["options"] == {"num_ctx": 32_000}
    own = (("num_ctx", b"9"), ("options", b'{"num_ctx":16000,"mirostat":1}'), ("temperature", b"0.1"))
    options = write(ask(), OllamaForm("m", context_tokens=32_000, defaults=own))["options"]
    assert options == {"num_ctx": 16_000, "mirostat": 1, "temperature": 0.1}


def test_a_conversation() -> None:
    """Images stand beside the text, arguments are objects, results name their tool and call."""
    parts = (
        ThinkingPart("hm"),
        TextPart("let me"),
        ToolCall("c 1", "look", '{"at":1}'),
        ToolCall("c2", "look", "no JSON"),
    )
    messages = write(
        ask(
            UserMessage((TextPart("look"), TextPart("here"), IMAGE)),
            AssistantMessage(parts, api=API),
            ToolResultMessage("c 1", (TextPart("seen"), IMAGE), "look"),
            ToolResultMessage("c2", (TextPart("too"),), "look"),
            HI,
        )
    )["messages"]
    assert messages[0] == {"role": "user", "content": "look\nhere", "images": ["aGk="]}
    assert (messages[1]["content"], messages[1]["thinking"]) == ("let me", "hm")
    first, second = messages[1]["tool_calls"]
    assert [call["function"]["arguments"] for call in (first, second)] == [{"at": 1}, {}]
    assert messages[2] == {"role": "tool", "content": "seen", "tool_name": "look", "tool_call_id": first["id"]}
    assert messages[4] == {"role": "user", "content": IMAGES_RETURNED, "images": ["aGk="]}
    assert messages[5] == {"role": "user", "content": "hi"}


def test_thinking_of_others_is_not_shown() -> None:
    """What another provider's model thought does not go to this one, nor what led to no call."""
    call = ToolCall("c", "look", "{}")
    foreign = AssistantMessage((ThinkingPart("hm"), call), api="openai-completions")
    talk = AssistantMessage((ThinkingPart("hm"), TextPart("42")), api=API)
    messages = write(ask(HI, foreign, ToolResultMessage("c", (TextPart("1"),)), talk, HI))["messages"]
    assert not any("thinking" in message for message in messages)


def test_a_blind_model_is_told_of_returned_images() -> None:
    """An image of a tool becomes a sentence, one of the user is refused."""
    blind = OllamaForm("m", accepts_images=False)
    call = AssistantMessage((ToolCall("c", "look", "{}"),))
    messages = write(ask(HI, call, ToolResultMessage("c", (IMAGE,))), blind)["messages"]
    assert messages[-1] == {"role": "user", "content": IMAGES_LEFT_OUT}
    with pytest.raises(InvalidRequest, match="image"):
        write(ask(UserMessage((IMAGE,))), blind)


@pytest.mark.parametrize(
    ("choice", "names"),
    [("auto", ["look", "find"]), ("none", None), ("required", ["look", "find"]), ("=find", ["find"])],
)
def test_tools(choice: str, names: list[str] | None) -> None:
    """There is no choice here: forbidden tools are not shown, a named one is shown alone."""
    tools = write(ask(tools=(LOOK, FIND), tool_choice=choice)).get("tools")
    assert (None if tools is None else [tool["function"]["name"] for tool in tools]) == names
    assert tools is None or all(tool["function"]["parameters"]["type"] == "object" for tool in tools)


def test_a_model_without_tools() -> None:
    """It is not shown any, and one that is required is refused."""
    bare = OllamaForm("m", sends_tools=False)
    assert "tools" not in write(ask(tools=(LOOK,)), bare)
    with pytest.raises(InvalidRequest, match="tools"):
        write(ask(tools=(LOOK,), tool_choice="required"), bare)


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        pytest.param(
            Sampling(0.5, 0.9, 10, ("x",), {"seed": msgspec.Raw(b"7")}),
            {"options": {"temperature": 0.5, "top_p": 0.9, "num_predict": 10, "stop": ["x"], "seed": 7}},
            id="sampler",
        ),
        pytest.param(extra(response_format='{"type":"json_object"}'), {"format": "json"}, id="JSON"),
        pytest.param(extra(response_format='{"type":"text"}'), {}, id="text"),
        pytest.param(
            extra(response_format='{"type":"json_schema","json_schema":{"name":"n","schema":{"a":1}}}'),
            {"format": {"a": 1}},
            id="schema",
        ),
        pytest.param(extra(reasoning_effort='"high"'), {"think": True}, id="effort"),
        pytest.param(extra(reasoning_effort='"none"'), {"think": False}, id="no effort"),
        pytest.param(extra(metadata='{"a":"b"}', logit_bias="{}"), {}, id="hints and neutral values"),
    ],
)
def test_fields(sampling: Sampling, expected: dict[str, object]) -> None:
    """OpenAI's fields are said in Ollama's words, and what changes nothing is dropped."""
    document = write(ask(sampling=sampling), OllamaForm("m", can_think=True))
    assert {name: document[name] for name in document if name not in ("model", "stream", "messages")} == expected


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        pytest.param(ask(sampling=extra(logit_bias='{"1":1}')), "logit_bias", id="bias"),
        pytest.param(ask(UserMessage((AudioPart("aGk=", "wav"),))), "messages", id="audio"),
    ],
)
def test_what_it_lacks_is_refused(request_: ModelRequest, param: str) -> None:
    """A request that Ollama cannot express is refused by the field's name."""
    with pytest.raises(InvalidRequest) as refused:
        write(request_)
    assert refused.value.param == param


def test_the_same_conversation_gives_the_same_bytes() -> None:
    """What is stored is written once and stays the beginning of every later request."""
    prompt = OllamaPrompt(OllamaForm("m"))
    stored = (UserMessage("a", 1), AssistantMessage((TextPart("b"),), 2))
    first = prompt.write(ask(*stored, HI))
    later = prompt.write(ask(*stored, UserMessage("hi", 3), AssistantMessage((TextPart("c"),), 4), HI))
    assert prompt.write(ask(*stored, HI)) == first
    assert later.startswith(first[: first.index(b"]")])
