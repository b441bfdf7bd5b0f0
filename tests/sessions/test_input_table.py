"""Messages that wait, on disk until they are said."""

import asyncio
from pathlib import Path

import pytest
from tests.sessions.opened import KEY, asked, opened, texts

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.sessions import input_table
from openclaw_gateway.sessions.pending_input import PendingInput


def waiting(run_id: str, text: str = "hi", key: str = KEY) -> PendingInput:
    return PendingInput(run_id, key, 7, asked(text))


async def test_what_waits_is_found_again(tmp_path: Path) -> None:
    """What waited at the end is listed after the next start in its order, as interrupted; before that it is not."""
    async with opened(tmp_path) as store:
        await asyncio.gather(*[store.inputs.add(waiting(run_id)) for run_id in "ab"])
        await store.inputs.add(waiting("c", key="agent:main:other"))
        assert await store.inputs.list_interrupted(KEY) == []
        assert not store.inputs.is_interrupted("a", KEY)
    async with opened(tmp_path) as store:
        assert await store.inputs.list_interrupted(KEY) == [waiting("a"), waiting("b")]
        assert store.inputs.is_interrupted("a", KEY)
        assert not store.inputs.is_interrupted("c", KEY)


async def test_it_leaves_with_the_commit_that_says_it(tmp_path: Path) -> None:
    """Once the run's messages are in the session, it waits no more, and with it those whose loss they tell of."""
    async with opened(tmp_path) as store:
        for run_id in "abc":
            await store.inputs.add(waiting(run_id, run_id))
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("b"),), run_id="b", dropped=("a",))
    async with opened(tmp_path) as store:
        assert await store.inputs.list_interrupted(KEY) == [waiting("c", "c")]
        assert texts(await store.read(KEY)) == ["b"]
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("c"),), run_id="c")  # asked again after the restart
        assert await store.inputs.list_interrupted(KEY) == []
    async with opened(tmp_path) as store:
        assert await store.inputs.list_interrupted(KEY) == []


async def test_withdrawn_ones_are_gone(tmp_path: Path) -> None:
    """What was withdrawn is not shown after a restart; a session that is reset forgets what was left for it."""
    async with opened(tmp_path) as store:
        for run_id in "abc":
            await store.inputs.add(waiting(run_id))
        await store.inputs.remove(("a", "nobody"))
    async with opened(tmp_path) as store:
        assert [each.run_id for each in await store.inputs.list_interrupted(KEY)] == ["b", "c"]
        await store.inputs.add(waiting("b"))  # asked again: it waits, and is not left over any more
        assert [each.run_id for each in await store.inputs.list_interrupted(KEY)] == ["c"]
        await store.inputs.forget_interrupted(KEY)
        assert await store.inputs.list_interrupted(KEY) == []
    async with opened(tmp_path) as store:
        assert [each.run_id for each in await store.inputs.list_interrupted(KEY)] == ["b"]


async def test_no_more_than_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the bound the oldest go at the next start."""
    monkeypatch.setattr(input_table, "MAX_INTERRUPTED", 2)
    async with opened(tmp_path) as store:
        for run_id in "abc":
            await store.inputs.add(waiting(run_id))
    async with opened(tmp_path) as store:
        assert [each.run_id for each in await store.inputs.list_interrupted(KEY)] == ["b", "c"]


async def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    """Half of a surrogate pair is the sender's fault, and leaves nothing behind."""
    async with opened(tmp_path) as store:
        with pytest.raises(InvalidRequest, match="surrogate"):
            await store.inputs.add(waiting("a", "\ud800"))
    async with opened(tmp_path) as store:
        assert await store.inputs.list_interrupted(KEY) == []
