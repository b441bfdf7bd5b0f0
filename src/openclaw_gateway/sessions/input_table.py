"""Waiting messages in the database of the sessions, written by the same thread: `PendingInputs` for one machine."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from openclaw_gateway.errors import GatewayError, InvalidRequest
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.sessions import queries
from openclaw_gateway.sessions.pending_input import PendingInput
from openclaw_gateway.sessions.writer import Writer

T = TypeVar("T")

# Of messages that earlier gateways left; the oldest go first. A gateway that is killed over and over keeps no more.
MAX_INTERRUPTED = 1_000

_decode = msgspec.json.Decoder(UserMessage).decode


class _Read(Protocol):
    async def __call__(self, query: Callable[[sqlite3.Connection], T]) -> T: ...


class InputTable:
    """See `PendingInputs` for the promises. left: run ids and session keys of what an earlier gateway left."""

    def __init__(self, writer: Writer, read: _Read, left: dict[str, str]) -> None:
        self._writer = writer
        self._read = read
        self._left = left
        self._waiting: set[str] = set()

    async def add(self, pending: PendingInput) -> None:
        """Keep a message that waits; one of the same run is replaced."""
        try:
            body = msgspec.json.encode(pending.message)
        except UnicodeEncodeError as error:
            raise InvalidRequest("A message holds half of a surrogate pair, which is no text.") from error
        # Known from the moment it is handed over: what follows on the same thread finds the row.
        self._waiting.add(pending.run_id)
        self._left.pop(pending.run_id, None)
        values = (pending.run_id, pending.session_key, pending.accepted_at_ms, body)
        try:
            await self._writer.call(partial(_add, values=values))
        except GatewayError:
            self._waiting.discard(pending.run_id)
            raise

    async def remove(self, run_ids: Collection[str]) -> None:
        """Forget messages that were withdrawn."""
        if known := self.known(run_ids):
            await self._writer.call(partial(queries.delete_inputs, run_ids=known))
            self.note_gone(known)

    async def list_interrupted(self, session_key: str) -> list[PendingInput]:
        """Messages for a session that an earlier gateway left, the oldest first."""
        if session_key not in self._left.values():
            return []
        found = await self._read(partial(_list, session_key=session_key))
        return [pending for pending in found if pending.run_id in self._left]

    def is_interrupted(self, run_id: str, session_key: str) -> bool:
        """Whether an earlier gateway left this message of this session."""
        return self._left.get(run_id) == session_key

    async def forget_interrupted(self, session_key: str) -> None:
        """Forget all that an earlier gateway left for a session: it was reset or deleted."""
        await self.remove([run_id for run_id, key in self._left.items() if key == session_key])

    def known(self, run_ids: Collection[str]) -> Sequence[str]:
        """Those of the runs whose message is in the table."""
        if not self._waiting and not self._left:
            return ()
        return [run_id for run_id in run_ids if run_id in self._waiting or run_id in self._left]

    def note_gone(self, run_ids: Sequence[str]) -> None:
        """The rows of these runs are deleted."""
        self._waiting.difference_update(run_ids)
        for run_id in run_ids:
            self._left.pop(run_id, None)


# --- On the threads of the store --------------------------------------------------------------------------------------


def read_left(connection: sqlite3.Connection) -> dict[str, str]:
    """Run id and session key of each message that an earlier gateway left, after removing what is too much."""
    connection.execute(
        "DELETE FROM pending_input WHERE id <= (SELECT id FROM pending_input ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (MAX_INTERRUPTED,),
    )
    return dict(connection.execute("SELECT run_id, session_key FROM pending_input ORDER BY id"))


def _add(connection: sqlite3.Connection, values: tuple[str, str, int, bytes]) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO pending_input (run_id, session_key, accepted_at_ms, body) VALUES (?, ?, ?, ?)", values
    )


def _list(connection: sqlite3.Connection, session_key: str) -> list[PendingInput]:
    rows = connection.execute(
        "SELECT run_id, session_key, accepted_at_ms, body FROM pending_input WHERE session_key = ? ORDER BY id",
        (session_key,),
    )
    return [PendingInput(run_id, key, at_ms, _decode(body)) for run_id, key, at_ms, body in rows]
