"""JSON lines out of bytes, without I/O: any split of the same bytes gives the same lines.

Lines end in LF or CR LF; blank ones are skipped. Source: the NDJSON of Ollama's API.
"""

from collections.abc import Sequence

from openclaw_gateway.models.sse_decoder import (
    MAX_EVENT_BYTES,
    MAX_LINES,
    MAX_LINES_AT_ONCE,
    EventTooLargeError,
    SseEvent,
    TooManyLinesError,
)


class LineDecoder:
    """Feed it bytes, get lines, as events without a name. What is kept is one incomplete line, at most the cap."""

    __slots__ = ("_lines_left", "_max_line_bytes", "_pending")

    def __init__(self, max_line_bytes: int = MAX_EVENT_BYTES) -> None:
        self._pending = bytearray()
        self._lines_left = MAX_LINES
        self._max_line_bytes = max_line_bytes

    def feed(self, received: bytes) -> Sequence[SseEvent]:
        """The lines that these bytes complete. Raises EventTooLargeError and TooManyLinesError."""
        pending = self._pending
        # Only what is new is searched, so that a long line in small pieces costs its length, not its square.
        end = received.rfind(b"\n")
        if end < 0:
            pending += received
            whole = b""
        else:
            whole = bytes(pending) + received[:end]
            pending[:] = received[end + 1 :]
        if len(pending) > self._max_line_bytes:
            raise EventTooLargeError
        return self._split(whole) if whole else ()

    def end(self) -> Sequence[SseEvent]:
        """The last line, when it has no end of its own. Raises TooManyLinesError."""
        whole = bytes(self._pending)
        self._pending.clear()
        return self._split(whole)

    def _split(self, whole: bytes) -> Sequence[SseEvent]:
        count = whole.count(b"\n") + 1
        self._lines_left -= count
        if count > MAX_LINES_AT_ONCE or self._lines_left < 0:
            raise TooManyLinesError
        lines = [(b"", line) for line in map(bytes.strip, whole.split(b"\n")) if line]
        if any(len(line) > self._max_line_bytes for _, line in lines):
            raise EventTooLargeError
        return lines
