"""One HTTP exchange as an endpoint sees it: the request that wire has read, and the reply that wire will send."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import RunEvent
from openclaw_gateway.runs.event_log import EventLog


class HttpRequest(msgspec.Struct):
    """A request whose head was checked, whose caller was verified, and whose body was read within its cap.

    headers: names in lower case; values decoded as UTF-8 (others were refused at the door); repeated ones joined by ",
    ". path_params: parts of the path the route names, percent-decoded. request_id: also sent as `x-request-id`.
    received_at: `time.perf_counter()` when the head was complete. watch_disconnect: calls back, once, when the client's
    connection is lost before the reply was finished; may be called at most once per request.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    principal: Principal
    request_id: str
    received_at: float
    path_params: Mapping[str, str]
    watch_disconnect: Callable[[Callable[[], object]], None]


class HttpReply(msgspec.Struct):
    """A whole answer. headers: beyond those that wire adds to every answer (length, security headers, request id)."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: list[tuple[bytes, bytes]] = msgspec.field(default_factory=list)


class EventEncoder(Protocol):
    """Turns a run's events into bytes of one reply; keeps the little state that the dialect needs."""

    def encode(self, event: RunEvent, number: int) -> bytes:
        """The bytes for one event, b"" for none. number: the event's place in its log. Includes all closing bytes when
        the event is the last one (for SSE, `data: [DONE]`).
        """
        ...

    def holds(self, event: RunEvent) -> bool:
        """Whether this event would be held back, perhaps for ever, if it came first: then it is no reason to begin."""
        ...

    def encode_failure(self, error: GatewayError) -> HttpReply:
        """The whole answer for a run that failed before anything was sent."""
        ...


class StreamPlace(msgspec.Struct, frozen=True, gc=False):
    """Up to where a client has read a stream: the event's number in the run's log, and where that became several events
    of the stream, which of them, counted from 0; None for the last.
    """

    number: int
    part: int | None = None


# Before the first event: for a reader that has come for all of them, and never for the status of a failed run.
BEGINNING: Final = StreamPlace(-1)


class StreamReply(msgspec.Struct):
    """An answer read from a run's log while the run goes on (server-sent events).

    wire sends the head with the first event that is neither in PRELUDE_EVENTS nor held by the encoder, or after a few
    seconds without one; a run that fails before that is answered with its own status. `head` is called when the head is
    sent.
    run_id: begins the `id` of each event; "" for a stream without ids. after: what the client has already, from an
    earlier connection; the stream goes on behind it, whatever became of the run.
    """

    log: EventLog
    encoder: EventEncoder
    head: Callable[[], list[tuple[bytes, bytes]]]
    run_id: str = ""
    after: StreamPlace | None = None


Reply = HttpReply | StreamReply
