"""One client's side of the protocol, without I/O: texts go in, actions come out.

The rules are the table `NEXT`; what is not in it is illegal. wire owns the socket and does what the actions say.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from openclaw_gateway.dialects.gateway.frames import (
    EncodedEvent,
    InvalidFrame,
    Request,
    decode_request,
    encode_answer,
    encode_refusal,
)
from openclaw_gateway.dialects.gateway.handshake import (
    ConnectParams,
    HelloOk,
    ProtocolMismatch,
    encode_challenge,
    parse_connect,
)
from openclaw_gateway.errors import Busy, Draining, GatewayError, InvalidRequest

POLICY_VIOLATION: Final = 1008
PROTOCOL_ERROR: Final = 1002
TRY_AGAIN_LATER: Final = 1013

# A close frame carries at most 125 bytes: two of the code, the rest is the reason (RFC 6455, section 5.5).
MAX_REASON_BYTES: Final = 123
# Clients have a handful of requests open; each one costs us a task, so a flood is refused instead of collected.
MAX_REQUESTS_IN_FLIGHT: Final = 256


@dataclass(frozen=True, slots=True)
class Send:
    """Put this text frame into the outbox."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Find out who this is, then call `admit` or `refuse`."""

    connect: ConnectParams


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Run the method. The answer goes to the outbox by itself; then call `request_done`."""

    request: Request


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket after what is in the outbox. reason: at most 123 bytes of UTF-8."""

    code: int
    reason: str


Action = Send | Authenticate | Dispatch | Close


class State(Enum):
    """Where a connection stands."""

    CHALLENGED = auto()
    AUTHENTICATING = auto()
    OPEN = auto()
    CLOSED = auto()


class Move(Enum):
    """What may happen to it."""

    CONNECT = auto()
    ADMIT = auto()
    REQUEST = auto()


NEXT: Final = {
    (State.CHALLENGED, Move.CONNECT): State.AUTHENTICATING,
    (State.AUTHENTICATING, Move.ADMIT): State.OPEN,
    (State.OPEN, Move.REQUEST): State.OPEN,
}

_MISPLACED: Final = {
    State.CHALLENGED: "invalid handshake: first request must be connect",
    State.AUTHENTICATING: "invalid handshake: wait for the answer to connect",
    State.OPEN: "connect is only valid as the first request",
}


class Connection:
    """The state machine of one socket.

    How wire drives it::

        connection = Connection(nonce)                  # a fresh random nonce for each socket
        outbox(connection.challenge(now_ms))            # first frame, before anything is read
        for action in connection.receive_text(text):    # str, or UTF-8 bytes; every text frame
            Send         -> outbox(action.frame)
            Authenticate -> try: principal = await authenticate(action.connect)
                            actions = connection.admit(hello)    # HelloOk made for that principal
                            except GatewayError as error: actions = connection.refuse(error)
            Dispatch     -> a task: outbox(await table.answer(action.request, caller)); connection.request_done()
            Close        -> close(action.code, action.reason)   # always the last action
        outbox(connection.numbered(event))              # broadcasts, only while `is_open`

    Until `is_open` frames are small and the handshake has its deadline; both are wire's. After `Close` or `close()`
    every text is passed over in silence, since frames may be on their way when we hang up.
    """

    __slots__ = ("_connect_id", "_in_flight", "_seq", "_state", "nonce")

    def __init__(self, nonce: str) -> None:
        self.nonce = nonce
        self._state = State.CHALLENGED
        self._connect_id = ""
        self._seq = 0
        self._in_flight = 0

    @property
    def is_open(self) -> bool:
        """Whether the client is admitted and not yet let go."""
        return self._state is State.OPEN

    def challenge(self, now_ms: int) -> bytes:
        """The frame that opens the conversation."""
        return encode_challenge(self.nonce, now_ms).unnumbered()

    def receive_text(self, text: str | bytes) -> list[Action]:
        """Take one text frame."""
        if self._state is State.CLOSED:
            return []
        try:
            request = decode_request(text)
        except InvalidFrame as error:
            if self._state is State.OPEN:
                return [Send(encode_refusal(error.request_id, error))]
            return self._part(error.request_id, InvalidRequest(_MISPLACED[self._state]))
        move = Move.CONNECT if request.method == "connect" else Move.REQUEST
        following = NEXT.get((self._state, move))
        if following is None:
            return self._refuse_misplaced(request)
        self._state = following
        return self._connect(request) if move is Move.CONNECT else self._dispatch(request)

    def admit(self, hello: HelloOk) -> list[Action]:
        """The client is who it says: answer `connect` and take requests from now on."""
        following = NEXT.get((self._state, Move.ADMIT))
        if following is None:
            return []  # the socket went away while we authenticated
        self._state = following
        return [Send(encode_answer(self._connect_id, hello))]

    def refuse(self, error: GatewayError) -> list[Action]:
        """The client stays outside: answer `connect` with the error and close."""
        if self._state is not State.AUTHENTICATING:
            return []
        return self._part(self._connect_id, error)

    def request_done(self) -> None:
        """A dispatched request has had its last answer."""
        self._in_flight -= 1

    def numbered(self, event: EncodedEvent) -> bytes:
        """The event as this client's next one; each number is given once, and none is left out."""
        self._seq += 1
        return event.numbered(self._seq)

    def close(self) -> None:
        """The socket is gone, or about to be."""
        self._state = State.CLOSED

    def _connect(self, request: Request) -> list[Action]:
        self._connect_id = request.id
        try:
            return [Authenticate(parse_connect(request.params))]
        except InvalidRequest as error:
            return self._part(request.id, error)

    def _dispatch(self, request: Request) -> list[Action]:
        if self._in_flight >= MAX_REQUESTS_IN_FLIGHT:
            error = Busy(f"{MAX_REQUESTS_IN_FLIGHT} requests of this connection are in flight", retry_after_s=1)
            return [Send(encode_refusal(request.id, error))]
        self._in_flight += 1
        return [Dispatch(request)]

    def _refuse_misplaced(self, request: Request) -> list[Action]:
        error = InvalidRequest(_MISPLACED[self._state])
        if self._state is State.OPEN:
            return [Send(encode_refusal(request.id, error))]
        return self._part(request.id, error)

    def _part(self, request_id: str, error: GatewayError) -> list[Action]:
        self._state = State.CLOSED
        return [Send(encode_refusal(request_id, error)), Close(_close_code(error), clip_reason(error.message))]


def _close_code(error: GatewayError) -> int:
    if isinstance(error, ProtocolMismatch):
        return PROTOCOL_ERROR
    return TRY_AGAIN_LATER if isinstance(error, (Busy, Draining)) else POLICY_VIOLATION


def clip_reason(reason: str) -> str:
    """The reason of a close frame, cut to what fits, never inside a character."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
