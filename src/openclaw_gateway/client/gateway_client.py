"""One connection to a gateway: handshake, requests, events (OpenClaw docs/gateway/protocol.md)."""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from openclaw_gateway import __version__
from openclaw_gateway.client.failures import AuthRefused, ConnectionLost, DeadlinePassed, RequestRefused
from openclaw_gateway.client.frames import (
    Event,
    EventFrame,
    JsonValue,
    Refusal,
    Response,
    decode_frame,
    encode_request,
    read_value,
)
from openclaw_gateway.client.turn import AgentAnswer, AgentTurn, run_turn
from openclaw_gateway.client.websocket import WebSocket

if TYPE_CHECKING:
    from openclaw_gateway.client.device_identity import DeviceIdentity

PROTOCOL_VERSION = 4

# What a person at the machine may do; ask for less where a program needs less.
OPERATOR_SCOPES = ("operator.admin", "operator.approvals", "operator.pairing", "operator.read", "operator.write")

# Events that nobody has read yet; the oldest go first and are counted as missed.
_MAX_KEPT_EVENTS = 1000

_NOT_ADMITTED = frozenset({"FORBIDDEN", "NOT_PAIRED"})


class _Server(msgspec.Struct, frozen=True, rename="camel"):
    version: str = ""
    conn_id: str = ""


class _Features(msgspec.Struct, frozen=True):
    methods: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


class _Grant(msgspec.Struct, frozen=True, rename="camel"):
    role: str = ""
    scopes: tuple[str, ...] = ()
    device_token: str | None = None

    def __repr__(self) -> str:  # a log line or an assertion may print it
        return f"_Grant(role={self.role!r}, scopes={self.scopes!r})"


class _Policy(msgspec.Struct, frozen=True, rename="camel"):
    tick_interval_ms: int = 30_000


class Hello(msgspec.Struct, frozen=True):
    """What the gateway said of itself and of us when it let us in; further keys are ignored.

    features.methods is advisory: a method that is missing there may still be asked. auth.device_token: a token for this
    device, to be kept and shown from now on.
    """

    protocol: int
    server: _Server = _Server()
    features: _Features = _Features()
    auth: _Grant = _Grant()
    policy: _Policy = _Policy()


class GatewayClient:
    """A connected client. It belongs to one thread, and asks one thing at a time.

    While nothing is read the gateway's pings go unanswered, so a client that is idle for some 20 seconds loses its
    connection: read `events()`, or connect for each task.
    """

    def __init__(self, websocket: WebSocket, hello: Hello) -> None:
        self.hello = hello
        self._websocket = websocket
        self._request_count = 1
        self._events: deque[Event] = deque()
        self._last_seq = 0
        self._missed = 0

    @classmethod
    def connect(
        cls,
        url: str,
        *,
        token: str | None = None,
        password: str | None = None,
        device: "DeviceIdentity | None" = None,
        device_token: str | None = None,
        scopes: Sequence[str] = OPERATOR_SCOPES,
        client_id: str = "gateway-client",
        mode: str = "backend",
        timeout_s: float = 10.0,
    ) -> Self:
        """Connect and shake hands within timeout_s.

        client_id and mode: from the protocol's closed lists; the command line says "cli", "cli". scopes: what is asked
        for; `hello.auth.scopes` is what was granted. device: proves which device this is; one that nobody has approved
        is refused with `PAIRING_REQUIRED`, and comes in when it was. device_token: what an earlier hello gave it.
        Raises Unreachable, AuthRefused, RequestRefused (another protocol version), ConnectionLost, DeadlinePassed.
        """
        deadline = time.monotonic() + timeout_s
        websocket = WebSocket.connect(url, timeout_s=timeout_s)
        try:
            caller = _Caller(client_id, mode, scopes, token, password, device_token, device)
            hello = _shake_hands(websocket, caller, deadline)
        except BaseException:
            websocket.close()
            raise
        return cls(websocket, hello)

    def request(
        self,
        method: str,
        params: Mapping[str, object] | None = None,
        *,
        timeout_s: float = 30.0,
        expect_final: bool = False,
        on_event: Callable[[Event], None] | None = None,
    ) -> JsonValue:
        """Ask, and return the payload of the answer.

        expect_final: a first answer of `status: "accepted"` is passed over and the final one awaited. on_event: called
        with each event that comes before the answer; without it they are kept for `events()`.
        Raises RequestRefused, DeadlinePassed (the answer will be ignored when it comes), ConnectionLost.
        """
        deadline = time.monotonic() + timeout_s
        request_id = self._send(method, params or {}, timeout_s)
        while True:
            frame = self._receive(deadline, f"the gateway did not answer {method} within {timeout_s:g} s")
            if isinstance(frame, EventFrame):
                self._take(frame, on_event)
            elif frame.id == request_id:
                payload = _payload_of(frame)
                if not (expect_final and isinstance(payload, dict) and payload.get("status") == "accepted"):
                    return payload

    def notify(self, method: str, params: Mapping[str, object]) -> None:
        """Ask without waiting for the answer, which is ignored when it comes."""
        self._send(method, params, timeout_s=2.0)

    def events(self, *, timeout_s: float = float("inf")) -> Iterator[Event]:
        """The events, kept ones first; ends when timeout_s passed without one. Raises ConnectionLost."""
        while True:
            while self._events:
                yield self._events.popleft()
            try:
                frame = self._receive(time.monotonic() + timeout_s, "no event came")
            except DeadlinePassed:
                return
            if isinstance(frame, EventFrame):
                self._take(frame, None)

    def ask(
        self,
        turn: AgentTurn,
        *,
        on_text: Callable[[str], None] | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> AgentAnswer:
        """Let an agent answer, and return its whole answer; on_text is given each piece of text as it comes.

        on_event: given each event that comes meanwhile, of whatever run: so it hears of commands that wait for a person
        (`exec.approval.requested`). Raises RunUnfinished, RequestRefused, DeadlinePassed, ConnectionLost.
        """
        return run_turn(self, turn, on_text, on_event)

    def close(self) -> None:
        """Close the connection; runs that were accepted go on in the gateway. May be called again."""
        self._websocket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, method: str, params: Mapping[str, object], timeout_s: float) -> str:
        self._request_count += 1
        request_id = str(self._request_count)
        self._websocket.send(encode_request(request_id, method, params), timeout_s=timeout_s)
        return request_id

    def _receive(self, deadline: float, lateness: str) -> Response | EventFrame:
        """The next frame. A gateway that lives says something in every tick interval, so twice that is its end."""
        silence_s = self.hello.policy.tick_interval_ms / 500
        silent_at = time.monotonic() + silence_s
        try:
            return decode_frame(self._websocket.receive(min(deadline, silent_at)))
        except DeadlinePassed as error:
            if deadline <= silent_at:
                raise DeadlinePassed(lateness) from error
            raise ConnectionLost(f"nothing came from the gateway for {silence_s:g} s") from error

    def _take(self, frame: EventFrame, on_event: Callable[[Event], None] | None) -> None:
        missed = self._missed
        if frame.seq is not None:
            missed += max(frame.seq - self._last_seq - 1, 0)
            self._last_seq = frame.seq
        self._missed = 0
        event = Event(frame.event, read_value(frame.payload), frame.seq, missed)
        if on_event is not None:
            on_event(event)
            return
        self._events.append(event)
        if len(self._events) > _MAX_KEPT_EVENTS:
            dropped = self._events.popleft()
            oldest = self._events.popleft()
            self._events.appendleft(msgspec.structs.replace(oldest, missed=oldest.missed + dropped.missed + 1))


class _Challenge(msgspec.Struct, frozen=True):
    nonce: str = ""
    ts: int = 0


class _Caller(msgspec.Struct, frozen=True):
    """Who connects, and how it proves that."""

    client_id: str
    mode: str
    scopes: Sequence[str]
    token: str | None
    password: str | None
    device_token: str | None
    device: "DeviceIdentity | None"

    def params(self, challenge: _Challenge) -> dict[str, object]:
        """The params of `connect` (docs/reference/protocol.md, "Handshake")."""
        secrets = {"token": self.token, "password": self.password, "deviceToken": self.device_token}
        auth = {name: secret for name, secret in secrets.items() if secret is not None}
        return {
            "minProtocol": PROTOCOL_VERSION,
            "maxProtocol": PROTOCOL_VERSION,
            "client": {"id": self.client_id, "version": __version__, "platform": sys.platform, "mode": self.mode},
            "role": "operator",
            "scopes": list(self.scopes),
            "caps": ["tool-events"],
            **({"auth": auth} if auth else {}),
            **({"device": self._proof(self.device, challenge)} if self.device is not None else {}),
        }

    def _proof(self, device: "DeviceIdentity", challenge: _Challenge) -> dict[str, object]:
        from openclaw_gateway.client.device_identity import Claim

        claim = Claim(
            device_id=device.device_id,
            client_id=self.client_id,
            client_mode=self.mode,
            role="operator",
            scopes=self.scopes,
            signed_at_ms=challenge.ts,
            token=self.token or self.device_token or "",
            nonce=challenge.nonce,
            platform=sys.platform,
        )
        return {
            "id": device.device_id,
            "publicKey": device.public_key,
            "signature": device.sign(claim.text_v3()),
            "signedAt": challenge.ts,
            "nonce": challenge.nonce,
        }


def _shake_hands(websocket: WebSocket, caller: _Caller, deadline: float) -> Hello:
    """Wait for the challenge, connect, wait for hello-ok."""
    frame = decode_frame(websocket.receive(deadline))
    if not isinstance(frame, EventFrame) or frame.event != "connect.challenge":
        raise ConnectionLost("the peer did not begin with a connect challenge: is it a gateway?")
    try:
        challenge = msgspec.json.decode(frame.payload, type=_Challenge)
    except msgspec.DecodeError as error:
        raise ConnectionLost("the gateway's challenge cannot be read") from error
    params = caller.params(challenge)
    websocket.send(encode_request("1", "connect", params), timeout_s=max(deadline - time.monotonic(), 0.001))
    while not isinstance(frame, Response):
        frame = decode_frame(websocket.receive(deadline))
    if frame.error is not None:
        raise _refused(frame.error, at_the_door=True)
    try:
        return msgspec.json.decode(frame.payload, type=Hello)
    except msgspec.DecodeError as error:
        raise ConnectionLost(f"the gateway's hello cannot be read: {error}") from error


def _payload_of(response: Response) -> JsonValue:
    if response.error is not None:
        raise _refused(response.error)
    if not response.ok:
        raise ConnectionLost("the gateway refused without saying why")
    return read_value(response.payload)


def _refused(refusal: Refusal, *, at_the_door: bool = False) -> RequestRefused:
    details = read_value(refusal.details)
    details = details if isinstance(details, dict) else {}
    cause = details.get("code")
    kind: type[RequestRefused] = RequestRefused
    if at_the_door and (
        refusal.code in _NOT_ADMITTED
        or (isinstance(cause, str) and cause.startswith(("AUTH_", "DEVICE_", "PAIRING_", "CONTROL_UI_")))
    ):
        kind = AuthRefused
    wait_ms = refusal.retry_after_ms
    return kind(
        refusal.message,
        code=refusal.code,
        details=details,
        retryable=refusal.retryable,
        retry_after_s=None if wait_ms is None else wait_ms / 1000,
    )
