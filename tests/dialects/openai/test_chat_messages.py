"""Messages of a request into instructions and a conversation."""

import json

import pytest

from openclaw_gateway.dialects.openai.chat_request import ChatRequest, parse_chat_request
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import (
    AssistantMessage,
    ImagePart,
    Message,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)

USER = {"role": "user", "content": "hi"}
CALL = {"id": "c1", "type": "function", "function": {"name": "lookup", "arguments": '{"q":1}'}}
PIXEL = "data:image/png;base64,iVBORw0KGgo="


def parse(*messages: object) -> ChatRequest:
    return parse_chat_request(json.dumps({"messages": messages}).encode())


def text_parts(*texts: str) -> list[object]:
    return [{"type": "text", "text": text} for text in texts]


def answer(*parts: TextPart | ToolCall) -> AssistantMessage:
    return AssistantMessage(parts, stop_reason="toolUse" if isinstance(parts[-1], ToolCall) else "stop")


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([USER], [UserMessage("hi")], id="string"),
        pytest.param([{**USER, "name": "Ann"}], [UserMessage("hi", name="Ann")], id="name"),
        pytest.param([{**USER, "name": None}], [UserMessage("hi")], id="null name"),
        pytest.param([{"role": "user", "content": text_parts("a")}], [UserMessage("a")], id="one part is a string"),
        pytest.param(
            [{"role": "user", "content": text_parts("a", "", "b")}],
            [UserMessage((TextPart("a"), TextPart("b")))],
            id="parts",
        ),
        pytest.param(
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}}]}],
            [UserMessage((ImagePart("image/png", "iVBORw0KGgo=", "low"),))],
            id="image alone",
        ),
        pytest.param(
            [USER, {"role": "assistant", "content": "yes"}, USER],
            [UserMessage("hi"), answer(TextPart("yes")), UserMessage("hi")],
            id="earlier answer",
        ),
        pytest.param(
            [
                USER,
                {
                    "role": "assistant",
                    "content": [*text_parts("no"), {"type": "refusal", "refusal": "!"}],
                    "refusal": "never",
                },
                USER,
            ],
            [UserMessage("hi"), answer(TextPart("no"), TextPart("!"), TextPart("never")), UserMessage("hi")],
            id="refusals are text",
        ),
        pytest.param(
            [
                USER,
                {"role": "assistant", "content": None, "tool_calls": [CALL, {**CALL, "id": "c2"}]},
                {"role": "tool", "tool_call_id": "c2", "content": "two"},
                {"role": "tool", "tool_call_id": "c1", "content": ""},
            ],
            [
                UserMessage("hi"),
                answer(ToolCall("c1", "lookup", '{"q":1}'), ToolCall("c2", "lookup", '{"q":1}')),
                ToolResultMessage("c2", (TextPart("two"),), "lookup"),
                ToolResultMessage("c1", (), "lookup"),
            ],
            id="tool calls and results",
        ),
        pytest.param(
            [{"role": "tool", "tool_call_id": "c9", "content": text_parts("a", "b")}],
            [ToolResultMessage("c9", (TextPart("a"), TextPart("b")))],
            id="result of a call that is in the session",
        ),
        pytest.param(
            [
                USER,
                {"role": "assistant", "content": None, "function_call": {"name": "old", "arguments": "{}"}},
                {"role": "function", "name": "old", "content": None},
            ],
            [
                UserMessage("hi"),
                answer(ToolCall("function_1", "old", "{}")),
                ToolResultMessage("function_1", (), "old"),
            ],
            id="the form before tools",
        ),
        pytest.param(
            [USER, {"role": "assistant", "content": ""}, {"role": "user", "content": " "}, USER],
            [UserMessage("hi"), UserMessage("hi")],
            id="who said nothing is left out",
        ),
        pytest.param(
            [USER, {"role": "assistant", "content": "He"}], [UserMessage("hi")], id="begun answer is left out"
        ),
    ],
)
def test_conversation(messages: list[object], expected: list[Message]) -> None:
    """Each role becomes its message, in order, ending in what is to be answered."""
    assert parse(*messages).incoming == tuple(expected)


def test_instructions_are_joined_in_order() -> None:
    """System and developer text, wherever it stands, is one text apart from the conversation."""
    request = parse(
        {"role": "system", "content": "One."},
        USER,
        {"role": "developer", "content": text_parts("Two.", "Three.")},
        {"role": "system", "content": ""},
    )
    assert request.system == "One.\n\nTwo.\nThree."
    assert request.incoming == (UserMessage("hi"),)


@pytest.mark.parametrize(
    ("messages", "param"),
    [
        pytest.param([], "messages", id="no messages"),
        pytest.param([{"role": "system", "content": "x"}], "messages", id="instructions only"),
        pytest.param([{"role": "assistant", "content": "x"}], "messages", id="answers only"),
        pytest.param([{"role": "user", "content": ""}], "messages[0].content", id="empty text"),
        pytest.param([{"role": "user", "content": []}], "messages[0].content", id="no parts"),
        pytest.param([{"role": "user", "content": text_parts("", " ")}], "messages[0].content", id="blank parts"),
        pytest.param(
            [USER, {"role": "assistant", "content": "x"}, {"role": "user", "content": "\n"}],
            "messages[2].content",
            id="blank after an answer",
        ),
    ],
)
def test_silence_is_refused(messages: list[object], param: str) -> None:
    """Without anything to answer the request is refused."""
    with pytest.raises(InvalidRequest) as refused:
        parse(*messages)
    assert (refused.value.message, refused.value.param) == ("Missing user message in `messages`.", param)


@pytest.mark.parametrize(
    ("message", "param"),
    [
        pytest.param({"role": "user"}, "messages[1].content", id="no content"),
        pytest.param({"role": "user", "content": None}, "messages[1].content", id="null content"),
        pytest.param({"role": "user", "content": [5]}, "messages[1].content[0]", id="part is a number"),
        pytest.param(
            {"role": "user", "content": [{"text": "x"}]}, "messages[1].content[0].type", id="part has no type"
        ),
        pytest.param({"role": "system", "content": None}, "messages[1].content", id="null instructions"),
        pytest.param({"role": "tool", "content": "x"}, "messages[1].tool_call_id", id="result of no call"),
        pytest.param({"role": "function", "content": "x"}, "messages[1].name", id="function without name"),
        pytest.param({"role": "wizard", "content": "x"}, "messages[1].role", id="unknown role"),
        pytest.param({"content": "x"}, "messages[1].role", id="no role"),
        pytest.param("hi", "messages[1]", id="a string"),
        pytest.param(
            {"role": "assistant", "tool_calls": [{"id": "a", "function": {}}]},
            "messages[1].tool_calls[0].function.name",
            id="call without name",
        ),
        pytest.param(
            {"role": "user", "content": [{"type": "file", "file": {}}]},
            "messages[1].content[0].file.file_data",
            id="file without content",
        ),
        pytest.param(
            {"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]},
            "messages[1].content[0].input_audio.data",
            id="audio without content",
        ),
        pytest.param({"role": "user", "content": [{"type": "video_url"}]}, "messages[1].content[0]", id="video"),
        pytest.param(
            {"role": "system", "content": [{"type": "image_url", "image_url": {"url": PIXEL}}]},
            "messages[1].content[0]",
            id="image in instructions",
        ),
    ],
)
def test_wrong_message_is_named(message: object, param: str) -> None:
    """A message that cannot be read is refused with the path to its fault."""
    with pytest.raises(InvalidRequest) as refused:
        parse(USER, message)
    assert refused.value.param == param
    assert refused.value.message.startswith(param)


@pytest.mark.parametrize("value", ["x" * 2_000_000, " - at `$.x" * 200_000], ids=["long", "like a complaint"])
def test_long_value_is_not_repeated(value: str) -> None:
    """However long the wrong value is, the answer stays short and names the field."""
    with pytest.raises(InvalidRequest) as refused:
        parse({"role": value, "content": "x"})
    assert refused.value.param == "messages[0].role"
    assert len(refused.value.message) < 300
