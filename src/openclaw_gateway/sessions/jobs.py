"""What the writer is asked to do. A job is written whole or not at all; the event loop is told by `settle`."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from openclaw_gateway.errors import GatewayError
from openclaw_gateway.sessions.live import LiveSession
from openclaw_gateway.sessions.session import Entry

SqlValue = str | bytes | int | None
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Append:
    """Entries to be added to a session, as rows.

    session_values: one row of the session table; entry_values: rows of the entry table, one after the other.
    done: resolved when it is settled, unless whoever waited has gone; the session learns of its entries all the same.
    taken: runs whose messages waited and are among the entries; note_taken is told once they wait no more.
    cost_nano_usd: what the session has cost with them.
    """

    __slots__ = (
        "_note_taken", "cost_nano_usd", "done", "entries", "entry_values", "session", "session_values", "taken",
        "updated_at_ms",
    )  # fmt: skip

    def __init__(
        self,
        session: LiveSession,
        entries: list[Entry],
        updated_at_ms: int,
        session_values: Sequence[SqlValue],
        entry_values: Sequence[SqlValue],
        done: "asyncio.Future[None]",
        taken: Sequence[str] = (),
        note_taken: Callable[[Sequence[str]], None] | None = None,
        cost_nano_usd: int | None = None,
    ) -> None:
        self.session = session
        self.entries = entries
        self.updated_at_ms = updated_at_ms
        self.session_values = session_values
        self.entry_values = entry_values
        self.done = done
        self.taken = taken
        self._note_taken = note_taken
        self.cost_nano_usd = cost_nano_usd

    def settle(self, error: GatewayError | None) -> None:
        """Make the session in memory what it is on disk."""
        session = self.session
        session.is_in_flight = False
        if error is None:
            session.path += self.entries
            session.cut, session.borrowed = (), 0
            session.is_stored = True
            session.updated_at_ms = self.updated_at_ms
            session.cost_nano_usd = self.cost_nano_usd
            if self.taken and self._note_taken is not None:
                self._note_taken(self.taken)
            if not self.done.done():
                self.done.set_result(None)
        else:
            session.restore_path()
            _fail(self.done, error)


class Call(Generic[T_co]):
    """Anything else, as a function of the connection, between the jobs before it and those after it."""

    __slots__ = ("_results", "_run", "done")

    def __init__(self, run: Callable[[sqlite3.Connection], T_co], done: "asyncio.Future[T_co]") -> None:
        self._run = run
        self._results: list[T_co] = []
        self.done = done

    def perform(self, connection: sqlite3.Connection) -> None:
        """Run it inside the transaction; it may be rolled back and run again."""
        self._results = [self._run(connection)]

    def settle(self, error: GatewayError | None) -> None:
        """Hand the result to whoever waits."""
        if error is not None:
            _fail(self.done, error)
        elif not self.done.done():
            self.done.set_result(self._results[0])


def _fail(done: "asyncio.Future[T]", error: GatewayError) -> None:
    if not done.done():  # else whoever waited was cancelled
        done.set_exception(error)
