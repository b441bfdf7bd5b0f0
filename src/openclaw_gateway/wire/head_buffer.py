"""Bytes that arrived and belong to no request yet, and where the next head among them ends."""

from openclaw_gateway.errors import HeadTooLarge, InvalidRequest

_END_OF_HEAD = b"\r\n\r\n"


class HeadBuffer:
    """Collects a head however small its pieces are; what comes after it stays for whoever reads on.

    Nothing is parsed before the blank line is there, so that a peer that sends a byte a second costs a byte a second.
    """

    __slots__ = ("_bytes", "_max_head_bytes", "_searched")

    def __init__(self, max_head_bytes: int) -> None:
        self._bytes = bytearray()
        self._searched = 0
        self._max_head_bytes = max_head_bytes

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def has_partial_head(self) -> bool:
        """Whether a head was begun, looked for and not found whole."""
        return self._searched > 0

    def add(self, data: bytes) -> None:
        """More bytes from the peer."""
        self._bytes += data

    def take_head(self) -> bytes | None:
        """The next head, blank line included, or None when it is not whole yet.

        Raises HeadTooLarge, and InvalidRequest for bytes that never will be a head.
        """
        held = self._bytes
        if not self._searched:
            while held[:2] == b"\r\n":  # an empty line before a request is an old client's habit
                del held[:2]
            if held and not 0x41 <= held[0] <= 0x5A:  # no method begins like this: TLS, another protocol, noise
                raise InvalidRequest("malformed request: this port speaks HTTP/1.1")
        end = held.find(_END_OF_HEAD, max(0, self._searched - 3)) + len(_END_OF_HEAD)
        if end < len(_END_OF_HEAD) or end > self._max_head_bytes:
            if len(held) > self._max_head_bytes:
                raise HeadTooLarge(f"the request's head is larger than {self._max_head_bytes} bytes")
            if b"\n\n" in held:
                raise InvalidRequest("malformed request: lines end with CR and LF")
            self._searched = len(held)
            return None
        head = bytes(held[:end])
        del held[:end]
        self._searched = 0
        return head

    def take_all(self) -> bytes:
        """Everything that is here."""
        taken = bytes(self._bytes)
        self.clear()
        return taken

    def drop(self, size: int) -> None:
        """Pass over the body of a request that was refused."""
        del self._bytes[:size]

    def clear(self) -> None:
        """Forget everything."""
        self._bytes.clear()
        self._searched = 0
