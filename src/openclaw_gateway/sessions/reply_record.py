"""Requests that are to be done once and are no runs: who sent them with what, and the answer that was given."""

from typing import NamedTuple, Protocol

import msgspec


class ReplySlot(NamedTuple):
    """What a key names: one request of one subject. operation: its method and path."""

    subject: str
    operation: str
    key: str


class ReplyRecord(msgspec.Struct, frozen=True):
    """One request. digest: of all that it asks. is_over: it was done; else it is at work, or the gateway ended amid it.

    answer: as it was handed over; None if there is none yet, or it is not kept.
    """

    slot: ReplySlot
    digest: bytes
    accepted_at_ms: int
    is_over: bool = False
    answer: bytes | None = None


class ReplyRecords(Protocol):
    """Promises: what a call returned from is on disk. Bounded in age and count, where the oldest records go first, but
    none at work; and in bytes, where the oldest answers go first and their records stay.

    Every method raises StoreUnavailable when disk or database refuse.
    """

    async def claim(self, record: ReplyRecord) -> ReplyRecord | None:
        """Store a new record, unless there is one of the same slot, which is returned then."""
        ...

    async def finish(self, slot: ReplySlot, answer: bytes | None) -> None:
        """The request was done, and this is its answer; None if that cannot be kept."""
        ...

    async def forget(self, slot: ReplySlot) -> None:
        """Nothing was done: the same key may come again."""
        ...
