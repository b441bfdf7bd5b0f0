"""Fetching what a caller names, as a stranger's request deserves: pinned, bounded, and never to an inner address.

A name is resolved once, every address it has must be public, and one of those very addresses is dialled, so that a
second answer of the name server changes nothing. A redirect begins all of it anew. No cookie, no credential, no
compression; status, size and time are bounded.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import httptools
import msgspec

from openclaw_gateway.attachments.address import (
    Address,
    AddressRefusedError,
    follow,
    is_listed,
    is_of_own_network,
    is_public,
    parse_address,
)
from openclaw_gateway.attachments.lookup import Lookups

MAX_HEAD_BYTES = 64 * 1024
# All requests of the gateway together: fetching is a favour, not a service.
MAX_FETCHES = 16
MAX_ADDRESSES = 4
_READ_BYTES = 64 * 1024
_REDIRECTS = frozenset((301, 302, 303, 307, 308))

Reason = Literal["address_not_allowed", "fetch_failed", "too_large"]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Dial = Callable[[str, Address], Awaitable[Streams]]


class FetchRefusedError(Exception):
    """Nothing was fetched. reason: a word for the caller's `code`; the text is for the log."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class FetchRules(msgspec.Struct, frozen=True, gc=False):
    """Bounds of one fetch, redirects included. allowlist: as in `is_listed`. accept: the Accept header.

    blocked_hosts, own_hosts: as in `is_listed`; never fetched, and fetched although they are of the own network.
    allows_own_network: for all hosts. headers: for the first host alone, a redirect elsewhere does not see them.
    cuts_body: a body beyond max_bytes is cut there instead of refused.
    """

    max_bytes: int
    max_redirects: int
    timeout_s: float
    allowlist: tuple[str, ...] | None = None
    accept: str = "*/*"
    blocked_hosts: tuple[str, ...] = ()
    own_hosts: tuple[str, ...] = ()
    allows_own_network: bool = False
    user_agent: str = "openclaw-gateway"
    headers: tuple[tuple[str, str], ...] = ()
    cuts_body: bool = False


class Fetched(msgspec.Struct, frozen=True, gc=False):
    """A body, what its server called it, and where it was in the end. is_cut: there was more."""

    body: bytes
    content_type: str
    url: str = ""
    is_cut: bool = False


class Dialler:
    """Opens connections to numeric addresses; over TLS the certificate must be that of the name.

    tls: whom to trust; None for whom the system trusts.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls

    async def __call__(self, numeric: str, address: Address) -> Streams:
        """A connection to one address of a host. Raises OSError."""
        if address.scheme != "https":
            return await asyncio.open_connection(numeric, address.port)
        if self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)  # reads files
        return await asyncio.open_connection(numeric, address.port, ssl=self._tls, server_hostname=address.host)


def _told(error: Exception) -> str:
    """What a model and an operator can use of it; texts of the system may name addresses of the own network."""
    if isinstance(error, socket.gaierror):
        return "the host's name is not known"
    if isinstance(error, ConnectionRefusedError):
        return "the host refuses connections"
    return type(error).__name__


class Fetcher:
    """Fetches for one gateway. resolve and dial are given, so that tests bring a network of their own."""

    def __init__(self, resolve: Resolve | None = None, dial: Dial | None = None) -> None:
        self._resolve = resolve or Lookups().resolve
        self._dial = dial or Dialler()
        self._slots = asyncio.Semaphore(MAX_FETCHES)

    async def fetch(self, url: str, rules: FetchRules) -> Fetched:
        """What is at the address. Raises FetchRefusedError; cancelling cuts the connection."""
        try:
            # Waiting for a slot counts: the caller was promised an end.
            async with asyncio.timeout(rules.timeout_s), self._slots:
                return await self._follow(parse_address(url), rules)
        except AddressRefusedError as error:
            raise FetchRefusedError("address_not_allowed", str(error)) from None
        except TimeoutError:
            raise FetchRefusedError("fetch_failed", f"no answer within {rules.timeout_s:g} s") from None
        except (OSError, UnicodeError, httptools.HttpParserError) as error:
            raise FetchRefusedError("fetch_failed", _told(error)) from None

    async def _follow(self, address: Address, rules: FetchRules) -> Fetched:
        first = address
        for _ in range(rules.max_redirects + 1):
            is_first_host = (address.scheme, address.authority) == (first.scheme, first.authority)
            answer = await self._get(address, rules, rules.headers if is_first_host else ())
            if answer.status not in _REDIRECTS:
                return _read_answer(answer, address)
            address = follow(address, answer.headers.get("location", ""))
        raise FetchRefusedError("fetch_failed", f"more than {rules.max_redirects} redirects")

    async def _get(self, address: Address, rules: FetchRules, headers: Sequence[tuple[str, str]]) -> "_Answer":
        if not is_listed(address.host, rules.allowlist):
            raise AddressRefusedError("the host is not in urlAllowlist")
        if is_listed(address.host, rules.blocked_hosts):
            raise AddressRefusedError("the host is blocked")
        takes_own = rules.allows_own_network or is_listed(address.host, rules.own_hosts)
        found = await self._resolve(address.host, address.port)
        if not found or not all(is_public(at) or (takes_own and is_of_own_network(at)) for at in found):
            raise AddressRefusedError("the host has an address that is not public")
        reader, writer = await self._open(found, address)
        try:
            writer.write(_write_request(address, rules, headers))
            answer = _Answer(rules.max_bytes, cuts_body=rules.cuts_body)
            while not answer.is_over:
                answer.feed(await reader.read(_READ_BYTES))
            return answer
        finally:
            writer.transport.abort()

    async def _open(self, found: Sequence[str], address: Address) -> Streams:
        """A connection to the first of a host's addresses that takes one."""
        for numeric in found[: MAX_ADDRESSES - 1]:
            try:
                return await self._dial(numeric, address)
            except ConnectionError:
                continue
        return await self._dial(found[-1], address)


def _write_request(address: Address, rules: FetchRules, headers: Sequence[tuple[str, str]]) -> bytes:
    lines = (
        f"GET {address.target} HTTP/1.1",
        f"Host: {address.authority}",
        f"Accept: {rules.accept}",
        "Accept-Encoding: identity",
        f"User-Agent: {rules.user_agent}",
        *[f"{name}: {value}" for name, value in headers],
        "Connection: close",
    )
    return "".join([f"{line}\r\n" for line in (*lines, "")]).encode("ascii")


def _read_answer(answer: "_Answer", address: Address) -> Fetched:
    if answer.status != 200:
        raise FetchRefusedError("fetch_failed", f"status {answer.status}")
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise FetchRefusedError("fetch_failed", "a compressed body, which was not asked for")
    return Fetched(bytes(answer.body), answer.headers.get("content-type", ""), address.url, answer.is_cut)


class _Answer:
    """One answer while it comes; the parser calls `on_…`."""

    def __init__(self, max_bytes: int, *, cuts_body: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._max_bytes = max_bytes
        self._cuts_body = cuts_body
        # Chunks and trailers are bounded with the rest: framing may cost a quarter of what it carries.
        self._max_received = MAX_HEAD_BYTES + _READ_BYTES + max_bytes + max_bytes // 4
        self._received_bytes = 0
        self._body_bytes = 0
        self._has_head = False
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.is_over = False
        self.is_cut = False

    def feed(self, received: bytes) -> None:
        """More bytes, none at the end. Raises FetchRefusedError and the parser's error."""
        if not received:
            is_delimited = "content-length" in self.headers or "transfer-encoding" in self.headers
            if not self._has_head or is_delimited:
                raise FetchRefusedError("fetch_failed", "the connection was closed in the middle of the answer")
            self.is_over = True
            return
        self._received_bytes += len(received)
        if not self._has_head and self._received_bytes > MAX_HEAD_BYTES + _READ_BYTES:
            raise FetchRefusedError("too_large", "an endless head")
        if self._received_bytes > self._max_received:
            raise FetchRefusedError("too_large", "endless framing")
        self._parser.feed_data(received)
        if self._body_bytes > self._max_bytes:
            if not self._cuts_body:
                raise FetchRefusedError("too_large", f"more than {self._max_bytes} bytes")
            self.is_cut = self.is_over = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; of repeated ones the last counts. What trails the body says nothing."""
        if not self._has_head:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """The head is there: an answer whose body is of no use, or too large, is over."""
        self.status = self._parser.get_status_code()
        self._has_head = self.status >= 200
        if self._has_head and self.status != 200:
            self.is_over = True
        length = self.headers.get("content-length", "")
        is_too_long = length.isascii() and length.isdigit() and int(length[:20]) > self._max_bytes
        if is_too_long and not self._cuts_body:
            self._body_bytes = self._max_bytes + 1

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body_bytes += len(body)
        if self.status == 200:
            self.body += body[: self._max_bytes - len(self.body)]

    def on_message_complete(self) -> None:
        """The answer is whole; a 1xx is only announced by it."""
        if self._has_head:
            self.is_over = True
