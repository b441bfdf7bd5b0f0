"""A session that begins anew."""

from pathlib import Path

from openclaw_gateway.messages import UserMessage
from openclaw_gateway.runs.anew import begin_anew
from openclaw_gateway.sessions.store import SqliteStore


async def test_path_is_empty_after_a_restart(tmp_path: Path) -> None:
    """The path is empty, the id the same, the revision another, and all of it on disk."""
    store = await SqliteStore.start(tmp_path, now_ms=lambda: 1_000)
    session = await store.open("agent:main:talk", "main", is_ephemeral=False)
    await store.append(session, (UserMessage("hi"),), run_id="r")
    await begin_anew(store, session, 2_000)
    assert session.settings.reset_at_ms == 2_000
    await store.close()
    store = await SqliteStore.start(tmp_path, now_ms=lambda: 3_000)
    again = await store.read("agent:main:talk")
    await store.close()
    assert again is not None
    assert (again.path, again.session_id) == ([], session.session_id)
    assert again.settings.lifecycle_revision
