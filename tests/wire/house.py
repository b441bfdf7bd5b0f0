"""A real server on port 0 with small handlers, and a raw client that says exactly the bytes it is given."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from openclaw_gateway.auth.authenticate import Authenticator
from openclaw_gateway.auth.origin import PagePolicy
from openclaw_gateway.auth.peer import ProxyTrust
from openclaw_gateway.dialects.openai.error_body import encode_error
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply
from openclaw_gateway.endpoints.probes import Probes
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.wire.app import App, Door
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.routes import Route, RouteTable, probe_routes
from openclaw_gateway.wire.server import Server
from openclaw_gateway.wire.socket_handler import SocketHandler

TOKEN = "correct-horse-battery-staple"
BEARER = f"Authorization: Bearer {TOKEN}\r\n"


@dataclass
class Calm:
    """A gateway in the condition that a test says."""

    is_started: bool = True
    is_draining: bool = False
    broken: list[str] = field(default_factory=list)

    def failing(self) -> list[str]:
        return self.broken


def authenticator(clock: Callable[[], float] = time.monotonic) -> Authenticator:
    """Asks for TOKEN."""
    return Authenticator.build("token", token=TOKEN, clock=clock)


def render_error(error: GatewayError) -> HttpReply:
    told = encode_error(error)
    return HttpReply(told.status, told.body, headers=told.headers)


@dataclass
class Answer:
    """One answer as read off the socket."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """A TCP connection without opinions on HTTP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, data: str | bytes) -> None:
        self.writer.write(data.encode() if isinstance(data, str) else data)

    async def read_answer(self, *, has_body: bool = True) -> Answer:
        """The next answer; raises IncompleteReadError when the server hangs up instead."""
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.split("\r\n")
            headers = {}
            for line in lines[1:-2]:
                name, _, value = line.partition(": ")
                assert name not in headers, f"{name} came twice"
                headers[name] = value
            body = b""
            if "content-length" in headers and has_body:
                body = await self.reader.readexactly(int(headers["content-length"]))
            elif headers.get("transfer-encoding") == "chunked":
                body = b"".join([chunk async for chunk in self.chunks()])
            return Answer(int(lines[0].split()[1]), headers, body)

    async def chunks(self) -> AsyncIterator[bytes]:
        """The chunks of a body, as the server cut them."""
        while True:
            size = int((await self.reader.readuntil(b"\r\n"))[:-2], 16)
            chunk = await self.reader.readexactly(size + 2)
            if size == 0:
                return
            yield chunk[:-2]

    async def read_to_end(self) -> bytes:
        """Everything until the server hangs up, however it does."""
        said = bytearray()
        try:
            async with asyncio.timeout(10):
                while data := await self.reader.read(65536):
                    said += data
        except ConnectionResetError:
            pass
        return bytes(said)

    async def wait_closed(self) -> None:
        """Return when the server has hung up."""
        await self.read_to_end()

    def hang_up(self) -> None:
        self.writer.close()


class House:
    """The server under test and what its handlers saw."""

    def __init__(self, server: Server, app: App) -> None:
        self.server = server
        self.app = app
        self.port = server.addresses[0][1]
        self._clients: list[RawClient] = []

    async def connect(self) -> RawClient:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
        client = RawClient(reader, writer)
        self._clients.append(client)
        return client

    async def ask(self, data: str | bytes) -> Answer:
        """One connection, one question, one answer."""
        client = await self.connect()
        client.say(data)
        answer = await client.read_answer()
        client.hang_up()
        return answer

    async def wait_empty(self) -> None:
        """Return when the server has no connection left."""
        is_empty = asyncio.Event()
        self.server.call_when_empty(is_empty.set)
        async with asyncio.timeout(10):
            await is_empty.wait()

    def hang_up(self) -> None:
        for client in self._clients:
            client.hang_up()


async def echo(request: HttpRequest) -> Reply:
    """Says what the handler was given."""
    text = f"{request.method} {request.path} ? {request.query} {dict(request.path_params)} {len(request.body)}"
    return HttpReply(200, text.encode(), "text/plain")


def echo_routes() -> list[Route]:
    return [
        Route("/v1/echo", ("POST",), echo, scope="operator.write", body_cap_bytes=1_000_000),
        Route("/v1/models", ("GET",), echo, scope="operator.read"),
        Route("/v1/models/{id}", ("GET",), echo, scope="operator.read"),
        Route("/sessions/{key}/history", ("GET",), echo, scope="operator.read"),
        Route("/tools/invoke", ("POST",), echo, scope="operator.write"),
        Route("/open", ("GET", "HEAD", "POST"), echo, scope=None),
    ]


@asynccontextmanager
async def open_house(
    routes: list[Route] | None = None,
    *,
    authenticator: Authenticator | None = None,
    pages: PagePolicy | None = None,
    proxies: ProxyTrust | None = None,
    limits: WireLimits | None = None,
    condition: Calm | None = None,
    handler: SocketHandler | None = None,
    hsts: str | None = None,
    clock: Callable[[], float] = time.monotonic,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[House]:
    """Serve the routes (by default, handlers that echo) and the probes until the block ends."""
    door = Door(
        authenticator or Authenticator.build("token", token=TOKEN, clock=clock),
        pages or PagePolicy(),
        proxies or ProxyTrust(),
    )
    probes = Probes(condition or Calm(), version="1.2.3", uptime_ms=lambda: 42)
    table = RouteTable([*(echo_routes() if routes is None else routes), *probe_routes(probes)])
    app = App(table, door, render_error, hsts=hsts)
    server = Server(app, handler, limits)
    await server.start(["127.0.0.1"], 0, tls=tls)
    house = House(server, app)
    try:
        yield house
    finally:
        house.hang_up()
        await server.close()


def get(path: str, extra: str = BEARER, *, method: str = "GET") -> str:
    """A request without body."""
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{extra}\r\n"


def post(path: str, body: str = "{}", extra: str = BEARER) -> str:
    """A request with a JSON body."""
    size = len(body.encode())
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {size}\r\n{extra}\r\n{body}"
    )
