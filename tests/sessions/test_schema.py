"""What happens to a database file at start."""

import sqlite3
from pathlib import Path

import pytest
from tests.sessions.opened import opened, texts

from openclaw_gateway.sessions.refused import StoreRefused
from openclaw_gateway.sessions.schema import MIGRATIONS, migrate
from openclaw_gateway.sessions.store import DATABASE_NAME

# A database as version 1 wrote it. It stays as it is for ever: this is what users have on their disks.
VERSION_1 = """
PRAGMA journal_mode = WAL;
CREATE TABLE session (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, agent_id TEXT NOT NULL, session_id TEXT NOT NULL,
    is_ephemeral INTEGER NOT NULL, created_at_ms INTEGER NOT NULL, updated_at_ms INTEGER NOT NULL,
    head INTEGER, length INTEGER NOT NULL
);
CREATE INDEX session_listed ON session (agent_id) WHERE is_ephemeral = 0;
CREATE INDEX session_ephemeral ON session (created_at_ms) WHERE is_ephemeral = 1;
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, session INTEGER NOT NULL, parent_id INTEGER, run_id TEXT NOT NULL,
    tokens INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX entry_of_session ON entry (session);
INSERT INTO session VALUES (7, 'agent:main:chat', 'main', 'sid', 0, 10, 20, 4, 3);
INSERT INTO entry VALUES (1, 7, NULL, 'r1', 5, CAST('{"role":"user","content":"hi","timestamp":10}' AS BLOB));
INSERT INTO entry VALUES (2, 7, 1, 'r1', 5,
    CAST('{"role":"assistant","content":[{"type":"text","text":"old"}],"timestamp":11,"stopReason":"aborted"}' AS
    BLOB));
INSERT INTO entry VALUES (3, 7, 1, 'r2', 5, CAST('{"role":"assistant","content":[
    {"type":"thinking","thinking":"hm"},{"type":"text","text":"new"},
    {"type":"toolCall","id":"c","name":"n","arguments":"{}"}],"timestamp":12,"api":"a","provider":"p","model":"m",
    "usage":{"input":1,"output":2},"stopReason":"toolUse"}' AS BLOB));
INSERT INTO entry VALUES (4, 7, 3, 'r2', 5,
    CAST('{"role":"toolResult","toolCallId":"c","content":[{"type":"text","text":"42"}],"timestamp":13}' AS BLOB));
PRAGMA application_id = 0x4F434757;
PRAGMA user_version = 1;
"""


def write_database(folder: Path, sql: str) -> Path:
    path = folder / DATABASE_NAME
    database = sqlite3.connect(path)
    database.executescript(sql)
    database.close()
    return path


async def test_version_1_is_read(tmp_path: Path) -> None:
    """A database of the first release opens with all that is in it, and goes on."""
    write_database(tmp_path, VERSION_1)
    async with opened(tmp_path) as store:
        session = await store.open("agent:main:chat", "main", is_ephemeral=False)
        assert [(entry.id, entry.parent_id) for entry in session.path] == [(1, None), (3, 1), (4, 3)]
        assert texts(session)[:2] == ["hi", "new"]
        (added,) = await store.append(session, (session.path[0].message,), run_id="r")
        assert added.id == 5


def test_new_database_is_the_newest_version(tmp_path: Path) -> None:
    """A database that is made anew has the same tables as one that came up from version 1."""
    made = sqlite3.connect(tmp_path / "made", isolation_level=None)
    migrate(made)
    stored = sqlite3.connect(write_database(tmp_path, VERSION_1), isolation_level=None)
    migrate(stored)
    for database in (made, stored):
        assert database.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    columns = "SELECT m.name, c.name, c.type, c.pk FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c"
    assert made.execute(columns).fetchall() == stored.execute(columns).fetchall()
    made.close()
    stored.close()


def test_migration_is_whole_or_not_at_all(tmp_path: Path) -> None:
    """A step that fails half-way leaves the version and the tables of before; the next try does all of it."""
    database = sqlite3.connect(write_database(tmp_path, VERSION_1), isolation_level=None)
    columns = database.execute("PRAGMA table_info(session)").fetchall()
    add_column = "ALTER TABLE session ADD COLUMN label TEXT"
    with pytest.raises(sqlite3.OperationalError):
        migrate(database, (*MIGRATIONS[:1], (add_column, "no statement", "PRAGMA user_version = 2")))
    assert database.execute("PRAGMA table_info(session)").fetchall() == columns
    migrate(database, (*MIGRATIONS[:1], (add_column, "PRAGMA user_version = 2")))
    assert database.execute("PRAGMA user_version").fetchone() == (2,)
    assert database.execute("SELECT key, label FROM session").fetchall() == [("agent:main:chat", None)]
    database.close()


def make_newer(path: Path) -> None:
    write_database(path.parent, VERSION_1 + "PRAGMA user_version = 99;")


def make_foreign(path: Path) -> None:
    write_database(path.parent, "CREATE TABLE theirs (x)")


def make_text(path: Path) -> None:
    path.write_text("this is no database, but it is long enough to be taken for one" * 100)


def make_short(path: Path) -> None:
    write_database(path.parent, VERSION_1)
    path.write_bytes(path.read_bytes()[:6000])


def make_garbage(path: Path) -> None:
    write_database(path.parent, VERSION_1)
    image = path.read_bytes()
    path.write_bytes(image[:4096] + b"\xa5" * (len(image) - 4096))


def make_folder(path: Path) -> None:
    path.mkdir()


def make_link(path: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(make_newer, r"has version 99, this gateway knows up to \d+: start the newer gateway", id="newer"),
        pytest.param(make_foreign, "is a database of another program", id="another program's"),
        pytest.param(make_text, "cannot be read", id="not a database"),
        pytest.param(make_short, "cannot be read", id="cut short"),
        pytest.param(make_garbage, "cannot be read", id="overwritten"),
        pytest.param(make_folder, "cannot open the session database", id="a folder"),
        pytest.param(make_link, "cannot open the session database", id="a link"),
    ],
)
async def test_unusable_file_is_refused(tmp_path: Path, make: object, message: str) -> None:
    """A file that is not ours to use is refused with the reason, left as it is, and the folder is free again."""
    path = tmp_path / DATABASE_NAME
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else None
    for _ in range(2):
        with pytest.raises(StoreRefused, match=message):
            async with opened(tmp_path):
                pass
    assert before is None or path.read_bytes() == before


async def test_unusable_folder_is_refused(tmp_path: Path) -> None:
    """A folder that cannot be made is told by name."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreRefused, match=r"cannot use the state folder .*file/state"):
        async with opened(tmp_path / "file" / "state"):
            pass
