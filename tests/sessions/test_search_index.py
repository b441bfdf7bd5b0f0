"""The index of what was said."""

from pathlib import Path

from tests.sessions.opened import KEY, Clock, asked, opened

from openclaw_gateway.sessions import search_index
from openclaw_gateway.sessions.queries import load_session, read_last_ids
from openclaw_gateway.sessions.schema import connect
from openclaw_gateway.sessions.store import DATABASE_NAME


async def test_rounds_are_bounded_and_complete(tmp_path: Path) -> None:
    """However much there is, a round takes a bounded part of it, and the rounds together take all."""
    async with opened(tmp_path, Clock()) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        messages = tuple([asked(f"harbour {place}") for place in range(search_index.ROUND_ENTRIES + 1)])
        await store.append(session, messages, run_id="r")
    connection = connect(tmp_path / DATABASE_NAME)
    assert search_index.indexed_until(connection) == 0
    assert search_index.index_more(connection)
    assert not search_index.index_more(connection)
    count = connection.execute("SELECT count(*) FROM said WHERE said MATCH 'harbour'").fetchone()
    assert count == (len(messages),)
    connection.close()


async def test_forgotten_text_leaves_no_word_behind(tmp_path: Path) -> None:
    """After a session was forgotten the index does not know its words, and later ids lie behind those it saw."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("harbour"),), run_id="r")
    connection = connect(tmp_path / DATABASE_NAME)
    assert search_index.can_index(connection)
    search_index.index_more(connection)
    stored = load_session(connection, KEY)
    assert stored is not None
    search_index.forget_session(connection, stored.row_id)
    connection.execute("INSERT INTO said (said) VALUES ('optimize')")
    connection.execute("CREATE VIRTUAL TABLE terms USING fts5vocab (said, row)")
    assert connection.execute("SELECT term FROM terms").fetchall() == []
    connection.execute("DELETE FROM entry")
    assert read_last_ids(connection)[1] == 1
    search_index.index_session(connection, stored.row_id)
    connection.close()
