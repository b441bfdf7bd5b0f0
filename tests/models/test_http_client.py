"""The HTTP client against a real server that behaves and misbehaves."""

import asyncio
import ssl
from pathlib import Path

import pytest
from tests.upstream import HANG, PAUSE, Raw, Upstream

from openclaw_gateway.model_errors import (
    ModelAnswerTooLarge,
    ModelError,
    ModelProtocolError,
    ModelTimeout,
    ModelUnreachable,
)
from openclaw_gateway.models.http_client import Endpoint, HttpClient, InvalidUrlError, Limits, Trust, UpstreamTrouble
from openclaw_gateway.models.http_connection import MAX_ANSWER_BYTES, MAX_HEAD_BYTES

BODY = b'{"stream":false}'
QUICK = Limits(connect_s=5, first_token_s=0.05, idle_s=0.05)
PATIENT = Limits(connect_s=5, first_token_s=5, idle_s=5)


class Collector:
    """A reader that keeps everything."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = bytearray()
        self.has_begun = False
        self.linger_s: float | None = None
        self.connections = 0
        self.got = asyncio.Event()

    def connected(self) -> None:
        self.connections += 1

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        self.headers = dict(headers)

    def feed(self, received: bytes) -> None:
        self.has_begun = True
        self.body += received
        self.got.set()


def endpoint(client: HttpClient, upstream: Upstream) -> Endpoint:
    return client.endpoint(f"{upstream.url}/chat/completions", {"content-type": "application/json", "x-key": "k"})


async def post(client: HttpClient, upstream: Upstream, limits: Limits = PATIENT) -> tuple[Collector, bool]:
    collector = Collector()
    return collector, await endpoint(client, upstream).send(BODY, collector, limits)


async def test_a_request_and_its_answer(client: HttpClient, upstream: Upstream) -> None:
    """The body goes out with the prepared head, and status, headers and body come back."""
    upstream.plan(Raw(201, {"x-a": "b"}, (b"one", b"two")))
    answer, is_whole = await post(client, upstream)
    seen = upstream.requests[0]
    assert (seen.method, seen.path, seen.body) == ("POST", "/v1/chat/completions", BODY)
    assert seen.headers["host"] == f"127.0.0.1:{upstream.port}"
    assert seen.headers["x-key"] == "k"
    assert (answer.status, answer.headers[b"x-a"], bytes(answer.body), is_whole) == (201, b"b", b"onetwo", True)


async def test_connections_are_kept(client: HttpClient, upstream: Upstream) -> None:
    """One exchange after the other uses one connection."""
    for _ in range(5):
        upstream.plan(Raw(200, {}, (b"ok",)))
        await post(client, upstream)
    assert upstream.connections_opened == 1


async def test_concurrent_exchanges_have_their_own(client: HttpClient, upstream: Upstream) -> None:
    """Answers of exchanges at the same time do not mix."""
    upstream.plan(*[Raw(200, {}, (b"ok%d" % number, PAUSE)) for number in range(8)])
    tasks = [asyncio.create_task(post(client, upstream)) for _ in range(8)]
    await upstream.wait_requests(8)
    upstream.go_on()
    bodies = sorted([bytes(answer.body) for answer, _ in await asyncio.gather(*tasks)])
    assert bodies == [b"ok%d" % number for number in range(8)]
    assert upstream.connections_opened == 8


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Raw(200, {"connection": "close"}, (b"ok",)), id="close"),
        pytest.param(Raw(200, {}, (b"ok",), is_chunked=False), id="until the end of the connection"),
        pytest.param(Raw(200, {"content-length": "2"}, (b"ok",), is_chunked=False), id="length and close"),
    ],
)
async def test_a_connection_that_ends_is_not_kept(client: HttpClient, upstream: Upstream, answer: Raw) -> None:
    """An answer that ends with its connection is whole, and the next one comes on a new connection."""
    upstream.plan(answer, answer)
    for _ in range(2):
        collected, is_whole = await post(client, upstream)
        assert (bytes(collected.body), is_whole) == (b"ok", True)
    assert upstream.connections_opened == 2


async def test_a_kept_connection_that_died_is_replaced(client: HttpClient, upstream: Upstream) -> None:
    """A server that closed an idle connection costs a new one and no error, also when it closes on the request."""
    await post(client, upstream)
    await upstream.close_door()
    await upstream.open_door()
    collected, is_whole = await post(client, upstream)
    assert (collected.status, is_whole) == (200, True)
    upstream.drop_on_request()
    collected, is_whole = await post(client, upstream)
    assert (collected.status, is_whole) == (200, True)


async def test_a_fresh_connection_that_dies_is_an_error(client: HttpClient, upstream: Upstream) -> None:
    """A server that never answers is asked once per fresh connection and not for ever."""
    upstream.drop_on_request()
    with pytest.raises(UpstreamTrouble, match="closed the connection") as caught:
        await post(client, upstream)
    assert caught.value.kind is ModelUnreachable
    assert len(upstream.requests) == 1


async def test_nobody_listens(client: HttpClient, upstream: Upstream) -> None:
    """A refused connection is told as such, with the place and without a stack."""
    await upstream.close_door()
    with pytest.raises(UpstreamTrouble, match=f":{upstream.port}: connection refused") as caught:
        await post(client, upstream)
    assert caught.value.kind is ModelUnreachable


async def test_an_unknown_host(client: HttpClient) -> None:
    """A name that means nothing is told as such."""
    with pytest.raises(UpstreamTrouble, match=r"no connection to nowhere\.invalid:80") as caught:
        await client.endpoint("http://nowhere.invalid/", {}).send(BODY, Collector(), PATIENT)
    assert caught.value.kind is ModelUnreachable


@pytest.mark.parametrize("steps", [None, (HANG,), (b"x", HANG)], ids=["before head", "after head", "mid stream"])
async def test_silence_has_an_end(client: HttpClient, upstream: Upstream, steps: tuple[bytes, ...] | None) -> None:
    """A server that falls silent is cut when the limit fires, which is named."""
    upstream.plan(Raw(200, {}, steps)) if steps else upstream.hang_before_head()
    limit = "idle" if steps and steps[0] == b"x" else "first_token"
    with pytest.raises(UpstreamTrouble, match=rf"silent for 0.05 s \(limit: {limit}\)") as caught:
        await post(client, upstream, QUICK)
    assert (caught.value.kind, caught.value.limit) == (ModelTimeout, limit)
    await upstream.wait_cut()


async def test_the_idle_limit_counts_from_the_last_byte(client: HttpClient, upstream: Upstream) -> None:
    """The limit for the first byte may be long and that for the next ones short."""
    upstream.plan(Raw(200, {}, (b"x", HANG)))
    with pytest.raises(UpstreamTrouble) as caught:
        await post(client, upstream, Limits(connect_s=5, first_token_s=60, idle_s=0.02))
    assert caught.value.limit == "idle"


@pytest.mark.parametrize("steps", [None, (HANG,), (b"x", HANG)], ids=["before head", "after head", "mid stream"])
async def test_cancelling_cuts(client: HttpClient, upstream: Upstream, steps: tuple[bytes, ...] | None) -> None:
    """Whoever stops waiting leaves no connection behind."""
    upstream.plan(Raw(200, {}, steps)) if steps else upstream.hang_before_head()
    task = asyncio.create_task(post(client, upstream))
    await upstream.wait_requests()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await upstream.wait_cut()
    await upstream.wait_open(0)


async def test_an_answer_cut_off_is_not_whole(client: HttpClient, upstream: Upstream) -> None:
    """A connection lost inside a chunk ends the answer, and the caller is told that it was not the end."""
    upstream.cut_mid_stream("abc")
    _, is_whole = await post(client, upstream)
    assert not is_whole


async def test_an_answer_that_is_over_does_not_wait_for_its_body(client: HttpClient, upstream: Upstream) -> None:
    """A server that forgets to end the body holds nobody up."""
    upstream.plan(Raw(200, {}, (b"x", HANG)))
    collector = Collector()
    collector.linger_s = 0.01
    assert not await endpoint(client, upstream).send(BODY, collector, PATIENT)
    await upstream.wait_cut()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(
            Raw(200, {f"x-{number}": "y" * 5000 for number in range(200)}, (HANG,)),
            ModelProtocolError,
            id="many headers",
        ),
        pytest.param(Raw(200, {"x": "y" * 16 * MAX_HEAD_BYTES}, (HANG,)), ModelProtocolError, id="one long header"),
        pytest.param(Raw(200, {}, (b"x" * 65536,), repeat_last=1 << 20), ModelAnswerTooLarge, id="endless body"),
        pytest.param(Raw(200, {"content-length": "x"}, (HANG,), is_chunked=False), ModelProtocolError, id="bad length"),
        pytest.param(Raw(101, {"upgrade": "x", "connection": "upgrade"}, (HANG,)), ModelProtocolError, id="upgrade"),
    ],
)
async def test_floods_meet_a_cap(client: HttpClient, upstream: Upstream, answer: Raw, kind: type[ModelError]) -> None:
    """What a server can make us read is bounded, and it is cut at the bound."""
    upstream.plan(answer)
    collector = Collector()
    with pytest.raises(UpstreamTrouble) as caught:
        await endpoint(client, upstream).send(BODY, collector, PATIENT)
    assert caught.value.kind is kind
    assert len(collector.body) < MAX_ANSWER_BYTES + 1024 * 1024
    await upstream.wait_open(0)


async def test_what_is_no_http_is_refused(client: HttpClient, upstream: Upstream) -> None:
    """Another protocol on the port is told as such."""
    upstream.speak_garbage(b"SSH-2.0-OpenSSH_9.2\r\n")
    with pytest.raises(UpstreamTrouble, match="not an HTTP") as caught:
        await post(client, upstream)
    assert caught.value.kind is ModelProtocolError


@pytest.mark.parametrize(
    "early", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" * 3]
)
async def test_early_heads_are_passed_over(client: HttpClient, upstream: Upstream, early: bytes) -> None:
    """1xx heads announce the answer and are not it."""
    upstream.speak_garbage(early + b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    collected, is_whole = await post(client, upstream)
    assert (collected.status, bytes(collected.body), is_whole) == (200, b"ok", True)
    assert b"link" not in collected.headers


async def test_a_second_answer_spoils_the_connection(client: HttpClient, upstream: Upstream) -> None:
    """Two answers to one request: the first counts, and the connection is never used again."""
    one = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    upstream.speak_garbage(one + one.replace(b"ok", b"no"))
    collected, _ = await post(client, upstream)
    assert bytes(collected.body) == b"ok"
    await upstream.wait_open(0)


async def test_redirects_are_not_followed(client: HttpClient, upstream: Upstream) -> None:
    """A key is not carried to where an answer points."""
    upstream.plan(Raw(307, {"location": f"{upstream.url}/elsewhere"}, ()))
    collected, _ = await post(client, upstream)
    assert collected.status == 307
    assert len(upstream.requests) == 1


async def test_a_bug_of_the_reader_is_not_hidden(client: HttpClient, upstream: Upstream) -> None:
    """An exception that nobody expects reaches the run, not just the event loop's log."""

    class Broken(Collector):
        def feed(self, received: bytes) -> None:
            raise ZeroDivisionError

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    with pytest.raises(ZeroDivisionError):
        await endpoint(client, upstream).send(BODY, Broken(), PATIENT)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h/",
        "http://",
        "h/v1",
        "http://h/a b",
        "http://h/\r\nx: y",
        "http://h:99999/",
        "http://u:p@h/",
        "http://h\u00e9/",
        "http://[::1/",
        "",
    ],
)
def test_a_url_that_cannot_be_used_is_refused(client: HttpClient, url: str) -> None:
    """A base URL is judged when the endpoint is made, and its password is not repeated."""
    with pytest.raises(InvalidUrlError) as caught:
        client.endpoint(url, {})
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("a b", "c"), ("a\r\nb", "c"), ("", "c"), ("a", "b\r\nc"), ("a", "\u00e9")]
)
def test_a_header_that_cannot_be_used_is_refused(client: HttpClient, name: str, value: str) -> None:
    """A header from the config cannot become two, and its value is not repeated in the error."""
    with pytest.raises(InvalidUrlError) as caught:
        client.endpoint("http://h/", {name: value})
    assert "\u00e9" not in str(caught.value)


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"])
async def test_metadata_addresses_are_refused(client: HttpClient, host: str) -> None:
    """No connection is even tried to where clouds hand out credentials."""
    with pytest.raises(InvalidUrlError, match="link-local or metadata"):
        client.endpoint(f"http://{host}/v1", {})


async def test_tls_is_verified(client: HttpClient, certificate: tuple[Path, Path]) -> None:
    """A certificate that is not trusted ends the connection before any byte of the request; a trusted one does not."""
    path, key = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    received = bytearray()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await reader.read()
        writer.close()

    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(UpstreamTrouble, match="not trusted") as caught:
            await client.endpoint(url, {}).send(BODY, Collector(), PATIENT)
        assert caught.value.kind is ModelUnreachable
        assert not received
        collector = Collector()
        assert await client.endpoint(url, {}, Trust(ca=str(path))).send(BODY, collector, PATIENT)
        assert bytes(collector.body) == b"ok"
        assert await client.endpoint(url, {}, Trust(ca=path.read_text())).send(BODY, collector, PATIENT)
        client.close()
