"""A run's events as server-sent events: read from the log at the client's pace, written as soon as they are there.

The head is held back until there is something to show, so that a run that fails first is answered with its own status;
after a few seconds of silence it goes out anyway, and comments keep proxies from losing patience.
"""

import asyncio
from typing import TYPE_CHECKING

from openclaw_gateway.endpoints.exchange import HttpReply, StreamReply
from openclaw_gateway.events import PRELUDE_EVENTS, RunFailed
from openclaw_gateway.wire.event_reader import EventReader

if TYPE_CHECKING:
    from openclaw_gateway.wire.http_protocol import HttpConnection
    from openclaw_gateway.wire.shared import Shared

_HEADERS = [(b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
_COMMENT = b": keepalive\n\n"
# Where events have ids: SDKs of OpenAI keep the last id, and take an empty line behind it for an event without data.
_COMMENT_AMONG_IDS = b": keepalive\n"
_LAST_CHUNK = b"0\r\n\r\n"


async def send_stream(reply: StreamReply, connection: "HttpConnection", shared: "Shared") -> HttpReply | None:
    """Send the whole stream; returns the reply to send instead when the run failed before anything was sent.

    All events that are there at a wake-up go out in one write. A client that does not read is waited for, up to the
    connection's deadline; its events wait in the log.
    """
    out = _EventStream(reply, connection, shared)
    log = reply.log
    try:
        # Whoever comes back has begun to read; an end that is bad news is an event of its stream.
        if reply.after is None and (failure := await _wait_for_news(reply, out)) is not None:
            return reply.encoder.encode_failure(failure.error)
        reader = EventReader(reply)
        while True:
            part = reader.read()
            if log.last is not None:
                out.write_last(part)
                return None
            if part:
                out.write(part)
                if connection.flow.is_stalled:
                    await connection.flow.wait()
            await log.wait_beyond(reader.place)
    finally:
        out.stop()


async def _wait_for_news(reply: StreamReply, out: "_EventStream") -> RunFailed | None:
    """Return at the first event that a client could see, or once the head is out; the failure if it came before."""
    events, place, holds = reply.log.events, 0, reply.encoder.holds
    while not out.has_head:
        await reply.log.wait_beyond(place)
        for event in events[place:]:
            if type(event) not in PRELUDE_EVENTS and not holds(event):
                return event if isinstance(event, RunFailed) and not out.has_head else None
        place = len(events)
    return None


class _EventStream:
    """The answer's side of it: the head before the first byte, chunks around each write, comments in silence."""

    __slots__ = (
        "_comment",
        "_comment_s",
        "_connection",
        "_head",
        "_is_chunked",
        "_loop",
        "_timer",
        "_wrote_at",
        "has_head",
    )

    def __init__(self, reply: StreamReply, connection: "HttpConnection", shared: "Shared") -> None:
        self._head = reply.head
        self._connection = connection
        self._is_chunked = connection.is_chunked
        self._loop = shared.loop
        self._comment = _COMMENT_AMONG_IDS if reply.run_id else _COMMENT
        self._comment_s = shared.limits.stream_comment_s
        self._wrote_at = 0.0
        self._timer: asyncio.TimerHandle = shared.loop.call_later(shared.limits.head_hold_s, self._break_silence)
        self.has_head = False

    def write(self, part: bytes) -> None:
        """One or more whole events, at once."""
        if self._is_chunked:
            part = b"%x\r\n%b\r\n" % (len(part), part)
        if not self.has_head:
            part = self._take_head() + part
        self._wrote_at = self._loop.time()
        self._connection.write(part)

    def write_last(self, part: bytes) -> None:
        """The last events, and the end of the body."""
        if self._is_chunked:
            part = b"%x\r\n%b\r\n%b" % (len(part), part, _LAST_CHUNK) if part else _LAST_CHUNK
        if not self.has_head:
            part = self._take_head() + part
        self._connection.write(part)

    def stop(self) -> None:
        """No more comments."""
        self._timer.cancel()

    def _take_head(self) -> bytes:
        head = self._connection.stream_head([*_HEADERS, *self._head()])
        self.has_head = True
        return head

    def _break_silence(self) -> None:
        # One timer for the whole stream, armed again from where the last write was: an event costs it nothing.
        rest_s = self._wrote_at + self._comment_s - self._loop.time() if self.has_head else 0.0
        if rest_s <= 0:
            if not self._connection.flow.is_stalled:
                self.write(self._comment)
            rest_s = self._comment_s
        self._timer = self._loop.call_later(rest_s, self._break_silence)
