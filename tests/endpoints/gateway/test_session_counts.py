"""Counts of sessions, as health and status tell them."""

import msgspec

from openclaw_gateway.endpoints.gateway.session_counts import MAX_RECENT, tell_sessions
from openclaw_gateway.sessions.session import SessionSummary

ROWS = [SessionSummary(f"agent:main:{number}", "main", "s", 0, 100 - number, 2) for number in range(9)]


def test_only_the_newest_are_listed() -> None:
    """The count is the store's; the list stops at a handful, each with its age."""
    told = msgspec.to_builtins(tell_sessions(9, ROWS, 100, shows_keys=True))
    assert (told["count"], len(told["recent"])) == (9, MAX_RECENT)
    assert told["recent"][1] == {"key": "agent:main:1", "updatedAt": 99, "age": 1}


def test_clock_that_went_back_gives_no_negative_age() -> None:
    """An age is never below zero."""
    assert tell_sessions(1, ROWS[:1], 50, shows_keys=True).recent[0].age == 0
