"""One socket, seen by a real WebSocket client and by a raw one that breaks the rules."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from tests.running import eventually
from tests.wire.house import TOKEN, House, RawClient, authenticator, get, open_house
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from openclaw_gateway.auth.origin import PagePolicy
from openclaw_gateway.auth.peer import ProxyTrust
from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.dialects.gateway.frames import Request, encode_answer, encode_event
from openclaw_gateway.dialects.gateway.handshake import (
    ConnectParams,
    HelloAuth,
    HelloFeatures,
    HelloOk,
    HelloServer,
    Policy,
    Snapshot,
)
from openclaw_gateway.endpoints.gateway.connect import admit
from openclaw_gateway.endpoints.table import Caller
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.socket_handler import Visitor
from openclaw_gateway.wire.websocket import MAX_REFUSALS


class Desk:
    """A handler with a few methods: echo, refuse, crash, wait."""

    def __init__(self) -> None:
        self.authenticator = authenticator()
        self.waiting = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def welcome(self, connect: ConnectParams, visitor: Visitor) -> tuple[Principal, HelloOk]:
        if connect.client.version == "crash":
            raise RuntimeError("bug with a secret")
        principal = admit(self.authenticator, connect, visitor.client, origin=visitor.origin)
        hello = HelloOk(
            "hello-ok",
            4,
            HelloServer("1", visitor.connection_id),
            HelloFeatures((), ()),
            Snapshot((), {}, {"presence": 0, "health": 0}, 0, principal.method),
            HelloAuth("operator", tuple(sorted(principal.scopes))),
            Policy(26_214_400, 52_428_800, 30_000),
        )
        return principal, hello

    async def answer(self, request: Request, caller: Caller) -> bytes:
        match request.method:
            case "echo":
                return encode_answer(request.id, request.params)
            case "crash":
                raise RuntimeError("bug with a secret")
            case "wait":
                self.waiting.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    self.cancelled.set()
        raise InvalidRequest(f"unknown method: {request.method}")


@asynccontextmanager
async def open_desk(limits: WireLimits | None = None, **settings: object) -> AsyncIterator[tuple[House, Desk]]:
    desk = Desk()
    async with open_house(handler=desk, limits=limits, **settings) as house:  # type: ignore[arg-type]  # passed on
        yield house, desk


def connect_frame(token: str = TOKEN, **changes: object) -> str:
    params: dict[str, object] = {
        "minProtocol": 4,
        "maxProtocol": 4,
        "client": {"id": "test", "version": "1", "platform": "linux", "mode": "test"},
        "auth": {"token": token},
    }
    return json.dumps({"type": "req", "id": "c", "method": "connect", "params": params | changes})


def request_frame(method: str, request_id: str = "1", **params: object) -> str:
    return json.dumps({"type": "req", "id": request_id, "method": method, "params": params})


def dial(house: House, path: str = "/", **settings: object) -> connect:
    url = f"ws://127.0.0.1:{house.port}{path}"
    return connect(url, compression=None, ping_interval=None, **settings)  # type: ignore[arg-type]  # passed on


async def read(socket: ClientConnection) -> dict[str, object]:
    async with asyncio.timeout(10):
        frame = json.loads(await socket.recv())
    assert isinstance(frame, dict)
    return frame


async def admitted(socket: ClientConnection, **changes: object) -> None:
    """Go through the handshake."""
    assert (await read(socket))["event"] == "connect.challenge"
    await socket.send(connect_frame(**changes))  # type: ignore[arg-type]  # a test's own changes
    assert (await read(socket))["ok"] is True


async def wait_closed(socket: ClientConnection) -> tuple[int, str]:
    """The code and reason that the server closed with."""
    async with asyncio.timeout(10):
        with suppress(ConnectionClosed):
            while True:
                await socket.recv()
    assert socket.close_code is not None
    return socket.close_code, socket.close_reason or ""


@pytest.mark.parametrize("path", ["/", "/ws", "/any/path?token=x"])
async def test_a_conversation_at_any_path(path: str) -> None:
    """Challenge, connect, hello, requests and answers, at whatever path, on the port that also speaks HTTP."""
    async with open_desk() as (house, _), dial(house, path) as socket:
        await admitted(socket)
        await socket.send(request_frame("echo", a=[1, 2]))
        assert await read(socket) == {"type": "res", "id": "1", "ok": True, "payload": {"a": [1, 2]}}
        assert (await house.ask(get("/health"))).status == 200


async def test_each_challenge_is_fresh() -> None:
    """No two sockets are asked with the same nonce."""
    async with open_desk() as (house, _):
        nonces = set()
        for _attempt in range(5):
            async with dial(house) as socket:
                payload = (await read(socket))["payload"]
                assert isinstance(payload, dict)
                nonces.add(payload["nonce"])
        assert len(nonces) == 5


async def test_early_frames_are_not_lost() -> None:
    """A client may send connect in one packet with its opening handshake."""
    async with open_desk() as (house, _):
        client = await house.connect()
        client.say(OPENING + masked(connect_frame()))
        async with asyncio.timeout(10):
            await client.reader.readuntil(b"hello-ok")


@pytest.mark.parametrize(
    ("first", "code", "reason"),
    [
        pytest.param(request_frame("health"), 1008, "first request must be connect", id="request before connect"),
        pytest.param('{"hello":1}', 1008, "first request must be connect", id="not a frame"),
        pytest.param("[]", 1008, "first request must be connect", id="not an object"),
        pytest.param("", 1008, "first request must be connect", id="empty"),
        pytest.param("[" * 60_000, 1008, "first request must be connect", id="deep"),
        pytest.param(connect_frame("wrong"), 1008, "unauthorized: gateway token mismatch", id="wrong token"),
        pytest.param(connect_frame(auth={}), 1008, "device identity required", id="no token"),
        pytest.param(connect_frame(minProtocol=5, maxProtocol=6), 1002, "protocol mismatch", id="version"),
        pytest.param(connect_frame(client={}), 1008, "invalid connect params", id="bad params"),
        pytest.param(b"\x00\x01", 1003, "binary", id="binary"),
        pytest.param("x" * 70_000, 1009, "", id="larger than a stranger may send"),
    ],
)
async def test_strangers_are_let_go(first: str | bytes, code: int, reason: str) -> None:
    """Whoever does not begin with a proper connect is closed with a code and a reason."""
    async with open_desk() as (house, _), dial(house) as socket:
        await socket.send(first)
        told_code, told_reason = await wait_closed(socket)
        assert told_code == code
        assert reason in told_reason


async def test_a_bug_in_welcome_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A crash while admitting is an internal error to the peer and a traceback to the log."""
    client = {"id": "test", "version": "crash", "platform": "linux", "mode": "test"}
    async with open_desk() as (house, _), dial(house) as socket:
        await read(socket)
        await socket.send(connect_frame(client=client))
        refusal = await read(socket)
        assert refusal["ok"] is False
        assert "secret" not in json.dumps(refusal)
        assert "secret" in caplog.text


async def test_a_bug_in_a_method_costs_one_answer(caplog: pytest.LogCaptureFixture) -> None:
    """After a method crashed the socket goes on."""
    async with open_desk() as (house, _), dial(house) as socket:
        await admitted(socket)
        await socket.send(request_frame("crash"))
        refusal = await read(socket)
        assert (refusal["id"], refusal["ok"]) == ("1", False)
        assert "secret" not in json.dumps(refusal)
        await socket.send(request_frame("echo"))
        assert (await read(socket))["ok"] is True
        assert "secret" in caplog.text


async def test_answers_come_when_they_are_ready() -> None:
    """A request that waits does not hold up the next one, and ends with its socket."""
    async with open_desk() as (house, desk):
        async with dial(house) as socket:
            await admitted(socket)
            await socket.send(request_frame("wait", "slow"))
            await desk.waiting.wait()
            await socket.send(request_frame("echo", "fast"))
            assert (await read(socket))["id"] == "fast"
        async with asyncio.timeout(5):
            await desk.cancelled.wait()
        assert await house.server.drain(5) == 0


async def test_large_and_fragmented_messages_after_connect() -> None:
    """An admitted client may send megabytes, in one frame or many."""
    async with open_desk() as (house, _), dial(house, max_size=None) as socket:
        await admitted(socket)
        text = request_frame("echo", text="x" * 2_000_000)
        await socket.send(text)
        assert len(json.dumps(await read(socket))) > 2_000_000
        await socket.send([text[start : start + 100_000] for start in range(0, len(text), 100_000)])
        assert (await read(socket))["ok"] is True


async def test_invalid_utf8_is_1007() -> None:
    """A text frame that is no text closes the socket with 1007."""
    async with open_desk() as (house, _), dial(house) as socket:
        await admitted(socket)
        await socket.send(b"\xff\xfe", text=True)
        assert (await wait_closed(socket))[0] == 1007


async def test_p03_refused_requests_end_a_socket() -> None:
    """A client that only collects refusals is let go; one that also does proper work is not."""
    async with open_desk() as (house, _):
        async with dial(house) as socket:
            await admitted(socket)
            for _ in range(MAX_REFUSALS):
                await socket.send(request_frame("echo"))
                await socket.send(request_frame("nosuch"))
                assert {(await read(socket))["ok"], (await read(socket))["ok"]} == {True, False}
        async with dial(house) as socket:
            await admitted(socket)
            for number in range(MAX_REFUSALS * 2):
                await socket.send(request_frame("nosuch") if number % 2 else "not a frame")
            assert await wait_closed(socket) == (1008, "too many refused requests")


@pytest.mark.parametrize(
    ("scopes", "caps", "heard"),
    [
        pytest.param(None, [], ["all", "read"], id="default"),
        pytest.param(["operator.read"], ["tool-events"], ["all", "read", "capped"], id="with the capability"),
        pytest.param([], ["tool-events"], ["all"], id="without scopes"),
    ],
)
async def test_broadcasts_reach_whom_they_may(scopes: list[str] | None, caps: list[str], heard: list[str]) -> None:
    """A client hears what its scopes and capabilities allow, numbered without gaps."""
    async with open_desk() as (house, _), dial(house) as stranger, dial(house) as socket:
        await read(stranger)
        await admitted(socket, **({} if scopes is None else {"scopes": scopes}), caps=caps)
        broadcast = house.server.broadcast
        assert len(broadcast) == 1
        broadcast.publish(encode_event("all", {}))
        broadcast.publish(encode_event("read", {}, scope="operator.read"))
        broadcast.publish(encode_event("capped", {}, scope="operator.read", cap="tool-events"))
        frames = [await read(socket) for _ in heard]
        assert [frame["event"] for frame in frames] == heard
        assert [frame["seq"] for frame in frames] == list(range(1, len(heard) + 1))


async def test_slow_consumer_is_closed_and_nobody_waits() -> None:
    """A client that does not read is let go at its bound; the others hear everything meanwhile."""
    limits = WireLimits(max_outbox_bytes=4_000_000, close_within_s=0.2)
    async with open_desk(limits) as (house, _), dial(house) as slow, dial(house, max_queue=None) as quick:
        await admitted(slow)
        await admitted(quick)
        slow.transport.pause_reading()
        event = encode_event("agent", {"text": "x" * 100_000})
        for _ in range(200):
            house.server.broadcast.publish(event)
            await read(quick)
        assert len(house.server.broadcast) == 1
        slow.transport.abort()


async def test_slow_consumers_have_one_bound_together() -> None:
    """Clients that do not read and are each within their own bound are let go when they are too far behind together."""
    limits = WireLimits(max_outbox_bytes=50_000_000, max_unread_bytes_in_all=10_000_000)
    async with open_desk(limits) as (house, _), dial(house) as one, dial(house) as other:
        for socket in (one, other):
            await admitted(socket)
            socket.transport.pause_reading()
        event = encode_event("agent", {"text": "x" * 100_000})
        for _ in range(400):
            house.server.broadcast.publish(event)
            await asyncio.sleep(0)
        await eventually(lambda: len(house.server.broadcast) < 2)
        one.transport.abort()
        other.transport.abort()


async def test_a_client_that_is_behind_misses_what_is_repeated() -> None:
    """Droppable events are left out for a reader that is behind, and leave no gap in its numbers."""
    async with open_desk() as (house, _), dial(house, max_queue=None, max_size=None) as socket:
        await admitted(socket)
        socket.transport.pause_reading()
        for _ in range(100):
            house.server.broadcast.publish(encode_event("agent", {"text": "x" * 100_000}))
            house.server.broadcast.publish(encode_event("tick", {}, is_droppable=True))
        house.server.broadcast.publish(encode_event("last", {}))
        socket.transport.resume_reading()
        frames = [await read(socket)]
        while frames[-1]["event"] != "last":
            frames.append(await read(socket))
        assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
        assert [frame["event"] for frame in frames].count("agent") == 100
        assert [frame["event"] for frame in frames].count("tick") < 100


async def test_p03_silent_stranger_meets_the_deadline() -> None:
    """A socket that never says connect is closed."""
    async with open_desk(WireLimits(handshake_s=0.1)) as (house, _), dial(house) as socket:
        assert await wait_closed(socket) == (1008, "handshake timeout")


async def test_chatter_does_not_push_the_handshake_deadline() -> None:
    """Pings are answered and buy no time."""
    async with open_desk(WireLimits(handshake_s=0.3)) as (house, _), dial(house) as socket:
        closing = asyncio.create_task(wait_closed(socket))
        while not closing.done():
            try:
                await socket.ping()
            except ConnectionClosed:
                break
            await asyncio.wait([closing], timeout=0.02)
        assert await closing == (1008, "handshake timeout")


async def test_pings_find_the_dead() -> None:
    """A client that answers pings stays; one that does not is closed."""
    limits = WireLimits(ping_every_s=0.05, pong_within_s=0.1, close_within_s=0.1)
    async with open_desk(limits) as (house, _), dial(house) as alive:
        await admitted(alive)
        dead = await house.connect()
        dead.say(OPENING + masked(connect_frame()))
        said = await dead.read_to_end()
        assert b"hello-ok" in said
        assert b"no pong in time" in said
        await alive.send(request_frame("echo"))
        assert (await read(alive))["ok"] is True


async def test_closing_the_server_tells_the_sockets() -> None:
    """A socket that is open when the gateway goes is told that it will be back."""
    async with open_desk() as (house, _), dial(house) as socket:
        await admitted(socket)
        closing = asyncio.create_task(house.server.close())
        assert await wait_closed(socket) == (1012, "service restart")
        await closing


async def test_p09_sockets_of_a_rotated_credential_are_closed() -> None:
    """Whoever came in with a credential that is no more is let go."""
    async with open_desk() as (house, _), dial(house) as socket:
        await admitted(socket)
        closed = house.server.broadcast.close_where(lambda principal: principal.method == "token", 1008, "rotated")
        assert closed == 1
        assert await wait_closed(socket) == (1008, "rotated")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Origin": "http://evil.example"}, 403, id="foreign page"),
        pytest.param({"Origin": "null"}, 403, id="sandboxed page"),
        pytest.param({"Host": "evil.example"}, 403, id="rebound name"),
        pytest.param({"X-Forwarded-For": "1.2.3.4"}, 403, id="unlisted proxy"),
        pytest.param({"Sec-WebSocket-Version": "8"}, 400, id="old version"),
        pytest.param({"Sec-WebSocket-Key": "short"}, 400, id="bad key"),
    ],
)
async def test_p02_upgrades_are_judged_like_requests(headers: dict[str, str], status: int) -> None:
    """A page that may not call us gets no socket, before any credential is asked for."""
    async with open_desk() as (house, _):
        fields = {
            "Host": f"127.0.0.1:{house.port}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        } | headers
        question = "GET / HTTP/1.1\r\n" + "".join([f"{name}: {value}\r\n" for name, value in fields.items()]) + "\r\n"
        assert (await house.ask(question)).status == status


async def test_p02_our_own_page_and_listed_pages_may_upgrade() -> None:
    """A page that we served, or that is listed, gets its socket."""
    pages = PagePolicy.build(["https://chat.example.com"])
    async with open_desk(pages=pages) as (house, _):
        for origin in (f"http://127.0.0.1:{house.port}", "https://chat.example.com"):
            async with dial(house, origin=origin) as socket:
                await admitted(socket)
        with pytest.raises(InvalidStatus):
            async with dial(house, origin="http://other.example"):
                pass


async def test_p02_a_page_that_guesses_is_locked_out() -> None:
    """Wrong tokens from a page lock its origin out, on loopback too, and the right one does not help."""
    page = "https://chat.example.com"
    async with open_desk(pages=PagePolicy.build([page])) as (house, _):
        codes = []
        for number in range(12):
            async with dial(house, origin=page) as socket:
                await read(socket)
                await socket.send(connect_frame("guess" if number < 11 else TOKEN))
                error = (await read(socket))["error"]
                assert isinstance(error, dict)
                codes.append(error["details"]["code"])
        assert codes == ["AUTH_TOKEN_MISMATCH"] * 10 + ["AUTH_RATE_LIMITED"] * 2
        async with dial(house) as socket:
            await admitted(socket)


async def test_p10_a_listed_proxy_names_the_client() -> None:
    """Behind a listed proxy guesses count for the client that it names."""
    async with open_desk(proxies=ProxyTrust.build(["127.0.0.1"])) as (house, _):
        for _ in range(10):
            async with dial(house, additional_headers={"X-Forwarded-For": "198.51.100.1"}) as socket:
                await read(socket)
                await socket.send(connect_frame("guess"))
                await wait_closed(socket)
        async with dial(house, additional_headers={"X-Forwarded-For": "198.51.100.1"}) as socket:
            await read(socket)
            await socket.send(connect_frame())
            assert "too many" in json.dumps(await read(socket))
        async with dial(house, additional_headers={"X-Forwarded-For": "198.51.100.2"}) as socket:
            await admitted(socket)


async def test_p03_silent_sockets_push_out_each_other() -> None:
    """Sockets before connect count as strangers: the crowd is bounded and an admitted client stays."""
    limits = WireLimits(max_strangers=20, max_strangers_per_address=20)
    async with open_desk(limits) as (house, _), dial(house) as known:
        await admitted(known)
        crowd: list[RawClient] = []
        for _ in range(100):
            client = await house.connect()
            client.say(OPENING)
            await client.reader.readuntil(b"connect.challenge")
            crowd.append(client)
        await crowd[0].wait_closed()
        assert house.server.connection_count <= 22
        await known.send(request_frame("echo"))
        assert (await read(known))["ok"] is True


async def test_no_compression_is_agreed_on() -> None:
    """An offer of permessage-deflate is not taken: nothing is ever decompressed."""
    async with open_desk() as (house, _), connect(f"ws://127.0.0.1:{house.port}", compression="deflate") as socket:
        assert socket.protocol.extensions == []


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x81\x05hello", id="unmasked"),
        pytest.param(b"\xf1\x80\x00\x00\x00\x00", id="reserved bits"),
        pytest.param(b"\x83\x80\x00\x00\x00\x00", id="unknown opcode"),
        pytest.param(b"\x89\xfe\x00\x7e\x00\x00\x00\x00" + b"x" * 126, id="ping too long"),
        pytest.param(b"\x80\x80\x00\x00\x00\x00", id="continuation of nothing"),
        pytest.param(b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", id="announced as huge"),
    ],
)
async def test_p19_broken_frames(sent: bytes) -> None:
    """Bytes that break RFC 6455 end the socket, and nobody else notices."""
    async with open_desk() as (house, _), dial(house) as neighbour:
        await admitted(neighbour)
        client = await house.connect()
        client.say(OPENING + sent)
        assert b"\x88" in await client.read_to_end()
        await neighbour.send(request_frame("echo"))
        assert (await read(neighbour))["ok"] is True


async def test_p19_endless_fragments_meet_the_cap() -> None:
    """A message in pieces is bounded like one in one piece."""
    async with open_desk() as (house, _):
        client = await house.connect()
        client.say(OPENING + Frame(Opcode.TEXT, b"x" * 60_000, fin=False).serialize(mask=True))
        client.say(Frame(Opcode.CONT, b"x" * 60_000, fin=False).serialize(mask=True))
        assert b"\x03\xf1" in await client.read_to_end()


async def test_p19_ping_flood_without_reading_is_cut() -> None:
    """A stranger that makes us answer and does not read is cut at a bound of bytes."""
    async with open_desk(WireLimits(close_within_s=0.1)) as (house, _):
        client = await house.connect()
        client.writer.transport.pause_reading()
        client.say(OPENING)
        ping = Frame(Opcode.PING, os.urandom(125)).serialize(mask=True)
        client.say(ping * 100_000)
        await house.wait_empty()


async def test_upgrade_without_a_handler() -> None:
    """A server without sockets says so."""
    async with open_house() as house:
        assert (await house.ask(OPENING)).status == 400


OPENING = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def masked(text: str) -> bytes:
    """A text frame as a client sends it."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=True)
