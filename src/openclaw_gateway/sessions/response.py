"""A stored answer of `POST /v1/responses`, and the promises of whoever stores them.

What was said is in the session, under the id of the run; here is what else an answer repeats: whose it is, what its
request asked, and why it ended if it did not end well.
"""

from asyncio import Future
from collections.abc import Sequence
from typing import Protocol

import msgspec

from openclaw_gateway.sessions.session import Entry


class StoredResponse(msgspec.Struct, frozen=True):
    """One response. subject: the credential it was made with, which alone sees it. terms, outcome: JSON of the dialect;
    no outcome means that the run goes on or that the session says how it ended.
    """

    run_id: str
    session_key: str
    agent_id: str
    subject: str
    created_at_ms: int
    terms: bytes
    outcome: bytes | None = None


class ResponseStore(Protocol):
    """Promises: what waiting for `add` returned from is on disk. Responses are kept for a bounded time and number, and
    the ephemeral sessions they belong to with them.

    Every method raises StoreUnavailable when the disk or database refuses.
    """

    def add(self, response: StoredResponse) -> "Future[None]":
        """Store a response whose run begins: before any append that follows, also if nobody waits.

        Raises Conflict for a run that has one.
        """
        ...

    async def find(self, run_id: str, subject: str) -> StoredResponse | None:
        """The response of a run; None if there is none, or if it is another credential's."""
        ...

    async def read_path(self, response: StoredResponse) -> Sequence[Entry]:
        """What the session holds from its root to the end of the response's run; empty if it has nothing of the run."""
        ...

    async def delete(self, run_id: str, subject: str) -> bool:
        """Remove a response; False if there is none. Its messages stay in the session."""
        ...

    def withdraw(self, run_id: str) -> None:
        """Remove a response that came to nothing, soon."""
        ...

    def note_outcome(self, run_id: str, outcome: bytes) -> None:
        """Keep how the run ended, soon."""
        ...

    def forget_session(self, key: str) -> None:
        """Remove an ephemeral session of which nothing is to be kept, soon."""
        ...
