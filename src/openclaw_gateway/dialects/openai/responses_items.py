"""The `input` of a responses request: what is instructions, what is the conversation, and what makes the new turn.

The rules are those of `chat_messages.py`. What the model said in one answer comes back as several items (texts, calls);
neighbours are joined into the one message that they were. Reasoning and references to items are left out: the session
holds what the model needs of them.
"""

from collections.abc import Sequence
from typing import Final, Literal, NoReturn, assert_never

import msgspec

from openclaw_gateway.attachments.attachment import PLACEHOLDER, Attachment, FileAttachment, ImageAttachment
from openclaw_gateway.dialects.openai.chat_wire import MAX_CALLS
from openclaw_gateway.dialects.openai.file_parts import read_file_part
from openclaw_gateway.dialects.openai.image_parts import ImageReader
from openclaw_gateway.dialects.openai.json_body import decode_field
from openclaw_gateway.dialects.openai.responses_wire import (
    CallItem,
    CallOutputItem,
    FileSource,
    InputFile,
    InputImage,
    InputText,
    ItemKind,
    MessageItem,
    OutputText,
    Part,
    Refusal,
)
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import (
    AssistantMessage,
    AssistantPart,
    Message,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
    UserPart,
)

IMAGE_REFUSAL: Final = "Invalid input_image content in `input`."

_kind = msgspec.json.Decoder(ItemKind)
_message = msgspec.json.Decoder(MessageItem)
_call = msgspec.json.Decoder(CallItem)
_call_output = msgspec.json.Decoder(CallOutputItem)

# Items that carry nothing a model is told here. `compaction` and the like are made by OpenAI's own servers only.
_LEFT_OUT: Final = frozenset(("reasoning", "item_reference"))


class Conversation(msgspec.Struct, frozen=True, gc=False):
    """What the items come to. messages end in a user or tool result message; attachments are still to be read into
    them.
    """

    system: tuple[str, ...]
    messages: tuple[Message, ...]
    attachments: tuple[Attachment, ...]


def read_items(items: Sequence[msgspec.Raw], images: ImageReader) -> Conversation:
    """The conversation of the items. Raises InvalidRequest naming the item, or if nobody said anything."""
    chain = _Chain(images)
    for place, item in enumerate(items):
        chain.add(item, f"input[{place}]")
    return chain.finish()


def read_text(text: str) -> Conversation:
    """`input` as a string: one user message."""
    if not text or text.isspace():
        raise _refuse_silence()
    return Conversation((), (UserMessage(text),), ())


class _Chain:
    """What was read so far. said: parts of the answer that is being read; calls: how many calls are in it."""

    __slots__ = ("_attachments", "_calls", "_images", "_messages", "_said", "_system", "_tool_names")

    def __init__(self, images: ImageReader) -> None:
        self._images = images
        self._system: list[str] = []
        self._messages: list[Message] = []
        self._attachments: list[Attachment] = []
        self._said: list[AssistantPart] = []
        self._calls = 0
        self._tool_names: dict[str, str] = {}

    def add(self, item: msgspec.Raw, param: str) -> None:
        kind = decode_field(_kind, item, param)
        match kind.type:
            case "message":
                self._add_message(decode_field(_message, item, param), param)
            case None if kind.role is not None:
                self._add_message(decode_field(_message, item, param), param)
            case "function_call":
                call = decode_field(_call, item, param)
                self._count_call(param)
                self._said.append(ToolCall(call.call_id, call.name, call.arguments))
                self._tool_names[call.call_id] = call.name
            case "function_call_output":
                self._add_output(decode_field(_call_output, item, param), param)
            case type_ if type_ not in _LEFT_OUT:
                _refuse_kind(type_, param)

    def finish(self) -> Conversation:
        # An answer at the very end is left out: it is never continued from a beginning that the caller wrote.
        if not self._messages or isinstance(self._messages[-1], AssistantMessage):
            raise _refuse_silence()
        return Conversation(tuple(self._system), tuple(self._messages), tuple(self._attachments))

    def _count_call(self, param: str) -> None:
        self._calls += 1
        if self._calls > MAX_CALLS:
            raise InvalidRequest(f"{param}: at most {MAX_CALLS} calls in one answer are supported", param=param)

    def _end_answer(self) -> None:
        self._calls = 0
        if self._said:
            stop_reason: Literal["stop", "toolUse"] = "toolUse" if isinstance(self._said[-1], ToolCall) else "stop"
            self._messages.append(AssistantMessage(tuple(self._said), stop_reason=stop_reason))
            self._said = []

    def _add_message(self, message: MessageItem, param: str) -> None:
        match message.role:
            case "system" | "developer":
                if text := _join(message.content, param, "\n"):
                    self._system.append(text)
            case "assistant":
                if text := _join(message.content, param, ""):
                    self._said.append(TextPart(text))
            case "user":
                self._end_answer()
                if content := self._read_user(message.content, param):
                    self._messages.append(UserMessage(content))
            case _:
                assert_never(message.role)

    def _read_user(self, content: str | list[Part], param: str) -> str | tuple[UserPart, ...]:
        """What a user said; empty if it is nothing."""
        if isinstance(content, str):
            return "" if content.isspace() else content
        read = self._read_parts(content, f"{param}.content")
        if len(read) == 1 and type(read[0]) is TextPart and read[0] is not PLACEHOLDER:
            return read[0].text  # one form for one text, so that a resent history is recognised
        return read

    def _read_parts(self, parts: Sequence[Part], param: str) -> tuple[UserPart, ...]:
        read: list[UserPart] = []
        images = 0
        for at, part in enumerate(parts):
            match part:
                case InputImage():
                    read.append(self._read_image(part, images, len(read), f"{param}[{at}]"))
                    images += 1
                case InputFile():
                    self._attachments.append(_read_file(part, len(self._messages), len(read), f"{param}[{at}]"))
                    read.append(PLACEHOLDER)
                case InputText() | OutputText() | Refusal():
                    text = part.refusal if isinstance(part, Refusal) else part.text
                    if text and not text.isspace():
                        read.append(TextPart(text))
                case _:
                    assert_never(part)
        return tuple(read)

    def _read_image(self, part: InputImage, count: int, at: int, param: str) -> UserPart:
        url, source = part.image_url, part.source
        if url is None and source is not None:
            url = source.url if source.type == "url" else f"data:{source.media_type};base64,{source.data or ''}"
        if url is None:
            code = "image_part_malformed" if part.file_id is None else "file_id_not_supported"
            raise InvalidRequest(IMAGE_REFUSAL, param=param, code=code)
        image = self._images.read(url, part.detail, place=count, param=param)
        if image is not None:
            return image
        self._attachments.append(ImageAttachment(len(self._messages), at, param, url, IMAGE_REFUSAL, part.detail))
        return PLACEHOLDER

    def _add_output(self, output: CallOutputItem, param: str) -> None:
        """An empty output still completes its call."""
        self._end_answer()
        name = self._tool_names.get(output.call_id, "")
        self._messages.append(ToolResultMessage(output.call_id, self._read_output(output, f"{param}.output"), name))

    def _read_output(self, output: CallOutputItem, param: str) -> tuple[UserPart, ...]:
        if isinstance(output.output, str):
            return (TextPart(output.output),) if output.output else ()
        before = len(self._attachments)
        parts = self._read_parts(output.output or (), param)
        if len(self._attachments) > before:
            place = self._attachments[before].param
            message = f"{place}: the output of a function may hold text and images as data URLs only"
            raise InvalidRequest(message, param=place, code="unsupported_content_part")
        return parts


def _read_file(part: InputFile, message: int, at: int, param: str) -> FileAttachment:
    source = part.source or FileSource("base64")
    return read_file_part(
        message=message,
        part=at,
        param=param,
        file_data=part.file_data or source.data,
        file_id=part.file_id,
        filename=part.filename or source.filename,
        file_url=part.file_url or source.url,
        mime_type=source.media_type,
    )


def _join(content: str | list[Part], param: str, separator: str) -> str:
    if isinstance(content, str):
        return content
    texts: list[str] = []
    for at, part in enumerate(content):
        match part:
            case InputText() | OutputText():
                texts.append(part.text)
            case Refusal():
                texts.append(part.refusal)
            case InputImage() | InputFile():
                place = f"{param}.content[{at}]"
                message = f"{place}: only user messages may hold images and files"
                raise InvalidRequest(message, param=place, code="unsupported_content_part")
            case _:
                assert_never(part)
    return separator.join(texts)


def _refuse_kind(kind: str | None, param: str) -> NoReturn:
    if kind is None:
        raise InvalidRequest(f"{param}: Invalid input: expected an item with `type` or `role`", param=param)
    message = f"{param}.type: items of type {kind[:80]!r} are not supported here"
    raise InvalidRequest(message, param=f"{param}.type", code="unsupported_item")


def _refuse_silence() -> InvalidRequest:
    return InvalidRequest("Missing user message in `input`.", param="input")
