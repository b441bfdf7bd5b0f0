"""A WebSocket over a blocking socket: whole text messages in and out, each wait with a deadline.

The protocol itself is `websockets`' sans-I/O core. Its threading client is not used: it imports more and starts a
thread per connection, and a command that asks one question needs neither.
"""

import socket
import time
from collections import deque
from typing import Self

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import WebSocketURI, parse_uri

from openclaw_gateway.client.failures import ConnectionLost, DeadlinePassed, Unreachable

# The gateway's own cap on a message (`maxPayload` of its hello) with room for the frame around it.
MAX_MESSAGE_BYTES = 32 * 1024 * 1024

_CLOSE_WAIT_S = 1.0


class WebSocket:
    """One open connection. Use it from one thread; `with` closes it."""

    def __init__(self, protocol: ClientProtocol, connection: socket.socket) -> None:
        self._protocol = protocol
        self._socket = connection
        self._messages: deque[bytes] = deque()
        # One buffer, not a list: a peer may send a message in pieces of a byte, or of none.
        self._partial = bytearray()

    @classmethod
    def connect(cls, url: str, *, timeout_s: float) -> Self:
        """Open a connection to `ws://` or `wss://` within timeout_s. Raises Unreachable."""
        uri = _parse(url)
        deadline = time.monotonic() + timeout_s
        try:
            connection = _open_socket(uri, timeout_s)
        except (OSError, UnicodeError) as error:
            raise Unreachable(f"cannot reach {url}: {_reason(error)}") from error
        websocket = cls(ClientProtocol(uri, max_size=MAX_MESSAGE_BYTES), connection)
        try:
            websocket._shake_hands(deadline)
        except (InvalidHandshake, ConnectionLost, DeadlinePassed) as error:
            connection.close()
            raise Unreachable(f"{url} does not speak WebSocket: {_reason(error)}") from error
        except BaseException:
            connection.close()
            raise
        return websocket

    def send(self, text: bytes, *, timeout_s: float) -> None:
        """Send one text message. Raises ConnectionLost, or DeadlinePassed when the peer does not read."""
        if self._protocol.state is not State.OPEN:
            raise self._lost()
        self._protocol.send_text(text)
        self._flush(time.monotonic() + timeout_s)

    def receive(self, deadline: float) -> bytes:
        """Return the next text message. deadline: by `time.monotonic()`. Raises DeadlinePassed, ConnectionLost."""
        while not self._messages:
            if self._protocol.state is not State.OPEN:
                raise self._lost()
            self._read_some(deadline)
        return self._messages.popleft()

    def close(self) -> None:
        """Say goodbye, wait a moment for the peer's goodbye, and let go. Never fails; may be called again."""
        deadline = time.monotonic() + _CLOSE_WAIT_S
        try:
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(1000)
                self._flush(deadline)
            while self._protocol.state is State.CLOSING:
                self._read_some(deadline)
        except (OSError, ConnectionLost, DeadlinePassed):
            pass
        finally:
            self._socket.close()

    def _shake_hands(self, deadline: float) -> None:
        self._protocol.send_request(self._protocol.connect())
        self._flush(deadline)
        while self._protocol.state is State.CONNECTING and self._protocol.handshake_exc is None:
            self._read_some(deadline)
        if self._protocol.handshake_exc is not None:
            raise self._protocol.handshake_exc

    def _flush(self, deadline: float) -> None:
        for piece in self._protocol.data_to_send():
            try:
                if piece:
                    self._socket.settimeout(_remaining(deadline))
                    self._socket.sendall(piece)
                else:
                    self._socket.shutdown(socket.SHUT_WR)
            except TimeoutError as error:
                raise DeadlinePassed("the gateway did not take our message in time") from error
            except OSError as error:
                raise ConnectionLost(f"connection to the gateway lost: {_reason(error)}") from error

    def _read_some(self, deadline: float) -> None:
        """Wait for bytes, give them to the protocol, and send what it wants to say to them (pong, close)."""
        try:
            self._socket.settimeout(_remaining(deadline))
            piece = self._socket.recv(65536)
        except TimeoutError as error:
            raise DeadlinePassed("the gateway did not answer in time") from error
        except OSError as error:
            raise ConnectionLost(f"connection to the gateway lost: {_reason(error)}") from error
        if piece:
            self._protocol.receive_data(piece)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(event)
        try:
            self._flush(deadline)
        except ConnectionLost:
            # A peer that said goodbye need not read ours; why it closed is in its close frame.
            if self._protocol.close_rcvd is None:
                raise

    def _take(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
            return  # ping and pong are the protocol's affair; the gateway sends no binary messages
        self._partial += frame.data
        if frame.fin:
            self._messages.append(bytes(self._partial))
            self._partial.clear()

    def _lost(self) -> ConnectionLost:
        goodbye = self._protocol.close_rcvd
        if goodbye is None:
            return ConnectionLost("the gateway went away without a goodbye")
        told = f"{int(goodbye.code)} {goodbye.reason}".rstrip()
        return ConnectionLost(
            f"the gateway closed the connection: {told}", code=int(goodbye.code), reason=goodbye.reason
        )


def _parse(url: str) -> WebSocketURI:
    try:
        uri = parse_uri(url)
    except (InvalidURI, ValueError) as error:
        raise Unreachable(
            f"not an address of a gateway, expected ws://host:port or wss://host:port: {error}"
        ) from error
    if uri.username is not None:
        # A credential in an address ends up in histories and logs (it may be passed as token= instead).
        raise Unreachable("a gateway address may not hold a user name or password")
    return uri


def _open_socket(uri: WebSocketURI, timeout_s: float) -> socket.socket:
    connection = socket.create_connection((uri.host, uri.port), timeout=timeout_s)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not uri.secure:
        return connection
    import ssl

    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=uri.host)
    except BaseException:
        connection.close()
        raise


def _remaining(deadline: float) -> float:
    """Seconds left; a tiny positive number when none is left, so that bytes that are already here are still read."""
    return max(deadline - time.monotonic(), 1e-6)


def _reason(error: Exception) -> str:
    if isinstance(error, InvalidStatus):
        return f"it answers with HTTP status {error.response.status_code}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
