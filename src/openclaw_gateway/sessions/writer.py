"""The one writer of the database: a thread that commits whatever has gathered while it was busy with the commit before.

The event loop hands over jobs and learns of a whole commit in one callback. A thousand turns at once cost a few syncs
of the disk, a single turn costs one, and nobody waits for a timer.
"""

import asyncio
import contextlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from openclaw_gateway.errors import Conflict, GatewayError, StoreUnavailable
from openclaw_gateway.sessions import queries
from openclaw_gateway.sessions.jobs import Append, Call, SqlValue
from openclaw_gateway.sessions.schema import connect

logger = logging.getLogger(__name__)

T = TypeVar("T")
Job = Append | Call[object]
Verdict = tuple[Job, GatewayError | None]

# A commit larger than this would make its first turns wait for the last ones.
MAX_JOBS_PER_COMMIT = 256
RETRY_AFTER_S = 5.0


class Writer:
    """Does jobs in order, on its own thread and connection; belongs to one event loop."""

    def __init__(self, connection: sqlite3.Connection, path: Path, max_bytes: int | None = None) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._path = path
        self._max_bytes = max_bytes
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._is_closed = False
        self._is_failing = False
        self._thread = threading.Thread(target=self._work, name="session-writer", daemon=True)
        self._thread.start()

    @property
    def is_failing(self) -> bool:
        """Whether the last commit was refused by disk or database."""
        return self._is_failing

    def submit(self, job: Job) -> None:
        """Hand a job over; raises StoreUnavailable after `close`."""
        if self._is_closed:
            raise StoreUnavailable("The session store is closed.")
        self._queue.put(job)

    async def call(self, run: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function in a transaction, after everything handed over before, and return its result."""
        done: asyncio.Future[T] = self._loop.create_future()
        job: Call[T] = Call(run, done)
        self.submit(job)
        return await done

    async def close(self) -> None:
        """Finish what was handed over, then close the connection."""
        if not self._is_closed:
            self._is_closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- On the thread ---------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while self._work_once():
            pass
        if self._connection is not None:
            self._connection.close()

    def _work_once(self) -> bool:
        """One commit; False after `close`. A function of its own, so that nothing is held on to while it waits."""
        batch = self._take_batch()
        if batch is None:
            return False
        try:
            verdicts = self._commit(batch)
        except BaseException:
            # A bug of ours ends the thread: everybody who waits is told, and everybody who comes.
            self._is_closed = True
            while not self._queue.empty():
                batch += filter(None, [self._queue.get()])
            self._tell([(job, StoreUnavailable("The session store has stopped.")) for job in batch])
            raise
        self._tell(verdicts)
        return True

    def _tell(self, verdicts: list[Verdict]) -> None:
        # The loop is gone when the process ends without `close`; nobody is left to be told then.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle, verdicts)

    def _take_batch(self) -> list[Job] | None:
        """Wait for a job and take all that are there; None after `close`."""
        job = self._queue.get()
        batch: list[Job] = []
        while job is not None:
            batch.append(job)
            if self._queue.empty() or len(batch) == MAX_JOBS_PER_COMMIT:
                return batch
            job = self._queue.get()
        if batch:
            self._queue.put(None)  # nothing follows it: come back for it after this batch
        return batch or None

    def _commit(self, jobs: list[Job]) -> list[Verdict]:
        """Write all in one transaction. A row that cannot be written fails alone; a disk that cannot fails all."""
        try:
            self._write(jobs)
        except (sqlite3.IntegrityError, sqlite3.DataError, OverflowError, ValueError) as error:
            self._roll_back()
            if len(jobs) > 1:
                return [verdict for job in jobs for verdict in self._commit([job])]
            logger.warning("a write to the session database was refused: %s", error)
            return [(jobs[0], Conflict("The session cannot take this: its key or a value of it is already used."))]
        except sqlite3.Error as error:
            self._roll_back()
            return [(job, self._refusal(error)) for job in jobs]
        if self._is_failing:
            self._is_failing = False
            logger.info("the session database can be written again")
        return [(job, None) for job in jobs]

    def _write(self, jobs: list[Job]) -> None:
        if self._connection is None:
            self._connection = connect(self._path, max_bytes=self._max_bytes)
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        sessions: list[SqlValue] = []
        entries: list[SqlValue] = []
        taken: list[str] = []
        for job in jobs:
            if isinstance(job, Append):
                sessions += job.session_values
                entries += job.entry_values
                taken += job.taken
            else:
                _SESSIONS.insert(connection, sessions)
                _ENTRIES.insert(connection, entries)
                sessions, entries = [], []
                job.perform(connection)
        _SESSIONS.insert(connection, sessions)
        _ENTRIES.insert(connection, entries)
        if taken:
            queries.delete_inputs(connection, taken)
        connection.execute("COMMIT")

    def _roll_back(self) -> None:
        """Leave the connection without a transaction, or leave no connection."""
        connection = self._connection
        if connection is None:
            return
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._connection = None
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _refusal(self, error: sqlite3.Error) -> StoreUnavailable:
        if not self._is_failing:
            self._is_failing = True
            logger.error("the session database cannot be written: %s", error)
        return refusal(error)


class _Rows:
    """Inserts many rows with few statements.

    Between two statements the interpreter's lock is free for a moment; when the event loop takes it, getting it back
    costs far more than the row.
    """

    def __init__(self, head: str, width: int, tail: str = "") -> None:
        row = f"({', '.join('?' * width)})"
        counts = (64, 32, 16, 8, 4, 2, 1)
        self._statements = [(count * width, head + ", ".join([row] * count) + tail) for count in counts]

    def insert(self, connection: sqlite3.Connection, values: Sequence[SqlValue]) -> None:
        place = 0
        for step, statement in self._statements:
            while len(values) - place >= step:
                connection.execute(statement, values[place : place + step])
                place += step


# A session whose row was removed while a run held it comes back with what the run appends.
_SESSIONS = _Rows(
    "INSERT INTO session VALUES ",
    10,
    " ON CONFLICT (id) DO UPDATE SET updated_at_ms = excluded.updated_at_ms, head = excluded.head,"
    " length = excluded.length, cost_nano_usd = excluded.cost_nano_usd",
)
_ENTRIES = _Rows("INSERT INTO entry VALUES ", 6)

_REASONS = {
    sqlite3.SQLITE_FULL: "its disk is full, or what session.maintenance.maxDiskBytes allows is used up",
    sqlite3.SQLITE_READONLY: "its file is read-only",
    sqlite3.SQLITE_BUSY: "another process holds its lock",
    sqlite3.SQLITE_LOCKED: "another process holds its lock",
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
    sqlite3.SQLITE_NOTADB: "its file is damaged",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
    sqlite3.SQLITE_IOERR: "its disk fails or is full",
}


def refusal(error: sqlite3.Error) -> StoreUnavailable:
    """What a peer is told of a database error: the kind of it, not its text."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest its variety
    reason = _REASONS.get(code, "of an error that the gateway's log names")
    return StoreUnavailable(
        f"The session store cannot be used: {reason}. Try again later.", retry_after_s=RETRY_AFTER_S
    )


def _settle(verdicts: list[Verdict]) -> None:
    for job, error in verdicts:
        job.settle(error)
