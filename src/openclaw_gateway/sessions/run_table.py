"""Records of runs in the database of the sessions, written by the same thread: `RunRecords` for one machine."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from openclaw_gateway.events import RunEvent
from openclaw_gateway.sessions.event_codec import decode_events
from openclaw_gateway.sessions.run_record import KEEP_MS, RunEnd, RunRecord
from openclaw_gateway.sessions.writer import Writer

T = TypeVar("T")

MAX_RECORDS = 20_000
MAX_BYTES = 256 * 1024 * 1024
# How much may be written before the bounds are looked at again, and what a record without events counts.
_LOOK_EVERY_BYTES = 4 * 1024 * 1024
_RECORD_BYTES = 512


class _Read(Protocol):
    async def __call__(self, query: Callable[[sqlite3.Connection], T]) -> T: ...


class RunTable:
    """See `RunRecords` for the promises."""

    def __init__(self, writer: Writer, read: _Read, now_ms: Callable[[], int]) -> None:
        self._writer = writer
        self._read = read
        self._now_ms = now_ms
        self._written_bytes = _LOOK_EVERY_BYTES

    async def claim(self, record: RunRecord) -> RunRecord | None:
        """Store a new record, durably, unless a younger one of the same subject, operation and key is there already,
        which is returned then.
        """
        self._written_bytes += _RECORD_BYTES
        is_full = self._written_bytes >= _LOOK_EVERY_BYTES
        if is_full:
            self._written_bytes = 0
        return await self._writer.call(
            partial(_claim, record=record, oldest_ms=self._now_ms() - KEEP_MS, shrinks=is_full)
        )

    async def note_waiting(self, run_id: str, *, is_waiting: bool) -> None:
        """Whether the run still waits, so that nothing of it has happened."""
        await self._writer.call(partial(_note_waiting, run_id=run_id, is_waiting=is_waiting))

    async def forget(self, run_id: str) -> None:
        """Remove a record whose run never began."""
        await self._writer.call(partial(_delete_one, run_id=run_id))

    async def write(self, run_id: str, first: int, piece: bytes | None, end: RunEnd | None) -> None:
        """Add events, the first of which has that number, and close the record at the end of the run."""
        self._written_bytes += len(piece or b"")
        await self._writer.call(partial(_write, run_id=run_id, first=first, piece=piece, end=end))

    async def find(self, run_id: str) -> RunRecord | None:
        """The record of a run, None if there is none or it is too old."""
        record = await self._read(partial(_find, run_id=run_id))
        return record if record is not None and record.accepted_at_ms > self._now_ms() - KEEP_MS else None

    async def load(self, run_id: str) -> list[RunEvent]:
        """The stored events of a run, in order."""
        return await self._read(partial(_load, run_id=run_id))


# --- On the threads of the store --------------------------------------------------------------------------------------

_COLUMNS = (
    "run_id, subject, operation, idempotency_key, digest, agent_id, session_key, session_source, accepted_at_ms,"
    " ended_at_ms, byte_count, is_waiting"
)


def _claim(connection: sqlite3.Connection, record: RunRecord, oldest_ms: int, *, shrinks: bool) -> RunRecord | None:
    if shrinks:
        _shrink(connection, oldest_ms)
    if record.key is not None:
        name = (record.subject, record.operation, record.key)
        found = connection.execute(
            f"SELECT {_COLUMNS} FROM run_record WHERE subject = ? AND operation = ? AND idempotency_key = ?",  # noqa: S608
            name,
        ).fetchone()
        # Whoever asks has looked for a run in flight before; so one that waits is of an earlier gateway.
        known = None if found is None else RunRecord(*found)
        if known is not None and known.accepted_at_ms > oldest_ms and not known.is_waiting:
            return known
        if found is not None:
            _delete_one(connection, found[0])
    values = msgspec.structs.astuple(record)
    connection.execute(
        f"INSERT INTO run_record ({_COLUMNS}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608
        values,
    )
    return None


def _write(connection: sqlite3.Connection, run_id: str, first: int, piece: bytes | None, end: RunEnd | None) -> None:
    if piece is not None:
        connection.execute(
            "INSERT INTO run_piece (record, first, body) SELECT id, ?, ? FROM run_record WHERE run_id = ?",
            (first, piece, run_id),
        )
        connection.execute("UPDATE run_record SET byte_count = byte_count + ? WHERE run_id = ?", (len(piece), run_id))
    if end is not None:
        connection.execute(
            "UPDATE run_record SET is_waiting = 0, ended_at_ms = ?,"
            " idempotency_key = iif(?, NULL, idempotency_key) WHERE run_id = ?",
            (end.at_ms, end.is_key_free, run_id),
        )


def _find(connection: sqlite3.Connection, run_id: str) -> RunRecord | None:
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM run_record WHERE run_id = ?",  # noqa: S608
        (run_id,),
    ).fetchone()
    return None if row is None else RunRecord(*row)


def _note_waiting(connection: sqlite3.Connection, run_id: str, *, is_waiting: bool) -> None:
    connection.execute("UPDATE run_record SET is_waiting = ? WHERE run_id = ?", (is_waiting, run_id))


def _load(connection: sqlite3.Connection, run_id: str) -> list[RunEvent]:
    pieces = connection.execute(
        "SELECT first, body FROM run_piece WHERE record = (SELECT id FROM run_record WHERE run_id = ?) ORDER BY first",
        (run_id,),
    )
    events: list[RunEvent] = []
    for first, body in pieces:
        if first != len(events):
            break
        events += decode_events(body)
    return events


def _delete_one(connection: sqlite3.Connection, run_id: str) -> None:
    connection.execute("DELETE FROM run_piece WHERE record = (SELECT id FROM run_record WHERE run_id = ?)", (run_id,))
    connection.execute("DELETE FROM run_record WHERE run_id = ?", (run_id,))


def _shrink(connection: sqlite3.Connection, oldest_ms: int) -> None:
    """Remove what is too old, and of the rest the oldest that are over the bounds of count and bytes."""
    (last,) = connection.execute(
        "SELECT max(id) FROM (SELECT id, accepted_at_ms, row_number() OVER newest AS place,"
        " sum(byte_count) OVER newest AS total FROM run_record WINDOW newest AS (ORDER BY id DESC))"
        " WHERE place > ? OR total > ? OR accepted_at_ms <= ?",
        (MAX_RECORDS, MAX_BYTES, oldest_ms),
    ).fetchone()
    if last is not None:
        connection.execute("DELETE FROM run_piece WHERE record <= ?", (last,))
        connection.execute("DELETE FROM run_record WHERE id <= ?", (last,))
