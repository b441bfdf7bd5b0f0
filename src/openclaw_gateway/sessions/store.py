"""Sessions in an SQLite database: `SessionStore` for one machine.

What is on the path of a turn is in memory and in `append`; the writer thread makes it durable. Sessions that are not in
memory are read on another thread with a connection of its own, so that a long one does not hold up anybody's commit.
"""

import asyncio
import contextlib
import itertools
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec

from openclaw_gateway.errors import InvalidRequest, NotFound, StoreUnavailable
from openclaw_gateway.identifiers import new_uuid
from openclaw_gateway.messages import Message
from openclaw_gateway.sessions import queries
from openclaw_gateway.sessions.compaction import MAX_KNOWN, Compaction
from openclaw_gateway.sessions.compaction_table import insert_compaction
from openclaw_gateway.sessions.disk_room import DiskRoom, give_back, make_room
from openclaw_gateway.sessions.folder_lock import FolderLock
from openclaw_gateway.sessions.input_table import InputTable, read_left
from openclaw_gateway.sessions.jobs import Append, SqlValue
from openclaw_gateway.sessions.live import LiveSession, LiveSessions
from openclaw_gateway.sessions.prompt_size import estimate_tokens
from openclaw_gateway.sessions.refused import StoreRefused
from openclaw_gateway.sessions.reply_table import ReplyTable
from openclaw_gateway.sessions.run_table import RunTable
from openclaw_gateway.sessions.schema import connect, open_database
from openclaw_gateway.sessions.search import SqliteSearch
from openclaw_gateway.sessions.session import Entry, Session, SessionSummary, WholeSession
from openclaw_gateway.sessions.spend import add_cost
from openclaw_gateway.sessions.sqlite_directory import SqliteDirectory
from openclaw_gateway.sessions.stored_responses import KEEP_RESPONSES_MS, SqliteResponses, expire_responses
from openclaw_gateway.sessions.writer import Writer, refusal

DATABASE_NAME = "sessions.sqlite"

# Of stored bodies; in memory they take two to three times as much.
MAX_CACHED_BYTES = 32 * 1024 * 1024
MAX_CACHED_SESSIONS = 1024

# How often expired sessions are looked for, and how many are removed before other writes get their turn.
MAX_COLLECT_INTERVAL_S = 60.0
EXPIRED_PER_COMMIT = 200

TURN_IS_GONE = "The session no longer holds the turn to go on after."

logger = logging.getLogger(__name__)

T = TypeVar("T")


class SqliteStore:
    """See `SessionStore` for the promises. Made by `start`; belongs to one event loop."""

    def __init__(
        self,
        lock: FolderLock,
        path: Path,
        connection: sqlite3.Connection,
        now_ms: Callable[[], int],
        ttl_ms: int,
        room: DiskRoom,
        left_inputs: dict[str, str],
    ) -> None:
        self._lock = lock
        self._path = path
        self._now_ms = now_ms
        self._ttl_ms = ttl_ms
        self._collect_interval_s = min(MAX_COLLECT_INTERVAL_S, ttl_ms / 2000)
        self._loop = asyncio.get_running_loop()
        last_session, last_entry = queries.read_last_ids(connection)
        self._row_ids = itertools.count(last_session + 1)
        self._entry_ids = itertools.count(last_entry + 1)
        self._encode = msgspec.json.Encoder().encode
        self._live = LiveSessions(max_count=MAX_CACHED_SESSIONS, max_bytes=MAX_CACHED_BYTES)
        self._writer = Writer(connection, path, room.max_bytes)
        self._room = room
        self._until_collecting = room.growth_bytes
        self._has_grown = asyncio.Event()
        self._reader_thread = ThreadPoolExecutor(1, "session-reader")
        self._reader: sqlite3.Connection | None = None
        self.run_records = RunTable(self._writer, self._read, now_ms)
        self.reply_records = ReplyTable(self._writer, now_ms)
        self.inputs = InputTable(self._writer, self._read, left_inputs)
        self.responses = SqliteResponses(self._read, self._writer)
        self.directory = SqliteDirectory(self._read, self._writer, self._live)
        self.search = SqliteSearch(self._read, self._writer)
        self._is_closed = False
        self._collector = self._loop.create_task(self._collect())

    @classmethod
    async def start(
        cls,
        folder: Path,
        *,
        now_ms: Callable[[], int],
        ephemeral_ttl_s: float = 3600.0,
        lock_timeout_s: float = 5.0,
        room: DiskRoom = DiskRoom(),  # noqa: B008  (frozen)
    ) -> "SqliteStore":
        """Become the owner of the folder and open its database, which is made or migrated if need be.

        Raises StoreRefused (FolderLocked if another gateway is the owner), whose message is for the operator.
        """
        await asyncio.to_thread(_prepare_folder, folder)
        lock = await FolderLock.take(folder, timeout_s=lock_timeout_s)
        try:
            path = folder / DATABASE_NAME
            connection = await asyncio.to_thread(open_database, path, max_bytes=room.max_bytes)
            left_inputs = await asyncio.to_thread(read_left, connection)
            return cls(lock, path, connection, now_ms, round(ephemeral_ttl_s * 1000), room, left_inputs)
        except BaseException:
            lock.release()
            raise

    async def open(self, key: str, agent_id: str, *, is_ephemeral: bool, after_run: str | None = None) -> Session:
        """The session of that key, loaded or new; no waiting if it is in memory.

        An ephemeral key is fresh by construction and is not looked up on disk, unless it is to go on after a run. A
        stored ephemeral session that is opened by its key to be kept, is kept. Raises NotFound if the key belongs to
        another agent.
        """
        session = self._live.find(key)
        if session is None and (after_run is not None or not is_ephemeral):
            stored = await self._read(partial(queries.load_session, key=key))
            session = self._live.find(key)  # someone else may have been faster
            if session is None and stored is not None:
                session = stored
                self._live.add(session)
        if session is None:
            if after_run is not None:
                raise NotFound(TURN_IS_GONE)
            return self._begin(key, agent_id, is_ephemeral=is_ephemeral)
        if session.agent_id != agent_id:
            raise NotFound(f"Session not found: {key}")
        if session.is_ephemeral and not is_ephemeral:
            await self._promote(session)
        self._live.keep(session)
        if not session.is_in_flight:
            session.restore_path()
        if after_run is not None:
            await self._go_back(session, after_run)
        return session

    async def append(
        self, session: Session, messages: tuple[Message, ...], *, run_id: str, dropped: Sequence[str] = ()
    ) -> list[Entry]:
        """Add messages after the head, durably. Whoever is cancelled while waiting may find them added all the same."""
        live = _own(session)
        while live.is_in_flight:
            await self._writer.call(_do_nothing)
        now_ms = self._now_ms()
        parent_id = live.path[-1].id if live.path else None
        entries: list[Entry] = []
        values: list[SqlValue] = []
        size = 0
        for message in messages:
            stamped = message if message.timestamp else msgspec.structs.replace(message, timestamp=now_ms)
            body = self._encode_body(stamped)
            entry = Entry(next(self._entry_ids), parent_id, stamped, run_id, estimate_tokens(stamped))
            entries.append(entry)
            values += (entry.id, live.row_id, parent_id, run_id, entry.tokens, body)
            parent_id = entry.id
            size += len(body)
        if not entries and not live.cut:
            return entries
        cost = add_cost(live.cost_nano_usd, messages) if parent_id else None  # nothing left: it begins anew
        row = self._session_row(live, now_ms, head=parent_id, length=len(live.path) + len(entries), cost=cost)
        done: asyncio.Future[None] = self._loop.create_future()
        inputs = self.inputs
        taken = inputs.known((run_id, *dropped))
        self._writer.submit(Append(live, entries, now_ms, row, values, done, taken, inputs.note_gone, cost))
        live.is_in_flight = True
        self._live.grow(live, size)
        self._until_collecting -= size
        if self._until_collecting < 0:
            self._has_grown.set()
        await done
        return entries

    async def branch(self, session: Session, keep: int) -> None:
        """Make the first `keep` entries the path. If no append follows, the next `open` finds the path as it was."""
        live = _own(session)
        while live.is_in_flight:
            await self._writer.call(_do_nothing)
        if not 0 <= keep <= len(live.path):
            raise ValueError(f"keep: expected 0 to {len(live.path)}, got {keep}")
        if keep < len(live.path):
            live.cut_path(keep)

    async def compact(self, session: Session, compaction: Compaction) -> None:
        """Keep a summary of the session, durably."""
        live = _own(session)
        await self._writer.call(partial(insert_compaction, row_id=live.row_id, compaction=compaction))
        live.compactions = (*live.compactions, compaction)[-MAX_KNOWN:]

    async def list_sessions(self, *, agent_id: str | None = None, limit: int = 100) -> list[SessionSummary]:
        """Sessions that are not ephemeral, newest first."""
        return await self._read(partial(queries.list_sessions, agent_id=agent_id, limit=limit))

    async def session_count(self) -> int:
        """How many sessions are stored that are not ephemeral."""
        return await self._read(queries.count_sessions)

    async def read(self, key: str) -> Session | None:
        """A copy of the session of that key, or None if nothing of it is stored."""
        live = self._live.find(key)
        if live is None:
            live = await self._read(partial(queries.load_session, key=key))
        return live.copy() if live is not None and live.is_stored else None

    async def read_whole(self, key: str) -> WholeSession | None:
        """The session of that key with its older branches, or None if nothing of it is stored."""
        await self._writer.call(_do_nothing)  # the append of a run that was cut is in it too
        return await self._read(partial(queries.load_whole, key=key))

    async def delete(self, key: str) -> bool:
        """Remove a session and its messages. A run that holds it begins it anew with what it appends next."""
        live = self._live.find(key)
        while live is not None and live.is_in_flight:
            await self._writer.call(_do_nothing)
        if live is not None:
            self._live.forget(key)
            live.start_anew(next(self._row_ids))
        return await self._writer.call(partial(queries.delete_session, key=key))

    def failing(self) -> tuple[str, ...]:
        """("session-database",) while it cannot be written."""
        return ("session-database",) if self._writer.is_failing else ()

    async def close(self) -> None:
        """Finish what was handed over, then close the files and give up the folder."""
        self._is_closed = True
        self._collector.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._collector
        await self._writer.close()
        await asyncio.to_thread(self._reader_thread.shutdown)
        if self._reader is not None:
            self._reader.close()
        self._lock.release()

    # --- Inside ----------------------------------------------------------------------------------------------------

    def _begin(self, key: str, agent_id: str, *, is_ephemeral: bool) -> LiveSession:
        now_ms = self._now_ms()
        session = LiveSession(
            key=key,
            agent_id=agent_id,
            session_id=new_uuid(),
            is_ephemeral=is_ephemeral,
            created_at_ms=now_ms,
            updated_at_ms=now_ms,
            row_id=next(self._row_ids),
        )
        self._live.add(session)
        return session

    def _encode_body(self, message: Message) -> bytes:
        try:
            return self._encode(message)
        except UnicodeEncodeError as error:
            raise InvalidRequest("A message holds half of a surrogate pair, which is no text.") from error

    def _session_row(
        self, session: LiveSession, now_ms: int, *, head: int | None, length: int, cost: int | None
    ) -> tuple[SqlValue, ...]:
        return (
            session.row_id,
            session.key,
            session.agent_id,
            session.session_id,
            session.is_ephemeral,
            session.created_at_ms,
            now_ms,
            head,
            length,
            cost,
        )

    async def _go_back(self, session: LiveSession, run_id: str) -> None:
        """Make the branch that ends with a run the path; like any branch, it lasts if an append follows."""
        while session.is_in_flight:
            await self._writer.call(_do_nothing)
        path = session.path
        if path and path[-1].run_id == run_id:
            return
        branch = await self._read(partial(queries.load_branch, row_id=session.row_id, run_id=run_id))
        if not branch:
            raise NotFound(TURN_IS_GONE)
        session.take_branch(branch)

    async def _promote(self, session: LiveSession) -> None:
        """An ephemeral session that somebody comes back to is a session like any other."""
        if session.is_stored:
            await self._writer.call(partial(queries.keep_session, row_id=session.row_id))
        session.is_ephemeral = False

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        if self._is_closed:
            raise StoreUnavailable("The session store is closed.")
        return await self._loop.run_in_executor(self._reader_thread, self._read_on_thread, query)

    def _read_on_thread(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._reader is None:
                self._reader = connect(self._path)
            return query(self._reader)
        except sqlite3.Error as error:
            logger.exception("the session database cannot be read")
            raise refusal(error) from error
        except msgspec.MsgspecError as error:
            logger.exception("the session database holds a message that is none")
            raise StoreUnavailable("The session is stored in a form that this gateway cannot read.") from error

    async def _collect(self) -> None:
        """Remove ephemeral sessions that expired or whose room is needed, now and then and when much was written."""
        while True:
            with contextlib.suppress(StoreUnavailable):  # the writer has logged it; the next round tries again
                while await self._writer.call(self._response_expiry()):
                    pass
                while await self._writer.call(self._expiry()):
                    pass
                while await self._writer.call(self._making_room()):
                    pass
                while await self._writer.call(give_back):
                    pass
            self._has_grown.clear()
            self._until_collecting = self._room.growth_bytes
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._collect_interval_s):
                    await self._has_grown.wait()

    def _response_expiry(self) -> Callable[[sqlite3.Connection], bool]:
        return partial(expire_responses, before_ms=self._now_ms() - KEEP_RESPONSES_MS)

    def _making_room(self) -> Callable[[sqlite3.Connection], bool]:
        return partial(
            make_room,
            high_water_bytes=self._room.high_water_bytes,
            live=self._live.row_ids(),
            limit=EXPIRED_PER_COMMIT,
        )

    def _expiry(self) -> Callable[[sqlite3.Connection], bool]:
        return partial(
            queries.expire_sessions,
            before_ms=self._now_ms() - self._ttl_ms,
            live=self._live.row_ids(),
            limit=EXPIRED_PER_COMMIT,
        )


def _prepare_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise StoreRefused(f"cannot use the state folder {folder}: {error.strerror}") from error


def _own(session: Session) -> LiveSession:
    if isinstance(session, LiveSession):
        return session
    raise TypeError("the session was read, not opened: only what `open` returned can be written")


def _do_nothing(_: sqlite3.Connection) -> None:
    """Waiting for it means waiting for everything that was handed over before."""
