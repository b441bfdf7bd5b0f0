"""Heads as tables: what is understood, and what is refused with which status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.errors import GatewayError, HeadTooLarge, InvalidRequest, UnsupportedMediaType
from openclaw_gateway.wire.head import Head, parse_head
from openclaw_gateway.wire.limits import WireLimits

LIMITS = WireLimits()


def head_of(lines: bytes) -> Head:
    return parse_head(lines + b"\r\n\r\n", LIMITS)


POST = b"POST /x HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        pytest.param(b"/", "/", "", id="root"),
        pytest.param(b"/v1/models?a=b&c", "/v1/models", "a=b&c", id="query"),
        pytest.param(b"/v1/models?", "/v1/models", "", id="empty query"),
        pytest.param(b"/a?b?c", "/a", "b?c", id="two question marks"),
        pytest.param(b"//v1/models", "//v1/models", "", id="two slashes stay two"),
        pytest.param(b"/a/../v1/models", "/a/../v1/models", "", id="dots stay"),
        pytest.param(b"/v1%2fmodels", "/v1%2fmodels", "", id="encoded stays encoded"),
        pytest.param(b"http://a/v1/models?x", "/v1/models", "x", id="absolute form"),
        pytest.param(b"HTTP://A", "/", "", id="absolute form without path"),
        pytest.param(b"*", "*", "", id="asterisk"),
    ],
)
def test_targets(target: bytes, path: str, query: str) -> None:
    """A path is taken as it was sent; only an absolute target loses its authority."""
    head = head_of(b"OPTIONS " + target + b" HTTP/1.1\r\nHost: a")
    assert (head.path, head.query) == (path, query)


def test_headers_are_lower_case_text() -> None:
    """Names in lower case, values without outer spaces, repeated ones joined."""
    head = head_of(b"GET / HTTP/1.1\r\nHOST: a\r\nX-One: 1 \t\r\nx-one: 2\r\nX-Utf: caf\xc3\xa9\r\nAccept:")
    assert head.headers == {"host": "a", "x-one": "1, 2", "x-utf": "café", "accept": ""}


@pytest.mark.parametrize(
    ("lines", "body_bytes"),
    [
        pytest.param(POST + b"Content-Length: 12", 12, id="length"),
        pytest.param(POST + b"Content-Length: 012 ", 12, id="length with a zero and a space"),
        pytest.param(POST + b"Transfer-Encoding: Chunked", None, id="chunked"),
        pytest.param(POST + b"Accept: */*", 0, id="neither"),
    ],
)
def test_framing(lines: bytes, body_bytes: int | None) -> None:
    """The length of the body is announced, or the body comes in chunks, or there is none."""
    assert head_of(lines).body_bytes == body_bytes


@pytest.mark.parametrize(
    ("lines", "keeps_alive"),
    [
        pytest.param(POST + b"Accept: */*", True, id="by default"),
        pytest.param(POST + b"Connection: keep-alive", True, id="said"),
        pytest.param(POST + b"Connection: Close", False, id="close"),
        pytest.param(POST + b"Connection: te, close", False, id="close in a list"),
        pytest.param(b"GET / HTTP/1.0\r\nConnection: keep-alive", False, id="never for HTTP/1.0"),
    ],
)
def test_keep_alive(lines: bytes, keeps_alive: bool) -> None:
    """HTTP/1.1 connections last unless the client says otherwise."""
    assert head_of(lines).keeps_alive is keeps_alive


@pytest.mark.parametrize(
    ("lines", "wants"),
    [
        pytest.param(b"Connection: Upgrade\r\nUpgrade: WebSocket", True, id="websocket"),
        pytest.param(b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket", True, id="in a list"),
        pytest.param(b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA", False, id="h2c"),
        pytest.param(b"Upgrade: websocket", False, id="without connection"),
        pytest.param(b"Connection: Upgrade", False, id="without protocol"),
    ],
)
def test_upgrades(lines: bytes, wants: bool) -> None:
    """Only a whole offer of websocket is one; any other offer is read as if it had not been made."""
    head = head_of(b"GET /x HTTP/1.1\r\nHost: a\r\n" + lines)
    assert head.wants_websocket is wants
    assert head.path == "/x"


def test_h2c_offer_with_a_body_keeps_its_body() -> None:
    """The length of a body beside an offered upgrade still counts."""
    head = head_of(POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2")
    assert (head.body_bytes, head.wants_websocket) == (2, False)


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        pytest.param(POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked", InvalidRequest, id="CL and TE"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3", InvalidRequest, id="TE and CL"),
        pytest.param(POST + b"Content-Length: 3\r\nContent-Length: 3", InvalidRequest, id="CL twice"),
        pytest.param(POST + b"Content-Length: 3, 3", InvalidRequest, id="CL list"),
        pytest.param(POST + b"Content-Length: +3", InvalidRequest, id="CL plus"),
        pytest.param(POST + b"Content-Length: -3", InvalidRequest, id="CL minus"),
        pytest.param(POST + b"Content-Length: 0x3", InvalidRequest, id="CL hex"),
        pytest.param(POST + b"Content-Length: 3 4", InvalidRequest, id="CL two numbers"),
        pytest.param(POST + b"Content-Length: ", InvalidRequest, id="CL empty"),
        pytest.param(POST + b"Content-Length: 99999999999999999999", InvalidRequest, id="CL overflow"),
        pytest.param(POST + b"Content-Length: \xd9\xa3", InvalidRequest, id="CL Arabic digit"),
        pytest.param(POST + b"Transfer-Encoding: gzip, chunked", UnsupportedMediaType, id="TE gzip, chunked"),
        pytest.param(POST + b"Transfer-Encoding: chunked, gzip", InvalidRequest, id="TE chunked, gzip"),
        pytest.param(POST + b"Transfer-Encoding: xchunked", InvalidRequest, id="TE xchunked"),
        pytest.param(POST + b"Transfer-Encoding: \x0bchunked", InvalidRequest, id="TE vertical tab"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", InvalidRequest, id="TE twice"),
        pytest.param(b"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked", InvalidRequest, id="TE in HTTP/1.0"),
        pytest.param(POST + b"X: a\r\n b", InvalidRequest, id="folded line"),
        pytest.param(POST + b"X : a", InvalidRequest, id="space before colon"),
        pytest.param(POST + b" X: a", InvalidRequest, id="space before name"),
        pytest.param(POST + b": a", InvalidRequest, id="no name"),
        pytest.param(POST + b"nothing", InvalidRequest, id="no colon"),
        pytest.param(POST + b"X\xc3\xa9: a", InvalidRequest, id="name not ASCII"),
        pytest.param(POST + b"X: a\nY: b", InvalidRequest, id="bare LF"),
        pytest.param(POST + b"X: a\rb", InvalidRequest, id="bare CR"),
        pytest.param(POST + b"X: a\0b", InvalidRequest, id="NUL in a value"),
        pytest.param(POST + b"X: a\x01b", InvalidRequest, id="control character"),
        pytest.param(POST + b"X: \xff", InvalidRequest, id="value not UTF-8"),
        pytest.param(POST + b"Authorization: Bearer \xff\xfe", InvalidRequest, id="token not UTF-8"),
        pytest.param(POST + b"Host: b", InvalidRequest, id="two hosts"),
        pytest.param(POST + b"Authorization: a\r\nAuthorization: b", InvalidRequest, id="two credentials"),
        pytest.param(POST + b"Origin: a\r\nOrigin: b", InvalidRequest, id="two origins"),
        pytest.param(POST + b"Last-Event-ID: a\r\nLast-Event-ID: b", InvalidRequest, id="two places in a stream"),
        pytest.param(
            POST + b"X-OpenClaw-Scopes: operator.read\r\nx-openclaw-scopes: operator.admin",
            InvalidRequest,
            id="two scopes",
        ),
        pytest.param(POST + b"X-OpenClaw-New: a\r\nx-openclaw-new: a", InvalidRequest, id="any header of ours, twice"),
        pytest.param(POST + b"Expect: 200-ok", InvalidRequest, id="another expectation"),
        pytest.param(b"GET / HTTP/1.1", InvalidRequest, id="no host"),
        pytest.param(b"GET http://b/ HTTP/1.1\r\nHost: a", InvalidRequest, id="absolute form of another host"),
        pytest.param(b"GET http://a@b/ HTTP/1.1\r\nHost: b", InvalidRequest, id="absolute form with a user"),
        pytest.param(b"GET /a#b HTTP/1.1\r\nHost: a", InvalidRequest, id="fragment"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: a", InvalidRequest, id="8 bits in the target"),
        pytest.param("GET /é HTTP/1.1\r\nHost: a".encode(), InvalidRequest, id="UTF-8 in the target"),
        pytest.param(b"GET /\0 HTTP/1.1\r\nHost: a", InvalidRequest, id="NUL in the target"),
        pytest.param(b"GET /\t HTTP/1.1\r\nHost: a", InvalidRequest, id="tab in the target"),
        pytest.param(b"GET /a b HTTP/1.1\r\nHost: a", InvalidRequest, id="space in the target"),
        pytest.param(b"GET x HTTP/1.1\r\nHost: a", InvalidRequest, id="no slash"),
        pytest.param(b"GET", InvalidRequest, id="method alone"),
        pytest.param(b"GET /", InvalidRequest, id="HTTP/0.9"),
        pytest.param(b"GET / HTTP/1.2\r\nHost: a", InvalidRequest, id="HTTP/1.2"),
        pytest.param(b"GET / HTTP/2.0\r\nHost: a", InvalidRequest, id="HTTP/2.0"),
        pytest.param(b"PRI * HTTP/2.0", InvalidRequest, id="HTTP/2 preface"),
        pytest.param(b"FOO / HTTP/1.1\r\nHost: a", InvalidRequest, id="unknown method"),
        pytest.param(b"get / HTTP/1.1\r\nHost: a", InvalidRequest, id="method in lower case"),
        pytest.param(b"CONNECT a:1 HTTP/1.1\r\nHost: a", InvalidRequest, id="CONNECT"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100 + b"Z: z", HeadTooLarge, id="101 headers"),
        pytest.param(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a", HeadTooLarge, id="long target"),
    ],
)
def test_p19_refused_shapes(lines: bytes, error: type[GatewayError]) -> None:
    """What two parsers could read differently, or is no HTTP at all, is a 4xx."""
    with pytest.raises(error) as refusal:
        head_of(lines)
    assert 400 <= refusal.value.status < 500


@given(st.binary(max_size=200))
def test_p19_noise_in_a_value(noise: bytes) -> None:
    """Whatever bytes a header holds, a head is understood or refused, and nothing else happens."""
    try:
        head = head_of(POST + b"X: " + noise)
    except GatewayError as error:
        assert 400 <= error.status < 500  # noqa: PT017
    else:
        assert head.headers["host"] == "a"


@given(st.binary(max_size=200))
def test_p19_noise(noise: bytes) -> None:
    """Whatever bytes come, they are refused or understood, and nothing else happens."""
    try:
        head_of(noise)
    except GatewayError as error:
        assert 400 <= error.status < 500  # noqa: PT017
