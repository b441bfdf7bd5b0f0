"""Stored messages as `chat.history` and `session.message` show them.

The form is the original's: `role` is user, assistant or toolResult, arguments of a call are an object, usage is always
whole, and `__openclaw` says where the message stands. Texts are cut to what the reader wants; of images it is told the
size.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from openclaw_gateway.messages import (
    AssistantMessage,
    Message,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
    is_aside,
)
from openclaw_gateway.sessions.compaction import Compaction
from openclaw_gateway.sessions.session import Entry

TRUNCATED: Final = "\n...(truncated)..."
# What history shows of one text unless the reader says; `chat.message.get` has all of it.
DEFAULT_MAX_CHARS: Final = 8000

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

Told = Mapping[str, object]


def tell_message(entry: Entry, seq: int, *, max_chars: int | None = DEFAULT_MAX_CHARS) -> Told:
    """One message. seq: its place in the session's path, from 1. max_chars: of each text; None for all, images too."""
    message = entry.message
    cutter = _Cutter(max_chars)
    content: object
    match message.content:
        case str(text):
            content = cutter.cut(text)
        case parts:
            content = [cutter.tell_part(part) for part in parts]
    told: dict[str, object] = {"role": _ROLES[type(message)], "content": content, "timestamp": message.timestamp}
    if is_aside(message):
        told["excludeFromContext"] = True
    if isinstance(message, AssistantMessage):
        _add_answer(told, message)
    elif isinstance(message, ToolResultMessage):
        told["toolCallId"] = message.tool_call_id
        told["toolName"] = message.tool_name
        told["isError"] = message.is_error
    place: dict[str, object] = {
        "id": str(entry.id),
        "seq": seq,
        "recordTimestampMs": message.timestamp,
        "transcriptPosition": seq,
    }
    if entry.run_id:
        place["runId"] = entry.run_id
    if cutter.has_cut:
        place["truncated"] = True
    told["__openclaw"] = place
    return told


def tell_compaction(compaction: Compaction) -> Told:
    """The mark of a compaction between two messages: what was said before it the model knows from a summary."""
    return {
        "role": "system",
        "content": [{"type": "text", "text": "Compaction"}],
        "timestamp": compaction.at_ms,
        "__openclaw": {
            "id": f"compaction-{compaction.after_id}",
            "kind": "compaction",
            "tokensBefore": compaction.tokens_before,
            "tokensAfter": compaction.tokens_after,
        },
    }


def tell_usage(usage: Usage) -> dict[str, object]:
    """Tokens of one call or a sum; `estimated` is there only when it is true, `cost` only when a price is known."""
    told: dict[str, object] = {
        "input": usage.input,
        "output": usage.output,
        "cacheRead": usage.cache_read,
        "cacheWrite": usage.cache_write,
        "totalTokens": usage.total,
    }
    if usage.estimated:
        told["estimated"] = True
    cost = usage.cost
    if cost is not None:
        told["cost"] = {
            "input": cost.input,
            "output": cost.output,
            "cacheRead": cost.cache_read,
            "cacheWrite": cost.cache_write,
            "total": cost.total,
        }
    return told


_ROLES: Final[Mapping[type[Message], str]] = {
    UserMessage: "user",
    AssistantMessage: "assistant",
    ToolResultMessage: "toolResult",
}


def _add_answer(told: dict[str, object], message: AssistantMessage) -> None:
    origin = {"api": message.api, "provider": message.provider, "model": message.model}
    told |= {name: value for name, value in origin.items() if value is not None}
    if message.usage is not None:
        told["usage"] = tell_usage(message.usage)
    told["stopReason"] = message.stop_reason


class _Cutter:
    """Tells parts, and remembers whether anything was left out."""

    __slots__ = ("_max_chars", "has_cut")

    def __init__(self, max_chars: int | None) -> None:
        self._max_chars = max_chars
        self.has_cut = False

    def cut(self, text: str) -> str:
        if self._max_chars is None or len(text) <= self._max_chars:
            return text
        self.has_cut = True
        return text[: self._max_chars] + TRUNCATED

    def tell_part(self, part: msgspec.Struct) -> Told:
        if isinstance(part, ToolCall):
            return {"type": "toolCall", "id": part.id, "name": part.name, "arguments": _object_of(part.arguments)}
        told: dict[str, object] = msgspec.to_builtins(part)
        if isinstance(part, ThinkingPart):
            told.pop("signature", None)  # the provider's proof is for the provider
        for name in ("text", "thinking"):
            text = told.get(name)
            if isinstance(text, str):
                told[name] = self.cut(text)
        blob = told.get("data")
        if isinstance(blob, str) and self._max_chars is not None:
            del told["data"]
            told["omitted"] = True
            told["bytes"] = len(blob) * 3 // 4
        return told


def _object_of(arguments: str) -> object:
    """The arguments of a call as the object that they should be; what is none is told as text under `raw`."""
    try:
        _decode_object(arguments)
    except (ValueError, RecursionError):
        return {"raw": arguments} if arguments.strip() else {}
    return msgspec.Raw(arguments)
