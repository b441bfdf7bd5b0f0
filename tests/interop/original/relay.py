"""A WebSocket relay between a client and the gateway, which keeps every frame that the gateway sends.

async with Relay(port) as relay:
    ...                 # the client connects to relay.url
    relay.target        # where the gateway itself is
    relay.sent          # what the gateway sent, each frame with the method that it answers
    relay.refused       # method -> error code, of what the gateway would not do
    relay.cut()         # every connection breaks, as in a failing network
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame of the gateway. name: of the event, or the method that this answers."""

    name: str
    frame: Frame


class Relay:
    """Passes frames on, both ways, and the gateway's closing."""

    def __init__(self, port: int) -> None:
        self.sent: list[Sent] = []
        self.refused: dict[str, str] = {}
        self.url = ""
        self.target = f"ws://127.0.0.1:{port}"
        self._clients: set[ServerConnection] = set()

    async def __aenter__(self) -> Self:
        self._server = await serve(self._join, "127.0.0.1", 0, max_size=None, compression=None)
        self.url = f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break all connections; new ones work."""
        for client in self._clients:
            client.transport.abort()

    async def _join(self, client: ServerConnection) -> None:
        self._clients.add(client)
        methods: dict[str, str] = {}
        try:
            async with connect(self.target, proxy=None, max_size=None, compression=None) as gateway:
                asking = asyncio.create_task(_pass_on(client, gateway, methods))
                with suppress(ConnectionClosed):  # so iteration ends for any code but 1000
                    async for text in gateway:
                        self._keep(json.loads(text), methods)
                        await client.send(text)
                asking.cancel()
            await client.close(gateway.close_code or 1011, gateway.close_reason or "")
        except ConnectionClosed:
            pass  # the client left first
        finally:
            self._clients.discard(client)

    def _keep(self, frame: Frame, methods: dict[str, str]) -> None:
        name = frame["event"] if frame["type"] == "event" else methods[frame["id"]]
        self.sent.append(Sent(name, frame))
        if frame["type"] == "res" and not frame["ok"]:
            self.refused[name] = frame["error"]["code"]


async def _pass_on(client: ServerConnection, gateway: Any, methods: dict[str, str]) -> None:
    try:
        async for text in client:
            frame = json.loads(text)
            methods[frame["id"]] = frame["method"]
            await gateway.send(text)
    except ConnectionClosed:
        pass
    await gateway.close()
