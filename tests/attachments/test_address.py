"""Addresses that callers name: one strict grammar, and only public hosts."""

import pytest

from openclaw_gateway.attachments.address import (
    MAX_URL_CHARS,
    Address,
    AddressRefusedError,
    follow,
    is_listed,
    is_public,
    parse_address,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("http://example.com", Address("http", "example.com", 80, "/"), id="bare"),
        pytest.param("HTTPS://Example.COM./a?b=c#d", Address("https", "example.com", 443, "/a?b=c"), id="capitals"),
        pytest.param("https://example.com:8443?q", Address("https", "example.com", 8443, "/?q"), id="port and query"),
        pytest.param("http://8.8.8.8/x", Address("http", "8.8.8.8", 80, "/x"), id="IPv4"),
        pytest.param("http://[2606:4700::1]:81/x", Address("http", "2606:4700::1", 81, "/x"), id="IPv6"),
        pytest.param(
            "http://a-b_c.example/%20(1).png", Address("http", "a-b_c.example", 80, "/%20(1).png"), id="signs"
        ),
    ],
)
def test_address_is_read(url: str, expected: Address) -> None:
    """An http or https URL is taken apart, its host in lower case."""
    assert parse_address(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("ftp://example.com/", id="ftp"),
        pytest.param("gopher://example.com/", id="gopher"),
        pytest.param("//example.com/", id="no scheme"),
        pytest.param("\\\\example.com\\share", id="UNC"),
        pytest.param("http:\\\\example.com", id="backslashes"),
        pytest.param("http://example.com\\@127.0.0.1/", id="backslash in authority"),
        pytest.param("http://user@example.com/", id="user"),
        pytest.param("http://user:pass@example.com/", id="password"),
        pytest.param("http://example.com@127.0.0.1/", id="host as user"),
        pytest.param("http:///path", id="no host"),
        pytest.param("http://ex ample.com/", id="space"),
        pytest.param("http://example.com/\r\nX: y", id="header injection"),
        pytest.param("http://example.com/\ttab", id="tab"),
        pytest.param("http://ex\u0430mple.com/", id="Cyrillic host"),
        pytest.param("http://\u2460\u2461\u2466.0.0.1/", id="circled digits"),
        pytest.param("http://example.com/\u00fc", id="not ASCII"),
        pytest.param("http://%31%32%37.0.0.1/", id="percent in host"),
        pytest.param("http://2130706433/", id="decimal"),
        pytest.param("http://0x7f000001/", id="hexadecimal"),
        pytest.param("http://0x7f.1/", id="hexadecimal part"),
        pytest.param("http://0177.0.0.1/", id="octal"),
        pytest.param("http://127.1/", id="short"),
        pytest.param("http://127.0.0.1.2/", id="five parts"),
        pytest.param("http://example.0x1/", id="number at the end"),
        pytest.param("http://[fe80::1%25eth0]/", id="scope id"),
        pytest.param("http://[::1/", id="open bracket"),
        pytest.param("http://[]/", id="empty brackets"),
        pytest.param("http://example.com:0/", id="port 0"),
        pytest.param("http://example.com:99999/", id="port too large"),
        pytest.param("http://example.com:8 0/", id="space in port"),
        pytest.param(f"http://example.com/{'a' * MAX_URL_CHARS}", id="too long"),
    ],
)
def test_p13_only_plain_urls_are_read(url: str) -> None:
    """Everything that two parsers could read differently is refused."""
    with pytest.raises(AddressRefusedError):
        parse_address(url)


@pytest.mark.parametrize(
    "numeric",
    [
        "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "169.254.169.254",
        "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.192", "198.18.0.1", "203.0.113.5",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "not an address", "",
    ],
)  # fmt: skip
def test_p13_inner_addresses_are_not_public(numeric: str) -> None:
    """Private, link-local, metadata, carrier and embedded addresses are not for strangers."""
    assert not is_public(numeric)


@pytest.mark.parametrize("numeric", ["1.1.1.1", "93.184.216.34", "172.32.0.1", "::ffff:8.8.8.8", "2606:4700::1111"])
def test_addresses_of_the_world_are_public(numeric: str) -> None:
    """Ordinary addresses may be fetched."""
    assert is_public(numeric)


BASE = Address("https", "a.example", 8443, "/x/y?z")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        pytest.param("https://b.example/", Address("https", "b.example", 443, "/"), id="whole"),
        pytest.param("//b.example/c", Address("https", "b.example", 443, "/c"), id="without scheme"),
        pytest.param("/c?d", Address("https", "a.example", 8443, "/c?d"), id="path"),
        pytest.param("c.png", Address("https", "a.example", 8443, "/x/c.png"), id="beside"),
    ],
)
def test_redirect_leads_on(location: str, expected: Address) -> None:
    """A Location is read against the address that gave it."""
    assert follow(BASE, location) == expected


@pytest.mark.parametrize("location", ["http://a.example/", "file:///etc/passwd", "javascript:1", "//u@b.example/"])
def test_p13_redirect_is_refused(location: str) -> None:
    """No redirect leads down to http, or out of the grammar."""
    with pytest.raises(AddressRefusedError):
        follow(BASE, location)


@pytest.mark.parametrize(
    ("host", "allowlist", "expected"),
    [
        pytest.param("a.example", None, True, id="no list"),
        pytest.param("a.example", (), False, id="empty list"),
        pytest.param("a.example", ("A.example",), True, id="listed"),
        pytest.param("b.a.example", ("a.example",), False, id="below a host"),
        pytest.param("b.a.example", ("*.a.example",), True, id="below a wildcard"),
        pytest.param("a.example", ("*.a.example",), False, id="the wildcard's own domain"),
        pytest.param("nota.example", ("*.a.example",), False, id="only looks like it"),
    ],
)
def test_allowlist(host: str, allowlist: tuple[str, ...] | None, expected: bool) -> None:
    """An entry is one host, or all hosts below a domain."""
    assert is_listed(host, allowlist) is expected
