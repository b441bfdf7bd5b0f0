"""Server-sent events out of bytes, without I/O: any split of the same bytes gives the same events.

Lines end in LF, CR LF or CR; a leading byte order mark is dropped; several data lines are joined with LF; comments and
fields we do not use are skipped. Source: WHATWG HTML, section 9.2 "Server-sent events".
"""

from collections.abc import Sequence

# Far above any event of a provider (a whole tool call is some kilobytes), and what one endless line may cost us.
MAX_EVENT_BYTES = 1024 * 1024
# A line costs us time even when it is empty. One read of the network holds some thousands at most, and an answer of
# 128,000 tokens has three lines for each: these bound what one read and one answer can cost.
MAX_LINES_AT_ONCE = 50_000
MAX_LINES = 1_000_000

_BOM = b"\xef\xbb\xbf"

# (event name or b"", data)
SseEvent = tuple[bytes, bytes]


class EventTooLargeError(Exception):
    """An event, or one line of it, passed the cap."""


class TooManyLinesError(Exception):
    """More lines than any answer has."""


class SseDecoder:
    """Feed it bytes, get events. What is kept between calls is one incomplete event, never more than the cap."""

    __slots__ = ("_after_cr", "_is_at_start", "_lines_left", "_max_event_bytes", "_pending")

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._pending = bytearray()
        self._after_cr = False
        self._is_at_start = True
        self._lines_left = MAX_LINES
        self._max_event_bytes = max_event_bytes

    def feed(self, received: bytes) -> Sequence[SseEvent]:
        """The events that these bytes complete. Raises EventTooLargeError and TooManyLinesError."""
        if self._after_cr or b"\r" in received:
            received = self._unify_line_ends(received)
        pending = self._pending
        if pending:
            # Only what is new is searched, so that a long event in small pieces costs its length, not its square.
            search_from = len(pending) - 1
            pending += received
            end = pending.rfind(b"\n\n", search_from)
            if end < 0:
                return self._keep()
            whole = bytes(pending[:end])
            del pending[: end + 2]
        else:
            end = received.rfind(b"\n\n")
            if end < 0:
                pending += received
                return self._keep()
            whole = received[:end]
            if end + 2 < len(received):
                pending += received[end + 2 :]
        self._keep()
        return self._parse(whole)

    def end(self) -> Sequence[SseEvent]:
        """What is left when the stream is over: servers forget the last blank line. Raises TooManyLinesError."""
        whole = bytes(self._pending)
        self._pending.clear()
        return self._parse(whole)

    def _keep(self) -> Sequence[SseEvent]:
        if len(self._pending) > self._max_event_bytes:
            raise EventTooLargeError
        return ()

    def _unify_line_ends(self, received: bytes) -> bytes:
        if self._after_cr and received.startswith(b"\n"):
            received = received[1:]
            self._after_cr = False
        if received:
            self._after_cr = received.endswith(b"\r")
        return received.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _parse(self, whole: bytes) -> Sequence[SseEvent]:
        if self._is_at_start:
            self._is_at_start = False
            whole = whole.removeprefix(_BOM)
        line_ends = whole.count(b"\n")
        self._lines_left -= line_ends + 2
        if line_ends > MAX_LINES_AT_ONCE or self._lines_left < 0:
            raise TooManyLinesError
        # All that providers of the OpenAI form ever send: one line of data for each event, and no other line break.
        if whole.startswith(b"data: "):
            values = whole[6:].split(b"\n\ndata: ")
            if line_ends == 2 * (len(values) - 1):
                return [(b"", value) for value in values]
        events: list[SseEvent] = []
        for block in whole.split(b"\n\n"):
            _parse_block(block, events)
        return events


def _parse_block(block: bytes, events: list[SseEvent]) -> None:
    name = b""
    values: list[bytes] = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        if field == b"data":
            values.append(value.removeprefix(b" "))
        elif field == b"event":
            name = value.removeprefix(b" ")
    if values:
        events.append((name, values[0] if len(values) == 1 else b"\n".join(values)))
