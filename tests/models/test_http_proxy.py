"""Model servers behind a forward proxy: a real proxy on a socket, with and without TLS behind it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.models.test_http_client import BODY, PATIENT, QUICK, Collector
from tests.upstream import Upstream

from openclaw_gateway.models.http_client import HttpClient, Limits, Trust, UpstreamTrouble
from openclaw_gateway.models.http_proxy import HttpProxy, parse_proxy


@dataclass
class ForwardProxy:
    """A proxy that does CONNECT and absolute-form. reply: what it says instead; seen: heads that it read."""

    reply: bytes | None = None
    seen: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.seen.append(head)
            if self.reply is not None:
                writer.write(self.reply)
                await writer.drain()
                await reader.read()
            else:
                await self._forward(head, reader, writer)
        writer.close()

    async def _forward(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = head.split(" ", 2)
        authority = target if method == "CONNECT" else target.split("/")[2]
        host, _, port = authority.partition(":")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            far_writer.write(head.replace(f"http://{authority}", "", 1).encode())
        async with asyncio.TaskGroup() as group:
            group.create_task(pipe(reader, far_writer))
            group.create_task(pipe(far_reader, writer))


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def running(proxy: ForwardProxy) -> AsyncIterator[ForwardProxy]:
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    async with server:
        proxy.port = server.sockets[0].getsockname()[1]
        yield proxy


async def test_http_goes_as_absolute_form(client: HttpClient, upstream: Upstream) -> None:
    """A plain server is asked for through the proxy by its whole URL, and only the proxy gets its credential."""
    async with running(ForwardProxy()) as proxy:
        way = parse_proxy(f"http://us%20er:pass@127.0.0.1:{proxy.port}")
        collector = Collector()
        assert await client.endpoint(f"{upstream.url}/x", {}, proxy=way).send(BODY, collector, PATIENT)
        assert collector.status == 200
        client.close()
    assert proxy.seen[0].startswith(f"POST {upstream.url}/x HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic dXMgZXI6cGFzcw==\r\n" in proxy.seen[0]


async def test_https_goes_through_a_tunnel(client: HttpClient, certificate: tuple[Path, Path]) -> None:
    """The proxy sees host and port and its own credential; TLS is verified against the server behind it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await reader.read()
        writer.close()

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server, running(ForwardProxy()) as proxy:
        way = HttpProxy("127.0.0.1", proxy.port, "Basic c2VjcmV0")
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(UpstreamTrouble, match="not trusted"):
            await client.endpoint(url, {}, proxy=way).send(BODY, Collector(), PATIENT)
        collector = Collector()
        trust = Trust(ca=str(certificate[0]))
        assert await client.endpoint(url, {"x-key": "k"}, trust, proxy=way).send(BODY, collector, PATIENT)
        assert bytes(collector.body) == b"ok"
        client.close()
    assert proxy.seen[-1].startswith("CONNECT localhost:")
    assert "x-key" not in proxy.seen[-1]
    assert b"x-key: k" in heads[-1]
    assert b"Proxy-Authorization" not in heads[-1]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407", id="credential"),
        pytest.param(b"HTTP/1.1 403 Forbidden\r\n\r\n", "refused the way", id="refused"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nand more", "refused the way", id="bytes before ours"),
        pytest.param(b"x" * 10_000, "no answer to CONNECT", id="endless head"),
        pytest.param(b"\0\r\n\r\n", "refused the way", id="garbage"),
    ],
)
async def test_proxy_that_refuses(client: HttpClient, reply: bytes, message: str) -> None:
    """What the proxy says instead of a tunnel is told, and never taken for the server's answer."""
    async with running(ForwardProxy(reply)) as proxy:
        way = HttpProxy("127.0.0.1", proxy.port)
        with pytest.raises(UpstreamTrouble, match=message):
            await client.endpoint("https://localhost:1/", {}, proxy=way).send(BODY, Collector(), PATIENT)


async def test_silent_proxy_meets_the_connect_limit(client: HttpClient) -> None:
    """A proxy that never answers costs the connect limit, by name."""
    async with running(ForwardProxy(b"")) as proxy:
        way = HttpProxy("127.0.0.1", proxy.port)
        limits = Limits(connect_s=0.05, first_token_s=5, idle_s=5)
        with pytest.raises(UpstreamTrouble, match="limit: connect"):
            await client.endpoint("https://localhost:1/", {}, proxy=way).send(BODY, Collector(), limits)
        with pytest.raises(UpstreamTrouble, match="limit: first_token"):
            await client.endpoint("http://localhost:1/", {}, proxy=way).send(BODY, Collector(), QUICK)


@pytest.mark.parametrize(
    "url", ["https://proxy:1", "proxy:1", "http://", "http://a:99999", "http://a\nb", "socks5://a"]
)
def test_bad_proxy_urls_are_refused(url: str) -> None:
    """Only http proxies are spoken to; the text of the refusal holds nothing of the URL, which may hold a password."""
    with pytest.raises(ValueError, match="proxy's URL") as refused:
        parse_proxy(url)
    assert "99999" not in str(refused.value)
    assert "socks5" not in str(refused.value)
