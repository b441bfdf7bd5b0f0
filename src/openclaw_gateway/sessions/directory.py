"""All sessions as lists show them, with what people decided about them: the contract of `sqlite_directory.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from openclaw_gateway.messages import Message, Usage
from openclaw_gateway.sessions.session import Session
from openclaw_gateway.sessions.settings import SessionSettings

# What a change of settings makes of the old ones; None leaves them as they are. It runs on the writer's thread, perhaps
# twice, so it is a function of its argument alone and never raises.
SettingsChange = Callable[[SessionSettings], SessionSettings | None]


class SessionRow(msgspec.Struct, frozen=True, gc=False):
    """One session of a list. last: the newest message of its path, with the run that wrote it; first: the oldest.

    cost_nano_usd: of its model calls since it began, billionths of a US dollar; None if no price is known.
    compaction_count: summaries written since then; last_compacted_at_ms: the newest, 0 for none.
    """

    key: str
    agent_id: str
    session_id: str
    created_at_ms: int
    updated_at_ms: int
    message_count: int
    settings: SessionSettings
    cost_nano_usd: int | None = None
    compaction_count: int = 0
    last_compacted_at_ms: int = 0
    last: Message | None = None
    last_run_id: str | None = None
    first: Message | None = None


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Which sessions: None does not choose. search: part of key or name. offset: rows passed over, newest first."""

    agent_id: str | None = None
    agent_ids: tuple[str, ...] | None = None
    key: str | None = None
    session_id: str | None = None
    label: str | None = None
    search: str | None = None
    archived: bool | None = None
    updated_after_ms: int | None = None
    limit: int = 100
    offset: int = 0


class UsageEntry(msgspec.Struct, frozen=True, gc=False):
    """One model call whose tokens are known. at_ms: since the epoch."""

    key: str
    agent_id: str
    provider: str
    model: str
    at_ms: int
    usage: Usage


class SessionDirectory(Protocol):
    """Promises: what `change_settings` returned from is on disk. Lists may be stale by the writes in flight.

    Ephemeral sessions are never in it. Every method but `find_live` raises StoreUnavailable like the store's own.
    """

    async def list_rows(self, wanted: RowFilter, *, with_first: bool = False) -> tuple[list[SessionRow], int]:
        """The rows, last used first, and how many there are without limit and offset."""
        ...

    async def find_row(self, key: str, *, with_first: bool = False) -> SessionRow | None:
        """The row of one session."""
        ...

    def find_live(self, key: str) -> SessionRow | None:
        """The row of a session that is in memory, at once and up to date; None says nothing."""
        ...

    def find_place(self, key: str, entry_id: int) -> int | None:
        """Where in its path, from 1, a message of a session in memory stands."""
        ...

    async def create(self, session: Session) -> None:
        """Store a session that nothing was said in yet."""
        ...

    async def change_settings(self, key: str, change: SettingsChange) -> SessionSettings | None:
        """Change the settings of a stored session; None if there is no such session or the change declined."""
        ...

    async def models(self) -> dict[str, str]:
        """The sessions whose model was chosen, and which one."""
        ...

    async def list_usage(self, *, after_ms: int, before_ms: int, key: str | None, limit: int) -> list[UsageEntry]:
        """Model calls of that time in the stored messages, oldest first, at most `limit` of them; after them those
        that wrote summaries.
        """
        ...
