"""Requests as bytes, for OpenAI and for those who imitate it."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from openclaw_gateway.models.conversation import IMAGES_LEFT_OUT
from openclaw_gateway.models.model import ModelRequest
from openclaw_gateway.models.openai_prompt import OpenAiForm, OpenAiPrompt

HI = UserMessage("hi")
IMAGE = ImagePart("image/png", "aGk=", "low")
LOOK = ToolSpec("look", "Looks.", msgspec.Raw(b'{"type":"object","b":1,"a":2}'), strict=True)


def write(request: ModelRequest, form: OpenAiForm | None = None) -> dict[str, Any]:
    document = json.loads(OpenAiPrompt(form or OpenAiForm("m")).write(request))
    assert isinstance(document, dict)
    return document


def ask(*messages: Message, **fields: Any) -> ModelRequest:
    return ModelRequest(system=fields.pop("system", ()), messages=messages or (HI,), **fields)


# What a session may hold, each as it is stored; and what a client may send, which is not.
STORED = [
    UserMessage("hi", 1),
    UserMessage((TextPart("see"), IMAGE), 1),
    AssistantMessage((TextPart("ho"),), 1),
    AssistantMessage((), 1),
    AssistantMessage((ToolCall("c1", "look", "{}"), ToolCall("c2", "look", "{}")), 1),
    ToolResultMessage("c1", (TextPart("seen"),), "look", timestamp=1),
    ToolResultMessage("c2", (TextPart("seen"), IMAGE), "look", timestamp=1),
]
SENT = [msgspec.structs.replace(message, timestamp=0) for message in STORED]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 12),
            st.lists(st.sampled_from(STORED), max_size=5),
            st.lists(st.sampled_from(SENT), min_size=1, max_size=3),
        ),
        max_size=8,
    ),
    st.sampled_from([(), ("Be brief.",)]),
    st.sampled_from([1, 300, 10_000]),
)
def test_a_conversation_reads_the_same_however_it_grew(
    turns: list[tuple[int, list[Message], list[Message]]], system: tuple[str, ...], max_kept_bytes: int
) -> None:
    """What was written of earlier turns changes no byte: of a session that grows, is cut and branches, or is new."""
    prompt = OpenAiPrompt(OpenAiForm("m"), max_kept_bytes=max_kept_bytes)
    path: list[Message] = []
    for keep, stored, sent in turns:
        path[keep:] = stored
        request = ask(*path, *sent, system=system)
        body = prompt.write(request)
        assert body == OpenAiPrompt(OpenAiForm("m")).write(request)
        assert isinstance(json.loads(body), dict)


def test_the_least_request() -> None:
    """A request asks for a stream and for usage, and nothing that the caller did not ask for."""
    assert write(ask()) == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "hi"}],
    }


def test_roles_stay_roles() -> None:
    """System, user, assistant and tool messages reach the model as what they are; reasoning is not sent back."""
    calls = (ThinkingPart("hm", "sig"), TextPart("let me look"), ToolCall("c1", "look", '{"at":1}'))
    result = ToolResultMessage("c1", (TextPart("seen"),), "look")
    messages = write(ask(HI, AssistantMessage(calls), result, UserMessage("and?", name="ann"), system=("a", "", "b")))
    assert messages["messages"] == [
        {"role": "system", "content": "a\n\nb"},
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": "let me look",
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at":1}'}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "seen"},
        {"role": "user", "content": "and?", "name": "ann"},
    ]


def test_a_call_without_text_has_text_all_the_same() -> None:
    """`content` is never null: some servers refuse it."""
    call = AssistantMessage((ToolCall("c1", "look", ""),))
    message = write(ask(HI, call, ToolResultMessage("c1", (TextPart(""),))))["messages"][1]
    assert message["content"] == ""
    assert message["tool_calls"][0]["function"]["arguments"] == "{}"


def test_an_answer_of_which_nothing_is_left_is_left_out() -> None:
    """An interrupted answer without text is not sent as an empty message."""
    empty = AssistantMessage((ThinkingPart("hm"),), stop_reason="aborted")
    assert len(write(ask(HI, empty, HI))["messages"]) == 2


def test_images_and_text_parts() -> None:
    """Text parts are one string, for simple templates; with an image they stay parts in their order."""
    text_only = UserMessage((TextPart("a"), TextPart("b")))
    assert write(ask(text_only))["messages"][0]["content"] == "a\nb"
    mixed = UserMessage((TextPart("a"), IMAGE))
    assert write(ask(mixed))["messages"][0]["content"] == [
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"}},
    ]


@pytest.mark.parametrize(
    "form", [OpenAiForm("m", accepts_images=False), OpenAiForm("m", needs_text_content=True)], ids=["input", "compat"]
)
def test_an_image_is_never_dropped(form: OpenAiForm) -> None:
    """A model that takes no images refuses a message that holds one."""
    with pytest.raises(InvalidRequest, match="does not take images"):
        write(ask(UserMessage((IMAGE,))), form)


def test_recordings_are_for_models_that_hear() -> None:
    """A recording is written in OpenAI's form, and never dropped."""
    said = ask(UserMessage((AudioPart("SGk=", "wav"),)))
    assert write(said, OpenAiForm("m", accepts_audio=True))["messages"][-1]["content"] == [
        {"type": "input_audio", "input_audio": {"data": "SGk=", "format": "wav"}}
    ]
    with pytest.raises(InvalidRequest, match="does not take audio"):
        write(said, OpenAiForm("m"))


def test_images_of_tools_follow_their_results() -> None:
    """Tool messages hold text only; what tools show comes as a user message after the last result."""
    calls = AssistantMessage((ToolCall("c1", "look", "{}"), ToolCall("c2", "look", "{}")))
    results = (ToolResultMessage("c1", (TextPart("one"), IMAGE)), ToolResultMessage("c2", (TextPart("two"),)))
    messages = write(ask(HI, calls, *results))["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool", "user"]
    assert messages[-1]["content"][1]["type"] == "image_url"
    blind = write(ask(HI, calls, *results), OpenAiForm("m", accepts_images=False))["messages"]
    assert blind[2]["content"] == f"one\n{IMAGES_LEFT_OUT}"


def test_tools_reach_the_model_unchanged() -> None:
    """Schemas keep the order of their keys, and the choice is said in OpenAI's form."""
    body = OpenAiPrompt(OpenAiForm("m")).write(ask(tools=(LOOK,), tool_choice="=look", parallel_tool_calls=False))
    assert b'"parameters":{"type":"object","b":1,"a":2}' in body
    document = json.loads(body)
    assert document["tools"][0]["function"]["strict"] is True
    assert document["tool_choice"] == {"type": "function", "function": {"name": "look"}}
    assert document["parallel_tool_calls"] is False
    assert write(ask(tools=(LOOK,), tool_choice="required"))["tool_choice"] == "required"
    assert "tool_choice" not in write(ask(tools=(LOOK,)))
    assert "tool_choice" not in write(ask(tool_choice="required"))


SAMPLING = Sampling(
    temperature=0.5,
    top_p=0.9,
    max_tokens=7,
    stop=("END",),
    extra={"seed": msgspec.Raw(b"3"), "reasoning_effort": msgspec.Raw(b'"low"'), "store": msgspec.Raw(b"true")},
)

FORMS = [
    pytest.param(
        OpenAiForm("m"),
        {
            "temperature": 0.5,
            "top_p": 0.9,
            "max_tokens": 7,
            "stop": ["END"],
            "seed": 3,
            "reasoning_effort": "low",
            "store": True,
        },
        id="all",
    ),
    pytest.param(
        OpenAiForm(
            "m",
            max_tokens_field="max_completion_tokens",
            sends_temperature=False,
            sends_store=False,
            reasoning_efforts=(("low", "minimal"),),
        ),
        {"max_completion_tokens": 7, "stop": ["END"], "seed": 3, "reasoning_effort": "minimal"},
        id="compat",
    ),
    pytest.param(
        OpenAiForm("m", sends_reasoning_effort=False, defaults=(("top_k", b"4"), ("temperature", b"0.1"))),
        {"top_k": 4, "temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop": ["END"], "seed": 3, "store": True},
        id="the caller before the defaults",
    ),
]


@pytest.mark.parametrize(("form", "expected"), FORMS)
def test_sampling(form: OpenAiForm, expected: dict[str, object]) -> None:
    """What the caller asks of the sampler is sent as far as the entry's compat allows."""
    document = write(ask(sampling=SAMPLING), form)
    for key in ("model", "stream", "stream_options", "messages"):
        del document[key]
    assert document == expected


def test_compat_of_the_other_fields() -> None:
    """Usage, the system role, strict and tools are left out or renamed where a server cannot take them."""
    form = OpenAiForm("m", asks_usage=False, system_role="developer", sends_strict=False, default_max_tokens=9)
    document = write(ask(system=("s",), tools=(LOOK,)), form)
    assert "stream_options" not in document
    assert document["messages"][0]["role"] == "developer"
    assert "strict" not in document["tools"][0]["function"]
    assert document["max_tokens"] == 9
    blunt = OpenAiForm("m", sends_tools=False)
    assert "tools" not in write(ask(tools=(LOOK,)), blunt)
    with pytest.raises(InvalidRequest, match="does not take tools"):
        write(ask(tools=(LOOK,), tool_choice="required"), blunt)


def test_the_same_messages_are_the_same_bytes() -> None:
    """A longer conversation begins with the bytes of the shorter one, so that the provider's cache hits."""
    prompt = OpenAiPrompt(OpenAiForm("m"))
    history = (HI, AssistantMessage((TextPart("hello"),)), UserMessage("more"))
    first = prompt.write(ask(*history, system=("s",)))
    longer = prompt.write(ask(*history, AssistantMessage((TextPart("yes"),)), HI, system=("s",)))
    assert longer.startswith(first[: -len(b"]}")])
    assert OpenAiPrompt(OpenAiForm("m")).write(ask(*history, system=("s",))) == first
