"""The head of a request: its bytes, up to the blank line, become a `Head` or a refusal.

The grammar is llhttp's, in its strict mode: bare LF, folded lines, spaces before a colon, odd or repeated lengths, a
length beside a transfer coding and control characters are refused by it. What it lets pass and we do not is here.
"""

import re

import httptools
import msgspec

from openclaw_gateway.errors import HeadTooLarge, InvalidRequest, UnsupportedMediaType
from openclaw_gateway.wire.limits import WireLimits

# The names that clients send, as they spell them: one dict lookup instead of decoding and lowering each time.
_COMMON_NAMES = (
    "accept accept-encoding accept-language authorization cache-control connection content-length content-type cookie "
    "expect host idempotency-key last-event-id origin pragma referer transfer-encoding upgrade user-agent "
    "x-openclaw-agent-id x-openclaw-model x-openclaw-scopes x-openclaw-session-key x-request-id x-stainless-arch "
    "x-stainless-async x-stainless-lang x-stainless-os x-stainless-package-version x-stainless-read-timeout "
    "x-stainless-retry-count x-stainless-runtime x-stainless-runtime-version"
)
_NAMES = {spelling.encode(): name for name in _COMMON_NAMES.split() for spelling in (name, name.title())}

# A second one of these would be read by one party and not by the next (which is how requests are smuggled).
_SINGLE = frozenset(
    {
        "authorization",
        "content-encoding",
        "content-type",
        "host",
        "idempotency-key",
        "last-event-id",
        "origin",
        "transfer-encoding",
    }
)
# Each of ours decides something, and two of them joined would decide a third thing.
_OWN_PREFIX = "x-openclaw-"
_ABSOLUTE_FORM = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_HTTP_WHITESPACE = " \t"


class Head(msgspec.Struct, gc=False):
    """A request without its body.

    path, query: as sent, undecoded; query without the question mark. headers: as `HttpRequest.headers`. body_bytes: the
    announced length; None for a chunked body. keeps_alive: another request may follow, which HTTP/1.0 clients are not
    offered. is_http_10: the peer cannot read a chunked answer.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body_bytes: int | None
    keeps_alive: bool
    is_http_10: bool
    expects_continue: bool
    wants_websocket: bool


class _Collector:
    """What llhttp calls back; fed a whole head, it calls on_url once and on_header once per header."""

    __slots__ = ("headers", "target")

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []

    def on_url(self, target: bytes) -> None:
        self.target = target

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))


def parse_head(raw: bytes, limits: WireLimits) -> Head:
    """Read a complete head, blank line included. Raises InvalidRequest, HeadTooLarge or UnsupportedMediaType."""
    collector = _Collector()
    parser = httptools.HttpRequestParser(collector)
    is_upgrade = False
    try:
        parser.feed_data(raw)
    except httptools.HttpParserUpgrade:
        is_upgrade = True
    except httptools.HttpParserInvalidURLError as error:
        raise InvalidRequest("malformed request: invalid target") from error
    except httptools.HttpParserError as error:
        raise InvalidRequest(f"malformed request: {error}") from error
    if len(collector.target) > limits.max_request_line_bytes:
        raise HeadTooLarge(f"the request target is longer than {limits.max_request_line_bytes} bytes")
    if len(collector.headers) > limits.max_headers:
        raise HeadTooLarge(f"the request has more than {limits.max_headers} headers")
    version = parser.get_http_version()
    if version not in ("1.1", "1.0"):
        raise InvalidRequest(f"HTTP/{version} is not spoken here: send HTTP/1.1")
    method = parser.get_method().decode()
    if method == "CONNECT":
        raise InvalidRequest("CONNECT is not served: this is no proxy")
    headers = _read_headers(collector.headers)
    is_http_10 = version == "1.0"
    path, query = _read_target(collector.target.decode(), headers, is_http_10=is_http_10)
    return Head(
        method=method,
        path=path,
        query=query,
        headers=headers,
        body_bytes=_read_framing(headers, is_http_10=is_http_10),
        keeps_alive=not is_http_10 and "close" not in headers.get("connection", "").lower(),
        is_http_10=is_http_10,
        expects_continue="expect" in headers and _expects_continue(headers["expect"]),
        wants_websocket=is_upgrade and headers.get("upgrade", "").lower() == "websocket",
    )


def _read_headers(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name = _NAMES.get(raw_name) or raw_name.decode("ascii").lower()
        try:
            value = raw_value.decode().rstrip(_HTTP_WHITESPACE)
        except UnicodeDecodeError as error:
            raise InvalidRequest(f"the header {name} is not UTF-8") from error
        if name not in headers:
            headers[name] = value
        elif name in _SINGLE or name.startswith(_OWN_PREFIX):
            raise InvalidRequest(f"the header {name} came twice")
        else:
            headers[name] = f"{headers[name]}, {value}"
    return headers


def _read_target(target: str, headers: dict[str, str], *, is_http_10: bool) -> tuple[str, str]:
    host = headers.get("host")
    if host is None and not is_http_10:
        raise InvalidRequest("the header host is missing")
    if not target.startswith("/") and (absolute := _ABSOLUTE_FORM.fullmatch(target)):
        # The authority of an absolute target replaces Host (RFC 9112, 3.2.2). Two that differ are two opinions on
        # whom the request is for, and one of them would go unchecked.
        authority, target = absolute[1], absolute[2] or "/"
        if authority.lower() != (host or authority).lower():
            raise InvalidRequest("the target names another host than the header host")
        headers["host"] = authority
    if "#" in target:
        raise InvalidRequest("the target has a fragment")
    path, _, query = target.partition("?")
    return path, query


def _read_framing(headers: dict[str, str], *, is_http_10: bool) -> int | None:
    coding = headers.get("transfer-encoding")
    if coding is None:
        return int(headers.get("content-length", "0"))  # digits only, and few of them: llhttp has checked
    if is_http_10:
        raise InvalidRequest("a transfer coding needs HTTP/1.1")
    if coding.lower() != "chunked":
        raise UnsupportedMediaType(f"transfer coding {coding[:64]!r} is not read: send chunked alone, or a length")
    return None


def _expects_continue(value: str) -> bool:
    if value.lower() != "100-continue":
        raise InvalidRequest(f"expectation {value[:64]!r} cannot be met: only 100-continue")
    return True
