"""A stored message as another session is shown it: what was said, and nothing that only its own model needs. Pure."""

from typing import Final

import msgspec

from openclaw_gateway.journal import SECRET_SHAPES
from openclaw_gateway.messages import (
    AssistantMessage,
    AssistantPart,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
    UserPart,
    is_aside,
)
from openclaw_gateway.sessions.session import Entry

MAX_TEXT_CHARS: Final = 4_000
MAX_ARGUMENT_CHARS: Final = 500
_HIDDEN: Final = "[hidden]"


class ToldPart(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """type: text or toolCall."""

    type: str
    text: str = ""
    name: str = ""
    arguments: str = ""


class ToldMessage(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One message. role: user, assistant or toolResult. timestamp: ms since the epoch."""

    id: str
    role: str
    content: list[ToldPart]
    timestamp: int
    tool_name: str = ""
    is_error: bool = False


def tell_message(entry: Entry, *, with_tools: bool) -> ToldMessage | None:
    """The message without reasoning, pictures and secrets; None if nothing is left to tell, or no model is to know."""
    message = entry.message
    if is_aside(message):
        return None
    tool_name, is_error = "", False
    if isinstance(message, ToolResultMessage):
        if not with_tools:
            return None
        role, tool_name, is_error = "toolResult", message.tool_name, message.is_error
        parts = [_tell_part(part) for part in message.content]
    elif isinstance(message, UserMessage):
        role = "user"
        texts = (TextPart(message.content),) if isinstance(message.content, str) else message.content
        parts = [_tell_part(part) for part in texts]
    else:
        role, parts = "assistant", _tell_answer(message, with_tools=with_tools)
    if not parts:
        return None
    return ToldMessage(str(entry.id), role, parts, message.timestamp, tool_name, is_error)


def _tell_answer(message: AssistantMessage, *, with_tools: bool) -> list[ToldPart]:
    wanted = [part for part in message.content if type(part) is TextPart or (with_tools and type(part) is ToolCall)]
    return [_tell_part(part) for part in wanted]


def _tell_part(part: UserPart | AssistantPart) -> ToldPart:
    match part:
        case TextPart(text=text):
            return ToldPart("text", clean(text, MAX_TEXT_CHARS))
        case ToolCall(name=name, arguments=arguments):
            return ToldPart("toolCall", name=name, arguments=clean(arguments, MAX_ARGUMENT_CHARS))
        case ThinkingPart():
            return ToldPart("text")
        case _:
            return ToldPart("text", f"[{part.__class__.__name__.removesuffix('Part').lower()}]")


def clean(text: str, max_chars: int) -> str:
    """The text without what looks like a credential, within its bound."""
    text = SECRET_SHAPES.sub(_HIDDEN, text)
    return text if len(text) <= max_chars else f"{text[:max_chars]}\n[cut: {len(text)} characters in all]"
