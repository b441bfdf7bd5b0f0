"""Summaries of sessions in the database: plain functions of a connection, for whichever thread has one."""

import sqlite3
from collections.abc import Iterator

import msgspec

from openclaw_gateway.sessions.compaction import MAX_KNOWN, Compaction

_decode = msgspec.json.Decoder(Compaction).decode


def insert_compaction(connection: sqlite3.Connection, row_id: int, compaction: Compaction) -> None:
    """Store a summary of the session with that row."""
    connection.execute(
        "INSERT INTO compaction (session, at_ms, body) VALUES (?, ?, ?)",
        (row_id, compaction.at_ms, msgspec.json.encode(compaction)),
    )


def load_compactions(
    connection: sqlite3.Connection, row_id: int, *, limit: int | None = MAX_KNOWN
) -> tuple[Compaction, ...]:
    """The newest summaries of a session, or with None all, in the order of their writing."""
    rows = connection.execute(
        "SELECT body FROM compaction WHERE session = ? ORDER BY id DESC LIMIT ?",
        (row_id, -1 if limit is None else limit),
    ).fetchall()
    return tuple([_decode(body) for (body,) in reversed(rows)])


def delete_compactions(connection: sqlite3.Connection, listed: str) -> None:
    """Remove those of sessions that go. listed: their rows, as a JSON list."""
    connection.execute("DELETE FROM compaction WHERE session IN (SELECT value FROM json_each(?))", (listed,))


def list_compactions(
    connection: sqlite3.Connection, *, after_ms: int, before_ms: int, key: str | None
) -> Iterator[tuple[str, str, Compaction]]:
    """Session key, agent and summary of all that were written in that time, the oldest first."""
    rows = connection.execute(
        "SELECT s.key, s.agent_id, c.body FROM compaction c JOIN session s ON s.id = c.session"
        " WHERE s.is_ephemeral = 0 AND c.at_ms >= ?1 AND c.at_ms < ?2 AND (?3 IS NULL OR s.key = ?3) ORDER BY c.id",
        (after_ms, before_ms, key),
    )
    for session_key, agent_id, body in rows:
        yield session_key, agent_id, _decode(body)


def read_times(listed: str | None) -> list[int]:
    """The moments of a session's summaries, ms since the epoch, from the list that SQL makes of them."""
    return [int(at_ms) for at_ms in listed.split(",")] if listed else []
