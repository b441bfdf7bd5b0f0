"""Our HTTP/1.1 client for model servers: one request, an answer read as it comes, a cut when nobody wants it more.

Small on purpose (docs/design.md): the transports of the event loop, the parser of httptools, a pool of kept-alive
connections per origin. The answer goes to a `Reader` straight out of `data_received`: no task wakes, nothing
is queued, so there is nothing to bound but the answer itself. Redirects are not followed: a key goes to the configured
origin and nowhere else. Source: RFC 9112.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from socket import gaierror
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from openclaw_gateway.model_errors import ModelTimeout, ModelUnreachable
from openclaw_gateway.models.http_connection import Connection, Limits, Reader, StaleConnectionError, UpstreamTrouble

if TYPE_CHECKING:
    from openclaw_gateway.models.http_proxy import HttpProxy

__all__ = ["Endpoint", "HttpClient", "InvalidUrlError", "Limits", "Reader", "Trust", "UpstreamTrouble"]

# Kept per origin. Servers close idle connections after 5 s (uvicorn) to some minutes; a minute is worth the descriptor.
MAX_IDLE_CONNECTIONS = 64
MAX_IDLE_S = 60.0

# Where clouds hand out the machine's own credentials; no model lives there.
_METADATA_PEERS = ("169.254.", "::ffff:169.254.", "fe80:", "fd00:ec2::254")


class InvalidUrlError(ValueError):
    """A URL or header that cannot be used; the text says why and holds no secret."""


@dataclass(frozen=True, slots=True)
class Trust:
    """TLS of one provider. ca, cert, key: paths of PEM files; ca may be PEM text. None: what the system trusts."""

    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    passphrase: str | None = None
    server_name: str | None = None


SYSTEM_TRUST = Trust()


class HttpClient:
    """Connections to all model servers of one gateway. Belongs to one event loop; survives config reloads."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str, int, Trust, HttpProxy | None], _Pool] = {}

    def endpoint(
        self,
        url: str,
        headers: Mapping[str, str],
        trust: Trust = SYSTEM_TRUST,
        *,
        method: str = "POST",
        proxy: "HttpProxy | None" = None,
    ) -> "Endpoint":
        """A place to send requests to, everything about it prepared. Raises InvalidUrlError."""
        scheme, host, port, target = _split_url(url)
        key = (scheme, host, port, trust, proxy)
        pool = self._pools.setdefault(key, _Pool(host, port, trust if scheme == "https" else None, proxy))
        authority = f"[{host}]" if ":" in host else host
        if port != (443 if scheme == "https" else 80):
            authority = f"{authority}:{port}"
        fields = list(map(_header_line, headers.items()))
        if proxy is not None and scheme == "http":
            target = f"http://{authority}{target}"
            if proxy.authorization is not None:
                fields.append(f"Proxy-Authorization: {proxy.authorization}")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {authority}", *fields]
        head = "\r\n".join([*lines, "Content-Length: "]).encode("ascii")
        return Endpoint(pool, head)

    def close(self) -> None:
        """Cut every connection."""
        for pool in self._pools.values():
            pool.close()


class Endpoint:
    """One method, URL and set of headers, ready to be sent to."""

    __slots__ = ("_head", "_pool")

    def __init__(self, pool: "_Pool", head: bytes) -> None:
        self._pool = pool
        self._head = head

    async def send(self, body: bytes, reader: Reader, limits: Limits) -> bool:
        """Send a body and feed the answer to the reader; whether the answer's body ended properly.

        Raises UpstreamTrouble and what the reader raises. Cancelling cuts the connection before this returns.
        """
        head = b"%b%d\r\n\r\n" % (self._head, len(body))
        pool = self._pool
        kept = pool.take()
        if kept is not None:
            try:
                return await pool.exchange(kept, head, body, reader, limits)
            except StaleConnectionError:
                pass  # closed while it was idle, no byte of an answer was read: once more on a fresh one
        fresh = await pool.connect(limits.connect_s)
        try:
            return await pool.exchange(fresh, head, body, reader, limits)
        except StaleConnectionError:
            raise UpstreamTrouble(ModelUnreachable, "it closed the connection without an answer") from None


class _Pool:
    """Kept connections of one origin, the youngest used first so that the others may go."""

    def __init__(self, host: str, port: int, trust: Trust | None, proxy: "HttpProxy | None") -> None:
        self._host = host
        self._port = port
        self._trust = trust
        self._proxy = proxy
        self._tls: ssl.SSLContext | None = None
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._sweep_timer: asyncio.TimerHandle | None = None

    def take(self) -> Connection | None:
        """A kept connection that still looks open."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if connection.is_open:
                return connection
        return None

    async def exchange(self, connection: Connection, head: bytes, body: bytes, reader: Reader, limits: Limits) -> bool:
        """One exchange; afterwards the connection is kept or gone."""
        self._open.add(connection)
        try:
            return await connection.exchange(head, body, reader, limits)
        finally:
            self._open.discard(connection)
            if connection.is_reusable and connection.is_open and len(self._idle) < MAX_IDLE_CONNECTIONS:
                self._keep(connection)
            else:
                connection.cut()

    async def connect(self, connect_s: float) -> Connection:
        """A fresh connection. Raises UpstreamTrouble."""
        place = f"{self._host}:{self._port}"
        try:
            async with asyncio.timeout(connect_s):
                connection = await self._connect()
        except TimeoutError:
            text = f"no connection to {place} within {connect_s:g} s (limit: connect)"
            raise UpstreamTrouble(ModelTimeout, text, limit="connect") from None
        except (OSError, UnicodeError) as error:
            raise UpstreamTrouble(ModelUnreachable, f"no connection to {place}: {_explain(error)}") from error
        if self._proxy is None and connection.peer.startswith(_METADATA_PEERS):
            connection.cut()
            raise UpstreamTrouble(ModelUnreachable, f"{place} is a link-local or metadata address, which is refused")
        return connection

    def close(self) -> None:
        """Cut all."""
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
            self._sweep_timer = None
        for connection in (*self._idle, *self._open):
            connection.cut()
        self._idle.clear()

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        factory = partial(Connection, loop)
        trust, proxy = self._trust, self._proxy
        if trust is None:
            host, port = (self._host, self._port) if proxy is None else (proxy.host, proxy.port)
            return (await loop.create_connection(factory, host, port))[1]
        if self._tls is None:
            # Reading the system's certificates takes 20 ms, which other requests need not wait for.
            self._tls = await asyncio.to_thread(_build_tls, trust)
        name = trust.server_name or self._host
        if proxy is None:
            made = await loop.create_connection(factory, self._host, self._port, ssl=self._tls, server_hostname=name)
            return made[1]
        return await self._connect_through(proxy, self._tls, name)

    async def _connect_through(self, proxy: "HttpProxy", tls: ssl.SSLContext, name: str) -> Connection:
        from openclaw_gateway.models.http_proxy import open_tunnel

        loop = asyncio.get_running_loop()
        transport = await open_tunnel(proxy, self._host, self._port)
        connection = Connection(loop)
        try:
            secured = await loop.start_tls(transport, connection, tls, server_hostname=name)
        except BaseException:
            transport.abort()
            raise
        if secured is None:
            raise ConnectionError("the connection was lost while TLS began")
        connection.connection_made(secured)
        return connection

    def _keep(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweep_timer is None:
            self._sweep_timer = loop.call_later(MAX_IDLE_S / 2, self._sweep)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        oldest_allowed = loop.time() - MAX_IDLE_S
        keep = [
            connection for connection in self._idle if connection.is_open and connection.idle_since > oldest_allowed
        ]
        for connection in set(self._idle) - set(keep):
            connection.cut()
        self._idle = keep
        self._sweep_timer = loop.call_later(MAX_IDLE_S / 2, self._sweep) if keep else None


def _build_tls(trust: Trust) -> ssl.SSLContext:
    is_text = trust.ca is not None and "-----BEGIN" in trust.ca
    context = ssl.create_default_context(cafile=None if is_text else trust.ca, cadata=trust.ca if is_text else None)
    if trust.cert:
        context.load_cert_chain(trust.cert, trust.key, trust.passphrase)
    return context


def _explain(error: OSError | UnicodeError) -> str:
    """Our own words for what the system said."""
    match error:
        case ConnectionRefusedError():
            return "connection refused; is the server running?"
        case gaierror() | UnicodeError():
            return "the host name is unknown"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case ssl.SSLError():
            return "TLS failed; is this an https server?"
        case _:
            return error.strerror or "connection failed"


def _split_url(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, target)."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidUrlError("the URL holds a character that must be percent-encoded")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidUrlError("the URL cannot be understood") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidUrlError("the URL must begin with http:// or https:// and name a host")
    if parts.hostname.startswith(_METADATA_PEERS):
        raise InvalidUrlError("the URL names a link-local or metadata address, which is refused")
    if parts.username is not None or parts.password is not None:
        raise InvalidUrlError("the URL holds a user name or password; use headers instead")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), target


def _header_line(field: tuple[str, str]) -> str:
    name, value = field
    if not name or not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise InvalidUrlError(f"the header name {name[:64]!r} is not allowed")
    if not value.isascii() or not value.isprintable():
        raise InvalidUrlError(
            f"the value of the header {name} holds a line break or another character that is not allowed"
        )
    return f"{name}: {value}"
