"""The directory of sessions in the store's database: `SessionDirectory` for one machine."""

import sqlite3
from collections.abc import Sequence
from functools import partial

import msgspec

from openclaw_gateway.messages import Message, Usage
from openclaw_gateway.sessions.compaction import count_since
from openclaw_gateway.sessions.compaction_table import list_compactions, read_times
from openclaw_gateway.sessions.directory import RowFilter, SessionRow, SettingsChange, UsageEntry
from openclaw_gateway.sessions.jobs import SqlValue
from openclaw_gateway.sessions.live import LiveSession, LiveSessions
from openclaw_gateway.sessions.queries import load_settings
from openclaw_gateway.sessions.session import Session
from openclaw_gateway.sessions.settings import NO_SETTINGS, SessionSettings
from openclaw_gateway.sessions.stored_responses import Read
from openclaw_gateway.sessions.writer import Writer

_decode_message = msgspec.json.Decoder(Message).decode
_decode_settings = msgspec.json.Decoder(SessionSettings).decode
_encode = msgspec.json.Encoder().encode

_Columns = tuple[
    str, str, str, int, int, int, bytes | None, int | None, str | None, bytes | None, str | None, bytes | None
]

# What a list is chosen by. Each condition is its own: a value of NULL lets every row pass. `?4` is a JSON list.
_CHOSEN = (
    " FROM session s LEFT JOIN session_settings n ON n.key = s.key"
    " WHERE s.is_ephemeral = 0"
    " AND (?1 IS NULL OR s.agent_id = ?1)"
    " AND (?2 IS NULL OR s.key = ?2)"
    " AND (?3 IS NULL OR s.session_id = ?3)"
    " AND (?4 IS NULL OR s.agent_id IN (SELECT value FROM json_each(?4)))"
    " AND (?5 IS NULL OR n.label = ?5)"
    " AND (?6 IS NULL OR instr(lower(s.key), ?6) OR instr(lower(coalesce(n.label, '')), ?6))"
    " AND (?7 IS NULL OR coalesce(n.is_archived, 0) = ?7)"
    " AND (?8 IS NULL OR s.updated_at_ms >= ?8)"
)
# Roots of older branches are older, and a path never goes back to one: the newest root is the path's own.
_FIRST = (
    "(SELECT body FROM entry WHERE session = s.id AND parent_id IS NULL AND s.head IS NOT NULL"
    " ORDER BY id DESC LIMIT 1)"
)
_COLUMNS = (
    "SELECT s.key, s.agent_id, s.session_id, s.created_at_ms, s.updated_at_ms, s.length, n.body, s.cost_nano_usd,"
    " (SELECT group_concat(at_ms) FROM compaction WHERE session = s.id),"
    " (SELECT body FROM entry WHERE id = s.head), (SELECT run_id FROM entry WHERE id = s.head), "
)
_ORDER = " ORDER BY s.updated_at_ms DESC, s.id DESC LIMIT ?9 OFFSET ?10"
_SELECT_ROWS = f"{_COLUMNS} NULL {_CHOSEN} {_ORDER}"
_SELECT_ROWS_WITH_FIRST = f"{_COLUMNS} {_FIRST} {_CHOSEN} {_ORDER}"
_COUNT_ROWS = f"SELECT count(*) {_CHOSEN}"


class SqliteDirectory:
    """See `SessionDirectory` for the promises."""

    def __init__(self, read: Read, writer: Writer, live: LiveSessions) -> None:
        self._read = read
        self._writer = writer
        self._live = live

    async def list_rows(self, wanted: RowFilter, *, with_first: bool = False) -> tuple[list[SessionRow], int]:
        """The rows, last used first, and how many there are without limit and offset."""
        return await self._read(partial(_list_rows, wanted=wanted, with_first=with_first))

    async def find_row(self, key: str, *, with_first: bool = False) -> SessionRow | None:
        """The row of one session."""
        rows, _ = await self.list_rows(RowFilter(key=key, limit=1), with_first=with_first)
        return rows[0] if rows else None

    def find_live(self, key: str) -> SessionRow | None:
        """The row of a session that is in memory, at once and up to date; None says nothing."""
        live = self._live.find(key)
        if live is None or live.is_ephemeral or not live.is_stored:
            return None
        last = live.path[-1] if live.path else None
        return SessionRow(
            key=live.key,
            agent_id=live.agent_id,
            session_id=live.session_id,
            created_at_ms=live.created_at_ms,
            updated_at_ms=live.updated_at_ms,
            message_count=len(live.path),
            settings=live.settings,
            cost_nano_usd=live.cost_nano_usd,
            compaction_count=count_since([each.at_ms for each in live.compactions], live.settings.reset_at_ms),
            last_compacted_at_ms=live.compactions[-1].at_ms if live.compactions else 0,
            last=None if last is None else last.message,
            last_run_id=None if last is None else last.run_id,
            first=live.path[0].message if live.path else None,
        )

    def find_place(self, key: str, entry_id: int) -> int | None:
        """Where in its path, from 1, a message of a session in memory stands."""
        live = self._live.find(key)
        if live is None:
            return None
        places = range(len(live.path), 0, -1)  # the newest are asked for
        return next((place for place in places if live.path[place - 1].id == entry_id), None)

    async def create(self, session: Session) -> None:
        """Store a session that nothing was said in yet."""
        assert isinstance(session, LiveSession)
        if not session.is_stored:
            await self._writer.call(partial(_insert_session, session=session))
            session.is_stored = True

    async def change_settings(self, key: str, change: SettingsChange) -> SessionSettings | None:
        """Change the settings of a stored session; None if there is no such session or the change declined."""
        settings = await self._writer.call(partial(_change_settings, key=key, change=change))
        live = self._live.find(key)
        if live is not None and settings is not None:
            live.settings = settings
        return settings

    async def models(self) -> dict[str, str]:
        """The sessions whose model was chosen, and which one."""
        return await self._read(_select_models)

    async def list_usage(self, *, after_ms: int, before_ms: int, key: str | None, limit: int) -> list[UsageEntry]:
        """Model calls of that time in the stored messages, oldest first, at most `limit` of them."""
        return await self._read(partial(_list_usage, after_ms=after_ms, before_ms=before_ms, key=key, limit=limit))


def _list_rows(connection: sqlite3.Connection, wanted: RowFilter, *, with_first: bool) -> tuple[list[SessionRow], int]:
    chosen: Sequence[SqlValue] = (
        wanted.agent_id,
        wanted.key,
        wanted.session_id,
        None if wanted.agent_ids is None else _encode(wanted.agent_ids).decode(),
        wanted.label,
        wanted.search.lower() if wanted.search else None,
        wanted.archived,
        wanted.updated_after_ms,
    )
    select = _SELECT_ROWS_WITH_FIRST if with_first else _SELECT_ROWS
    rows = connection.execute(select, (*chosen, wanted.limit, wanted.offset)).fetchall()
    (total,) = connection.execute(_COUNT_ROWS, chosen).fetchone()
    return [_read_row(row) for row in rows], int(total)


def _read_row(row: _Columns) -> SessionRow:
    key, agent_id, session_id, created_at_ms, updated_at_ms, length, body, cost, compacted, last, last_run_id, first = (
        row
    )
    settings = NO_SETTINGS if body is None else _decode_settings(body)
    compacted_at_ms = read_times(compacted)
    return SessionRow(
        key=key,
        agent_id=agent_id,
        session_id=session_id,
        created_at_ms=created_at_ms,
        updated_at_ms=updated_at_ms,
        message_count=length,
        settings=settings,
        cost_nano_usd=cost,
        compaction_count=count_since(compacted_at_ms, settings.reset_at_ms),
        last_compacted_at_ms=compacted_at_ms[-1] if compacted_at_ms else 0,
        last=None if last is None else _decode_message(last),
        last_run_id=last_run_id,
        first=None if first is None else _decode_message(first),
    )


def _insert_session(connection: sqlite3.Connection, session: LiveSession) -> None:
    connection.execute(
        "INSERT INTO session VALUES (?, ?, ?, ?, 0, ?, ?, NULL, 0, NULL) ON CONFLICT (id) DO NOTHING",
        (
            session.row_id,
            session.key,
            session.agent_id,
            session.session_id,
            session.created_at_ms,
            session.updated_at_ms,
        ),
    )


def _change_settings(connection: sqlite3.Connection, key: str, change: SettingsChange) -> SessionSettings | None:
    if connection.execute("SELECT 1 FROM session WHERE key = ? AND is_ephemeral = 0", (key,)).fetchone() is None:
        return None
    settings = change(load_settings(connection, key))
    if settings is not None:
        connection.execute(
            "INSERT INTO session_settings VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE"
            " SET label = excluded.label, is_archived = excluded.is_archived,"
            " model = excluded.model, body = excluded.body",
            (key, settings.label, settings.is_archived, settings.model, _encode(settings)),
        )
    return settings


def _select_models(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT key, model FROM session_settings WHERE model IS NOT NULL")
    return {str(key): str(model) for key, model in rows}


class _Spent(msgspec.Struct, gc=False, rename="camel"):
    """What of a message's JSON counts tokens; user messages have none of it."""

    role: str
    timestamp: int = 0
    provider: str | None = None
    model: str | None = None
    usage: Usage | None = None


_decode_spent = msgspec.json.Decoder(_Spent).decode


def _list_usage(
    connection: sqlite3.Connection, *, after_ms: int, before_ms: int, key: str | None, limit: int
) -> list[UsageEntry]:
    # A session that was not written since has nothing to tell; the others tell it message by message.
    rows = connection.execute(
        "SELECT s.key, s.agent_id, e.body FROM session s JOIN entry e ON e.session = s.id"
        " WHERE s.is_ephemeral = 0 AND s.updated_at_ms >= ?1 AND (?2 IS NULL OR s.key = ?2) ORDER BY e.id",
        (after_ms, key),
    )
    found: list[UsageEntry] = []
    for session_key, agent_id, body in rows:
        spent = _decode_spent(body)
        if spent.usage is None or not after_ms <= spent.timestamp < before_ms:
            continue
        found.append(
            UsageEntry(session_key, agent_id, spent.provider or "", spent.model or "", spent.timestamp, spent.usage)
        )
        if len(found) == limit:
            return found
    for session_key, agent_id, made in list_compactions(connection, after_ms=after_ms, before_ms=before_ms, key=key):
        if made.usage is not None:
            found.append(UsageEntry(session_key, agent_id, made.provider, made.model, made.at_ms, made.usage))
    return found
