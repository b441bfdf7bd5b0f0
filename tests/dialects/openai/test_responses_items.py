"""The items of `input`: what each becomes, in every shape that SDKs send."""

import json
from typing import Any

import msgspec
import pytest

from openclaw_gateway.attachments.attachment import FileAttachment, ImageAttachment
from openclaw_gateway.dialects.openai.image_parts import ImageLimits, ImageReader
from openclaw_gateway.dialects.openai.responses_items import IMAGE_REFUSAL, Conversation, read_items, read_text
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

PNG = "iVBORw0KGgo="
HI = {"role": "user", "content": "hi"}
HI_READ = UserMessage("hi")


def read(*items: Any, allows_addresses: bool = False) -> Conversation:
    limits = ImageLimits(allows_addresses=allows_addresses)
    return read_items([msgspec.Raw(json.dumps(item).encode()) for item in items], ImageReader(limits, IMAGE_REFUSAL))


def user(*parts: Any) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": list(parts)}


@pytest.mark.parametrize(
    ("items", "messages"),
    [
        pytest.param([HI], [HI_READ], id="message without type"),
        pytest.param([{"type": "message", **HI, "id": "msg_1", "status": "completed"}], [HI_READ], id="message"),
        pytest.param([user({"type": "input_text", "text": "hi"})], [HI_READ], id="one text"),
        pytest.param(
            [
                user(
                    {"type": "input_text", "text": "a"},
                    {"type": "input_text", "text": " "},
                    {"type": "input_text", "text": "b"},
                )
            ],
            [UserMessage((TextPart("a"), TextPart("b")))],
            id="blank text between two",
        ),
        pytest.param(
            [user({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "low"})],
            [UserMessage((ImagePart("image/png", PNG, "low"),))],
            id="image as OpenAI spells it",
        ),
        pytest.param(
            [user({"type": "input_image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}})],
            [UserMessage((ImagePart("image/png", PNG),))],
            id="image as the original spells it",
        ),
        pytest.param(
            [
                HI,
                {
                    "type": "reasoning",
                    "id": "rs_1",
                    "summary": [],
                    "content": [{"type": "reasoning_text", "text": "x"}],
                },
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": "one", "annotations": []}],
                },
                {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": "{}"},
                {"type": "function_call", "call_id": "c2", "name": "g", "arguments": "{"},
                {"type": "function_call_output", "call_id": "c1", "output": "42"},
                {"type": "function_call_output", "call_id": "c2", "output": ""},
            ],
            [
                HI_READ,
                AssistantMessage(
                    (TextPart("one"), ToolCall("c1", "f", "{}"), ToolCall("c2", "g", "{")), stop_reason="toolUse"
                ),
                ToolResultMessage("c1", (TextPart("42"),), "f"),
                ToolResultMessage("c2", (), "g"),
            ],
            id="an answer in several items",
        ),
        pytest.param(
            [
                {
                    "type": "function_call_output",
                    "call_id": "c",
                    "output": [
                        {"type": "input_text", "text": "see"},
                        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"},
                    ],
                }
            ],
            [ToolResultMessage("c", (TextPart("see"), ImagePart("image/png", PNG)))],
            id="output in parts",
        ),
        pytest.param(
            [
                HI,
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
                {"role": "user", "content": "why"},
            ],
            [HI_READ, AssistantMessage((TextPart("No."),)), UserMessage("why")],
            id="refusal",
        ),
        pytest.param([HI, {"role": "assistant", "content": "I w"}], [HI_READ], id="answer at the end"),
        pytest.param([{"type": "item_reference", "id": "msg_1"}, HI], [HI_READ], id="reference"),
    ],
)
def test_items_become_messages(items: list[Any], messages: list[Message]) -> None:
    """Items become the messages that a chat would have sent."""
    assert list(read(*items).messages) == messages


def test_system_text_is_apart() -> None:
    """System and developer messages are instructions of the request, wherever they stand."""
    parts = [{"type": "input_text", "text": "b"}, {"type": "input_text", "text": "c"}]
    read_ = read({"role": "system", "content": "a"}, HI, {"role": "developer", "content": parts})
    assert read_.system == ("a", "b\nc")
    assert read_.messages == (HI_READ,)


def test_attachments_keep_their_place() -> None:
    """Files and fetched images are named with the message and part that they belong to."""
    conversation = read(
        HI,
        {"role": "assistant", "content": "yes?"},
        user(
            {"type": "input_text", "text": "look"},
            {"type": "input_image", "image_url": "https://example.com/a.png"},
            {"type": "input_file", "filename": "a.txt", "file_data": "data:text/plain;base64,aGk="},
            {"type": "input_file", "source": {"type": "url", "url": "https://example.com/b.pdf"}},
        ),
        allows_addresses=True,
    )
    image, file, address = conversation.attachments
    assert isinstance(image, ImageAttachment)
    assert (image.message, image.part, image.param) == (2, 1, "input[2].content[1]")
    assert isinstance(file, FileAttachment)
    assert (file.message, file.part, file.base64, file.mime_type, file.filename) == (
        2,
        2,
        "aGk=",
        "text/plain",
        "a.txt",
    )
    assert isinstance(address, FileAttachment)
    assert (address.part, address.url) == (3, "https://example.com/b.pdf")


@pytest.mark.parametrize(
    ("items", "param", "code"),
    [
        pytest.param([], "input", None, id="nothing"),
        pytest.param([{"role": "system", "content": "a"}], "input", None, id="system only"),
        pytest.param([{"role": "user", "content": " "}], "input", None, id="blank"),
        pytest.param(
            [HI, {"role": "assistant", "content": "a"}, {"role": "user", "content": ""}],
            "input",
            None,
            id="blank after an answer",
        ),
        pytest.param([{}], "input[0]", None, id="no kind"),
        pytest.param(
            [HI, {"type": "web_search_call", "id": "ws_1"}], "input[1].type", "unsupported_item", id="another kind"
        ),
        pytest.param([{"role": "tool", "content": "a"}], "input[0].role", None, id="another role"),
        pytest.param([3], "input[0]", None, id="not an object"),
        pytest.param([user({"type": "video"})], "input[0].content[0].type", None, id="another part"),
        pytest.param([{"type": "function_call", "name": "f"}], "input[0].call_id", None, id="call without id"),
        pytest.param(
            [user({"type": "input_image"})], "input[0].content[0]", "image_part_malformed", id="image without content"
        ),
        pytest.param(
            [user({"type": "input_image", "file_id": "file_1"})],
            "input[0].content[0]",
            "file_id_not_supported",
            id="image by id",
        ),
        pytest.param(
            [user({"type": "input_image", "image_url": "https://example.com/a.png"})],
            "input[0].content[0]",
            "image_address_not_allowed",
            id="address",
        ),
        pytest.param(
            [user({"type": "input_file", "file_id": "file_1"})],
            "input[0].content[0].file_id",
            "file_id_not_supported",
            id="file by id",
        ),
        pytest.param(
            [{"role": "system", "content": [{"type": "input_file", "file_data": "aGk="}]}, HI],
            "input[0].content[0]",
            "unsupported_content_part",
            id="file in a system message",
        ),
        pytest.param(
            [{"type": "function_call_output", "call_id": "c", "output": [{"type": "input_file", "file_data": "aGk="}]}],
            "input[0].output[0]",
            "unsupported_content_part",
            id="file in an output",
        ),
    ],
)
def test_refusals_name_the_item(items: list[Any], param: str, code: str | None) -> None:
    """What cannot be taken is refused with its place in the input."""
    with pytest.raises(InvalidRequest) as refused:
        read(*items)
    assert (refused.value.param, refused.value.code) == (param, code)


def test_text_alone() -> None:
    """A string is what a user said."""
    assert read_text("hi").messages == (HI_READ,)
    with pytest.raises(InvalidRequest, match="Missing user message"):
        read_text(" \n")


TEXT = {"type": "input_text", "text": "a"}


def test_number_of_calls_is_bounded() -> None:
    """An answer may hold 128 calls; what comes after a result is another answer."""
    call = {"type": "function_call", "call_id": "c", "name": "f"}
    output = {"type": "function_call_output", "call_id": "c", "output": "r"}
    assert len(read(user(TEXT), *[call] * 128, output, *[call] * 128, output).messages) == 5
    with pytest.raises(InvalidRequest, match="at most 128 calls") as refused:
        read(user(TEXT), *[call] * 129, output)
    assert refused.value.param == "input[129]"


def test_number_of_parts_is_bounded() -> None:
    """A message may hold 1,000 parts."""
    assert read(user(*[TEXT] * 1000))
    with pytest.raises(InvalidRequest, match="at most 1000 entries") as refused:
        read(user(*[TEXT] * 1001))
    assert refused.value.param == "input[0].content"
