"""Many clients that do little: idle sockets and readers that do not read."""

import asyncio
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from bench.processes import TOKEN, Gateway
from tests.faults.client import ask

IDLE = 5000
SLOW_READERS = 50


@pytest.fixture
def many_files() -> Iterator[None]:
    """Room for the sockets of both sides; the child inherits the limit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(before[1], 4 * IDLE), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("many_files")
async def test_idle_sockets_delay_nobody(start: Callable[[], Gateway]) -> None:
    """5,000 sockets that say nothing cost little memory, and other clients are served while they are there."""
    gateway = start()
    assert (await ask(gateway.port, "hello")).is_acknowledged
    before = gateway.rss_mb
    files = gateway.open_files
    with ExitStack() as stack:
        for _ in range(IDLE):
            stack.enter_context(socket.create_connection(("127.0.0.1", gateway.port), timeout=10))
        async with asyncio.timeout(5):
            for number in range(20):
                assert (await ask(gateway.port, "hello", stream=number % 2 == 1)).is_acknowledged
        assert gateway.rss_mb - before < 60
    async with asyncio.timeout(30):
        while gateway.open_files > files + 20:
            assert (await ask(gateway.port, "hello")).is_acknowledged


async def test_slow_readers_cost_a_bounded_buffer(start: Callable[[], Gateway]) -> None:
    """Clients that ask for a stream and never read it hold up nobody, and what waits for them is bounded."""
    gateway = start()
    assert (await ask(gateway.port, "hello")).is_acknowledged
    before = gateway.rss_mb
    body = b'{"model":"openclaw/paced","stream":true,"messages":[{"role":"user","content":"hi"}]}'
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
    head = head.replace("Host: x", f"Host: 127.0.0.1:{gateway.port}")
    request = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with ExitStack() as stack:
        for _ in range(SLOW_READERS):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            client.connect(("127.0.0.1", gateway.port))
            client.sendall(request)
        async with asyncio.timeout(10):
            for _ in range(20):
                assert (await ask(gateway.port, "hello", stream=True)).is_acknowledged
            assert (await ask(gateway.port, "hello", agent="paced", stream=True)).is_acknowledged
        assert gateway.rss_mb - before < 30
