"""The head of an answer: status line, the headers that every answer carries, and the reply's own."""

import time
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode()
    for status in HTTPStatus
    if status.value >= 200
}
_ON_EVERY_ANSWER = (
    b"x-content-type-options: nosniff\r\n"
    b"referrer-policy: no-referrer\r\n"
    b"permissions-policy: camera=(), microphone=(self), geolocation=()\r\n"
)
_CLOSE = b"connection: close\r\n"
_CHUNKED = b"transfer-encoding: chunked\r\n"


class ReplyHeads:
    """Renders heads. hsts: value of `Strict-Transport-Security`, or None.

    The date is made once a second, the headers that never change once.
    """

    __slots__ = ("_common", "_fixed", "_second")

    def __init__(self, hsts: str | None = None) -> None:
        self._fixed = _ON_EVERY_ANSWER
        if hsts:
            self._fixed += _checked(b"strict-transport-security: %b\r\n" % hsts.encode(), 1)
        self._second = 0
        self._common = b""

    def render(
        self,
        status: int,
        content_type: str,
        headers: Iterable[tuple[bytes, bytes]],
        *,
        request_id: str,
        length: int | None,
        keeps_alive: bool,
        is_chunked: bool = False,
    ) -> bytes:
        """The head with its blank line. length: of the body, None for a body that ends with its chunks or its
        connection.
        """
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._common = self._fixed + b"date: %b\r\n" % formatdate(second, usegmt=True).encode()
        own = [b"%b: %b\r\n" % header for header in headers]
        own.append(b"content-type: %b\r\nx-request-id: %b\r\n" % (content_type.encode(), request_id.encode()))
        parts = [_STATUS_LINES[status], self._common, _checked(b"".join(own), len(own) + 1)]
        if length is not None:
            parts.append(b"content-length: %d\r\n" % length)
        elif is_chunked:
            parts.append(_CHUNKED)
        if not keeps_alive:
            parts.append(_CLOSE)
        parts.append(b"\r\n")
        return b"".join(parts)


def _checked(block: bytes, lines: int) -> bytes:
    # A header value may hold a caller's words (a session key). One that could end its line would be ours to send.
    if block.count(b"\n") != lines or block.count(b"\r") != lines or b"\0" in block:
        raise ValueError("a reply header holds a line break or NUL")
    return block
