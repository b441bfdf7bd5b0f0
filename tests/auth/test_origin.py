"""The Origin and Host rules, as tables."""

import pytest

from openclaw_gateway.auth.origin import Authority, PagePolicy, parse_authority

NOTHING_LISTED = PagePolicy.build()
LISTED = PagePolicy.build(["https://chat.example.com", "http://app.lan:3000/"], public_origin="https://gw.example.com")


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        pytest.param("localhost", Authority("localhost", "", is_address=True), id="name"),
        pytest.param("LocalHost:18789", Authority("localhost", "18789", is_address=True), id="name and port"),
        pytest.param("127.0.0.1:80", Authority("127.0.0.1", "80", is_address=True), id="IPv4"),
        pytest.param("[::1]:80", Authority("::1", "80", is_address=True), id="IPv6"),
        pytest.param("example.com.", Authority("example.com", "", is_address=False), id="final dot"),
        pytest.param("my_host", Authority("my_host", "", is_address=False), id="underscore"),
        pytest.param("", None, id="empty"),
        pytest.param("a b", None, id="space"),
        pytest.param("localhost:", None, id="colon without port"),
        pytest.param("localhost:port", None, id="port that is a word"),
        pytest.param("localhost:123456", None, id="port too long"),
        pytest.param("localhost/evil", None, id="path"),
        pytest.param("user@localhost", None, id="user"),
        pytest.param("localhost?x", None, id="query"),
        pytest.param("localhost#x", None, id="fragment"),
        pytest.param("::1", None, id="IPv6 without brackets"),
        pytest.param("[::1", None, id="half a bracket"),
        pytest.param("evil.com, localhost", None, id="two"),
        pytest.param("löcalhost", None, id="not ASCII"),
        pytest.param("localhost\n", None, id="line break"),
        pytest.param("a" * 300, None, id="too long"),
    ],
)
def test_authority_forms(text: str, authority: Authority | None) -> None:
    """A host header is a name or address with an optional port, and nothing else."""
    assert parse_authority(text) == authority


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        pytest.param("localhost:18789", True, id="localhost"),
        pytest.param("127.0.0.1:18789", True, id="IPv4 loopback"),
        pytest.param("127.8.8.8", True, id="another IPv4 loopback"),
        pytest.param("[::1]:18789", True, id="IPv6 loopback"),
        pytest.param("192.168.1.5:18789", True, id="an address cannot be rebound"),
        pytest.param("evil.example:18789", False, id="rebound name"),
        pytest.param("localhost.evil.example", False, id="name that begins like ours"),
        pytest.param("127.0.0.1.evil.example", False, id="name that begins like our address"),
        pytest.param("127.1", False, id="short form of an address"),
        pytest.param("2130706433", False, id="address as a number"),
        pytest.param("chat.example.com", True, id="listed"),
        pytest.param("gw.example.com:443", True, id="public origin"),
        pytest.param("", False, id="empty"),
    ],
)
def test_p02_host_on_loopback(host: str, is_allowed: bool) -> None:
    """On a loopback address only names that no page can rebind, or that are listed, are ours."""
    assert LISTED.is_host_allowed(host, is_bound_to_loopback=True) is is_allowed


def test_p02_host_elsewhere() -> None:
    """On other addresses any well-formed name is taken, a malformed one never."""
    assert NOTHING_LISTED.is_host_allowed("gateway.lan:18789", is_bound_to_loopback=False)
    assert not NOTHING_LISTED.is_host_allowed("gateway lan", is_bound_to_loopback=False)


@pytest.mark.parametrize(
    ("origin", "host", "is_allowed"),
    [
        pytest.param("http://127.0.0.1:18789", "127.0.0.1:18789", True, id="our own page"),
        pytest.param("http://localhost:18789", "localhost:18789", True, id="our own page by name"),
        pytest.param("http://[::1]:18789", "[::1]:18789", True, id="our own page over IPv6"),
        pytest.param("HTTP://LOCALHOST:18789", "localhost:18789", True, id="our own page, shouted"),
        pytest.param("http://localhost", "localhost:80", True, id="default port"),
        pytest.param("http://localhost:3000", "localhost:18789", False, id="another local port"),
        pytest.param("http://127.0.0.1:18789", "localhost:18789", False, id="another of our names"),
        pytest.param("https://localhost:18789", "localhost:18789", False, id="another scheme"),
        pytest.param("http://evil.example", "localhost:18789", False, id="foreign"),
        pytest.param("http://evil.example:18789", "evil.example:18789", False, id="rebound name calls itself"),
        pytest.param("null", "localhost:18789", False, id="null"),
        pytest.param("", "localhost:18789", False, id="empty"),
        pytest.param("file://", "localhost:18789", False, id="file"),
        pytest.param("chrome-extension://abcdef", "localhost:18789", False, id="extension"),
        pytest.param("http://localhost:18789/", "localhost:18789", False, id="with a path"),
        pytest.param("https://chat.example.com", "localhost:18789", True, id="listed"),
        pytest.param("http://app.lan:3000", "localhost:18789", True, id="listed with a slash"),
        pytest.param("https://chat.example.com.evil.example", "localhost", False, id="begins like a listed one"),
        pytest.param("http://chat.example.com", "localhost:18789", False, id="listed name, another scheme"),
    ],
)
def test_p02_origin(origin: str, host: str, is_allowed: bool) -> None:
    """A page may call us when it is listed, or when we served it ourselves."""
    assert LISTED.is_origin_allowed(origin, host, scheme="http") is is_allowed


def test_p02_dangerous_fallback_is_off_until_asked() -> None:
    """The page of a name that is not listed is ours only with the dangerous fallback."""
    risky = PagePolicy.build(trusts_any_host=True)
    page, host = "http://gateway.lan:18789", "gateway.lan:18789"
    assert not NOTHING_LISTED.is_origin_allowed(page, host, scheme="http")
    assert risky.is_origin_allowed(page, host, scheme="http")
    assert not risky.is_origin_allowed("http://evil.example", host, scheme="http")


def test_star_allows_every_origin() -> None:
    """An operator may list `*`."""
    assert PagePolicy.build(["*"]).is_origin_allowed("http://evil.example", "localhost", scheme="http")
