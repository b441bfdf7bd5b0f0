"""Stored responses in the database of the sessions: `ResponseStore` for one machine."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.sessions.jobs import Call
from openclaw_gateway.sessions.queries import delete_session, load_branch
from openclaw_gateway.sessions.response import StoredResponse
from openclaw_gateway.sessions.session import Entry
from openclaw_gateway.sessions.writer import Writer

# OpenAI keeps responses for 30 days as well. The number bounds the disk: of each the newest ones stay.
KEEP_RESPONSES_MS = 30 * 24 * 3600 * 1000
MAX_RESPONSES = 10_000
MAX_TERMS_BYTES = 256 * 1024 * 1024
REMOVED_PER_COMMIT = 200

T = TypeVar("T")


class Read(Protocol):
    """Asks the database, on the reader's thread."""

    def __call__(self, query: Callable[[sqlite3.Connection], T]) -> Awaitable[T]:
        """The query's result; raises StoreUnavailable."""
        ...


class SqliteResponses:
    """See `ResponseStore` for the promises."""

    def __init__(self, read: Read, writer: Writer) -> None:
        self._read = read
        self._writer = writer

    def add(self, response: StoredResponse) -> "asyncio.Future[None]":
        """Store a response whose run begins, before any append that follows."""
        return self._hand_over(partial(_insert, response=response))

    async def find(self, run_id: str, subject: str) -> StoredResponse | None:
        """The response of a run; None if there is none, or if it is another credential's."""
        # By the writer and not the reader: what was handed over before, an outcome perhaps, must be seen.
        return await self._writer.call(partial(_select, run_id=run_id, subject=subject))

    async def read_path(self, response: StoredResponse) -> Sequence[Entry]:
        """What the session holds from its root to the end of the response's run."""
        return await self._read(partial(_read_path, response=response))

    async def delete(self, run_id: str, subject: str) -> bool:
        """Remove a response; False if there is none."""
        return await self._writer.call(partial(_delete, run_id=run_id, subject=subject))

    def withdraw(self, run_id: str) -> None:
        """Remove a response that came to nothing, soon."""
        self._hand_over(partial(_withdraw, run_id=run_id))

    def note_outcome(self, run_id: str, outcome: bytes) -> None:
        """Keep how the run ended, soon."""
        self._hand_over(partial(_set_outcome, run_id=run_id, outcome=outcome))

    def forget_session(self, key: str) -> None:
        """Remove an ephemeral session of which nothing is to be kept, soon."""
        self._hand_over(partial(_forget, key=key))

    def _hand_over(self, change: Callable[[sqlite3.Connection], None]) -> "asyncio.Future[None]":
        """Write without waiting; whoever does not wait for the result leaves it to the writer to log a refusal."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.add_done_callback(_see_outcome)
        try:
            job: Call[None] = Call(change, done)
            self._writer.submit(job)
        except StoreUnavailable as error:
            done.set_exception(error)
        return done


def _see_outcome(done: "asyncio.Future[None]") -> None:
    """Look at an error that perhaps nobody waits for, which asyncio would call lost."""
    if not done.cancelled():
        done.exception()


def expire_responses(connection: sqlite3.Connection, *, before_ms: int) -> bool:
    """Remove some responses that are too old or too many; returns whether there may be more."""
    rows = connection.execute(
        "SELECT id FROM response WHERE created_at_ms < ?1"
        " UNION SELECT id FROM (SELECT id, row_number() OVER newest AS place, sum(length(terms)) OVER newest AS size"
        " FROM response WINDOW newest AS (ORDER BY id DESC)) WHERE place > ?2 OR size > ?3"
        " ORDER BY id LIMIT ?4",
        (before_ms, MAX_RESPONSES, MAX_TERMS_BYTES, REMOVED_PER_COMMIT),
    ).fetchall()
    connection.executemany("DELETE FROM response WHERE id = ?", rows)
    return len(rows) == REMOVED_PER_COMMIT


def _insert(connection: sqlite3.Connection, response: StoredResponse) -> None:
    connection.execute(
        "INSERT INTO response (run_id, session_key, agent_id, subject, created_at_ms, terms) VALUES (?, ?, ?, ?, ?, ?)",
        (
            response.run_id,
            response.session_key,
            response.agent_id,
            response.subject,
            response.created_at_ms,
            response.terms,
        ),
    )


def _select(connection: sqlite3.Connection, run_id: str, subject: str) -> StoredResponse | None:
    row = connection.execute(
        "SELECT run_id, session_key, agent_id, subject, created_at_ms, terms, outcome FROM response"
        " WHERE run_id = ? AND subject = ?",
        (run_id, subject),
    ).fetchone()
    return None if row is None else StoredResponse(*row)


def _read_path(connection: sqlite3.Connection, response: StoredResponse) -> list[Entry]:
    row = connection.execute("SELECT id FROM session WHERE key = ?", (response.session_key,)).fetchone()
    return [] if row is None else load_branch(connection, row[0], response.run_id)


def _delete(connection: sqlite3.Connection, run_id: str, subject: str) -> bool:
    return connection.execute("DELETE FROM response WHERE run_id = ? AND subject = ?", (run_id, subject)).rowcount > 0


def _withdraw(connection: sqlite3.Connection, run_id: str) -> None:
    connection.execute("DELETE FROM response WHERE run_id = ?", (run_id,))


def _forget(connection: sqlite3.Connection, key: str) -> None:
    delete_session(connection, key)


def _set_outcome(connection: sqlite3.Connection, run_id: str, outcome: bytes) -> None:
    connection.execute("UPDATE response SET outcome = ? WHERE run_id = ?", (outcome, run_id))
