"""Fetching: the address that was checked is the one that is dialled, and everything has an end."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest
from tests.attachments.network import Network, network
from tests.models.certificate import CERTIFICATE, KEY

from openclaw_gateway.attachments.address import Address
from openclaw_gateway.attachments.fetch import (
    MAX_FETCHES,
    Dialler,
    Fetched,
    Fetcher,
    FetchRefusedError,
    FetchRules,
    Streams,
)
from openclaw_gateway.attachments.lookup import Lookups

RULES = FetchRules(max_bytes=1000, max_redirects=3, timeout_s=10, accept="image/*")


@pytest.fixture
async def net() -> AsyncIterator[Network]:
    """A network without names."""
    async with network() as made:
        yield made


async def test_body_is_fetched(net: Network) -> None:
    """What is there comes back with the type that its server gave it; nothing but the address was told."""
    net.serve("pics.example", b"picture", Content_Type="image/png")
    assert await net.fetcher.fetch("http://pics.example:8080/a?b", RULES) == Fetched(
        b"picture", "image/png", "http://pics.example:8080/a?b"
    )
    assert net.dialled == [("93.184.216.34", 8080)]
    assert net.heads[0].startswith("GET /a?b HTTP/1.1\r\nHost: pics.example:8080\r\nAccept: image/*\r\n")
    assert "cookie" not in net.heads[0].lower()
    assert "authorization" not in net.heads[0].lower()


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\nto the end", id="until the connection closes"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nto \r\n7\r\nthe end\r\n0\r\n\r\n", id="chunked"
        ),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nto the end",
            id="after a 1xx",
        ),
    ],
)
async def test_framings(net: Network, answer: bytes) -> None:
    """Each way of ending a body is understood."""
    net.name("a.example", ["93.184.216.34"])
    net.answers["a.example"] = answer
    assert (await net.fetcher.fetch("http://a.example/", RULES)).body == b"to the end"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(["127.0.0.1"], id="loopback"),
        pytest.param(["169.254.169.254"], id="metadata"),
        pytest.param(["::ffff:10.0.0.1"], id="mapped"),
        pytest.param(["fe80::1%eth0"], id="link-local"),
        pytest.param(["93.184.216.34", "10.0.0.1"], id="one of two"),
        pytest.param([], id="none"),
    ],
)
async def test_p13_inner_hosts_are_not_dialled(net: Network, found: Sequence[str]) -> None:
    """A host with any address that is not public gets no connection."""
    net.name("evil.example", found)
    with pytest.raises(FetchRefusedError) as refused:
        await net.fetcher.fetch("http://evil.example/", RULES)
    assert (refused.value.reason, net.dialled) == ("address_not_allowed", [])


async def test_p13_numeric_hosts_are_checked_too(net: Network) -> None:
    """An address written as numbers is looked at like any other; the system resolves it to itself."""
    net.fetcher = type(net.fetcher)(Lookups().resolve, net.dial)
    for url in ("http://127.0.0.1/", "http://[::1]/", "http://[::ffff:169.254.169.254]/", "http://localhost/"):
        with pytest.raises(FetchRefusedError) as refused:
            await net.fetcher.fetch(url, RULES)
        assert refused.value.reason == "address_not_allowed"
    assert net.dialled == []


async def test_p13_second_answer_of_the_name_server_changes_nothing(net: Network) -> None:
    """The name is asked once, and the address that was checked is the one that is dialled (rebinding)."""
    net.serve("rebind.example", b"x")
    net.name("rebind.example", ["93.184.216.34"], ["127.0.0.1"])
    await net.fetcher.fetch("http://rebind.example/", RULES)
    assert net.resolved == ["rebind.example"]
    assert net.dialled == [("93.184.216.34", 80)]


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        pytest.param("http://inner.example/", "address_not_allowed", id="to an inner host"),
        pytest.param("http://127.0.0.1/", "address_not_allowed", id="to a number"),
        pytest.param("file:///etc/passwd", "address_not_allowed", id="to a file"),
        pytest.param("http://a.example/", "fetch_failed", id="in a circle"),
        pytest.param("", "fetch_failed", id="to nowhere"),
    ],
)
async def test_p13_each_redirect_is_checked_anew(net: Network, location: str, reason: str) -> None:
    """A redirect is a new address with the same rules, and there are only so many."""
    net.serve("a.example", b"", status="302 Found", Location=location)
    net.name("inner.example", ["10.0.0.1"])
    net.name("127.0.0.1", ["127.0.0.1"])
    with pytest.raises(FetchRefusedError) as refused:
        await net.fetcher.fetch("http://a.example/", RULES)
    assert refused.value.reason == reason
    assert {numeric for numeric, _ in net.dialled} == {"93.184.216.34"}
    assert len(net.dialled) <= RULES.max_redirects + 1


async def test_redirect_is_followed(net: Network) -> None:
    """A redirect to another public host leads to its answer."""
    net.serve("a.example", b"", status="301 Moved", Location="//b.example/x")
    net.serve("b.example", b"moved")
    assert (await net.fetcher.fetch("http://a.example/", RULES)).body == b"moved"


async def test_allowlist_holds_for_redirects(net: Network) -> None:
    """A listed host cannot pass the request on to one that is not listed."""
    net.serve("a.example", b"", status="302 Found", Location="http://b.example/")
    net.serve("b.example", b"x")
    rules = FetchRules(1000, 3, 10, ("a.example",))
    with pytest.raises(FetchRefusedError) as refused:
        await net.fetcher.fetch("http://a.example/", rules)
    assert (refused.value.reason, net.resolved) == ("address_not_allowed", ["a.example"])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", "too_large", id="declared too large"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1001, "too_large", id="too large"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: " + b"x" * 300_000, "too_large", id="endless head"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"x" * 300_000,
            "too_large",
            id="endless chunk extension",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: x\r\n" * 50_000,
            "too_large",
            id="endless trailers",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut", "fetch_failed", id="cut"),
        pytest.param(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "fetch_failed", id="not there"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", "fetch_failed", id="gzip"
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", "fetch_failed", id="not HTTP"),
        pytest.param(b"HTTP/1.1 2", "fetch_failed", id="cut head"),
    ],
)
async def test_bad_answers_are_refused(net: Network, answer: bytes, reason: str) -> None:
    """An answer that is too large, cut, compressed or no answer at all is told by its cause."""
    net.name("a.example", ["93.184.216.34"])
    net.answers["a.example"] = answer
    with pytest.raises(FetchRefusedError) as refused:
        await net.fetcher.fetch("http://a.example/", RULES)
    assert refused.value.reason == reason


async def test_trailers_say_nothing(net: Network) -> None:
    """What comes after the body does not change what its head said."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    net.serve("a.example", b"")
    net.answers["a.example"] = head + b"2\r\nhi\r\n0\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
    assert await net.fetcher.fetch("http://a.example/", RULES) == Fetched(b"hi", "text/plain", "http://a.example/")


async def test_p13_own_network_is_opened_by_the_operator_alone(net: Network) -> None:
    """Own addresses are fetched where the rules name the host or all of them, those of a cloud's secrets never."""
    net.serve("wiki.house", b"x")
    net.name("wiki.house", ["192.168.0.7"])
    named = msgspec.structs.replace(RULES, own_hosts=("wiki.house",))
    assert (await net.fetcher.fetch("http://wiki.house/", named)).body == b"x"
    opened = msgspec.structs.replace(RULES, allows_own_network=True)
    assert (await net.fetcher.fetch("http://wiki.house/", opened)).body == b"x"
    dialled = len(net.dialled)
    for numeric in ("169.254.169.254", "100.100.100.200", "fd00:ec2::254", "fe80::1", "0.0.0.0", "::ffff:169.254.1.1"):
        net.name("wiki.house", [numeric])
        with pytest.raises(FetchRefusedError) as refused:
            await net.fetcher.fetch("http://wiki.house/", msgspec.structs.replace(named, allows_own_network=True))
        assert refused.value.reason == "address_not_allowed"
    assert len(net.dialled) == dialled


async def test_blocked_hosts_are_not_even_looked_up(net: Network) -> None:
    """A host that the operator blocks is refused by its name, and so is a redirect to it."""
    rules = msgspec.structs.replace(RULES, blocked_hosts=("*.bad.example",))
    net.serve("a.example", b"", status="302 Found", Location="http://x.bad.example/")
    for url in ("http://x.bad.example/", "http://a.example/"):
        with pytest.raises(FetchRefusedError, match="blocked"):
            await net.fetcher.fetch(url, rules)
    assert net.resolved == ["a.example"]


async def test_own_headers_stay_with_the_first_host(net: Network) -> None:
    """What the operator sends along may be a secret: a redirect to another host does not see it."""
    net.serve("a.example", b"", status="302 Found", Location="http://b.example/")
    net.serve("b.example", b"x")
    rules = msgspec.structs.replace(RULES, headers=(("X-Key", "dummy-secret"),), user_agent="me")
    await net.fetcher.fetch("http://a.example/", rules)
    assert ["X-Key: dummy-secret" in head for head in net.heads] == [True, False]
    assert all("User-Agent: me\r\n" in head for head in net.heads)


@pytest.mark.parametrize("is_declared", [True, False])
async def test_long_body_can_be_cut(net: Network, is_declared: bool) -> None:
    """Where a part is good enough, what is beyond the bound is left, and that is told."""
    net.name("a.example", ["93.184.216.34"])
    length = b"Content-Length: 5000\r\n" if is_declared else b""
    net.answers["a.example"] = b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + b"x" * 5000
    fetched = await net.fetcher.fetch("http://a.example/", msgspec.structs.replace(RULES, cuts_body=True))
    assert (fetched.body, fetched.is_cut) == (b"x" * 1000, True)


async def test_silent_host_is_left(net: Network) -> None:
    """A host that says nothing costs the time limit, and its connection is cut."""
    net.name("slow.example", ["93.184.216.34"])
    net.answers["slow.example"] = b""
    with pytest.raises(FetchRefusedError) as refused:
        await net.fetcher.fetch("http://slow.example/", FetchRules(1000, 3, 0.05))
    assert refused.value.reason == "fetch_failed"
    async with asyncio.timeout(10):
        await net.closed.wait()


@pytest.mark.parametrize("host", ["localhost", "other.example"])
async def test_certificate_must_be_that_of_the_name(tmp_path: Path, net: Network, host: str) -> None:
    """Over TLS the pinned address must prove to be the host that was asked for."""
    chain = tmp_path / "chain.pem"
    chain.write_text(CERTIFICATE + KEY)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)
    server = await asyncio.start_server(net._talk, "127.0.0.1", 0, ssl=tls)
    dialler = Dialler(ssl.create_default_context(cadata=CERTIFICATE))
    net.serve(host, b"secret")

    async def dial(numeric: str, address: Address) -> Streams:
        assert (numeric, address.port) == ("93.184.216.34", 443)
        port = server.sockets[0].getsockname()[1]
        return await dialler("127.0.0.1", msgspec.structs.replace(address, port=port))

    async with server:
        fetching = Fetcher(net.resolve, dial).fetch(f"https://{host}/", RULES)
        if host == "localhost":
            assert (await fetching).body == b"secret"
            return
        with pytest.raises(FetchRefusedError) as refused:
            await fetching
    assert (refused.value.reason, net.heads) == ("fetch_failed", [])


async def test_next_address_is_tried(net: Network) -> None:
    """A host whose first address takes no connection is reached by its second."""
    net.serve("a.example", b"x")
    net.name("a.example", ["2606:4700::1", "93.184.216.34"])

    async def dial(numeric: str, address: Address) -> Streams:
        if ":" in numeric:
            raise ConnectionRefusedError
        return await net.dial(numeric, address)

    assert (await Fetcher(net.resolve, dial).fetch("http://a.example/", RULES)).body == b"x"


async def test_unknown_host_fails(net: Network) -> None:
    """A name that nobody knows is a fetch that failed."""
    with pytest.raises(FetchRefusedError) as refused:
        await net.fetcher.fetch("http://nowhere.example/", RULES)
    assert (refused.value.reason, str(refused.value)) == ("fetch_failed", "the host's name is not known")


async def test_waiting_for_a_slot_is_part_of_the_time() -> None:
    """When all slots are held by servers that never answer, the next fetch ends at its own limit all the same."""

    async def resolve_never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        raise AssertionError(host, port)

    fetcher = Fetcher(resolve_never)
    quick = msgspec.structs.replace(RULES, timeout_s=0.05)
    holders = [asyncio.create_task(fetcher.fetch("http://slow.example/", RULES)) for _ in range(MAX_FETCHES)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        with pytest.raises(FetchRefusedError, match="no answer within"):
            await fetcher.fetch("http://slow.example/", quick)
    for holder in holders:
        holder.cancel()
    await asyncio.gather(*holders, return_exceptions=True)
