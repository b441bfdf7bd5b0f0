"""Summaries on disk."""

from pathlib import Path

from tests.sessions.opened import KEY, Clock, answered, asked, opened

from openclaw_gateway.messages import Usage
from openclaw_gateway.sessions.compaction import MAX_KNOWN, Compaction
from openclaw_gateway.sessions.directory import RowFilter


def made(number: int, until_id: int = 1) -> Compaction:
    return Compaction(until_id, until_id, f"s{number}", "manual", 100 + number, 10, 5, "up", "tiny", Usage(input=7))


async def test_summaries_are_there_after_a_restart(tmp_path: Path) -> None:
    """The newest summaries come back with their session, and lists count them all."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("hi"), answered("hello")), run_id="r")
        for number in range(MAX_KNOWN + 2):
            await store.compact(session, made(number))
        assert [each.summary for each in session.compactions][-1] == f"s{MAX_KNOWN + 1}"
    async with opened(tmp_path, Clock(2_000_000)) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        assert [each.summary for each in session.compactions] == [f"s{number}" for number in range(2, MAX_KNOWN + 2)]
        ((row,), _) = await store.directory.list_rows(RowFilter())
        assert (row.compaction_count, row.last_compacted_at_ms) == (MAX_KNOWN + 2, 100 + MAX_KNOWN + 1)


async def test_summaries_go_with_their_session(tmp_path: Path) -> None:
    """A session that was deleted leaves none to the next one of its name."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("hi"),), run_id="r")
        await store.compact(session, made(1))
        await store.delete(KEY)
        assert session.compactions == ()
        await store.append(session, (asked("again"),), run_id="r")
        row = await store.directory.find_row(KEY)
        assert row is not None
        assert row.compaction_count == 0


async def test_writers_are_counted(tmp_path: Path) -> None:
    """What summaries cost is in the usage of the session, in its time."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("hi"),), run_id="r")
        await store.compact(session, made(1))
        (entry,) = await store.directory.list_usage(after_ms=0, before_ms=200, key=None, limit=10)
        assert (entry.key, entry.model, entry.usage.input) == (KEY, "tiny", 7)
        assert await store.directory.list_usage(after_ms=0, before_ms=50, key=None, limit=10) == []
