"""Questions to a database, apart from the store."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from openclaw_gateway.sessions import queries
from openclaw_gateway.sessions.schema import open_database

BODY = b'{"role":"user","content":"x"}'


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_database(tmp_path / "database")
    yield connection
    connection.close()


def add_session(
    database: sqlite3.Connection, row_id: int, *, is_ephemeral: bool, head: int | None = None, updated_at_ms: int = 0
) -> None:
    values = (row_id, f"k{row_id}", "main", "s", is_ephemeral, row_id, updated_at_ms or row_id, head, 0)
    database.execute("INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", values)


def add_entry(database: sqlite3.Connection, entry_id: int, session: int, parent_id: int | None) -> None:
    database.execute("INSERT INTO entry VALUES (?, ?, ?, 'r', 1, ?)", (entry_id, session, parent_id, BODY))


def session_ids(database: sqlite3.Connection) -> list[int]:
    return [row_id for (row_id,) in database.execute("SELECT id FROM session ORDER BY id")]


def test_path_is_found_among_branches(database: sqlite3.Connection) -> None:
    """The path is that of the head, root first, whatever other branches and sessions have entries in between."""
    add_session(database, 1, is_ephemeral=False, head=6)
    for entry_id, session, parent_id in (
        (1, 1, None),
        (2, 1, 1),
        (3, 2, None),
        (4, 1, 1),
        (5, 1, 2),
        (6, 1, 4),
        (7, 1, 5),
    ):
        add_entry(database, entry_id, session, parent_id)
    loaded = queries.load_session(database, "k1")
    assert loaded is not None
    assert [entry.id for entry in loaded.path] == [1, 4, 6]
    assert loaded.size == 3 * len(BODY)
    assert queries.load_session(database, "k2") is None


def test_path_ends_where_a_parent_is_missing(database: sqlite3.Connection) -> None:
    """A session that was deleted while a run held it, and came back, has what came back."""
    add_session(database, 1, is_ephemeral=False, head=6)
    add_entry(database, 5, 1, 2)
    add_entry(database, 6, 1, 5)
    loaded = queries.load_session(database, "k1")
    assert loaded is not None
    assert [entry.id for entry in loaded.path] == [5, 6]


def test_counting_goes_on(database: sqlite3.Connection) -> None:
    """The last ids are 0 in an empty database, else the largest."""
    assert queries.read_last_ids(database) == (0, 0)
    add_session(database, 5, is_ephemeral=True)
    add_entry(database, 9, 5, None)
    assert queries.read_last_ids(database) == (5, 9)


def test_expiry_takes_the_oldest_and_spares_the_rest(database: sqlite3.Connection) -> None:
    """Of ephemeral sessions written before the time some are removed, never one that is live, kept or written since."""
    for row_id in range(1, 8):
        add_session(database, row_id, is_ephemeral=row_id != 3, updated_at_ms=1000 if row_id == 4 else 0)
        add_entry(database, row_id, row_id, None)
    assert queries.expire_sessions(database, before_ms=7, live={1, 2}, limit=1)
    assert session_ids(database) == [1, 2, 3, 4, 6, 7]
    assert queries.expire_sessions(database, before_ms=7, live={1, 2}, limit=1)
    assert not queries.expire_sessions(database, before_ms=7, live={1, 2}, limit=1)
    assert session_ids(database) == [1, 2, 3, 4, 7]
    assert [entry_id for (entry_id,) in database.execute("SELECT session FROM entry ORDER BY id")] == [1, 2, 3, 4, 7]


@pytest.mark.parametrize("key", ["k1' OR '1'='1", "%", "k1\x00", '"', "k1;--"])
def test_keys_are_values(database: sqlite3.Connection, key: str) -> None:
    """No key is read as SQL or as a pattern (P15)."""
    add_session(database, 1, is_ephemeral=False)
    assert queries.load_session(database, key) is None
    assert not queries.delete_session(database, key)
    assert session_ids(database) == [1]


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        pytest.param("SELECT body FROM entry WHERE session = 1 ORDER BY id DESC", "entry_of_session", id="path"),
        pytest.param("SELECT key FROM session WHERE is_ephemeral = 0", "session_listed", id="list"),
        pytest.param("SELECT 1 FROM response WHERE session_key = 'k'", "response_of_session", id="kept by a response"),
        pytest.param("SELECT id FROM response WHERE created_at_ms < 5", "response_by_age", id="old responses"),
        pytest.param(
            "SELECT id FROM session WHERE is_ephemeral = 1 AND created_at_ms < 5", "session_ephemeral", id="expiry"
        ),
    ],
)
def test_no_question_reads_a_whole_table(database: sqlite3.Connection, statement: str, index: str) -> None:
    """What is asked while turns are waiting goes through an index, without sorting."""
    plan = " ".join(row[3] for row in database.execute("EXPLAIN QUERY PLAN " + statement))
    assert index in plan
    assert "TEMP B-TREE" not in plan
