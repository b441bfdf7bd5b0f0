"""Stored responses: who finds them, what they hold on to, and how long."""

import asyncio
from pathlib import Path

import pytest
from tests.sessions.opened import Clock, answered, asked, opened, texts

from openclaw_gateway.errors import Conflict, NotFound
from openclaw_gateway.sessions import stored_responses
from openclaw_gateway.sessions.response import StoredResponse
from openclaw_gateway.sessions.store import SqliteStore
from openclaw_gateway.sessions.stored_responses import KEEP_RESPONSES_MS

KEY = "agent:main:openresponses:1"


def response(run_id: str = "r1", *, key: str = KEY, created_at_ms: int = 1_000_000) -> StoredResponse:
    return StoredResponse(run_id, key, "main", "alice", created_at_ms, b'{"model":"openclaw"}')


async def turn(store: SqliteStore, run_id: str, question: str, *, after: str | None = None) -> list[str]:
    """One turn of the session; returns the texts of its path then."""
    session = await store.open(KEY, "main", is_ephemeral=True, after_run=after)
    await store.append(session, (asked(question), answered(f"to {question}")), run_id=run_id)
    return texts(session)


async def test_response_survives_a_restart(tmp_path: Path) -> None:
    """A response that was added is there after a restart, with its outcome, for its own credential only."""
    async with opened(tmp_path) as store:
        await store.responses.add(response())
        store.responses.note_outcome("r1", b'{"status":"failed"}')
    async with opened(tmp_path) as store:
        found = await store.responses.find("r1", "alice")
        assert found is not None
        assert (found.terms, found.outcome) == (b'{"model":"openclaw"}', b'{"status":"failed"}')
        assert await store.responses.find("r1", "mallory") is None
        assert not await store.responses.delete("r1", "mallory")
        assert await store.responses.delete("r1", "alice")
        assert await store.responses.find("r1", "alice") is None


async def test_run_has_one_response(tmp_path: Path) -> None:
    """The same run twice is refused."""
    async with opened(tmp_path) as store:
        await store.responses.add(response())
        with pytest.raises(Conflict):
            await store.responses.add(response())


async def test_session_goes_on_after_any_response(tmp_path: Path) -> None:
    """A turn after an earlier run sees what was said until then, also when that is on a branch that was left."""
    async with opened(tmp_path) as store:
        await turn(store, "a", "one")
        assert await turn(store, "b", "two", after="a") == ["one", "to one", "two", "to two"]
        assert await turn(store, "c", "three", after="a") == ["one", "to one", "three", "to three"]
        assert await turn(store, "d", "four", after="b") == ["one", "to one", "two", "to two", "four", "to four"]
    async with opened(tmp_path) as store:
        assert await turn(store, "e", "five", after="c") == ["one", "to one", "three", "to three", "five", "to five"]
        path = await store.responses.read_path(response("d"))
        assert [entry.run_id for entry in path] == ["a", "a", "b", "b", "d", "d"]


async def test_branch_that_came_to_nothing(tmp_path: Path) -> None:
    """A session that was opened after an earlier run and not written is what it was."""
    async with opened(tmp_path) as store:
        await turn(store, "a", "one")
        await turn(store, "b", "two", after="a")
        await turn(store, "c", "three", after="a")
        session = await store.open(KEY, "main", is_ephemeral=True, after_run="b")
        assert texts(session)[-1] == "to two"
        assert texts(await store.read(KEY))[-1] == "to three"
        again = await store.open(KEY, "main", is_ephemeral=True, after_run="c")
        assert again is session
        assert texts(again) == ["one", "to one", "three", "to three"]


@pytest.mark.parametrize("key", [pytest.param(KEY, id="another run"), pytest.param("agent:main:no", id="no session")])
async def test_turn_after_nothing_is_refused(tmp_path: Path, key: str) -> None:
    """A turn cannot go on after a run that the session does not hold."""
    async with opened(tmp_path) as store:
        await turn(store, "a", "one")
        with pytest.raises(NotFound):
            await store.open(key, "main", is_ephemeral=True, after_run="z")


async def expire(store: SqliteStore) -> None:
    """What the collector does from time to time."""
    while await store._writer.call(store._response_expiry()):
        pass
    while await store._writer.call(store._expiry()):
        pass


async def test_ephemeral_session_stays_with_its_response(tmp_path: Path) -> None:
    """An ephemeral session with a stored response outlives its hour, and goes when the response does."""
    clock = Clock()
    async with opened(tmp_path, clock) as store:
        await store.responses.add(response(created_at_ms=clock.now_ms))
        await turn(store, "r1", "hi")
    clock.now_ms += KEEP_RESPONSES_MS
    async with opened(tmp_path, clock) as store:
        await expire(store)
        assert await store.read(KEY) is not None
        assert await store.session_count() == 0
        clock.now_ms += 1
        await expire(store)
        assert await store.responses.find("r1", "alice") is None
        assert await store.read(KEY) is None


@pytest.mark.parametrize(
    ("bound", "value"),
    [
        pytest.param("MAX_RESPONSES", 3, id="number"),
        pytest.param("MAX_TERMS_BYTES", 3 * len(response().terms), id="bytes"),
    ],
)
async def test_oldest_responses_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    """Beyond the bounds the newest responses stay."""
    monkeypatch.setattr(stored_responses, bound, value)
    async with opened(tmp_path) as store:
        for number in range(5):
            await store.responses.add(response(f"r{number}"))
        await expire(store)
        found = [await store.responses.find(f"r{number}", "alice") for number in range(5)]
        assert [each is not None for each in found] == [False, False, True, True, True]


async def test_forgotten_session_leaves_nothing(tmp_path: Path) -> None:
    """A session that is to be forgotten is gone once the store is closed; forgetting after that is harmless."""
    async with opened(tmp_path) as store:
        await turn(store, "a", "one")
        store.responses.forget_session(KEY)
    store.responses.forget_session(KEY)
    store.responses.note_outcome("a", b"{}")
    await asyncio.sleep(0)
    async with opened(tmp_path) as store:
        assert await store.read(KEY) is None
