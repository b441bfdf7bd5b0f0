"""One connection, seen from the other end of a socket: phases, deadlines, floods, disconnects."""

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest
from tests.wire.house import BEARER, RawClient, get, open_house, post

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply
from openclaw_gateway.errors import Conflict, GatewayError
from openclaw_gateway.wire.http_protocol import MAX_REFUSALS
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.routes import Route


class Gate:
    """A handler that waits until the test lets it go, and tells when it was entered and left."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()
        self.left = asyncio.Event()

    async def handle(self, request: HttpRequest) -> Reply:
        request.watch_disconnect(self.left.set)
        self.entered.set()
        await self.opened.wait()
        return HttpReply(200, request.body)


async def test_requests_follow_each_other() -> None:
    """One connection serves request after request, with and without body."""
    async with open_house() as house:
        client = await house.connect()
        for _ in range(3):
            client.say(post("/v1/echo", '{"a": 1}'))
            assert (await client.read_answer()).body == b"POST /v1/echo ?  {} 8"
            client.say(get("/v1/models"))
            assert (await client.read_answer()).status == 200


async def test_one_byte_at_a_time() -> None:
    """A request is the same request when each byte comes in a packet of its own."""
    async with open_house() as house:
        client = await house.connect()
        for byte in post("/v1/echo", "{}").encode():
            client.say(bytes([byte]))
            await client.writer.drain()
            await asyncio.sleep(0)
        assert (await client.read_answer()).body == b"POST /v1/echo ?  {} 2"


async def test_pipelined_requests_are_answered_in_order() -> None:
    """Requests that were sent without waiting are answered one after the other, refused ones too."""
    async with open_house() as house:
        client = await house.connect()
        client.say(post("/v1/echo", "{}") + get("/nope") + get("/v1/models", "") + post("/v1/echo", "[1]"))
        answers = [await client.read_answer() for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 404, 401, 200]
        assert answers[3].body == b"POST /v1/echo ?  {} 3"


async def test_flood_of_pipelined_requests_is_cut() -> None:
    """A client that sends far more ahead than it may is answered what was asked, then let go."""
    gate = Gate()
    async with open_house(
        [Route("/wait", ("GET",), gate.handle, scope=None)], limits=WireLimits(max_ahead_bytes=1000)
    ) as house:
        client = await house.connect()
        client.say(get("/wait"))
        await gate.entered.wait()
        client.say(get("/wait") * 100)
        for _ in range(2):  # whoever is answered after the flood was sent shows that it was read
            assert (await house.ask(get("/health"))).status == 200
        gate.opened.set()
        answer = await client.read_answer()
        assert answer.status == 200
        await client.wait_closed()


async def test_refusals_end_a_connection() -> None:
    """A client whose every request is refused has to connect again after so many."""
    async with open_house() as house:
        client = await house.connect()
        client.say(get("/v1/models", "") * (MAX_REFUSALS + 50))
        said = await client.read_to_end()
        assert said.count(b"HTTP/1.1 401") == MAX_REFUSALS


async def test_head_has_no_body() -> None:
    """HEAD is answered with the length of the body and without it."""
    async with open_house() as house:
        client = await house.connect()
        client.say(get("/health", "", method="HEAD") + get("/health", ""))
        head = await client.read_answer(has_body=False)
        full = await client.read_answer()
        assert head.headers["content-length"] == str(len(full.body))


@pytest.mark.parametrize(
    "extra", [pytest.param("", id="plain"), pytest.param("Connection: keep-alive\r\n", id="keep-alive")]
)
async def test_http_10_is_answered_and_closed(extra: str) -> None:
    """A client of HTTP/1.0 gets its answer and the end of the connection, host or not."""
    async with open_house() as house:
        client = await house.connect()
        client.say(f"GET /health HTTP/1.0\r\n{extra}\r\n")
        answer = await client.read_answer()
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        await client.wait_closed()


async def test_connection_close_is_kept() -> None:
    """A client that says close gets close."""
    async with open_house() as house:
        client = await house.connect()
        client.say(get("/health", "Connection: close\r\n"))
        assert (await client.read_answer()).headers["connection"] == "close"
        await client.wait_closed()


async def test_chunked_body_with_a_next_request() -> None:
    """A chunked request is read, and the connection goes on."""
    async with open_house() as house:
        client = await house.connect()
        head = f"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\n{BEARER}Transfer-Encoding: chunked\r\n\r\n"
        for _ in range(2):
            client.say(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            assert (await client.read_answer()).body == b"POST /v1/echo ?  {} 5"


async def test_h2c_offer_is_ignored() -> None:
    """A client that offers HTTP/2 is answered over HTTP/1.1, body and all."""
    async with open_house() as house:
        offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        answer = await house.ask(post("/v1/echo", "{}", BEARER + offer))
        assert (answer.status, answer.body) == (200, b"POST /v1/echo ?  {} 2")


async def test_expect_continue() -> None:
    """A client that waits for 100 gets it when its body is welcome, and the refusal instead when it is not."""
    async with open_house() as house:
        client = await house.connect()
        client.say(
            f"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\n{BEARER}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.say("{}")
        assert (await client.read_answer()).status == 200
        client.say("POST /v1/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert (await client.read_answer()).status == 401


async def test_413_comes_before_the_body() -> None:
    """A body announced too large is refused on its announcement; a client that still sends can read the answer."""
    async with open_house() as house:
        client = await house.connect()
        client.say(f"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\n{BEARER}Content-Length: 99000000\r\n\r\n")
        client.say(b"x" * 1_000_000)
        answer = await client.read_answer()
        assert (answer.status, answer.headers["connection"]) == (413, "close")


async def test_413_for_a_chunked_body() -> None:
    """A chunked body is cut where it passes the cap."""
    async with open_house() as house:
        client = await house.connect()
        client.say(f"POST /v1/echo HTTP/1.1\r\nHost: localhost\r\n{BEARER}Transfer-Encoding: chunked\r\n\r\n")
        client.say(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        client.say((b"10000\r\n" + b"x" * 0x10000 + b"\r\n") * 20)
        assert (await client.read_answer()).status == 413


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param("GET /health HTTP/1.1\r\nHost: loc", 408, id="half a head"),
        pytest.param("G", 408, id="one byte"),
        pytest.param(post("/v1/echo", "{}")[:-1], 408, id="half a body"),
        pytest.param("", None, id="nothing"),
    ],
)
async def test_p19_deadlines(sent: str, status: int | None) -> None:
    """A request that does not arrive in time is told so and cut; a silent connection is just closed."""
    limits = WireLimits(head_s=0.1, body_pause_s=0.1)
    async with open_house(limits=limits) as house:
        client = await house.connect()
        client.say(sent)
        if status is not None:
            assert (await client.read_answer()).status == status
        await client.wait_closed()


async def test_p19_dripping_body_meets_the_absolute_deadline() -> None:
    """A body whose every pause is short enough is cut when the whole takes too long."""
    async with open_house(limits=WireLimits(body_pause_s=5, body_s=0.2)) as house:
        client = await house.connect()
        client.say(post("/v1/echo", "x" * 1000)[:-1000])
        reading = asyncio.create_task(client.read_answer())
        while not reading.done():
            client.say("x")
            await asyncio.wait([reading], timeout=0.02)
        assert (await reading).status == 408


async def test_p19_dripping_head_does_not_push_its_deadline() -> None:
    """A head that comes a byte at a time has the time of one head, not of one byte."""
    async with open_house(limits=WireLimits(head_s=0.2)) as house:
        client = await house.connect()
        client.say("GET /")
        reading = asyncio.create_task(client.read_answer())
        while not reading.done():
            client.say("x")
            await asyncio.wait([reading], timeout=0.02)
        assert (await reading).status == 408


async def test_idle_connection_is_closed() -> None:
    """A connection without a next request is closed after the keep-alive time."""
    async with open_house(limits=WireLimits(keep_alive_s=0.1)) as house:
        client = await house.connect()
        client.say(get("/health"))
        assert (await client.read_answer()).status == 200
        await client.wait_closed()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", id="bare LF"),
        pytest.param(b"GET /" + b"a" * 70_000, id="endless line"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, id="endless headers"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 101 + b"\r\n", id="101 headers"),
        pytest.param(b"\0" * 100, id="NUL"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", id="8 bits in the target"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: \xff\r\n\r\n", id="value not UTF-8"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="CL and TE",
        ),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", id="CONNECT"),
    ],
)
async def test_p19_hostile_bytes_are_a_4xx_and_a_closed_connection(sent: bytes) -> None:
    """Bytes that are no request of ours get one short JSON answer and the end; another client is served meanwhile."""
    async with open_house() as house:
        neighbour = await house.connect()
        client = await house.connect()
        client.say(sent)
        answer = await client.read_answer()
        assert 400 <= answer.status < 500
        assert answer.headers["content-type"].startswith("application/json")
        assert b"Traceback" not in answer.body
        await client.wait_closed()
        neighbour.say(get("/health"))
        assert (await neighbour.read_answer()).status == 200


async def test_p03_silent_crowd_does_not_keep_a_client_out() -> None:
    """Idle sockets push out each other, oldest first; whoever speaks is served, and verified clients stay."""
    limits = WireLimits(max_strangers=100, max_strangers_per_address=100, max_connections=150)
    async with open_house(limits=limits) as house:
        known = await house.connect()
        known.say(get("/v1/models"))
        assert (await known.read_answer()).status == 200
        crowd = [await house.connect() for _ in range(500)]
        client = await house.connect()
        client.say(get("/v1/models"))
        assert (await client.read_answer()).status == 200
        await crowd[0].wait_closed()
        assert house.server.connection_count <= 102
        known.say(get("/v1/models"))
        assert (await known.read_answer()).status == 200


async def test_p03_full_house_refuses_newcomers() -> None:
    """When all places are taken by verified clients a newcomer is cut, and nobody else."""
    limits = WireLimits(max_connections=5)
    async with open_house(limits=limits) as house:
        guests = [await house.connect() for _ in range(5)]
        for guest in guests:
            guest.say(get("/v1/models"))
            assert (await guest.read_answer()).status == 200
        newcomer = await house.connect()
        await newcomer.wait_closed()
        for guest in guests:
            guest.say(get("/v1/models"))
            assert (await guest.read_answer()).status == 200


async def test_handler_learns_that_its_client_left() -> None:
    """The callback given to watch_disconnect is called at once when the client hangs up."""
    gate = Gate()
    async with open_house([Route("/wait", ("GET",), gate.handle, scope=None)]) as house:
        client = await house.connect()
        client.say(get("/wait"))
        await gate.entered.wait()
        client.hang_up()
        async with asyncio.timeout(5):
            await gate.left.wait()
        gate.opened.set()


async def test_finished_request_is_not_told_of_a_later_disconnect() -> None:
    """Once the answer is sent, hanging up concerns nobody."""
    gate = Gate()
    gate.opened.set()
    async with open_house([Route("/wait", ("GET",), gate.handle, scope=None)]) as house:
        client = await house.connect()
        client.say(get("/wait"))
        await client.read_answer()
        client.hang_up()
        await house.wait_empty()
        assert not gate.left.is_set()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(Conflict("told"), 409, id="one of ours"),
        pytest.param(GatewayError("told"), 500, id="the root"),
        pytest.param(RuntimeError("/secret/path 0x7f00"), 500, id="a bug"),
        pytest.param(KeyError("secret"), 500, id="another bug"),
    ],
)
async def test_p14_errors_of_handlers(error: Exception, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """An error of ours is told as it is, a bug as `internal error` and in the log; the connection goes on."""

    async def fail(_: HttpRequest) -> Reply:
        raise error

    async with open_house([Route("/fail", ("GET",), fail, scope=None)]) as house:
        client = await house.connect()
        for _ in range(2):
            client.say(get("/fail"))
            answer = await client.read_answer()
            assert answer.status == status
            assert b"secret" not in answer.body
        assert ("Traceback" in caplog.text) is not isinstance(error, GatewayError)


async def test_reply_header_with_a_line_break_is_a_bug_not_a_header() -> None:
    """A handler cannot be made to split the answer."""

    async def split(_: HttpRequest) -> Reply:
        return HttpReply(200, b"", headers=[(b"x-openclaw-session-key", b"a\r\nset-cookie: b")])

    async with open_house([Route("/split", ("GET",), split, scope=None)]) as house:
        answer = await house.ask(get("/split"))
        assert answer.status == 500
        assert "set-cookie" not in answer.headers


async def test_request_ids() -> None:
    """A caller's short printable id is kept, any other replaced, and no two fresh ones are alike."""
    async with open_house() as house:
        kept = await house.ask(get("/health", "X-Request-Id: my-id_1\r\n"))
        assert kept.headers["x-request-id"] == "my-id_1"
        odd = ["é", "x" * 200, ""]
        answers = [await house.ask(get("/health", f"X-Request-Id: {proposed}\r\n")) for proposed in odd]
        fresh = [answer.headers["x-request-id"] for answer in answers]
        assert len(set(fresh)) == len(odd)
        assert not set(fresh) & set(odd)


async def test_over_tls(tmp_path: Path) -> None:
    """The same server speaks TLS when it is given a context; errors arrive there too."""
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    await asyncio.to_thread(
        subprocess.run,
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with open_house(tls=context) as house:
        trusting = ssl.create_default_context(cafile=str(certificate))
        reader, writer = await asyncio.open_connection("localhost", house.port, ssl=trusting)
        client = RawClient(reader, writer)
        client.say(get("/v1/models"))
        assert (await client.read_answer()).status == 200
        client.say(b"GET /\xff HTTP/1.1\r\n\r\n")
        assert (await client.read_answer()).status == 400
        await client.wait_closed()
        client.hang_up()
