"""A network of the tests' own: names with public addresses, behind all of which is one server of this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from openclaw_gateway.attachments.address import Address
from openclaw_gateway.attachments.fetch import Fetcher, Streams


class Network:
    """Answers by host name; `dialled` and `resolved` say what was really done."""

    def __init__(self) -> None:
        self.names: dict[str, list[Sequence[str]]] = {}
        self.answers: dict[str, bytes] = {}
        self.resolved: list[str] = []
        self.dialled: list[tuple[str, int]] = []
        self.heads: list[str] = []
        self.port = 0
        self.closed = asyncio.Event()
        self.fetcher = Fetcher(self.resolve, self.dial)

    def name(self, host: str, *answers: Sequence[str]) -> None:
        """What the name server says of a host, one time after the other; the last answer stays."""
        self.names[host] = list(answers)

    def serve(self, host: str, content: bytes, *, status: str = "200 OK", **headers: str) -> None:
        """An answer of a host with a public address."""
        self.name(host, ["93.184.216.34"])
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if "Content_Length" not in headers and "Transfer_Encoding" not in headers:
            lines.append(f"Content-Length: {len(content)}")
        self.answers[host] = "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + content

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.resolved.append(host)
        answers = self.names.get(host)
        if answers is None:
            raise socket.gaierror(f"no such host: {host}")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def dial(self, numeric: str, address: Address) -> Streams:
        self.dialled.append((numeric, address.port))
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            host = next(line[6:] for line in head.split("\r\n") if line.startswith("Host: "))
            writer.write(self.answers.get(host.partition(":")[0], b""))
            if self.answers.get(host.partition(":")[0]) == b"":
                await reader.read()  # until the client leaves
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self.closed.set()


@asynccontextmanager
async def network() -> AsyncIterator[Network]:
    """The network, and its one server."""
    net = Network()
    server = await asyncio.start_server(net._talk, "127.0.0.1", 0)
    net.port = server.sockets[0].getsockname()[1]
    try:
        yield net
    finally:
        server.close()
        await server.wait_closed()
