"""One connection to a model's server: a request out, an answer in, limits on silence and size, and the cut.

idle ──exchange()──► asking ──whole answer──► idle (kept) or closed
                       └──limit, cap, loss, error of the reader, cut()──► aborted
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

from openclaw_gateway.model_errors import (
    ModelAnswerTooLarge,
    ModelError,
    ModelProtocolError,
    ModelTimeout,
    ModelUnreachable,
)

MAX_HEAD_BYTES = 64 * 1024
# 128,000 tokens at 250 bytes of chunk each; what an upstream can make us read for one answer. What it can make us keep
# is bounded by `draft.MAX_SAID_CHARS`.
MAX_ANSWER_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to wait for a connection, for the first byte of the answer's body, and for any byte after it."""

    connect_s: float = 10.0
    first_token_s: float = 120.0
    idle_s: float = 120.0


class UpstreamTrouble(Exception):
    """What went wrong on the way, for the caller to tell as `kind`. limit: which one fired, for ModelTimeout."""

    def __init__(self, kind: type[ModelError], text: str, *, limit: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.limit = limit


class StaleConnectionError(Exception):
    """A kept connection was closed by the server before it gave any byte of this answer."""


class Reader(Protocol):
    """Who reads an answer, called from the event loop's read callback; an UpstreamTrouble raised there cuts."""

    @property
    def has_begun(self) -> bool:
        """Whether something of the answer's body was understood: the idle limit counts from now on."""
        ...

    @property
    def linger_s(self) -> float | None:
        """Set once the answer says that it is over: how long to wait for the body to end as well."""
        ...

    def connected(self) -> None:
        """The connection stands and the request is being sent."""
        ...

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head is there."""
        ...

    def feed(self, received: bytes) -> None:
        """More of the body."""
        ...


class Connection(asyncio.Protocol):
    """A kept-alive HTTP/1.1 connection; one exchange at a time. on_lost is called once, when it is gone for good."""

    __slots__ = (
        "_done",
        "_fields",
        "_has_begun",
        "_has_head",
        "_heard_at",
        "_is_stray",
        "_is_whole",
        "_limits",
        "_linger_timer",
        "_loop",
        "_parser",
        "_pieces",
        "_reader",
        "_received",
        "_rings_at",
        "_silence_timer",
        "_status",
        "_transport",
        "idle_since",
        "is_reusable",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._done: asyncio.Future[None] | None = None
        self._reader: Reader | None = None
        self._limits = Limits()
        self._silence_timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0
        self._linger_timer: asyncio.TimerHandle | None = None
        self._fields: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._received = 0
        self._heard_at = 0.0
        self._status = 0
        self._has_head = self._has_begun = self._is_whole = self._is_stray = False
        self.is_reusable = False
        self.idle_since = 0.0

    # --- for the client ---------------------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether a request may be sent on it."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def peer(self) -> str:
        """The address at the other end."""
        address = self._transport.get_extra_info("peername") if self._transport else None
        return str(address[0]) if address else ""

    async def exchange(self, head: bytes, body: bytes, reader: Reader, limits: Limits) -> bool:
        """Send a request and feed the answer to the reader until it is over; whether its body ended properly.

        Raises UpstreamTrouble, StaleConnectionError, and what the reader raises. Whatever ends it early, a cancellation
        included, has cut the connection when this returns.
        """
        transport = self._transport
        assert transport is not None
        done = self._begin(reader, limits)
        transport.writelines((head, body))
        reader.connected()
        try:
            await done
        finally:
            self._end(done)
            # A failed future holds its error, whose traceback holds this frame: together with the answer so far they
            # would wait for the garbage collector.
            del done
        return self._is_whole

    def cut(self) -> None:
        """Close at once; nothing more is sent or read."""
        self.is_reusable = False
        if self._transport is not None:
            self._transport.abort()

    def _begin(self, reader: Reader, limits: Limits) -> "asyncio.Future[None]":
        self.is_reusable = False
        self._received = 0
        self._has_head = self._has_begun = self._is_whole = self._is_stray = False
        self._fields = []
        self._reader, self._limits = reader, limits
        loop = self._loop
        self._heard_at = loop.time()
        self._watch_silence(self._heard_at + min(limits.first_token_s, limits.idle_s))
        self._done = done = loop.create_future()
        return done

    def _end(self, done: "asyncio.Future[None]") -> None:
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None
        self._reader = self._done = None
        self._pieces.clear()
        if not self._is_whole or done.cancelled() or done.exception() is not None:
            self.cut()

    # --- called by the event loop -----------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # A cast, because uvloop's transports share the interface of asyncio's and not their class.
        transport = cast("asyncio.Transport", transport)
        self._transport = transport

    def data_received(self, received: bytes) -> None:
        """Parse, hand on, and see whether that was all."""
        reader = self._reader
        if reader is None or self._done is None or self._done.done():
            self.cut()  # bytes that nobody asked for: the next answer on it could not be trusted
            return
        self._heard_at = self._loop.time()
        self._received += len(received)
        try:
            self._parser.feed_data(received)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(UpstreamTrouble(ModelProtocolError, "what it sent is not an HTTP/1.1 answer"))
            return
        if self._has_head:
            try:
                if not self._has_begun:
                    self._has_begun = True
                    reader.begin(self._status, self._fields)
                self._hand_on(reader)
            except UpstreamTrouble as error:
                self._fail(error)
                return
        self._judge(reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end is gone, or we cut it."""
        done, reader = self._done, self._reader
        self.is_reusable = False
        if self._silence_timer is not None:
            self._silence_timer.cancel()
        if done is None or done.done() or reader is None:
            return
        if exc is not None and not isinstance(exc, OSError):
            done.set_exception(exc)  # a bug in the reader: the event loop closed the connection because of it
        elif self._received == 0:
            done.set_exception(StaleConnectionError())
        elif not self._has_head:
            self._fail(UpstreamTrouble(ModelUnreachable, "it closed the connection before it answered"))
        else:
            self._is_whole = exc is None and self._ends_with_connection()
            done.set_result(None)

    def _hand_on(self, reader: Reader) -> None:
        pieces = self._pieces
        if pieces:
            received = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            pieces.clear()
            reader.feed(received)

    def _judge(self, reader: Reader) -> None:
        if self._is_whole:
            self._succeed()
        elif not self._has_head:
            if self._received > MAX_HEAD_BYTES:
                self._fail(UpstreamTrouble(ModelProtocolError, f"its headers are over {MAX_HEAD_BYTES} bytes"))
        elif self._received > MAX_ANSWER_BYTES:
            self._fail(UpstreamTrouble(ModelAnswerTooLarge, f"its answer is over {MAX_ANSWER_BYTES} bytes"))
        elif reader.linger_s is not None:
            self._wait_for_end(reader.linger_s)

    def _wait_for_end(self, linger_s: float) -> None:
        """The answer is over but its body is not: servers forget the end, so only a little while."""
        if self._linger_timer is not None:
            self._linger_timer.cancel()
        self._linger_timer = self._loop.call_later(linger_s, self._succeed)

    def _watch_silence(self, at: float) -> None:
        """Look then, on the loop's clock; a timer that rings earlier looks again, so that it outlives its exchange: a
        turn arms none, and a chunk costs one look at the clock.
        """
        if self._silence_timer is not None:
            if self._rings_at <= at:
                return
            self._silence_timer.cancel()
        self._rings_at = at
        self._silence_timer = self._loop.call_at(at, self._check_silence)

    def _check_silence(self) -> None:
        self._silence_timer = None
        reader, limits = self._reader, self._limits
        if reader is None or self._linger_timer is not None:
            return
        limit, limit_s = ("idle", limits.idle_s) if reader.has_begun else ("first_token", limits.first_token_s)
        rest_s = self._heard_at + limit_s - self._loop.time()
        if rest_s <= 0:
            text = f"it was silent for {limit_s:g} s (limit: {limit})"
            self._fail(UpstreamTrouble(ModelTimeout, text, limit=limit))
        else:
            self._watch_silence(self._loop.time() + min(rest_s, limits.idle_s))

    def _succeed(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def _fail(self, error: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)
        self.cut()

    def _ends_with_connection(self) -> bool:
        """Whether the body's end is the connection's: no length, no chunks (RFC 9112, 6.3)."""
        return not any(name.lower() in {b"content-length", b"transfer-encoding"} for name, _ in self._fields)

    # --- called by the parser ---------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A second answer to one request is a stray, and the connection is not to be trusted."""
        if self._is_whole:
            self._is_stray = True
            self.is_reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head, or of a trailer."""
        if not self._has_head:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is there; 1xx heads announce another one."""
        status = self._parser.get_status_code()
        if status >= 200 and not self._is_stray:
            self._has_head = True
            self._status = status

    def on_body(self, body: bytes) -> None:
        """Gathered, so that a read from the network is one call of the reader however many chunks it holds."""
        if not self._is_stray:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        """The end of the answer, or of a 1xx head."""
        if self._has_head:
            # Asked now, because the parser forgets it at once.
            self.is_reusable = not self._is_stray and self._parser.should_keep_alive()
            self._is_whole = True
        else:
            self._fields.clear()
