"""Readers that are behind and bodies that come slowly: what they may keep in memory, alone and together."""

from tests.running import eventually
from tests.wire.house import BEARER, get, open_house

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.routes import Route


async def test_large_answer_to_a_slow_reader_arrives_whole() -> None:
    """A reader that is slow but reads gets everything."""

    async def large(_: HttpRequest) -> Reply:
        return HttpReply(200, b"x" * 5_000_000)

    async with open_house([Route("/large", ("GET",), large, scope=None)]) as house:
        client = await house.connect()
        client.say(get("/large") + get("/health"))
        assert len((await client.read_answer()).body) == 5_000_000
        assert (await client.read_answer()).status == 200


async def test_reader_that_does_not_read_is_cut() -> None:
    """A client that asks and does not read is let go after the stall time."""

    async def large(_: HttpRequest) -> Reply:
        return HttpReply(200, b"x" * 20_000_000)

    async with open_house(
        [Route("/large", ("GET",), large, scope=None)], limits=WireLimits(write_stall_s=0.2)
    ) as house:
        client = await house.connect()
        client.writer.transport.pause_reading()
        client.say(get("/large"))
        await house.wait_empty()


async def test_readers_that_are_behind_have_one_bound_together() -> None:
    """Of several clients that do not read, the one furthest behind is cut when they are too far behind together."""

    async def large(request: HttpRequest) -> Reply:
        return HttpReply(200, b"x" * int(request.query))

    limits = WireLimits(max_unread_bytes_in_all=30_000_000)
    async with open_house([Route("/large", ("GET",), large, scope=None)], limits=limits) as house:
        clients = [await house.connect() for _ in range(3)]
        for client, size in zip(clients, (10_000_000, 25_000_000, 12_000_000), strict=True):
            client.writer.transport.pause_reading()
            client.say(get(f"/large?{size}"))
        await eventually(lambda: house.server.connection_count == 2)
        for client in (clients[0], clients[2]):
            client.writer.transport.resume_reading()
            assert (await client.read_answer()).status == 200


async def test_bodies_have_one_bound_together() -> None:
    """Large bodies that are too much together are refused with the time to come back; small ones are always read."""
    limits = WireLimits(max_body_bytes_in_all=500_000)
    ask = "POST /v1/echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {}\r\n" + BEARER + "\r\n"
    async with open_house(limits=limits) as house:
        slow = await house.connect()
        slow.say(ask.format(400_001) + "x" * 400_000)
        await eventually(lambda: house.server.body_bytes == 400_000)
        refused = await house.ask(ask.format(200_000) + "x" * 200_000)
        assert (refused.status, refused.headers["retry-after"]) == (429, "2")
        assert b"queue_full" in refused.body
        assert (await house.ask(ask.format(10_000) + "x" * 10_000)).status == 200
        slow.say("x")
        assert (await slow.read_answer()).status == 200
        assert (await house.ask(ask.format(200_000) + "x" * 200_000)).status == 200
        left = await house.connect()
        left.say(ask.format(400_001) + "x" * 400_000)
        await eventually(lambda: house.server.body_bytes == 400_000)
        left.hang_up()
        await eventually(lambda: house.server.body_bytes == 0)
