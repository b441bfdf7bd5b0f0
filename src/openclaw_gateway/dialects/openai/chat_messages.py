"""The `messages` of a chat request: which are instructions, which are the conversation, and which make the new turn.

System and developer text belongs to the request and is joined in order. A user message without text or image said
nothing and is left out, as is an assistant message without text or call. Assistant messages after the last user or
tool message are left out too: an answer is never continued from a beginning that the caller wrote.
"""

from collections.abc import Sequence
from typing import Literal, assert_never

from openclaw_gateway.attachments.attachment import PLACEHOLDER, Attachment, ImageAttachment
from openclaw_gateway.dialects.openai.chat_wire import (
    AssistantTurn,
    DeveloperTurn,
    FilePart,
    FunctionTurn,
    ImageUrlPart,
    InputAudioPart,
    SystemTurn,
    ToolTurn,
    Turn,
    UserTurn,
)
from openclaw_gateway.dialects.openai.file_parts import read_audio_part, read_file_part
from openclaw_gateway.dialects.openai.image_parts import IMAGE_REFUSAL, ImageReader
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


def read_conversation(
    turns: Sequence[Turn], images: ImageReader
) -> tuple[str, tuple[Message, ...], tuple[Attachment, ...]]:
    """System text, the messages of the conversation, which end in a user or tool result message, and what is still to
    be read into them.

    Raises InvalidRequest if nobody said anything after the last answer.
    """
    chain = _Chain(images)
    for place, turn in enumerate(turns):
        chain.add(place, turn)
    return "\n\n".join(chain.system), chain.finish(), tuple(chain.attachments)


class _Chain:
    """What was read so far. blank_place: a user message after the last answer that said nothing."""

    __slots__ = (
        "_blank_place", "_images", "_legacy_calls", "_messages", "_new_turn_size", "_tool_names",
        "attachments", "system",
    )  # fmt: skip

    def __init__(self, images: ImageReader) -> None:
        self.system: list[str] = []
        self.attachments: list[Attachment] = []
        self._images = images
        self._messages: list[Message] = []
        self._tool_names: dict[str, str] = {}
        self._new_turn_size = 0
        self._blank_place: int | None = None
        self._legacy_calls = 0

    def add(self, place: int, turn: Turn) -> None:
        match turn:
            case UserTurn():
                self._add_user(place, turn)
            case AssistantTurn():
                self._add_assistant(turn)
            case SystemTurn() | DeveloperTurn():
                if text := _join(turn.content):
                    self.system.append(text)
            case ToolTurn():
                name = self._tool_names.get(turn.tool_call_id, "")
                self._say(ToolResultMessage(turn.tool_call_id, _result(turn.content), name))
            case FunctionTurn():
                self._say(ToolResultMessage(f"function_{self._legacy_calls}", _result(turn.content), turn.name))
            case _:
                assert_never(turn)

    def finish(self) -> tuple[Message, ...]:
        if not self._new_turn_size and self._blank_place is not None:
            raise _refuse_silence(f"messages[{self._blank_place}].content")
        while self._messages and isinstance(self._messages[-1], AssistantMessage):
            self._messages.pop()
        if not self._messages:
            raise _refuse_silence("messages")
        return tuple(self._messages)

    def _say(self, message: UserMessage | ToolResultMessage) -> None:
        self._messages.append(message)
        self._new_turn_size += 1

    def _add_user(self, place: int, turn: UserTurn) -> None:
        content = turn.content if isinstance(turn.content, str) else self._read_parts(place, turn.content)
        if _is_blank(content):
            self._blank_place = place
        else:
            self._say(UserMessage(content, name=turn.name or None))

    def _read_parts(
        self, place: int, parts: Sequence[TextPart | ImageUrlPart | FilePart | InputAudioPart]
    ) -> str | tuple[UserPart, ...]:
        if len(parts) == 1 and isinstance(parts[0], TextPart):
            return parts[0].text  # one form for one text, so that a resent history is recognised
        read: list[UserPart] = []
        images = 0
        for at, part in enumerate(parts):
            match part:
                case TextPart():
                    if part.text:
                        read.append(part)
                case ImageUrlPart():
                    read.append(self._read_image(part, images, len(read), f"messages[{place}].content[{at}].image_url"))
                    images += 1
                case FilePart():
                    read.append(self._read_file(part, len(read), f"messages[{place}].content[{at}].file"))
                case InputAudioPart():
                    read.append(read_audio_part(part.input_audio, f"messages[{place}].content[{at}].input_audio"))
                case _:
                    assert_never(part)
        return tuple(read)

    def _read_image(self, part: ImageUrlPart, count: int, at: int, param: str) -> UserPart:
        url, detail = part.image_url.url, part.image_url.detail
        image = self._images.read(url, detail, place=count, param=param)
        if image is not None:
            return image
        self.attachments.append(ImageAttachment(len(self._messages), at, param, url, IMAGE_REFUSAL, detail))
        return PLACEHOLDER

    def _read_file(self, part: FilePart, at: int, param: str) -> UserPart:
        file = part.file
        self.attachments.append(
            read_file_part(
                message=len(self._messages),
                part=at,
                param=param,
                file_data=file.file_data,
                file_id=file.file_id,
                filename=file.filename,
            )
        )
        return PLACEHOLDER

    def _add_assistant(self, turn: AssistantTurn) -> None:
        parts: list[AssistantPart] = []
        if isinstance(turn.content, str):
            if turn.content:
                parts.append(TextPart(turn.content))
        elif turn.content:
            parts.extend([part if isinstance(part, TextPart) else TextPart(part.refusal) for part in turn.content])
        if turn.refusal:
            parts.append(TextPart(turn.refusal))
        for call in turn.tool_calls or ():
            parts.append(ToolCall(call.id, call.function.name, call.function.arguments))
            self._tool_names[call.id] = call.function.name
        if turn.function_call is not None:
            # The form before tools has no ids; a result answers the call just before it.
            self._legacy_calls += 1
            call_id = f"function_{self._legacy_calls}"
            parts.append(ToolCall(call_id, turn.function_call.name, turn.function_call.arguments))
        if not parts:
            return
        self._messages.append(AssistantMessage(tuple(parts), stop_reason=_stop_reason(parts)))
        self._new_turn_size = 0
        self._blank_place = None


def _stop_reason(parts: Sequence[AssistantPart]) -> Literal["stop", "toolUse"]:
    return "toolUse" if isinstance(parts[-1], ToolCall) else "stop"


def _join(content: str | Sequence[TextPart]) -> str:
    return content if isinstance(content, str) else "\n".join([part.text for part in content])


def _result(content: str | Sequence[TextPart] | None) -> tuple[UserPart, ...]:
    """An empty result still completes its call."""
    if not content:
        return ()
    return (TextPart(content),) if isinstance(content, str) else tuple(content)


def _is_blank(content: str | tuple[UserPart, ...]) -> bool:
    if isinstance(content, str):
        return not content or content.isspace()
    return all(type(part) is TextPart and part is not PLACEHOLDER and not part.text.strip() for part in content)


def _refuse_silence(param: str) -> InvalidRequest:
    return InvalidRequest("Missing user message in `messages`.", param=param)
