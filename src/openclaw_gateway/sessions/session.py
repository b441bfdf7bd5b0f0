"""A session as the run sees it: its key, its id and the path of messages from the root to the head.

Entries form a tree; the path is the current branch. An edited or regenerated history makes a new branch, and the old
one stays stored (docs/design.md, "Decisions").
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, overload

import msgspec

from openclaw_gateway.messages import Message, is_aside
from openclaw_gateway.sessions.compaction import Compaction
from openclaw_gateway.sessions.pending_input import PendingInputs
from openclaw_gateway.sessions.reply_record import ReplyRecords
from openclaw_gateway.sessions.run_record import RunRecords
from openclaw_gateway.sessions.settings import NO_SETTINGS, SessionSettings

if TYPE_CHECKING:
    from openclaw_gateway.sessions.directory import SessionDirectory
    from openclaw_gateway.sessions.response import ResponseStore
    from openclaw_gateway.sessions.search import SessionSearch


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One stored message. id grows in the order of writing and is unique in the store. parent_id: None at the root.

    tokens: estimated size in a prompt, so that fitting a window does not read the text again. A struct, because
    sessions hold thousands of them and the garbage collector passes over these.
    """

    id: int
    parent_id: int | None
    message: Message
    run_id: str
    tokens: int


class Session(msgspec.Struct):
    """The live view of one session. Written only by the run that holds the session's lane.

    compactions: the newest summaries, in the order of their writing, also those that do not hold for this path.
    cost_nano_usd: what its model calls cost, billionths of a US dollar; None if of none a price is known.

    Those of the context belong to the prompt (`runs/prompt.py`): the first entry that still reaches the model, the
    estimated size of what reaches it, -1 if not yet counted, its messages as `show` shows them to the model, how
    many of those are of no entry, and what is shown in place of long tool results, by entry.
    chats: how many a client that resends has begun in it (`routing/shared_user.py`). They are not stored.
    """

    key: str
    agent_id: str
    session_id: str
    is_ephemeral: bool
    created_at_ms: int
    updated_at_ms: int
    path: list[Entry] = msgspec.field(default_factory=list)
    context_start: int = 0
    context_tokens: int = -1
    context: tuple[Message, ...] = ()
    context_lead: int = 0
    pruned: Mapping[int, Message] = MappingProxyType({})
    show: Callable[[Message], Message] | None = None
    chats: int = 0
    settings: SessionSettings = NO_SETTINGS
    compactions: tuple[Compaction, ...] = ()
    cost_nano_usd: int | None = None

    @property
    def messages(self) -> Sequence[Message]:
        """The messages of the path, without copying it."""
        return _MessageView(self.path)

    @property
    def has_begun(self) -> bool:
        """Whether anything was said to its agent since its last reset; commands are said to the gateway."""
        return not all(is_aside(entry.message) for entry in self.path)


@dataclass(frozen=True, slots=True)
class WholeSession:
    """All that is stored of a session: entries of every branch, in the order of writing, and every summary."""

    session: Session
    entries: tuple[Entry, ...]
    compactions: tuple[Compaction, ...]


class _MessageView(Sequence[Message]):
    __slots__ = ("_path",)

    def __init__(self, path: list[Entry]) -> None:
        self._path = path

    def __len__(self) -> int:
        return len(self._path)

    @overload
    def __getitem__(self, place: int) -> Message: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Message]: ...
    def __getitem__(self, place: int | slice) -> Message | Sequence[Message]:
        if isinstance(place, slice):
            return [entry.message for entry in self._path[place]]
        return self._path[place].message


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One row of a list of sessions, without its messages."""

    key: str
    agent_id: str
    session_id: str
    created_at_ms: int
    updated_at_ms: int
    message_count: int


class SessionStore(Protocol):
    """Promises: what `append` returned from is on disk (it survives kill -9 and power loss); appends to one session
    keep their order; a reader sees its own writes. Lists may be stale by the appends in flight.

    Every method raises StoreUnavailable when the disk or database refuses; nothing is half-written then.
    """

    @property
    def run_records(self) -> RunRecords:
        """The runs that clients may come back for."""
        ...

    @property
    def inputs(self) -> PendingInputs:
        """The messages that were acknowledged and wait."""
        ...

    @property
    def reply_records(self) -> ReplyRecords:
        """The requests that are to be done once and are no runs."""
        ...

    async def open(self, key: str, agent_id: str, *, is_ephemeral: bool, after_run: str | None = None) -> Session:
        """The session of that key, loaded or new. A new one costs nothing on disk until its first append.

        Ephemeral sessions are in no list and expire some time after their last append. after_run: the path is to end
        with this run, whatever came after it; NotFound if the session has nothing of it.
        """
        ...

    async def append(
        self, session: Session, messages: tuple[Message, ...], *, run_id: str, dropped: Sequence[str] = ()
    ) -> list[Entry]:
        """Add messages after the head, durably; returns their entries, which are also added to `session.path`.

        With the same commit the run's message, and those of the dropped runs, are no pending inputs any more.
        """
        ...

    async def branch(self, session: Session, keep: int) -> None:
        """Make the first `keep` entries of the path the whole path; durable with the next append."""
        ...

    async def compact(self, session: Session, compaction: Compaction) -> None:
        """Keep a summary of the session, durably; the next prompt of a path that it holds for begins with it."""
        ...

    async def list_sessions(self, *, agent_id: str | None = None, limit: int = 100) -> list[SessionSummary]:
        """Sessions that are not ephemeral, newest first."""
        ...

    async def session_count(self) -> int:
        """How many sessions there are that are not ephemeral."""
        ...

    async def read(self, key: str) -> Session | None:
        """A copy of the session of that key for reading, or None; never creates one."""
        ...

    async def read_whole(self, key: str) -> WholeSession | None:
        """The session of that key with its older branches, what was said before a reset among them; or None."""
        ...

    async def delete(self, key: str) -> bool:
        """Remove a session and its messages; False if there is none."""
        ...

    @property
    def directory(self) -> "SessionDirectory":
        """Sessions as lists show them, and their settings."""
        ...

    @property
    def search(self) -> "SessionSearch":
        """Words in all that was said."""
        ...

    @property
    def responses(self) -> "ResponseStore":
        """Stored answers of `POST /v1/responses`."""
        ...

    def failing(self) -> tuple[str, ...]:
        """Names of the parts whose last write failed, until one succeeds; empty when all is well."""
        ...

    async def close(self) -> None:
        """Finish what was handed over, then close the files."""
        ...
