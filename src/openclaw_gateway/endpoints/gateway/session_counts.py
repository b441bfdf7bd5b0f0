"""The sessions part of `health` and `status`: how many there are and which were used last."""

import msgspec

from openclaw_gateway.sessions.session import SessionStore, SessionSummary

# Rows read for one answer: a store with more sessions is counted up to here.
MAX_COUNTED = 1000
MAX_RECENT = 5

# The original shows where its file is; the schema wants the key, and no reader of health needs the path.
HIDDEN_PATH = "[redacted]"


class RecentSession(msgspec.Struct, frozen=True, rename="camel"):
    """A session lately used; age: ms since its last message."""

    key: str
    updated_at: int
    age: int


class SessionCounts(msgspec.Struct, frozen=True):
    """`sessions` of a health snapshot, for all agents or one."""

    path: str
    count: int
    recent: tuple[RecentSession, ...]


async def read_sessions(store: SessionStore) -> list[SessionSummary]:
    """The rows that both methods count, newest first."""
    return await store.list_sessions(limit=MAX_COUNTED)


def count_sessions(rows: list[SessionSummary], now_ms: int, *, shows_keys: bool) -> SessionCounts:
    """Count rows; without shows_keys the keys are left out, which may hold names of people."""
    shown = rows[:MAX_RECENT] if shows_keys else []
    recent = [RecentSession(row.key, row.updated_at_ms, max(0, now_ms - row.updated_at_ms)) for row in shown]
    return SessionCounts(HIDDEN_PATH, len(rows), tuple(recent))
