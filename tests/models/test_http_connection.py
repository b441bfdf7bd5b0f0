"""What one connection keeps and closes."""

import asyncio

from tests.models.test_http_client import BODY, PATIENT, Collector, endpoint, post
from tests.upstream import Raw, Upstream

from openclaw_gateway.models.http_client import HttpClient


async def test_bytes_while_idle_close_the_connection(client: HttpClient, upstream: Upstream) -> None:
    """What nobody asked for cannot be taken for the next answer."""
    upstream.plan(Raw(200, {}, (b"ok",)))
    await post(client, upstream)
    upstream.shout(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
    await upstream.wait_open(0)
    upstream.plan(Raw(200, {}, (b"good",)))
    collected, _ = await post(client, upstream)
    assert bytes(collected.body) == b"good"


async def test_chunks_of_one_read_are_one_piece(client: HttpClient, upstream: Upstream) -> None:
    """The reader is called once per read from the network, however many chunks it holds."""
    pieces: list[bytes] = []

    class Counter(Collector):
        def feed(self, received: bytes) -> None:
            pieces.append(received)

    many = b"".join(b"1\r\n%c\r\n" % (97 + number % 26) for number in range(200))
    upstream.speak_garbage(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + many + b"0\r\n\r\n")
    assert await endpoint(client, upstream).send(BODY, Counter(), PATIENT)
    assert len(b"".join(pieces)) == 200
    assert len(pieces) < 20


async def test_closing_the_client_ends_exchanges(client: HttpClient, upstream: Upstream) -> None:
    """Nobody waits for a connection that was cut under it."""
    upstream.hang_after_head()
    task = asyncio.create_task(post(client, upstream))
    await upstream.wait_requests()
    client.close()
    await asyncio.wait([task], timeout=5)
    assert task.done()
    task.exception()
    await upstream.wait_open(0)
