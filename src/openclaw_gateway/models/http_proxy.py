"""A forward proxy on the way to a model's server: a tunnel for https, the whole URL in the request line for http.

Source: RFC 9110, section 9.3.6 (CONNECT); RFC 9112, section 3.2.2 (absolute-form).
"""

import asyncio
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from openclaw_gateway.model_errors import ModelUnreachable
from openclaw_gateway.models.http_connection import UpstreamTrouble

MAX_REPLY_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class HttpProxy:
    """Where the proxy is. authorization: value of `Proxy-Authorization`, or None; it goes to the proxy alone."""

    host: str
    port: int
    authorization: str | None = None

    def __repr__(self) -> str:  # the authorization is a secret
        return f"HttpProxy({self.host}:{self.port})"


def parse_proxy(url: str) -> HttpProxy:
    """From http://[user:password@]host[:port]. Raises ValueError, whose text holds nothing of the URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("the proxy's URL cannot be understood") from None
    if parts.scheme != "http" or not parts.hostname or not url.isascii() or not url.isprintable():
        raise ValueError("the proxy's URL must be http://host:port")
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {b64encode(pair.encode()).decode()}"
    return HttpProxy(parts.hostname, port or 80, authorization)


async def open_tunnel(proxy: HttpProxy, host: str, port: int) -> asyncio.Transport:
    """A connection through the proxy to host:port, on which nothing was said yet.

    Raises UpstreamTrouble and OSError; cancelling cuts the connection. The caller sets deadline and protocol.
    """
    loop = asyncio.get_running_loop()
    transport, tunnel = await loop.create_connection(lambda: _Tunnel(loop), proxy.host, proxy.port)
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.authorization is not None:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    transport.write("\r\n".join([*lines, "", ""]).encode("ascii"))
    try:
        await tunnel.opened
    except BaseException:
        transport.abort()
        raise
    return transport


class _Tunnel(asyncio.Protocol):
    """Reads the proxy's answer to CONNECT."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.opened: asyncio.Future[None] = loop.create_future()
        self._received = b""

    def data_received(self, received: bytes) -> None:
        """Gather the head and judge it."""
        self._received += received
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if self.opened.done():
            return
        if end:
            status = head.split(b" ", 2)[1:2]
            if status and len(status[0]) == 3 and status[0].startswith(b"2") and not rest:
                self.opened.set_result(None)
            elif status == [b"407"]:
                self._fail("the proxy asks for other credentials (407)")
            else:
                self._fail("the proxy refused the way to it")
        elif len(self._received) > MAX_REPLY_BYTES:
            self._fail("the proxy's answer is no answer to CONNECT")

    def connection_lost(self, _: Exception | None) -> None:
        """The proxy hung up."""
        self._fail("the proxy closed the connection")

    def _fail(self, text: str) -> None:
        if not self.opened.done():
            self.opened.set_exception(UpstreamTrouble(ModelUnreachable, text))
