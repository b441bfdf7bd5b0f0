"""The sessions part of `health` and `status`: how many there are and which were used last."""

import msgspec

from openclaw_gateway.sessions.session import SessionSummary

MAX_RECENT = 5
# Newest rows read for one answer; an agent's sessions beyond them are not in its own count, the total has all.
MAX_ROWS = 1000

# The original shows where its file is; the schema wants the key, and no reader of a health report needs the path.
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


def tell_sessions(count: int, newest: list[SessionSummary], now_ms: int, *, shows_keys: bool) -> SessionCounts:
    """The counts with the newest sessions; without shows_keys these are left out, as keys may hold names of people."""
    shown = newest[:MAX_RECENT] if shows_keys else []
    recent = [RecentSession(row.key, row.updated_at_ms, max(0, now_ms - row.updated_at_ms)) for row in shown]
    return SessionCounts(HIDDEN_PATH, count, tuple(recent))
