"""One HTTP/1.1 connection: bytes in, requests to the app, replies out, and a deadline for every wait on the peer.

A connection reads a head, then the body, then answers, then reads again; it holds at most one request at a time. Heads
are judged as soon as they are whole, so a refused body is never read. A task exists only while a request is answered.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from enum import Enum, auto
from math import inf
from typing import cast

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.errors import GatewayError, InvalidRequest, RequestTimeout
from openclaw_gateway.wire.app import Admission
from openclaw_gateway.wire.body import Body, ChunkedBody, SizedBody
from openclaw_gateway.wire.deadline import Deadline
from openclaw_gateway.wire.ends import Ends
from openclaw_gateway.wire.head import Head, parse_head
from openclaw_gateway.wire.head_buffer import HeadBuffer
from openclaw_gateway.wire.shared import Shared
from openclaw_gateway.wire.sse import send_stream
from openclaw_gateway.wire.write_flow import WriteFlow

logger = logging.getLogger(__name__)

# A client whose every request is refused is broken or guessing; this many, and it has to connect again.
MAX_REFUSALS = 100
# All bodies together have a bound; smaller ones than this are too many to count and too small to matter.
UNCOUNTED_BODY_BYTES = 16 * 1024
_NO_BODY = SizedBody(0)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Phase(Enum):
    """What the connection is doing."""

    READING_HEAD = auto()
    READING_BODY = auto()
    ANSWERING = auto()
    LEAVING = auto()  # nothing more is read; what was said is on its way


class HttpConnection(asyncio.Protocol):
    """A connection from its first byte to its last, or to the upgrade that hands its transport on."""

    # fmt: off
    __slots__ = (
        "_admission", "_ahead", "_body", "_body_until", "_deadline", "_ends", "_has_answered", "_head",
        "_keeps_alive", "_on_disconnect", "_phase", "_received_at", "_refusals_left", "_request_id", "_shared",
        "_stream", "_transport", "flow", "is_lost",
    )
    # fmt: on

    _transport: asyncio.Transport
    _ends: Ends
    _head: Head
    _admission: Admission

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._phase = Phase.READING_HEAD
        self._deadline = Deadline(shared.loop, self._on_deadline)
        self._ahead = HeadBuffer(shared.limits.max_head_bytes)
        self._body: Body = _NO_BODY
        self._body_until = inf
        self._keeps_alive = False
        self._has_answered = False
        self._refusals_left = MAX_REFUSALS
        self._request_id = ""
        self._received_at = 0.0
        self._on_disconnect: Callable[[], object] | None = None
        self._stream: asyncio.Task[None] | None = None
        self.flow = WriteFlow(shared.loop)
        self.is_lost = False

    # --- The transport calls ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the newcomer, send away whoever has to leave for it, and wait for a head."""
        # uvloop's transports have the methods of asyncio's and none of its classes.
        self._transport = cast("asyncio.Transport", transport)
        self._ends = Ends.of(self._transport)
        leaving = self._shared.census.enter(self, self._ends.peer.address)
        if leaving is not None:
            leaving.evict()
        self._deadline.set(self._shared.limits.head_s)

    def data_received(self, data: bytes) -> None:
        """Bytes of the phase we are in; during an answer they wait their turn."""
        match self._phase:
            case Phase.READING_HEAD:
                self._ahead.add(data)
                self._read_heads()
            case Phase.READING_BODY:
                self._read_body(data)
                self._read_heads()
            case Phase.ANSWERING:
                self._keep_ahead(data)
            case Phase.LEAVING:
                pass

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The client is gone: whoever works for it is told now."""
        self.is_lost = True
        self._phase = Phase.LEAVING
        self._shared.forget(self)
        self._deadline.stop()
        self.flow.resume()
        on_disconnect, self._on_disconnect = self._on_disconnect, None
        if on_disconnect is not None:
            on_disconnect()
        if self._stream is not None:
            self._stream.cancel()

    def pause_writing(self) -> None:
        """The client reads slower than we write; it has some seconds to catch up."""
        unread = self._transport.get_write_buffer_size()
        self.flow.stall(unread)
        self._shared.note_unread(self, unread)
        self._deadline.set(self._shared.limits.write_stall_s)

    def resume_writing(self) -> None:
        """The client caught up."""
        self._shared.note_read(self)
        self.flow.resume()
        if self._phase is Phase.ANSWERING:
            self._deadline.clear()
        elif self._phase is Phase.READING_HEAD:
            self._deadline.set(self._shared.limits.keep_alive_s)

    # --- What others may do ----------------------------------------------------------------------------------------

    def evict(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    def close_when_idle(self) -> None:
        """Take no further request: close now, or when the one being answered is done."""
        self._keeps_alive = False
        if self._phase in (Phase.READING_HEAD, Phase.READING_BODY):
            self._transport.close()

    def write(self, part: bytes) -> None:
        """Put bytes of the answer on the wire, unless the client is gone."""
        self._has_answered = True
        if not self.is_lost:
            self._transport.write(part)

    @property
    def is_chunked(self) -> bool:
        """Whether a streamed answer goes out in chunks; HTTP/1.0 ends it with the connection."""
        return not self._head.is_http_10

    # --- Reading ---------------------------------------------------------------------------------------------------

    def _read_heads(self) -> None:
        # A loop, not a recursion: one packet may hold thousands of small requests that are refused at once.
        while self._phase is Phase.READING_HEAD and self._ahead:
            had_begun = self._ahead.has_partial_head
            try:
                raw = self._ahead.take_head()
            except GatewayError as error:
                self._refuse(error)
                return
            if raw is None:
                if not had_begun:
                    self._deadline.set(self._shared.limits.head_s)
                return
            self._begin(raw)

    def _begin(self, raw: bytes) -> None:
        self._received_at = time.perf_counter()
        head: Head | None = None
        try:
            head = parse_head(raw, self._shared.limits)
            self._request_id = self._shared.name_request(head.headers.get("x-request-id"))
            if head.wants_websocket:
                self._upgrade(head)
                return
            self._admission = self._shared.app.admit(head, self._ends)
        except GatewayError as error:
            self._refuse(error, head)
            return
        self._head = head
        self._keeps_alive = head.keeps_alive
        if self._admission.route.scope is not None:
            self._shared.census.recognize(self)
            self._refusals_left = MAX_REFUSALS
        self._begin_body(head)

    def _begin_body(self, head: Head) -> None:
        if head.body_bytes == 0:
            self._body = _NO_BODY
            self._answer()
            return
        self._phase = Phase.READING_BODY
        if head.body_bytes is None:
            self._body = ChunkedBody(self._admission.route.body_cap_bytes)
        else:
            self._body = SizedBody(head.body_bytes)
        self._body_until = self._shared.loop.time() + self._shared.limits.body_s
        if self._ahead:
            self._read_body(self._ahead.take_all())
            return
        if head.expects_continue:
            self._transport.write(_CONTINUE)
        self._deadline.set(self._shared.limits.body_pause_s)

    def _read_body(self, data: bytes) -> None:
        body = self._body
        try:
            surplus = body.feed(data)
            if body.size > UNCOUNTED_BODY_BYTES:
                self._shared.hold_body(self, body.size)
        except GatewayError as error:
            self._refuse(error, self._head, is_body_begun=True)
            return
        if body.is_complete:
            self._ahead.add(surplus)
            self._keeps_alive = self._keeps_alive and not body.has_lost_bytes
            self._answer()
        else:
            self._deadline.set(self._shared.limits.body_pause_s, at_most=self._body_until)

    def _keep_ahead(self, data: bytes) -> None:
        # Reading goes on during an answer, or we would not notice that the client leaves.
        if self._keeps_alive and len(self._ahead) + len(data) <= self._shared.limits.max_ahead_bytes:
            self._ahead.add(data)
        else:
            self._keeps_alive = False
            self._ahead.clear()

    # --- Answering -------------------------------------------------------------------------------------------------

    def _answer(self) -> None:
        self._phase = Phase.ANSWERING
        self._deadline.clear()
        self._has_answered = False
        head, admission = self._head, self._admission
        request = HttpRequest(
            method=head.method,
            path=head.path,
            query=head.query,
            headers=head.headers,
            body=self._body.take(),
            principal=admission.principal,
            request_id=self._request_id,
            received_at=self._received_at,
            path_params=admission.path_params,
            watch_disconnect=self._watch_disconnect,
        )
        self._body = _NO_BODY
        self._shared.spawn(self._serve(admission, request))

    def _watch_disconnect(self, on_disconnect: Callable[[], object]) -> None:
        if self.is_lost:
            on_disconnect()
        else:
            self._on_disconnect = on_disconnect

    async def _serve(self, admission: Admission, request: HttpRequest) -> None:
        """Answer one request. The catch-all of this connection: a bug costs one answer, and tells nothing of itself."""
        try:
            await self._send_answer(admission, request)
        except Exception:
            logger.exception("%s %s failed; request %s", request.method, admission.route.path, request.request_id)
            if self._has_answered:
                self._transport.abort()  # the client must not take half an answer for a whole one
            else:
                self._write_reply(self._shared.app.refuse(GatewayError("internal error"), request.path))
        finally:
            self._stream = None
            self._on_disconnect = None
            self._shared.release_body(self)
            self._finish()

    async def _send_answer(self, admission: Admission, request: HttpRequest) -> None:
        try:
            reply = await admission.route.handler(request)
        except GatewayError as error:
            reply = self._shared.app.refuse(error, request.path)
        if isinstance(reply, HttpReply):
            self._write_reply(reply, has_body=request.method != "HEAD")
        elif not self.is_lost:
            self._stream = asyncio.current_task()
            failure = await send_stream(reply, self, self._shared)
            if failure is not None:
                self._write_reply(failure)
        del reply  # its log may be large, and a slow reader may take long
        await self.flow.wait()

    def _write_reply(self, reply: HttpReply, *, has_body: bool = True) -> None:
        head = self._shared.app.heads.render(
            reply.status,
            reply.content_type,
            reply.headers,
            request_id=self._request_id,
            length=len(reply.body),
            keeps_alive=self._keeps_alive and not self._shared.is_draining,
        )
        self.write(head + reply.body if has_body else head)

    def stream_head(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The head of a streamed answer."""
        return self._shared.app.heads.render(
            200,
            "text/event-stream; charset=utf-8",
            headers,
            request_id=self._request_id,
            length=None,
            keeps_alive=self._keeps_alive and not self._shared.is_draining,
            is_chunked=self.is_chunked,
        )

    def _finish(self) -> None:
        if self.is_lost:
            return
        if self._keeps_alive and not self._shared.is_draining:
            self._phase = Phase.READING_HEAD
            self._deadline.set(self._shared.limits.keep_alive_s)
            self._read_heads()
        else:
            self._phase = Phase.LEAVING
            self._deadline.set(self._shared.limits.write_stall_s)
            self._transport.close()

    # --- Refusing --------------------------------------------------------------------------------------------------

    def _refuse(self, error: GatewayError, head: Head | None = None, *, is_body_begun: bool = False) -> None:
        """Answer what may not come in. The connection lives on only if the whole request is here and can be dropped."""
        self._refusals_left -= 1
        self._shared.release_body(self)
        if head is None:
            self._request_id = self._shared.name_request(None)
        body_bytes = None if head is None or is_body_begun else head.body_bytes
        self._keeps_alive = (
            head is not None
            and head.keeps_alive
            and body_bytes is not None
            and body_bytes <= len(self._ahead)
            and self._refusals_left > 0
            and not self.flow.is_stalled
        )
        reply = self._shared.app.refuse(error, "" if head is None else head.path)
        self._write_reply(reply, has_body=head is None or head.method != "HEAD")
        if self._keeps_alive:
            self._ahead.drop(body_bytes or 0)
            self._deadline.set(self._shared.limits.keep_alive_s)
        else:
            self._linger()

    def _linger(self) -> None:
        """Close, but let the peer finish talking first: a reset would take our answer with it (RFC 9112, 9.6)."""
        self._phase = Phase.LEAVING
        self._ahead.clear()
        self._deadline.set(self._shared.limits.linger_s)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()  # TLS has no half-close

    # --- Upgrading -------------------------------------------------------------------------------------------------

    def _upgrade(self, head: Head) -> None:
        """Hand the transport to the WebSocket side. Raises the GatewayError to refuse with."""
        from openclaw_gateway.wire.websocket import open_socket  # not needed before the first client of its kind

        shared = self._shared
        if shared.socket_handler is None or shared.is_draining:
            raise InvalidRequest("WebSocket is not served now")
        client = shared.app.identify(head, self._ends)
        socket = open_socket(shared, shared.socket_handler, head, client)
        self._phase = Phase.LEAVING
        self._deadline.stop()
        shared.census.leave(self)
        self._transport.set_protocol(socket)
        socket.connection_made(self._transport)
        if self._ahead:
            socket.data_received(self._ahead.take_all())

    # --- Time ------------------------------------------------------------------------------------------------------

    def _on_deadline(self) -> None:
        if self.flow.is_stalled:
            if self.flow.has_progressed(self._transport.get_write_buffer_size()):
                self._deadline.set(self._shared.limits.write_stall_s)
            else:
                self._transport.abort()
        elif self._phase is Phase.READING_BODY:
            self._refuse(RequestTimeout("the body did not arrive in time"), self._head, is_body_begun=True)
        elif self._phase is Phase.READING_HEAD and self._ahead:
            self._refuse(RequestTimeout("the request's head did not arrive in time"))
        elif self._phase is Phase.READING_HEAD:
            self._transport.close()  # nothing was asked, so nothing is answered
        else:
            self._transport.abort()
