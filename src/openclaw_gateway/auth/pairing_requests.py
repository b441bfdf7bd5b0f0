"""Devices that wait for a person: bounded in number, bytes and time, whoever asks.

Strangers may ask, so a flood of them must neither fill memory nor keep others out: each address has a few places, and
who showed the shared secret takes the place of the oldest stranger when all are taken.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from openclaw_gateway.auth.device_records import PairingRequest
from openclaw_gateway.errors import Busy

# The original's time for a person to answer (OpenClaw docs/gateway/pairing.md, "5-minute expiry").
KEPT_MS = 300_000
# At most 10 kB each: the handshake bounds every text in them.
MAX_REQUESTS = 64
MAX_REQUESTS_OF_ADDRESS = 8


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a request. displaced: those that wait no more for its sake: the device's earlier one, when it
    asked for something else, and one that made room.
    """

    request: PairingRequest
    is_new: bool
    displaced: tuple[PairingRequest, ...] = ()


class PairingRequests:
    """Pending requests, at most one of each device. now_ms: since the epoch."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._by_id: dict[str, PairingRequest] = {}  # the oldest first
        self._strangers: set[str] = set()

    def all(self) -> list[PairingRequest]:
        """The newest first."""
        self._expire()
        return list(reversed(self._by_id.values()))

    def get(self, request_id: str) -> PairingRequest | None:
        """A request that still waits."""
        self._expire()
        return self._by_id.get(request_id)

    def of_device(self, device_id: str) -> PairingRequest | None:
        """What this device waits for."""
        return next((request for request in self.all() if request.device_id == device_id), None)

    def file(self, request: PairingRequest, *, is_stranger: bool) -> Filed:
        """Add it, or return the one that says the same. is_stranger: showed no credential. Raises Busy."""
        earlier = self.of_device(request.device_id)
        if earlier is not None and _asks_the_same(earlier, request):
            return Filed(earlier, is_new=False)
        if earlier is not None:
            self.discard(earlier.request_id)
        evicted = self._make_room(request, is_stranger=is_stranger)
        self._by_id[request.request_id] = request
        if is_stranger:
            self._strangers.add(request.request_id)
        return Filed(request, is_new=True, displaced=tuple([one for one in (earlier, *evicted) if one is not None]))

    def discard(self, request_id: str) -> PairingRequest | None:
        """Take it out; None if it is not there (any more)."""
        self._expire()
        self._strangers.discard(request_id)
        return self._by_id.pop(request_id, None)

    def _make_room(self, request: PairingRequest, *, is_stranger: bool) -> tuple[PairingRequest | None, ...]:
        """Take strangers out for it; returns them."""
        neighbours = [one for one in self._by_id.values() if one.remote_ip == request.remote_ip]
        if is_stranger and len(neighbours) >= MAX_REQUESTS_OF_ADDRESS:
            strangers = [one for one in neighbours if one.request_id in self._strangers]
            if strangers:
                return (self.discard(strangers[0].request_id),)
        if len(self._by_id) < MAX_REQUESTS:
            return ()
        oldest = next((key for key in self._by_id if key in self._strangers), None)
        if is_stranger or oldest is None:
            raise Busy("too many devices wait for approval: try again later", retry_after_s=60)
        return (self.discard(oldest),)

    def _expire(self) -> None:
        bound = self._now_ms() - KEPT_MS
        while self._by_id and (oldest := next(iter(self._by_id.values()))).ts <= bound:
            del self._by_id[oldest.request_id]
            self._strangers.discard(oldest.request_id)


def _asks_the_same(one: PairingRequest, other: PairingRequest) -> bool:
    return msgspec.structs.replace(other, request_id=one.request_id, ts=one.ts) == one
