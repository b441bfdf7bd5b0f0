"""Sessions that nobody named: how long they stay."""

import asyncio
import gc
import sqlite3
from pathlib import Path

from tests.sessions.opened import Clock, answered, asked, opened, texts

from openclaw_gateway.sessions.store import DATABASE_NAME


async def test_ephemeral_sessions_expire(tmp_path: Path) -> None:
    """An ephemeral session is readable for its time and then removed, at start and while the store runs."""
    clock = Clock()
    for number in range(2):
        async with opened(tmp_path, clock, ttl_s=0.01) as store:
            key = f"agent:main:openai:{number}"
            async with asyncio.timeout(10):
                while await store.read("agent:main:openai:0"):  # at start: of the process before
                    pass
            await store.append(await store.open(key, "main", is_ephemeral=True), (asked("a"),), run_id="r")
            assert texts(await store.read(key)) == ["a"]
            gc.collect()
            clock.now_ms += 11
            if number == 0:
                continue
            async with asyncio.timeout(10):
                while await store.read(key):  # by the timer
                    pass
    database = sqlite3.connect(tmp_path / DATABASE_NAME)
    assert database.execute("SELECT count(*) FROM entry").fetchone() == (0,)
    database.close()


async def test_ephemeral_session_of_a_running_turn_stays(tmp_path: Path) -> None:
    """A run that lasts longer than its ephemeral session is kept finds it whole at its end."""
    clock = Clock()
    async with opened(tmp_path, clock, ttl_s=0.001) as store:
        session = await store.open("agent:main:openai:x", "main", is_ephemeral=True)
        await store.append(session, (asked("a"),), run_id="r")
        other = await store.open("agent:main:openai:y", "main", is_ephemeral=True)
        await store.append(other, (asked("a"),), run_id="r")
        del other
        clock.now_ms += 1000
        async with asyncio.timeout(10):
            while await store.read("agent:main:openai:y"):
                pass
        await store.append(session, (answered("b"),), run_id="r")
        assert texts(await store.read("agent:main:openai:x")) == ["a", "b"]


async def test_ephemeral_session_that_is_named_again_is_kept(tmp_path: Path) -> None:
    """A caller who comes back by the key of an ephemeral session finds it, and from then on it lasts."""
    clock = Clock()
    key = "agent:main:openai:x"
    async with opened(tmp_path, clock) as store:
        await store.append(await store.open(key, "main", is_ephemeral=True), (asked("a"),), run_id="r")
        gc.collect()
        session = await store.open(key, "main", is_ephemeral=False)
        assert texts(session) == ["a"]
        assert [row.key for row in await store.list_sessions()] == [key]
    clock.now_ms += 10**9
    async with opened(tmp_path, clock) as store:
        assert texts(await store.read(key)) == ["a"]
