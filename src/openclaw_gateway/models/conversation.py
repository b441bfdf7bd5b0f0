"""The conversation as a provider will accept it: every call answered, every result asked for, ids in its alphabet.

A run that was cancelled, a history that a client trimmed, a turn that another provider answered: all of them leave
conversations that a provider refuses. They are put right here, before they are written in a provider's form.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import AssistantMessage, Message, TextPart, ToolCall, ToolResultMessage

MISSING_RESULT = "No result: the call was interrupted before it ended."

# What one model entry may keep of encoded messages. A session's window of 100,000 tokens is about 400 KB.
MAX_KEPT_BYTES = 8 * 1024 * 1024

_NOT_IN_ID = re.compile(r"[^a-zA-Z0-9_-]")
MAX_ID_CHARS = 64


def pair_tool_results(messages: Sequence[Message]) -> Sequence[Message]:
    """The same messages, where results without a call are dropped and calls without a result are given an error result.

    Without any tool in it the conversation is returned as it is.
    """
    for message in messages:
        kind = type(message)
        if kind is ToolResultMessage or (kind is AssistantMessage and _has_call(message)):
            return list(_pair(messages))
    return messages


def _has_call(message: Message) -> bool:
    parts = message.content
    # Almost every answer is one text, and this runs over the whole window on every turn.
    return type(parts[0]) is ToolCall if len(parts) == 1 else any(type(part) is ToolCall for part in parts)


def _pair(messages: Sequence[Message]) -> Iterator[Message]:
    waiting: dict[str, ToolCall] = {}
    for message in messages:
        if isinstance(message, ToolResultMessage):
            if waiting.pop(message.tool_call_id, None) is not None:
                yield message
            continue
        yield from _repair(waiting)
        waiting = {call.id: call for call in message.tool_calls} if isinstance(message, AssistantMessage) else {}
        yield message
    yield from _repair(waiting)


def _repair(waiting: dict[str, ToolCall]) -> Iterator[ToolResultMessage]:
    for call in waiting.values():
        yield ToolResultMessage(call.id, (TextPart(MISSING_RESULT),), call.name, is_error=True)


def adapt_call_id(call_id: str) -> str:
    """The id in the alphabet that every provider takes, the same for a call and its result; most stay as they are."""
    if call_id and len(call_id) <= MAX_ID_CHARS and not _NOT_IN_ID.search(call_id):
        return call_id
    import hashlib

    # What is replaced could make two ids alike, so the whole of it goes in as a digest.
    digest = hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{_NOT_IN_ID.sub('_', call_id[:40])}_{digest}"


def refuse_medium(model: str, medium: str, word: str) -> InvalidRequest:
    """The error for parts that a model does not take, wherever in the conversation they are: never a silent drop."""
    message = f'the model {model} does not take {medium}; choose one whose `input` lists "{word}"'
    return InvalidRequest(message, param="messages", code=f"{word}_not_accepted")


def write_fields(fields: Mapping[str, bytes]) -> bytes:
    """Further fields of a JSON object that is being written: `,"name":value` for each."""
    return b"".join([b",%b:%b" % (msgspec.json.encode(name), value) for name, value in fields.items()])


class _Beginning:
    """The beginning of a conversation and its text, to which more is added as the conversation goes on."""

    __slots__ = ("messages", "text")

    def __init__(self) -> None:
        self.messages: tuple[Message, ...] = ()
        self.text = bytearray()

    def begins(self, messages: tuple[Message, ...]) -> bool:
        """Whether a conversation begins like this. Fast, because messages are compared by identity first."""
        size = len(self.messages)
        return size < len(messages) and self.messages == messages[:size] and not _is_result(messages[size])


class WrittenBeginnings:
    """Texts of conversations up to their last turn: a turn writes what is new in it, not the whole session.

    Only stored messages are kept, because no other is seen again. A conversation may be parted anywhere but before a
    tool result without changing its text, which is that of its messages one after the other. Found by the first
    message; messages are immutable. When the bound is passed, what was used longest ago goes.
    """

    __slots__ = ("_kept", "_kept_bytes", "_max_kept_bytes", "_write")

    def __init__(self, write: Callable[[Sequence[Message]], bytes], max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._write = write
        self._kept: dict[int, _Beginning] = {}
        self._kept_bytes = 0
        self._max_kept_bytes = max_kept_bytes

    def write(self, messages: tuple[Message, ...]) -> tuple[bytes | bytearray, bytes]:
        """The text in two pieces, of which the first is kept and may not be changed. Raises what the writing raises."""
        cut = _start_of_news(messages)
        if cut == 0:
            return b"", self._write(messages)
        key = id(messages[0])
        beginning = self._kept.pop(key, None)
        if beginning is not None:
            self._kept_bytes -= len(beginning.text)
        if beginning is None or len(beginning.messages) > cut or not beginning.begins(messages):
            beginning = _Beginning()
        beginning.text += self._write(messages[len(beginning.messages) : cut])
        beginning.messages = messages[:cut]
        self._kept[key] = beginning
        self._kept_bytes += len(beginning.text)
        while self._kept_bytes > self._max_kept_bytes:
            self._kept_bytes -= len(self._kept.pop(next(iter(self._kept))).text)
        return beginning.text, self._write(messages[cut:])


def _start_of_news(messages: Sequence[Message]) -> int:
    """Where the messages that are not stored begin, or the last turn if all are; never at a tool result."""
    place = len(messages) - 1
    while place and (not messages[place - 1].timestamp or _is_result(messages[place])):
        place -= 1
    return place


def _is_result(message: Message) -> bool:
    return type(message) is ToolResultMessage


class EncodedMessages:
    """Messages that were encoded before, by identity: a turn encodes what is new in it, not the whole session.

    Messages are immutable, and each is kept beside its bytes, so that its identity stays its own. When the bound is
    passed the oldest go.
    """

    __slots__ = ("_kept", "_kept_bytes", "_max_kept_bytes")

    def __init__(self, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        # Not a dict: from one that loses its first key again and again, each next one takes longer to find.
        self._kept: OrderedDict[int, tuple[Message, bytes]] = OrderedDict()
        self._kept_bytes = 0
        self._max_kept_bytes = max_kept_bytes

    def find(self, message: Message) -> bytes | None:
        """The bytes of this very message."""
        kept = self._kept.get(id(message))
        return kept[1] if kept is not None else None

    def keep(self, message: Message, encoded: bytes) -> None:
        """Remember; large ones (images) are not worth the room of many small ones."""
        size = len(encoded)
        if size > self._max_kept_bytes // 16 or id(message) in self._kept:
            return
        self._kept[id(message)] = (message, encoded)
        self._kept_bytes += size
        while self._kept_bytes > self._max_kept_bytes:
            _, (_, gone) = self._kept.popitem(last=False)
            self._kept_bytes -= len(gone)
