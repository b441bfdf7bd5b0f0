"""Who stands behind a connection: direct peers, listed proxies, and those who only pretend."""

import pytest

from openclaw_gateway.auth.peer import Client, Peer, ProxyTrust, parse_ip
from openclaw_gateway.errors import ProxyAttributionRequired

LOCAL = Peer.of_address("127.0.0.1")
REMOTE = Peer.of_address("203.0.113.9")
PROXY = Peer.of_address("10.0.0.7")
TRUST = ProxyTrust.build(["10.0.0.0/8", "::ffff:192.0.2.1"])
HEADERS = [
    {"x-forwarded-for": "198.51.100.1"},
    {"forwarded": "for=198.51.100.1"},
    {"x-real-ip": "198.51.100.1"},
    {"x-forwarded-proto": "https"},
    {"x-forwarded-host": "localhost"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: next(iter(headers)))
def test_p10_unlisted_proxy_on_loopback_is_refused(headers: dict[str, str]) -> None:
    """A local source that forwards and is not listed would make the world look local."""
    with pytest.raises(ProxyAttributionRequired):
        TRUST.identify(LOCAL, headers)


@pytest.mark.parametrize("headers", HEADERS, ids=lambda headers: next(iter(headers)))
def test_p10_spoofed_headers_mean_nothing(headers: dict[str, str]) -> None:
    """Forwarding headers of a remote stranger change nothing."""
    assert TRUST.identify(REMOTE, headers) == Client("203.0.113.9", is_local=False)


def test_direct_peers() -> None:
    """Without forwarding headers the peer is the client; loopback is local."""
    assert TRUST.identify(LOCAL, {}) == Client("127.0.0.1", is_local=True)
    assert TRUST.identify(PROXY, {}) == Client("10.0.0.7", is_local=False)


@pytest.mark.parametrize(
    ("forwarded_for", "client"),
    [
        pytest.param("198.51.100.1", "198.51.100.1", id="one"),
        pytest.param("127.0.0.1, 198.51.100.1", "198.51.100.1", id="spoofed on the left"),
        pytest.param("198.51.100.1, 10.0.0.9", "198.51.100.1", id="two proxies"),
        pytest.param("2001:db8::1", "2001:db8::1", id="IPv6"),
        pytest.param("::ffff:198.51.100.1", "198.51.100.1", id="mapped"),
    ],
)
def test_listed_proxy_speaks_for_its_client(forwarded_for: str, client: str) -> None:
    """The client is the rightmost address that is no proxy of ours."""
    found = TRUST.identify(PROXY, {"x-forwarded-for": forwarded_for})
    assert found == Client(client, is_local=False, is_forwarded=True)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"x-forwarded-for": ""}, id="empty"),
        pytest.param({"x-forwarded-for": "unknown"}, id="not an address"),
        pytest.param({"x-forwarded-for": "10.0.0.9"}, id="only proxies"),
        pytest.param({"x-forwarded-for": "127.0.0.1"}, id="loopback"),
        pytest.param({"x-forwarded-for": "198.51.100.1, garbage"}, id="garbage on the right"),
        pytest.param({"x-forwarded-proto": "https"}, id="no address at all"),
        pytest.param({"x-real-ip": "198.51.100.1"}, id="x-real-ip without the fallback"),
    ],
)
def test_listed_proxy_must_name_its_client(headers: dict[str, str]) -> None:
    """A listed proxy that does not say for whom it speaks is refused."""
    with pytest.raises(ProxyAttributionRequired):
        TRUST.identify(PROXY, headers)


def test_real_ip_fallback() -> None:
    """x-real-ip counts when it is allowed."""
    trust = ProxyTrust.build(["10.0.0.0/8"], allow_real_ip=True)
    assert trust.identify(PROXY, {"x-real-ip": "198.51.100.1"}).address == "198.51.100.1"


def test_mapped_addresses_are_one() -> None:
    """An IPv4-mapped IPv6 address is its IPv4 address, in sources, lists and loopback alike."""
    assert Peer.of_address("::ffff:127.0.0.1").is_loopback
    assert TRUST.identify(Peer.of_address("::ffff:10.0.0.7"), {"x-forwarded-for": "198.51.100.1"}).is_forwarded
    assert TRUST.identify(Peer.of_address("192.0.2.1"), {"x-forwarded-for": "198.51.100.1"}).is_forwarded


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "1.2.3.4.5", "0x7f.1", "fe80::1%", "::g", "1.2.3.4:80"])
def test_not_an_address(text: str) -> None:
    """What is not exactly an address is none."""
    assert parse_ip(text) is None or text == "fe80::1%"


def test_bad_proxy_entry() -> None:
    """An entry that is neither address nor block is refused when the list is read."""
    with pytest.raises(ValueError, match="10\\.0\\.0\\.0/99"):
        ProxyTrust.build(["10.0.0.0/99"])
