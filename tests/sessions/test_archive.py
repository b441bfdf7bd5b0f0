"""The file that is left of a deleted session."""

import json
from pathlib import Path

import pytest
from tests.sessions.opened import KEY, answered, asked, opened

from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.sessions.archive import archive_session
from openclaw_gateway.sessions.compaction import MAX_KNOWN, Compaction
from openclaw_gateway.sessions.session import WholeSession


async def test_archive_holds_the_path(tmp_path: Path) -> None:
    """All messages are in it in their order, under the session's own line, and nobody else may read it."""
    async with opened(tmp_path / "state") as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("one"), answered("two")), run_id="r")
        whole = await store.read_whole(KEY)
        assert whole is not None
        path = archive_session(tmp_path, whole, 77)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert path.name == f"{session.session_id}.jsonl.deleted.77"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (lines[0]["type"], lines[0]["key"], lines[0]["version"]) == ("session", KEY, 4)
    assert [line["message"]["role"] for line in lines[1:]] == ["user", "assistant"]
    assert lines[2]["parentId"] == lines[1]["id"]
    with pytest.raises(StoreUnavailable):
        archive_session(tmp_path, whole, 77)


async def test_archive_holds_what_was_before_a_reset(tmp_path: Path) -> None:
    """Messages of branches that are not current and all summaries are in it; the first line names the current end."""
    async with opened(tmp_path / "state") as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        said = await store.append(session, (asked("one"), answered("two")), run_id="r")
        for number in range(MAX_KNOWN + 1):
            summary = f"summary {number}"
            await store.compact(session, Compaction(said[0].id, said[1].id, summary, "manual", 5, 100, 10))
        await store.branch(session, 0)
        last = await store.append(session, (asked("three"),), run_id="s")
        whole = await store.read_whole(KEY)
        assert whole is not None
        assert await store.read_whole("agent:main:nobody") is None
    lines = [json.loads(line) for line in archive_session(tmp_path, whole, 77).read_text().splitlines()]
    assert lines[0]["head"] == str(last[0].id)
    assert [line["id"] for line in lines[1:4]] == [str(entry.id) for entry in (*said, *last)]
    assert [line["summary"] for line in lines[4:]] == [f"summary {number}" for number in range(MAX_KNOWN + 1)]
    assert lines[4]["untilId"] == str(said[0].id)


async def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Without an archive there is an error, so that nothing is deleted."""
    (tmp_path / "file").touch()
    async with opened(tmp_path / "state") as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        with pytest.raises(StoreUnavailable):
            archive_session(tmp_path / "file", WholeSession(session, (), ()), 1)
