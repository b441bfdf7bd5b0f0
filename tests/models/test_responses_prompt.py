"""Requests as bytes, for OpenAI's responses."""

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
from openclaw_gateway.models.model import ModelRequest
from openclaw_gateway.models.responses_prompt import API, ResponsesForm, ResponsesPrompt

HI = UserMessage("hi")
IMAGE = ImagePart("image/png", "aGk=")
LOOK = ToolSpec("look", "Looks.", msgspec.Raw(b'{"type":"object","b":1,"a":2}'))
SHOWN = {"type": "input_image", "image_url": "data:image/png;base64,aGk=", "detail": "auto"}


def write(request: ModelRequest, form: ResponsesForm | None = None) -> dict[str, Any]:
    document = json.loads(ResponsesPrompt(form or ResponsesForm("m")).write(request))
    assert isinstance(document, dict)
    return document


def ask(*messages: Message, **fields: Any) -> ModelRequest:
    return ModelRequest(system=fields.pop("system", ()), messages=messages or (HI,), **fields)


def extra(**fields: str) -> Sampling:
    return Sampling(extra={name: msgspec.Raw(value.encode()) for name, value in fields.items()})


def test_the_least_request() -> None:
    """A request is a stream of which nothing is left at the provider."""
    assert write(ask(system=("a", "", "b"))) == {
        "model": "m",
        "stream": True,
        "instructions": "a\n\nb",
        "input": [{"type": "message", "role": "user", "content": "hi"}],
        "store": False,
    }


def test_a_conversation_is_items_in_their_order() -> None:
    """Text, images, calls and results are items; results without images are plain text."""
    items = write(
        ask(
            UserMessage((TextPart("look"), IMAGE)),
            AssistantMessage((TextPart("let me"), ToolCall("c 1", "look", '{"at":1}'), ToolCall("c2", "look", ""))),
            ToolResultMessage("c 1", (TextPart("seen"),)),
            ToolResultMessage("c2", (TextPart("this"), IMAGE)),
        )
    )["input"]
    assert items[0]["content"] == [{"type": "input_text", "text": "look"}, SHOWN]
    assert items[1] == {"type": "message", "role": "assistant", "content": "let me"}
    first, second = items[2:4]
    assert [(call["type"], call["name"], call["arguments"]) for call in (first, second)] == [
        ("function_call", "look", '{"at":1}'),
        ("function_call", "look", "{}"),
    ]
    assert items[4] == {"type": "function_call_output", "call_id": first["call_id"], "output": "seen"}
    assert items[5]["output"] == [{"type": "input_text", "text": "this"}, SHOWN]


def test_sealed_reasoning_goes_back_to_the_model_that_sealed_it() -> None:
    """It stands before what it led to, and is left out for other models and where nothing follows."""
    parts = (ThinkingPart("hm", "seal"), ThinkingPart("open"), ToolCall("c", "look", "{}"), ThinkingPart("", "last"))
    result = ToolResultMessage("c", (TextPart("1"),))
    sealed = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "hm"}],
        "encrypted_content": "seal",
    }
    own = write(ask(HI, AssistantMessage(parts, api=API, model="m"), result))["input"]
    assert [item["type"] for item in own] == ["message", "reasoning", "function_call", "function_call_output"]
    assert own[1] == sealed
    for foreign in (AssistantMessage(parts, api=API, model="n"), AssistantMessage(parts, api="ollama", model="m")):
        assert "reasoning" not in [item["type"] for item in write(ask(HI, foreign, result))["input"]]


def test_a_model_that_reasons_is_asked_for_its_reasoning() -> None:
    """Summary and seal are asked for where the entry says that the model reasons, and nowhere else."""
    asked = write(ask(sampling=extra(reasoning_effort='"low"')), ResponsesForm("m", can_think=True))
    assert asked["reasoning"] == {"effort": "low", "summary": "auto"}
    assert asked["include"] == ["reasoning.encrypted_content"]
    mapped = ResponsesForm("m", reasoning_efforts=(("low", "minimal"),))
    assert write(ask(sampling=extra(reasoning_effort='"low"')), mapped)["reasoning"] == {"effort": "minimal"}
    assert "include" not in write(ask())


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        ("auto", None, {}),
        ("auto", False, {"parallel_tool_calls": False}),
        ("none", None, {"tool_choice": "none"}),
        ("required", None, {"tool_choice": "required"}),
        ("=look", None, {"tool_choice": {"type": "function", "name": "look"}}),
    ],
)
def test_tools(choice: str, expected: dict[str, object], *, parallel: bool | None) -> None:
    """Tools reach the model unchanged; silence about strictness is said, because here it would mean strict."""
    request = ask(tools=(LOOK,), tool_choice=choice, parallel_tool_calls=parallel)
    assert b'"parameters":{"type":"object","b":1,"a":2},"strict":false' in ResponsesPrompt(ResponsesForm("m")).write(
        request
    )
    document = write(request)
    assert {name: document[name] for name in document if name in ("tool_choice", "parallel_tool_calls")} == expected


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        pytest.param(Sampling(0.5, 0.9, 10), {"temperature": 0.5, "top_p": 0.9, "max_output_tokens": 10}, id="sampler"),
        pytest.param(
            extra(response_format='{"type":"json_object"}'), {"text": {"format": {"type": "json_object"}}}, id="JSON"
        ),
        pytest.param(
            extra(
                response_format='{"type":"json_schema","json_schema":{"name":"n","schema":{"a":1}}}', verbosity='"low"'
            ),
            {"text": {"format": {"type": "json_schema", "name": "n", "schema": {"a": 1}}, "verbosity": "low"}},
            id="schema and verbosity",
        ),
        pytest.param(extra(store="true", seed="1"), {"store": True}, id="store, and a hint that is dropped"),
        pytest.param(extra(frequency_penalty="0", metadata='{"a":"b"}'), {"metadata": {"a": "b"}}, id="neutral"),
    ],
)
def test_fields(sampling: Sampling, expected: dict[str, object]) -> None:
    """Fields of chat completions are said in this interface's words, and what changes nothing is dropped."""
    plain = {"model", "stream", "input", "store"} - set(expected)
    assert {name: value for name, value in write(ask(sampling=sampling)).items() if name not in plain} == expected


@pytest.mark.parametrize(
    ("request_", "param"),
    [
        pytest.param(ask(sampling=Sampling(stop=("x",))), "stop", id="stop"),
        pytest.param(ask(sampling=extra(presence_penalty="1")), "presence_penalty", id="penalty"),
        pytest.param(ask(UserMessage((AudioPart("aGk=", "wav"),))), "messages", id="audio"),
    ],
)
def test_what_it_lacks_is_refused(request_: ModelRequest, param: str) -> None:
    """A request that this interface cannot express is refused by the field's name."""
    with pytest.raises(InvalidRequest) as refused:
        write(request_)
    assert refused.value.param == param


def test_images_need_a_model_that_sees() -> None:
    """An image is refused, not dropped, where the entry does not list it."""
    with pytest.raises(InvalidRequest, match="image"):
        write(ask(UserMessage((IMAGE,))), ResponsesForm("m", accepts_images=False))


def test_the_same_conversation_gives_the_same_bytes() -> None:
    """What is stored is written once and stays the beginning of every later request."""
    prompt = ResponsesPrompt(ResponsesForm("m"))
    stored = (UserMessage("a", 1), AssistantMessage((TextPart("b"),), 2))
    first = prompt.write(ask(*stored, HI))
    later = prompt.write(ask(*stored, UserMessage("hi", 3), AssistantMessage((TextPart("c"),), 4), HI))
    assert prompt.write(ask(*stored, HI)) == first
    assert later.startswith(first[: first.index(b"]")])
