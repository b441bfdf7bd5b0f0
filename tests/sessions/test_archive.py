"""The file that is left of a deleted session."""

import json
from pathlib import Path

import pytest
from tests.sessions.opened import KEY, answered, asked, opened

from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.sessions.archive import archive_session


async def test_archive_holds_the_path(tmp_path: Path) -> None:
    """All messages are in it in their order, under the session's own line, and nobody else may read it."""
    async with opened(tmp_path / "state") as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("one"), answered("two")), run_id="r")
        path = archive_session(tmp_path, session, 77)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert path.name == f"{session.session_id}.jsonl.deleted.77"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (lines[0]["type"], lines[0]["key"], lines[0]["version"]) == ("session", KEY, 4)
    assert [line["message"]["role"] for line in lines[1:]] == ["user", "assistant"]
    assert lines[2]["parentId"] == lines[1]["id"]
    with pytest.raises(StoreUnavailable):
        archive_session(tmp_path, session, 77)


async def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Without an archive there is an error, so that nothing is deleted."""
    (tmp_path / "file").touch()
    async with opened(tmp_path / "state") as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        with pytest.raises(StoreUnavailable):
            archive_session(tmp_path / "file", session, 1)
