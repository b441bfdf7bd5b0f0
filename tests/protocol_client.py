"""A client of the Gateway protocol for tests: real frames over a real socket, events kept in order.

async with connected(gateway) as client:
    payload = await client.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="k")
    final = await client.wait_event("chat", state="final")
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.running import TOKEN, Running
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

Frame = dict[str, Any]


class Refused(Exception):
    """A bad answer. error: as it came."""

    def __init__(self, error: Frame) -> None:
        super().__init__(error.get("message"))
        self.error = error


class ProtocolClient:
    """One admitted socket. events: all that came, in order. frames: everything, for who checks their form."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._answers: dict[str, asyncio.Queue[Frame]] = {}
        self._news = asyncio.Event()
        self._count = 0
        self.events: list[Frame] = []
        self.frames: list[tuple[str | None, Frame]] = []
        self._methods: dict[str, str] = {}

    async def read(self) -> None:
        """Take frames until the socket is closed."""
        while True:
            try:
                frame = json.loads(await self._socket.recv())
            except ConnectionClosed:
                return
            if frame["type"] == "event":
                self.events.append(frame)
                self.frames.append((frame["event"], frame))
                self._news.set()
            else:
                self.frames.append((self._methods.get(frame["id"]), frame))
                self._answers[frame["id"]].put_nowait(frame)

    async def send(self, method: str, **params: Any) -> str:
        """Ask; returns the request's id for `answer`."""
        self._count += 1
        request_id = str(self._count)
        self._answers[request_id] = asyncio.Queue()
        self._methods[request_id] = method
        await self._socket.send(json.dumps({"type": "req", "id": request_id, "method": method, "params": params}))
        return request_id

    async def answer(self, request_id: str) -> Any:
        """The next answer to a request; raises Refused."""
        async with asyncio.timeout(10):
            frame = await self._answers[request_id].get()
        if not frame["ok"]:
            raise Refused(frame["error"])
        return frame["payload"]

    async def ask(self, method: str, **params: Any) -> Any:
        """Ask and take the first answer."""
        return await self.answer(await self.send(method, **params))

    async def wait_closed(self) -> tuple[int | None, str | None]:
        """Code and reason with which the gateway let the client go."""
        async with asyncio.timeout(10):
            await self._socket.wait_closed()
        return self._socket.close_code, self._socket.close_reason

    async def wait_event(self, name: str, **fields: Any) -> Frame:
        """The payload of the first event of that name whose payload has these fields."""
        async with asyncio.timeout(10):
            while True:
                for event in self.events:
                    payload = event["payload"]
                    if event["event"] == name and all(payload.get(key) == value for key, value in fields.items()):
                        return dict(payload)
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def connected(
    gateway: Running, *, scopes: Sequence[str] | None = None, caps: Sequence[str] = ()
) -> AsyncIterator[ProtocolClient]:
    """Connect with the token; scopes narrow the grant."""
    async with joined(gateway.url.replace("http:", "ws:"), TOKEN, scopes=scopes, caps=caps) as client:
        yield client


@asynccontextmanager
async def joined(
    url: str, token: str, *, scopes: Sequence[str] | None = None, caps: Sequence[str] = ()
) -> AsyncIterator[ProtocolClient]:
    """The same at any address."""
    async with connect(url, proxy=None, max_size=None) as socket:
        client = ProtocolClient(socket)
        reading = asyncio.create_task(client.read())
        params: Frame = {
            "minProtocol": 4,
            "maxProtocol": 4,
            "client": {"id": "test", "version": "1", "platform": "linux", "mode": "test"},
            "caps": list(caps),
            "auth": {"token": token},
        }
        if scopes is not None:
            params["scopes"] = list(scopes)
        await client.ask("connect", **params)
        try:
            yield client
        finally:
            reading.cancel()
