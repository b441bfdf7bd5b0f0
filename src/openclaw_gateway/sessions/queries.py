"""Every question to the database but the writing of turns: plain functions of a connection, for whichever thread has
one.

Values are always bound; no statement is put together from text (security property P15).
"""

import sqlite3
from collections.abc import Collection

import msgspec

from openclaw_gateway.messages import Message
from openclaw_gateway.sessions.compaction_table import delete_compactions, load_compactions
from openclaw_gateway.sessions.live import LiveSession
from openclaw_gateway.sessions.search_index import forget_session, index_session, indexed_until
from openclaw_gateway.sessions.session import Entry, SessionSummary, WholeSession
from openclaw_gateway.sessions.settings import NO_SETTINGS, SessionSettings

_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)
_decode_settings = msgspec.json.Decoder(SessionSettings).decode


def read_last_ids(connection: sqlite3.Connection) -> tuple[int, int]:
    """The largest ids of sessions and entries; the store counts on from there by itself."""
    (session,) = connection.execute("SELECT coalesce(max(id), 0) FROM session").fetchone()
    (entry,) = connection.execute("SELECT coalesce(max(id), 0) FROM entry").fetchone()
    # The index takes an id that it has seen for one that it knows, though its entry may be gone.
    return session, max(entry, indexed_until(connection))


def load_session(connection: sqlite3.Connection, key: str) -> LiveSession | None:
    """A stored session with its current path."""
    row = connection.execute(
        "SELECT id, agent_id, session_id, is_ephemeral, created_at_ms, updated_at_ms, head, cost_nano_usd FROM session"
        " WHERE key = ?",
        (key,),
    ).fetchone()
    if row is None:
        return None
    row_id, agent_id, session_id, is_ephemeral, created_at_ms, updated_at_ms, head, cost = row
    path, size = _load_path(connection, row_id, head)
    return LiveSession(
        key=key,
        agent_id=agent_id,
        session_id=session_id,
        is_ephemeral=bool(is_ephemeral),
        created_at_ms=created_at_ms,
        updated_at_ms=updated_at_ms,
        path=path,
        row_id=row_id,
        is_stored=True,
        size=size,
        settings=load_settings(connection, key),
        compactions=load_compactions(connection, row_id),
        cost_nano_usd=cost,
    )


def load_whole(connection: sqlite3.Connection, key: str) -> WholeSession | None:
    """A stored session with all of its branches, those from before a reset too."""
    session = load_session(connection, key)
    if session is None:
        return None
    rows = connection.execute(
        "SELECT id, parent_id, run_id, tokens, body FROM entry WHERE session = ? ORDER BY id", (session.row_id,)
    )
    return WholeSession(
        session,
        tuple(
            [
                Entry(entry_id, parent_id, _DECODER.decode(body), run_id, tokens)
                for entry_id, parent_id, run_id, tokens, body in rows
            ]
        ),
        load_compactions(connection, session.row_id, limit=None),
    )


def load_settings(connection: sqlite3.Connection, key: str) -> SessionSettings:
    """What was decided about a session."""
    row = connection.execute("SELECT body FROM session_settings WHERE key = ?", (key,)).fetchone()
    return NO_SETTINGS if row is None else _decode_settings(row[0])


def _load_path(connection: sqlite3.Connection, row_id: int, head: int | None) -> tuple[list[Entry], int]:
    """Entries from the root to the head, and the bytes of their bodies.

    A parent is always older than its children, so one walk from the newest entry down meets the path in order; entries
    of other branches are passed over.
    """
    path: list[Entry] = []
    size = 0
    wanted = head
    rows = connection.execute(
        "SELECT id, parent_id, run_id, tokens, body FROM entry WHERE session = ? ORDER BY id DESC", (row_id,)
    )
    for entry_id, parent_id, run_id, tokens, body in rows:
        if entry_id != wanted:
            continue
        path.append(Entry(entry_id, parent_id, _DECODER.decode(body), run_id, tokens))
        size += len(body)
        if parent_id is None:
            break
        wanted = parent_id
    path.reverse()
    return path, size


def load_branch(connection: sqlite3.Connection, row_id: int, run_id: str) -> list[Entry]:
    """The path from the root to the last entry of a run, on whichever branch that is; empty if there is none."""
    (head,) = connection.execute(
        "SELECT max(id) FROM entry WHERE session = ? AND run_id = ?", (row_id, run_id)
    ).fetchone()
    return [] if head is None else _load_path(connection, row_id, head)[0]


def list_sessions(connection: sqlite3.Connection, agent_id: str | None, limit: int) -> list[SessionSummary]:
    """Sessions that are not ephemeral, newest first; of one agent or of all."""
    rows = connection.execute(
        "SELECT key, agent_id, session_id, created_at_ms, updated_at_ms, length FROM session"
        " WHERE is_ephemeral = 0 AND agent_id = coalesce(?, agent_id) ORDER BY updated_at_ms DESC, id DESC LIMIT ?",
        (agent_id, limit),
    )
    return [SessionSummary(*row) for row in rows]


def count_sessions(connection: sqlite3.Connection) -> int:
    """How many sessions there are that are not ephemeral."""
    (count,) = connection.execute("SELECT count(*) FROM session WHERE is_ephemeral = 0").fetchone()
    return int(count)


def keep_session(connection: sqlite3.Connection, row_id: int) -> None:
    """Make a session last that was ephemeral."""
    changed = connection.execute("UPDATE session SET is_ephemeral = 0 WHERE id = ? AND is_ephemeral = 1", (row_id,))
    if changed.rowcount:
        index_session(connection, row_id)


def delete_session(connection: sqlite3.Connection, key: str) -> bool:
    """Remove a session and all its entries, those of older branches too; False if there is none."""
    row = connection.execute("SELECT id FROM session WHERE key = ?", (key,)).fetchone()
    if row is None:
        return False
    forget_session(connection, row[0])
    delete_sessions(connection, [row[0]])
    return True


def delete_inputs(connection: sqlite3.Connection, run_ids: Collection[str]) -> None:
    """Remove the messages of these runs from those that wait."""
    connection.executemany("DELETE FROM pending_input WHERE run_id = ?", [(run_id,) for run_id in run_ids])


def expire_sessions(connection: sqlite3.Connection, *, before_ms: int, live: Collection[int], limit: int) -> bool:
    """Remove some ephemeral sessions last written before that time, but none that is live or that a stored response
    belongs to; returns whether there may be more.
    """
    # Live ones are few, and asked for on top, so that they cannot hide the others behind them.
    rows = connection.execute(
        "SELECT id FROM session WHERE is_ephemeral = 1 AND created_at_ms < ?1 AND updated_at_ms < ?1"
        " AND NOT EXISTS (SELECT 1 FROM response WHERE session_key = session.key)"
        " ORDER BY created_at_ms LIMIT ?2",
        (before_ms, limit + len(live)),
    ).fetchall()
    delete_sessions(connection, [row_id for (row_id,) in rows if row_id not in live])
    return len(rows) == limit + len(live)


def delete_sessions(connection: sqlite3.Connection, row_ids: list[int]) -> None:
    """Remove sessions and all that belongs to them."""
    if row_ids:
        listed = msgspec.json.encode(row_ids).decode()
        connection.execute("DELETE FROM entry WHERE session IN (SELECT value FROM json_each(?))", (listed,))
        delete_compactions(connection, listed)
        connection.execute(
            "DELETE FROM session_settings WHERE key IN"
            " (SELECT key FROM session WHERE id IN (SELECT value FROM json_each(?)))",
            (listed,),
        )
        connection.execute("DELETE FROM session WHERE id IN (SELECT value FROM json_each(?))", (listed,))
