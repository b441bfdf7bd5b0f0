"""Who is connected: how many in all, and how many that have shown no credential yet.

A stranger may always be asked to leave for a newcomer, the one that came first before all others: a flood of silent
sockets pushes out its own kind, and a real client, which speaks at once, finds a place and keeps it.
"""

from collections.abc import Callable
from typing import Protocol


class Guest(Protocol):
    """A connection, as the census sees it."""

    def evict(self) -> None:
        """Leave at once."""
        ...

    def close_when_idle(self) -> None:
        """Leave when what is under way is done."""
        ...


class Census:
    """Counts guests; decides, and does nothing itself."""

    def __init__(self, *, max_guests: int, max_strangers: int, max_strangers_per_address: int) -> None:
        self._max_guests = max_guests
        self._max_strangers = max_strangers
        self._max_strangers_per_address = max_strangers_per_address
        self._guests: dict[Guest, str] = {}
        self._strangers: dict[Guest, None] = {}
        self._strangers_at: dict[str, dict[Guest, None]] = {}
        self._on_empty: Callable[[], object] | None = None

    @property
    def guests(self) -> list[Guest]:
        """All connections, in the order of their coming."""
        return list(self._guests)

    def call_when_empty(self, on_empty: Callable[[], object]) -> None:
        """Call once, when the last guest has left; at once if there is none."""
        if self._guests:
            self._on_empty = on_empty
        else:
            on_empty()

    def enter(self, guest: Guest, address: str) -> Guest | None:
        """Count a new connection; returns who has to leave for it, perhaps the new one itself, or None."""
        leaving = self._choose_leaving(guest, address)
        self._guests[guest] = address
        self._strangers[guest] = None
        self._strangers_at.setdefault(address, {})[guest] = None
        return leaving

    def recognize(self, guest: Guest) -> None:
        """The connection's caller was verified."""
        if guest in self._strangers:
            self._drop_stranger(guest)

    def leave(self, guest: Guest) -> None:
        """The connection is gone; may be said twice."""
        if guest in self._strangers:
            self._drop_stranger(guest)
        self._guests.pop(guest, None)
        if not self._guests and self._on_empty is not None:
            on_empty, self._on_empty = self._on_empty, None
            on_empty()

    def _choose_leaving(self, guest: Guest, address: str) -> Guest | None:
        neighbours = self._strangers_at.get(address, {})
        if len(neighbours) >= self._max_strangers_per_address:
            return next(iter(neighbours))
        if len(self._strangers) >= self._max_strangers or len(self._guests) >= self._max_guests:
            return next(iter(self._strangers), guest)
        return None

    def _drop_stranger(self, guest: Guest) -> None:
        del self._strangers[guest]
        address = self._guests[guest]
        neighbours = self._strangers_at[address]
        del neighbours[guest]
        if not neighbours:
            del self._strangers_at[address]
