"""The life of a server: listening, draining, closing."""

import asyncio
import socket

import pytest
from tests.wire.house import House, authenticator, get, open_house, render_error

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply
from openclaw_gateway.wire.app import App, Door
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.routes import Route, RouteTable
from openclaw_gateway.wire.server import LOOPBACK_HOSTS, ListenFailed, Server, _fit_descriptors


def build() -> Server:
    return Server(App(RouteTable([]), Door(authenticator()), render_error))


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_loopback_is_both_families_on_one_port() -> None:
    """The loopback bind listens on both loopback addresses, as far as the machine has them, on the same port."""
    server = build()
    await server.start(LOOPBACK_HOSTS, 0)
    hosts = [host for host, _ in server.addresses]
    assert hosts == (["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"])
    assert len({port for _, port in server.addresses}) == 1
    await server.close()


async def test_port_in_use() -> None:
    """A taken port is told with its number and what to do."""
    first, second = build(), build()
    await first.start(["127.0.0.1"], 0)
    port = first.addresses[0][1]
    with pytest.raises(ListenFailed, match=f"port {port} is already in use on 127.0.0.1.*--port"):
        await second.start(LOOPBACK_HOSTS, port)
    assert second.addresses == []
    await second.close()
    await first.close()


async def test_address_that_is_not_ours() -> None:
    """A foreign address is told as such."""
    server = build()
    with pytest.raises(ListenFailed, match=r"no address 192\.0\.2\.1"):
        await server.start(["192.0.2.1"], 0)
    await server.close()


class Slow:
    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()

    async def handle(self, _: HttpRequest) -> Reply:
        self.entered.set()
        await self.opened.wait()
        return HttpReply(200, b"done")


async def begin_slow_request(house: House, slow: Slow) -> asyncio.Task[bytes]:
    client = await house.connect()
    client.say(get("/slow"))
    await slow.entered.wait()
    return asyncio.create_task(client.read_to_end())


async def test_draining_finishes_what_was_begun() -> None:
    """After stop_accepting no connection is taken, idle ones close, and the answer under way arrives with its end."""
    slow = Slow()
    async with open_house([Route("/slow", ("GET",), slow.handle, scope=None)]) as house:
        idle = await house.connect()
        idle.say(get("/health"))
        await idle.read_answer()
        reading = await begin_slow_request(house, slow)
        house.server.stop_accepting()
        await idle.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await house.connect()
        assert await house.server.drain(0.01) == 1
        slow.opened.set()
        assert await house.server.drain(5) == 0
        said = await reading
        assert said.endswith(b"done")
        assert b"connection: close" in said


async def test_close_ends_what_is_left() -> None:
    """Close does not wait for a handler that does not end."""
    slow = Slow()
    async with open_house([Route("/slow", ("GET",), slow.handle, scope=None)]) as house:
        reading = await begin_slow_request(house, slow)
        async with asyncio.timeout(5):
            await house.server.close(grace_s=0.01)
        assert await reading == b""
        assert house.server.connection_count == 0


async def test_close_lets_the_last_word_out() -> None:
    """An answer that becomes ready in the moment of closing is still sent."""
    slow = Slow()
    async with open_house([Route("/slow", ("GET",), slow.handle, scope=None)]) as house:
        reading = await begin_slow_request(house, slow)
        slow.opened.set()
        await house.server.close()
        assert (await reading).endswith(b"done")


async def test_close_flushes_what_was_said() -> None:
    """An answer that is being read when the server closes arrives whole."""

    async def large(_: HttpRequest) -> Reply:
        return HttpReply(200, b"x" * 3_000_000)

    async with open_house([Route("/large", ("GET",), large, scope=None)]) as house:
        client = await house.connect()
        client.say(get("/large"))
        await client.reader.readuntil(b"\r\n\r\n")
        closing = asyncio.create_task(house.server.close())
        assert len(await client.read_to_end()) == 3_000_000
        await closing


async def test_silent_connections_do_not_hold_up_closing() -> None:
    """Sockets that never spoke are closed at once."""
    async with open_house() as house:
        for _ in range(20):
            await house.connect()
        async with asyncio.timeout(5):
            await house.server.close()
        assert house.server.connection_count == 0


def test_fewer_connections_where_descriptors_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound on connections leaves descriptors for the rest of the gateway."""
    monkeypatch.setattr("resource.getrlimit", lambda _: (1024, 4096))
    fitted = _fit_descriptors(WireLimits())
    assert fitted.max_connections == 768
    assert fitted.max_strangers <= 384
