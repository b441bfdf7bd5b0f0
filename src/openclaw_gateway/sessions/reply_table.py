"""Answers by idempotency key in the database of the sessions, written by the same thread: `ReplyRecords` for one
machine.
"""

import sqlite3
from collections.abc import Callable
from functools import partial

from openclaw_gateway.sessions.reply_record import ReplyRecord, ReplySlot
from openclaw_gateway.sessions.run_record import KEEP_MS
from openclaw_gateway.sessions.writer import Writer

MAX_RECORDS = 20_000
MAX_BYTES = 64 * 1024 * 1024
# How much may be written before the bounds are looked at again, and what a record without an answer counts.
_LOOK_EVERY_BYTES = 4 * 1024 * 1024
_RECORD_BYTES = 512


class ReplyTable:
    """See `ReplyRecords` for the promises."""

    def __init__(self, writer: Writer, now_ms: Callable[[], int]) -> None:
        self._writer = writer
        self._now_ms = now_ms
        self._written_bytes = _LOOK_EVERY_BYTES

    async def claim(self, record: ReplyRecord) -> ReplyRecord | None:
        """Store a new record, durably, unless a younger one of the same slot is there, which is returned then."""
        self._written_bytes += _RECORD_BYTES
        is_full = self._written_bytes >= _LOOK_EVERY_BYTES
        if is_full:
            self._written_bytes = 0
        oldest_ms = self._now_ms() - KEEP_MS
        return await self._writer.call(partial(_claim, record=record, oldest_ms=oldest_ms, shrinks=is_full))

    async def finish(self, slot: ReplySlot, answer: bytes | None) -> None:
        """Keep the answer."""
        self._written_bytes += len(answer or b"")
        await self._writer.call(partial(_finish, slot=slot, answer=answer))

    async def forget(self, slot: ReplySlot) -> None:
        """Remove the record."""
        await self._writer.call(partial(_delete, slot=slot))


# --- On the thread of the writer --------------------------------------------------------------------------------------

_OF_SLOT = "WHERE subject = ? AND operation = ? AND idempotency_key = ?"


def _claim(connection: sqlite3.Connection, record: ReplyRecord, oldest_ms: int, *, shrinks: bool) -> ReplyRecord | None:
    if shrinks:
        _shrink(connection, oldest_ms)
    slot = record.slot
    found = connection.execute(
        f"SELECT digest, accepted_at_ms, is_over, answer FROM reply_record {_OF_SLOT}",  # noqa: S608
        slot,
    ).fetchone()
    if found is not None:
        digest, accepted_at_ms, is_over, answer = found
        if accepted_at_ms > oldest_ms:
            return ReplyRecord(slot, digest, accepted_at_ms, bool(is_over), answer)
        _delete(connection, slot)
    connection.execute(
        "INSERT INTO reply_record (subject, operation, idempotency_key, digest, accepted_at_ms, is_over)"
        " VALUES (?, ?, ?, ?, ?, 0)",
        (*slot, record.digest, record.accepted_at_ms),
    )
    return None


def _finish(connection: sqlite3.Connection, slot: ReplySlot, answer: bytes | None) -> None:
    connection.execute(
        f"UPDATE reply_record SET is_over = 1, answer = ? {_OF_SLOT}",  # noqa: S608
        (answer, *slot),
    )


def _delete(connection: sqlite3.Connection, slot: ReplySlot) -> None:
    connection.execute(f"DELETE FROM reply_record {_OF_SLOT}", slot)  # noqa: S608


def _shrink(connection: sqlite3.Connection, oldest_ms: int) -> None:
    """Remove what is too old or over the count, and then the answers of the oldest that are over the bound of bytes.

    A record at work stays for its time: without it a retry would do the request again. There are few of them, the
    endpoints see to that.
    """
    connection.execute("DELETE FROM reply_record WHERE accepted_at_ms <= ?", (oldest_ms,))
    connection.execute(
        "DELETE FROM reply_record WHERE is_over"
        " AND id <= (SELECT id FROM reply_record ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (MAX_RECORDS,),
    )
    connection.execute(
        "UPDATE reply_record SET answer = NULL WHERE answer IS NOT NULL AND id <= (SELECT max(id) FROM"
        " (SELECT id, sum(length(answer)) OVER (ORDER BY id DESC) AS total FROM reply_record) WHERE total > ?)",
        (MAX_BYTES,),
    )
