"""The mark of a run with a key that only waits, as a retry after a crash meets it."""

import asyncio
from pathlib import Path

from tests.sessions.opened import opened
from tests.sessions.test_run_table import record

from openclaw_gateway.endpoints.wait_mark import WaitMark


async def test_run_that_waited_may_be_started(tmp_path: Path) -> None:
    """A record whose run waited when the gateway ended gives its key to the retry."""
    async with opened(tmp_path) as store:
        await store.run_records.claim(record("first"))
        await WaitMark(store.run_records, "first").set()
    async with opened(tmp_path) as store:
        assert await store.run_records.claim(record("second")) is None
        assert await store.run_records.find("first") is None


async def test_run_that_began_is_not_started_again(tmp_path: Path) -> None:
    """However marking and beginning meet, a run that has begun is not marked."""
    async with opened(tmp_path) as store:
        for run_id, key in (("first", "k"), ("second", "l")):
            await store.run_records.claim(record(run_id, key=key))
        marks = [WaitMark(store.run_records, run_id) for run_id in ("first", "second")]
        await asyncio.gather(marks[0].set(), marks[0].clear(), marks[1].clear(), marks[1].set())
    async with opened(tmp_path) as store:
        for run_id, key in (("first", "k"), ("second", "l")):
            assert await store.run_records.claim(record("late", key=key)) == record(run_id, key=key)
