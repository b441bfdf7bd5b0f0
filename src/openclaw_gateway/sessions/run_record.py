"""Runs that can be asked for again: who started them with what, and their events as they were said."""

from typing import Protocol

import msgspec

from openclaw_gateway.events import RunEvent

# What retries and reconnecting clients need: a day, as other services keep idempotency keys.
KEEP_MS = 24 * 3600 * 1000


class RunRecord(msgspec.Struct, frozen=True):
    """One run. operation: method and path of the request. key: the idempotency key, None without one, or once it was
    given free. digest: of the request. ended_at_ms: None until the end is stored. byte_count: of its stored events.
    is_waiting: nothing was done yet.
    """

    run_id: str
    subject: str
    operation: str
    key: str | None
    digest: bytes
    agent_id: str
    session_key: str
    session_source: str
    accepted_at_ms: int
    ended_at_ms: int | None = None
    byte_count: int = 0
    is_waiting: bool = False


class RunEnd(msgspec.Struct, frozen=True):
    """How a record is closed. is_key_free: the same key may start another run."""

    at_ms: int
    is_key_free: bool


class RunRecords(Protocol):
    """Promises: what a call returned from is on disk; a reader sees what was written before it asked. Bounded in age,
    count and bytes: the oldest go first. The events of one run are bounded by whoever writes them.

    Every method raises StoreUnavailable when disk or database refuse.
    """

    async def claim(self, record: RunRecord) -> RunRecord | None:
        """Store a new record, unless one of the same subject, operation and key is there, which is returned then.

        One whose run waited when an earlier gateway ended is given up for the new one.
        """
        ...

    async def note_waiting(self, run_id: str, *, is_waiting: bool) -> None:
        """Whether the run still waits, so that nothing of it has happened."""
        ...

    async def forget(self, run_id: str) -> None:
        """Remove a record whose run never began."""
        ...

    async def write(self, run_id: str, first: int, piece: bytes | None, end: RunEnd | None) -> None:
        """Add events, the first of which has that number, and close the record at the end of the run."""
        ...

    async def find(self, run_id: str) -> RunRecord | None:
        """The record of a run, None if there is none or it is too old."""
        ...

    async def load(self, run_id: str) -> list[RunEvent]:
        """The stored events of a run, in order, up to the first that is missing."""
        ...
