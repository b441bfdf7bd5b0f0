"""One WebSocket: frames in, actions of the protocol's state machine out, and bounds on everything a peer may do.

Text frames go through the sans-IO `Connection`; what it decides is done here. All that is sent goes through one outbox,
the transport's buffer, in the order of sending; a client that lets it grow beyond its bound is let go with a reason.
"""

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from typing import cast

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol

from openclaw_gateway.auth.peer import Client
from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.auth.scopes import is_granted
from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.dialects.gateway.connection import (
    POLICY_VIOLATION,
    Action,
    Authenticate,
    Close,
    Connection,
    Dispatch,
    Send,
    clip_reason,
)
from openclaw_gateway.dialects.gateway.frames import EncodedEvent, Request, encode_refusal
from openclaw_gateway.dialects.gateway.handshake import ConnectParams
from openclaw_gateway.endpoints.table import Caller
from openclaw_gateway.errors import GatewayError, InvalidRequest
from openclaw_gateway.wire.deadline import Deadline
from openclaw_gateway.wire.head import Head
from openclaw_gateway.wire.shared import Shared
from openclaw_gateway.wire.socket_handler import SocketHandler, Visitor

logger = logging.getLogger(__name__)
# The library tells of each opening and closing; only its complaints are of use.
_frames_logger = logging.getLogger(f"{__name__}.frames")
_frames_logger.setLevel(logging.WARNING)

UNSUPPORTED_DATA = 1003
INVALID_TEXT = 1007
INTERNAL_ERROR = 1011
# Refusals that a client may collect before it has to connect again; each good answer forgives one.
MAX_REFUSALS = 256
# Before connect a peer is owed a challenge, an answer and some pongs.
MAX_STRANGER_OUTBOX_BYTES = 256 * 1024


def open_socket(shared: Shared, handler: SocketHandler, head: Head, client: Client) -> "GatewaySocket":
    """Check the opening handshake of an upgrade. Raises InvalidRequest for one that breaks RFC 6455."""
    frames = ServerProtocol(
        state=State.OPEN, max_size=shared.limits.max_stranger_message_bytes, logger=_frames_logger, extensions=None
    )
    response = frames.accept(Handshake(head.path, Headers(head.headers), head.method))
    if response.status_code != 101:
        raise InvalidRequest(f"not a WebSocket handshake: {frames.handshake_exc}")
    visitor = Visitor(
        client, head.headers.get("origin"), connection_id=secrets.token_hex(16), nonce=secrets.token_hex(16)
    )
    return GatewaySocket(shared, handler, visitor, frames, response.serialize())


class GatewaySocket(asyncio.Protocol):
    """A socket from its opening to its end."""

    # fmt: off
    __slots__ = (
        "_awaits_pong", "_caller", "_caps", "_connection", "_deadline", "_frames", "_handler", "_is_behind",
        "_is_closing", "_opening", "_parts", "_refusals_left", "_shared", "_tasks", "_transport", "_visitor",
    )
    # fmt: on

    _transport: asyncio.Transport

    def __init__(
        self, shared: Shared, handler: SocketHandler, visitor: Visitor, frames: ServerProtocol, opening: bytes
    ) -> None:
        self._shared = shared
        self._handler = handler
        self._visitor = visitor
        self._frames = frames
        self._opening = opening
        self._connection = Connection(visitor.nonce)
        self._deadline = Deadline(shared.loop, self._on_deadline)
        self._parts: bytearray | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._caller: Caller | None = None
        self._caps: frozenset[str] = frozenset()
        self._awaits_pong = False
        self._is_behind = False
        self._is_closing = False
        self._refusals_left = MAX_REFUSALS

    @property
    def principal(self) -> Principal | None:
        """Whose socket it is, once admitted."""
        return self._caller.principal if self._caller is not None else None

    @property
    def caller(self) -> Caller | None:
        """The client, once admitted."""
        return self._caller

    # --- The transport calls ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer the opening handshake and challenge the client."""
        # uvloop's transports have the methods of asyncio's and none of its classes.
        self._transport = cast("asyncio.Transport", transport)
        leaving = self._shared.census.enter(self, self._visitor.client.address)
        if leaving is not None:
            leaving.evict()
        self._transport.write(self._opening)
        self._opening = b""
        self._send(self._connection.challenge(wall_clock_ms()))
        self._deadline.set(self._shared.limits.handshake_s)

    def data_received(self, data: bytes) -> None:
        """Take frames, whole or in pieces."""
        self._frames.receive_data(data)
        for event in self._frames.events_received():
            if isinstance(event, Frame) and not self._is_closing:
                self._take(event)
        self._flush()
        if self._connection.is_open:
            self._awaits_pong = False
            self._deadline.set(self._shared.limits.ping_every_s)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The client is gone; what it asked is not answered, what it started belongs to the gateway."""
        self._is_closing = True
        self._connection.close()
        self._shared.forget(self)
        self._shared.broadcast.discard(self)
        self._deadline.stop()
        for task in self._tasks:
            task.cancel()

    def pause_writing(self) -> None:
        """The client is behind: it misses what a later event repeats."""
        self._is_behind = True
        self._shared.note_unread(self, self._transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client caught up."""
        self._is_behind = False
        self._shared.note_read(self)

    # --- What others may do ----------------------------------------------------------------------------------------

    def evict(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    def close_when_idle(self) -> None:
        """Nothing yet: a socket is told when the gateway goes, after the runs that it hears of."""

    def offer(self, event: EncodedEvent) -> None:
        """Send a broadcast, if this client may hear it and is not too far behind for it."""
        if self._caller is None or not self._connection.is_open:
            return
        if event.scope is not None and not is_granted(self._caller.principal.scopes, event.scope):
            return
        if (event.cap is not None and event.cap not in self._caps) or (event.is_droppable and self._is_behind):
            return
        if event.unless_cap is not None and event.unless_cap in self._caps:
            return
        if event.topics is not None and event.topics.isdisjoint(self._caller.topics):
            return
        self._send(self._connection.numbered(event))

    def close(self, code: int, reason: str) -> None:
        """Say why, then close; a peer that does not answer in time is cut."""
        if self._is_closing:
            return
        self._is_closing = True
        self._connection.close()
        self._shared.broadcast.discard(self)
        if self._frames.state is State.OPEN:
            self._frames.send_close(code, clip_reason(reason))
        self._flush()
        self._deadline.set(self._shared.limits.close_within_s)

    # --- Reading ---------------------------------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        match frame.opcode:
            case Opcode.TEXT if frame.fin:
                self._receive(bytes(frame.data))
            case Opcode.TEXT:
                self._parts = bytearray(frame.data)
            case Opcode.CONT if self._parts is not None:
                self._parts += frame.data
                if frame.fin:
                    message, self._parts = bytes(self._parts), None
                    self._receive(message)
            case Opcode.BINARY:
                self.close(UNSUPPORTED_DATA, "binary frames are not read: send text")
            case _:  # pings are answered by the library, any frame counts as a pong
                pass

    def _receive(self, message: bytes) -> None:
        try:
            text = message.decode()
        except UnicodeDecodeError:
            self.close(INVALID_TEXT, "a text frame is not UTF-8")
            return
        self._do(self._connection.receive_text(text))

    def _do(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Send():
                    self._send(action.frame)
                    if self._connection.is_open:
                        self._count_refusal()
                case Authenticate():
                    self._spawn(self._welcome(action.connect))
                case Dispatch():
                    self._spawn(self._answer(action.request))
                case Close():
                    self.close(action.code, action.reason)

    # --- Answering -------------------------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = self._shared.spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _welcome(self, connect: ConnectParams) -> None:
        try:
            principal, hello = await self._handler.welcome(connect, self._visitor)
        except GatewayError as error:
            self._do(self._connection.refuse(error))
            return
        except Exception:
            logger.exception("connect of %s failed", self._visitor.connection_id)
            self._do(self._connection.refuse(GatewayError("internal error")))
            return
        now_ms = wall_clock_ms()
        self._caller = Caller(principal, connect, self._visitor.connection_id, self._send, now_ms)
        self._caps = frozenset(connect.caps)
        for action in self._connection.admit(hello):
            assert isinstance(action, Send)
            self._send(action.frame)
        if self._connection.is_open:
            self._frames.max_message_size = self._shared.limits.max_message_bytes
            self._shared.census.recognize(self)
            self._shared.broadcast.add(self)
            self._deadline.set(self._shared.limits.ping_every_s)

    async def _answer(self, request: Request) -> None:
        """Answer one request. The catch-all of this connection: a bug costs one answer, and tells nothing of itself."""
        assert self._caller is not None
        try:
            frame = await self._handler.answer(request, self._caller)
            self._refusals_left = min(self._refusals_left + 1, MAX_REFUSALS)
        except GatewayError as error:
            frame = encode_refusal(request.id, error)
            self._count_refusal()
        except Exception:
            logger.exception("%s failed on %s", request.method, self._visitor.connection_id)
            frame = encode_refusal(request.id, GatewayError("internal error"))
        finally:
            self._connection.request_done()
        self._send(frame)

    def _count_refusal(self) -> None:
        self._refusals_left -= 1
        if self._refusals_left <= 0:
            self.close(POLICY_VIOLATION, "too many refused requests")

    # --- The outbox ------------------------------------------------------------------------------------------------

    def _send(self, frame: bytes) -> None:
        if self._frames.state is State.OPEN and not self._is_closing:
            self._frames.send_text(frame)
            self._flush()

    def _flush(self) -> None:
        for part in self._frames.data_to_send():
            if part:
                self._transport.write(part)
            else:
                self._is_closing = True
                self._transport.close()
        limits = self._shared.limits
        bound = limits.max_outbox_bytes if self._caller is not None else MAX_STRANGER_OUTBOX_BYTES
        unread = self._transport.get_write_buffer_size()
        if not self._is_closing and unread > bound:
            self.close(POLICY_VIOLATION, f"slow consumer: more than {bound} bytes unread")
        if self._is_behind:
            self._shared.note_unread(self, unread)

    # --- Time ------------------------------------------------------------------------------------------------------

    def _on_deadline(self) -> None:
        if self._is_closing:
            self._transport.abort()
        elif not self._connection.is_open:
            self.close(POLICY_VIOLATION, "handshake timeout")
        elif self._awaits_pong:
            self.close(INTERNAL_ERROR, "no pong in time")
        else:
            self._awaits_pong = True
            self._frames.send_ping(b"")
            self._flush()
            self._deadline.set(self._shared.limits.pong_within_s)
