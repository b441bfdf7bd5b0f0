"""What was written of a conversation before, so that a turn writes what is new in it and not the whole session.

Two kinds, because the two forms differ. OpenAI's text of a conversation is that of its messages one after the other, so
a whole beginning is kept as one text (`WrittenBeginnings`): the cheapest that there is. Anthropic's joins neighbours of
one role, so that what is last may still grow; there single messages are kept (`EncodedMessages`).
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from openclaw_gateway.messages import Message, ToolResultMessage

# What one model entry may keep of encoded messages. A session's window of 100,000 tokens is about 400 KB.
MAX_KEPT_BYTES = 8 * 1024 * 1024


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
