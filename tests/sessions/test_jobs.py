"""What a verdict of the writer does to a session and to whoever waits."""

import asyncio
import contextlib
import sqlite3

import pytest

from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.sessions.jobs import Append, Call
from openclaw_gateway.sessions.live import LiveSession
from openclaw_gateway.sessions.session import Entry


def entry(number: int) -> Entry:
    return Entry(number, None, UserMessage(str(number)), "r", 1)


async def branched_and_appended() -> Append:
    """Of the path 1, 2 only 1 was kept; 3 is on its way."""
    session = LiveSession("k", "main", "s", is_ephemeral=False, created_at_ms=0, updated_at_ms=0)
    session.path += [entry(1), entry(2)]
    session.cut_path(1)
    session.context_start, session.context_tokens, session.is_in_flight = 1, 5, True
    return Append(session, [entry(3)], 9, (), (), asyncio.get_running_loop().create_future())


async def test_written_append_is_on_the_path() -> None:
    """After a good verdict the path is the kept part and the new entries, and the caller is told."""
    append = await branched_and_appended()
    append.settle(None)
    session = append.session
    assert [entry.id for entry in session.path] == [1, 3]
    assert (session.is_stored, session.is_in_flight, session.updated_at_ms) == (True, False, 9)
    assert append.done.result() is None
    session.restore_path()
    assert [entry.id for entry in session.path] == [1, 3]


async def test_failed_append_leaves_the_path_before_the_branch() -> None:
    """After a bad verdict the session is as it was before the branch that it would have confirmed."""
    append = await branched_and_appended()
    append.settle(StoreUnavailable("full"))
    session = append.session
    assert [entry.id for entry in session.path] == [1, 2]
    assert (session.is_stored, session.is_in_flight, session.updated_at_ms) == (False, False, 0)
    assert (session.context_start, session.context_tokens) == (0, -1)
    with pytest.raises(StoreUnavailable):
        append.done.result()


@pytest.mark.parametrize("error", [None, StoreUnavailable("full")], ids=["written", "failed"])
async def test_verdict_nobody_waits_for_counts_all_the_same(error: StoreUnavailable | None) -> None:
    """If the caller was cancelled meanwhile, the session still becomes what it is on disk."""
    append = await branched_and_appended()
    append.done.cancel()
    append.settle(error)
    assert [entry.id for entry in append.session.path] == ([1, 3] if error is None else [1, 2])
    call: Call[int] = Call(lambda _: 1, asyncio.get_running_loop().create_future())
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        call.perform(connection)
    call.done.cancel()
    call.settle(error)
    assert call.done.cancelled()
