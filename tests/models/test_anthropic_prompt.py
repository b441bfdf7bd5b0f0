"""Requests as bytes, for Anthropic."""

import json
from time import process_time
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
from openclaw_gateway.models.anthropic_prompt import API, AnthropicForm, AnthropicPrompt
from openclaw_gateway.models.model import ModelRequest

HI = UserMessage("hi")
IMAGE = ImagePart("image/png", "aGk=")
LOOK = ToolSpec("look", "Looks.", msgspec.Raw(b'{"type":"object","b":1,"a":2}'))


def write(request: ModelRequest, form: AnthropicForm | None = None) -> dict[str, Any]:
    document = json.loads(AnthropicPrompt(form or AnthropicForm("m")).write(request))
    assert isinstance(document, dict)
    return document


def ask(*messages: Message, **fields: Any) -> ModelRequest:
    return ModelRequest(system=fields.pop("system", ()), messages=messages or (HI,), **fields)


def test_the_least_request() -> None:
    """A request is a stream with a bound, and nothing that the caller did not ask for."""
    assert write(ask()) == {
        "model": "m",
        "stream": True,
        "max_tokens": 8192,
        "messages": [{"role": "user", "content": "hi"}],
    }


def test_neighbours_of_one_role_are_one_message() -> None:
    """Roles alternate; results, text and images of one side stand in one message in their order."""
    calls = (TextPart("let me look"), ToolCall("c 1", "look", '{"at":1}'))
    messages = write(
        ask(
            HI,
            UserMessage("there"),
            AssistantMessage(calls),
            ToolResultMessage("c 1", (TextPart("seen"), IMAGE), is_error=True),
            UserMessage((TextPart("and"), IMAGE)),
        )
    )["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[0]["content"] == [{"type": "text", "text": "hi"}, {"type": "text", "text": "there"}]
    call = messages[1]["content"][1]
    assert (call["type"], call["name"], call["input"]) == ("tool_use", "look", {"at": 1})
    result, text, image = messages[2]["content"]
    assert (result["type"], result["tool_use_id"], result["is_error"]) == ("tool_result", call["id"], True)
    assert [block["type"] for block in result["content"]] == ["text", "image"]
    assert text == {"type": "text", "text": "and"}
    assert image == {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}


def test_ids_are_in_its_alphabet() -> None:
    """Ids that Anthropic refuses are changed in the call and in its result alike."""
    calls = AssistantMessage((ToolCall("a.b", "look", "{}"), ToolCall("a:b", "look", "not JSON")))
    results = (ToolResultMessage("a.b", (TextPart("1"),)), ToolResultMessage("a:b", (TextPart("2"),)))
    _, said, answered = write(ask(HI, calls, *results))["messages"]
    ids = [block["id"] for block in said["content"]]
    assert ids == [block["tool_use_id"] for block in answered["content"]]
    assert len(set(ids)) == 2
    assert all(char.isalnum() or char in "_-" for name in ids for char in name)
    assert said["content"][1]["input"] == {}


def test_thinking_goes_back_where_it_came_from() -> None:
    """Only what Anthropic signed is sent back to it, as it was."""
    parts = (ThinkingPart("hm", "sig"), ThinkingPart("", "opaque", redacted=True), ThinkingPart("no"), TextPart("42"))
    own = write(ask(HI, AssistantMessage(parts, api=API), HI))["messages"][1]["content"]
    assert own == [
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": "opaque"},
        {"type": "text", "text": "42"},
    ]
    foreign = write(ask(HI, AssistantMessage(parts, api="openai-completions"), HI))["messages"][1]["content"]
    assert foreign == [{"type": "text", "text": "42"}]


def test_empty_text_is_left_out() -> None:
    """Anthropic refuses blank text; a conversation that would begin with an answer is given a beginning."""
    blank = UserMessage(" \n")
    answer = AssistantMessage((TextPart("hello"),))
    messages = write(ask(blank, answer, UserMessage((TextPart(""), TextPart("more")))))["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[2]["content"] == [{"type": "text", "text": "more"}]


def test_system_is_text_or_marked_blocks() -> None:
    """The stable part is marked for the provider's cache; without marks the system text is a plain string."""
    assert write(ask(system=("a", "", "b")))["system"] == "a\n\nb"
    assert write(ask(system=("a", "b")), AnthropicForm("m", marks_cache=True))["system"] == [
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "b"},
    ]
    without = write(ask(system=("", "b")), AnthropicForm("m", marks_cache=True))
    assert without["system"] == [{"type": "text", "text": "b"}], "what is of one request only is not worth a place"


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        ("auto", None, None),
        ("auto", False, {"type": "auto", "disable_parallel_tool_use": True}),
        ("none", None, {"type": "none"}),
        ("required", None, {"type": "any"}),
        ("=look", False, {"type": "tool", "name": "look", "disable_parallel_tool_use": True}),
    ],
)
def test_tools(choice: str, expected: object, *, parallel: bool | None) -> None:
    """Tools reach the model unchanged, and the choice is said in Anthropic's words."""
    request = ask(tools=(LOOK,), tool_choice=choice, parallel_tool_calls=parallel)
    assert b'"input_schema":{"type":"object","b":1,"a":2}' in AnthropicPrompt(AnthropicForm("m")).write(request)
    assert write(request).get("tool_choice") == expected


def extra(**fields: str) -> Sampling:
    return Sampling(extra={name: msgspec.Raw(value.encode()) for name, value in fields.items()})


@pytest.mark.parametrize(
    ("sampling", "expected"),
    [
        pytest.param(
            Sampling(0.5, 0.9, 7, ("END",)),
            {"temperature": 0.5, "top_p": 0.9, "max_tokens": 7, "stop_sequences": ["END"]},
            id="own names",
        ),
        pytest.param(
            extra(seed="3", store="true", logprobs="false", response_format='{"type": "text"}'),
            {"max_tokens": 8192},
            id="hints and neutral values",
        ),
        pytest.param(extra(user='"ann"'), {"max_tokens": 8192, "metadata": {"user_id": "ann"}}, id="user"),
        pytest.param(extra(top_k="5"), {"max_tokens": 8192, "top_k": 5}, id="shared"),
    ],
)
def test_sampling(sampling: Sampling, expected: dict[str, object]) -> None:
    """OpenAI's fields are translated; what changes nothing is dropped."""
    document = write(ask(sampling=sampling))
    for key in ("model", "stream", "messages"):
        del document[key]
    assert document == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("response_format", '{"type":"json_object"}'), ("frequency_penalty", "1"), ("logit_bias", '{"1":2}')],
)
def test_what_it_cannot_do_is_refused_by_name(name: str, value: str) -> None:
    """A field that would change the answer is not dropped in silence."""
    with pytest.raises(InvalidRequest) as caught:
        write(ask(sampling=extra(**{name: value})))
    assert caught.value.param == name


def test_reasoning_effort_is_a_budget() -> None:
    """A model that can think is given tokens for it beside the caller's, and no temperature."""
    sampling = Sampling(0.5, max_tokens=100, extra={"reasoning_effort": msgspec.Raw(b'"low"')})
    document = write(ask(sampling=sampling), AnthropicForm("m", can_think=True))
    assert document["thinking"] == {"type": "enabled", "budget_tokens": 2048}
    assert document["max_tokens"] == 2148
    assert "temperature" not in document
    assert "thinking" not in write(ask(sampling=sampling))


def test_an_image_is_never_dropped() -> None:
    """A model that takes no images refuses a message that holds one."""
    with pytest.raises(InvalidRequest, match="does not take images"):
        write(ask(UserMessage((IMAGE,))), AnthropicForm("m", accepts_images=False))


def test_a_recording_is_never_dropped() -> None:
    """The interface has no recordings, and says so."""
    with pytest.raises(InvalidRequest, match="does not take audio"):
        write(ask(UserMessage((AudioPart("SGk=", "wav"),))))


def test_the_same_messages_are_the_same_bytes() -> None:
    """A conversation is written the same way the second time, kept or not."""
    prompt = AnthropicPrompt(AnthropicForm("m"))
    history = (HI, AssistantMessage((TextPart("hello"),)), UserMessage("more"))
    assert prompt.write(ask(*history)) == prompt.write(ask(*history))
    assert AnthropicPrompt(AnthropicForm("m")).write(ask(*history)) == prompt.write(ask(*history))


def test_unanswered_calls_cost_in_proportion() -> None:
    """A hundred thousand calls without results are each given one, and not slower the more there are."""
    calls = tuple([ToolCall(f"c{n}", "f", "{}") for n in range(100)])
    request = ask(UserMessage("q"), *[AssistantMessage(calls)] * 1000, UserMessage("x"))
    began = process_time()
    assert len(write(request)["messages"]) == 2001
    assert process_time() - began < 2
