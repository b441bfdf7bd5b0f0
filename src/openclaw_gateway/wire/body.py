"""The body of a request, announced by length or sent in chunks: bytes go in, surplus comes back, the rest collects."""

import httptools

from openclaw_gateway.errors import InvalidRequest, PayloadTooLarge

_HEAD = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"

# One-byte chunks cost six bytes each, which is odd but honest. Beyond eight per byte of body, plus this much, the peer
# sends chunk extensions for their own sake.
MAX_FRAMING_BYTES = 16 * 1024
FRAMING_PER_BODY_BYTE = 8


class SizedBody:
    """A body of known length, which the door has compared with the route's cap."""

    __slots__ = ("_announced", "_left", "_parts")

    has_lost_bytes = False

    def __init__(self, size: int) -> None:
        self._announced = self._left = size
        self._parts: list[bytes] = []

    @property
    def is_complete(self) -> bool:
        """Whether all of it was read."""
        return self._left == 0

    @property
    def size(self) -> int:
        """Bytes that were read, which are kept until they are taken."""
        return self._announced - self._left

    def feed(self, data: bytes) -> bytes:
        """Take more bytes; returns those that come after the body."""
        surplus = data[self._left :]
        if surplus:
            data = data[: self._left]
        self._parts.append(data)
        self._left -= len(data)
        return surplus

    def take(self) -> bytes:
        """The whole body."""
        return b"".join(self._parts)


class ChunkedBody:
    """A body in chunks, read by llhttp; the framing around it is bounded as well as its size.

    is_complete: the last chunk was read. has_lost_bytes: a request began behind it, in the same piece, and is gone: the
    connection cannot be read on.
    """

    __slots__ = (
        "_cap_bytes",
        "_framing_bytes",
        "_is_in_body",
        "_parser",
        "_parts",
        "has_lost_bytes",
        "is_complete",
        "size",
    )

    def __init__(self, cap_bytes: int) -> None:
        self.is_complete = False
        self.has_lost_bytes = False
        self.size = 0
        self._cap_bytes = cap_bytes
        self._framing_bytes = 0
        self._parts: list[bytes] = []
        self._is_in_body = False
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(_HEAD)
        self._is_in_body = True

    def feed(self, data: bytes) -> bytes:
        """Take more bytes; nothing comes back. Raises InvalidRequest for a malformed or padded body, PayloadTooLarge
        for a large one.
        """
        size_before = self.size
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self.is_complete:
                cause = error.__context__
                if isinstance(cause, InvalidRequest):
                    raise cause from None
                raise InvalidRequest(f"malformed chunked body: {error}") from error
            self.has_lost_bytes = True
        self._framing_bytes += len(data) - (self.size - size_before)
        if self.size > self._cap_bytes:
            raise PayloadTooLarge("Payload too large")
        if self._framing_bytes > MAX_FRAMING_BYTES + FRAMING_PER_BODY_BYTE * self.size:
            raise InvalidRequest("malformed chunked body: more framing than body")
        return b""

    def take(self) -> bytes:
        """The whole body."""
        return b"".join(self._parts)

    def on_header(self, _name: bytes, _value: bytes) -> None:
        """Called by llhttp: the head's own header, or a trailer, which nothing of ours could use."""
        if self._is_in_body and not self.is_complete:
            raise InvalidRequest("trailers are not read")

    def on_body(self, part: bytes) -> None:
        """Called by llhttp with the content of a chunk, or a piece of it."""
        self.size += len(part)
        if self.size <= self._cap_bytes:
            self._parts.append(part)

    def on_message_begin(self) -> None:
        """Called by llhttp, the second time for a request behind this one."""
        if self.is_complete:
            self.has_lost_bytes = True

    def on_message_complete(self) -> None:
        """Called by llhttp after the last chunk."""
        self.is_complete = True


Body = SizedBody | ChunkedBody
