"""A gateway's side of a connection, played by a test: a real WebSocket server that says what the test's script says."""

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

CHALLENGE = {"type": "event", "event": "connect.challenge", "payload": {"nonce": "n-1", "ts": 1}}


def hello(tick_interval_ms: int = 30_000) -> dict[str, Any]:
    """A hello-ok with the fields that a client may look at, and one that it does not know."""
    return {
        "type": "hello-ok",
        "protocol": 4,
        "server": {"version": "2026.9.6", "connId": "c-1"},
        "features": {"methods": ["health", "agent"], "events": ["tick"]},
        "snapshot": {"presence": [], "health": {}, "stateVersion": {"presence": 0, "health": 0}, "uptimeMs": 1},
        "auth": {"role": "operator", "scopes": ["operator.read"], "method": "token"},
        "policy": {"maxPayload": 1, "maxBufferedBytes": 1, "tickIntervalMs": tick_interval_ms},
        "somethingNewer": True,
    }


class Line:
    """The peer's end of one connection."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection

    def say(self, frame: object) -> None:
        self.connection.send(frame if isinstance(frame, str) else json.dumps(frame))

    def hear(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(self.connection.recv())
        return frame

    def let_in(self, tick_interval_ms: int = 30_000) -> dict[str, Any]:
        """Challenge, hear connect, say hello; returns the params of connect."""
        self.say(CHALLENGE)
        request = self.hear()
        self.answer(request, hello(tick_interval_ms))
        params: dict[str, Any] = request["params"]
        return params

    def answer(self, request: dict[str, Any], payload: object) -> None:
        self.say({"type": "res", "id": request["id"], "ok": True, "payload": payload})

    def refuse(self, request: dict[str, Any], **error: object) -> None:
        self.say({"type": "res", "id": request["id"], "ok": False, "error": error})

    def tell(self, event: str, payload: object, seq: int | None = None) -> None:
        self.say({"type": "event", "event": event, "payload": payload} | ({} if seq is None else {"seq": seq}))

    def wait_closed(self) -> int | None:
        """Read until the client is gone; returns its close code."""
        try:
            while True:
                self.connection.recv()
        except ConnectionClosed:
            return self.connection.protocol.close_code


class Peer(AbstractContextManager["Peer"]):
    """Serves each connection with the script, in a thread of its own; a failing script fails the test on exit."""

    def __init__(self, script: Callable[[Line], None]) -> None:
        self._script = script
        self._failures: list[Exception] = []
        self._server: Server = serve(self._play, "127.0.0.1", 0, compression=None, ping_interval=None)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self.port: int = self._server.socket.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        if self._failures:
            raise self._failures[0]

    def _play(self, connection: ServerConnection) -> None:
        try:
            self._script(Line(connection))
        except ConnectionClosed:
            pass
        except Exception as failure:  # noqa: BLE001 - told to the test when it leaves
            self._failures.append(failure)
