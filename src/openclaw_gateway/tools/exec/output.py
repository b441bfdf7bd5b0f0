"""What a command printed: decoded, without the terminal's control sequences, and bounded. Pure, fed with bytes."""

import codecs
import re
from collections import deque

# The original's bounds, in characters: of all output that is kept, and of what no poll has read yet.
MAX_KEPT_CHARS = 200_000
MAX_PENDING_CHARS = 30_000
# How a build begins and how it ends say more than its middle.
HEAD_CHARS = MAX_KEPT_CHARS // 4

_MAX_SEQUENCE_CHARS = 256

_CONTROLS = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links of a terminal
    r"|\x1b[PX^_][^\x1b]*(?:\x1b\\)?"
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
    # What turns the direction of text or hides in it, and could show a person something else than it is.
    r"|[\u200b\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_UNFINISHED = re.compile(r"(?:\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)?|\r)\Z")


class Cleaner:
    """Bytes in, text out: invalid UTF-8 becomes U+FFFD, no control sequences, one kind of line end."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""

    def feed(self, chunk: bytes, *, is_last: bool = False) -> str:
        """The text of a piece. What may be the begin of a sequence is held back until its end is there."""
        text = self._held + self._decoder.decode(chunk, is_last)
        self._held = ""
        # Searched near the end only, for a long piece that is no sequence must not be scanned from each of its places.
        tail_at = max(0, len(text) - _MAX_SEQUENCE_CHARS)
        if not is_last and (cut := _UNFINISHED.search(text, tail_at)) is not None:
            self._held, text = text[cut.start() :], text[: cut.start()]
        if not text.isprintable():
            text = _CONTROLS.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
        return text


class KeptText:
    """The first and the last characters of a text that grows; what is between them is counted."""

    def __init__(self, max_chars: int = MAX_KEPT_CHARS, head_chars: int = HEAD_CHARS) -> None:
        self._head_left = head_chars
        self._head: list[str] = []
        self._max_tail = max_chars - head_chars
        self._tail: deque[str] = deque()
        self._tail_chars = 0
        self.dropped_chars = 0

    def add(self, text: str) -> None:
        """More of the text."""
        if self._head_left:
            self._head.append(text[: self._head_left])
            text, self._head_left = text[self._head_left :], max(0, self._head_left - len(text))
        if not text:
            return
        self._tail.append(text)
        self._tail_chars += len(text)
        while (excess := self._tail_chars - self._max_tail) > 0:
            first = self._tail.popleft()
            if len(first) > excess:
                self._tail.appendleft(first[excess:])
            gone = min(len(first), excess)
            self._tail_chars -= gone
            self.dropped_chars += gone

    @property
    def text(self) -> str:
        """All that is kept, with a line for what is not."""
        gap = f"\n[… {self.dropped_chars} characters not kept …]\n" if self.dropped_chars else ""
        return "".join((*self._head, gap, *self._tail))


class Output:
    """Everything that one command printed, and what of it nobody has asked for yet."""

    def __init__(self) -> None:
        self._cleaner = Cleaner()
        self._kept = KeptText()
        self._pending = KeptText(MAX_PENDING_CHARS, 0)

    def feed(self, chunk: bytes, *, is_last: bool = False) -> str:
        """More bytes; returns the text that they added."""
        text = self._cleaner.feed(chunk, is_last=is_last)
        if text:
            self._kept.add(text)
            self._pending.add(text)
        return text

    @property
    def text(self) -> str:
        """All that is kept."""
        return self._kept.text

    def drain(self) -> str:
        """What came since the last call."""
        pending, self._pending = self._pending, KeptText(MAX_PENDING_CHARS, 0)
        return pending.text

    def tail(self, max_chars: int) -> str:
        """The end of it."""
        return self.text[-max_chars:]


def shorten(text: str, max_chars: int, how_to_go_on: str) -> str:
    """A text of at most so many characters: its head, what to do for the rest, its tail."""
    if len(text) <= max_chars:
        return text
    note = f"\n\n[… {len(text) - max_chars} of {len(text)} characters left out; {how_to_go_on} …]\n\n"
    room = max(0, max_chars - len(note))
    head = room // 4
    return f"{text[:head]}{note}{text[len(text) - (room - head) :]}"
