"""The database file: how it is opened, what its tables are, and how an older one is brought up to date.

`session.head` is the last entry of the current path; the path is found by following `parent_id` from there. `length` is
the number of its entries. Rows of ephemeral sessions are found by age through one partial index, the others are listed
through another; both are on columns that no turn changes, so that a turn writes neither.
"""

import os
import sqlite3
from pathlib import Path

from openclaw_gateway.sessions.refused import StoreRefused

# "OCGW": tells our file from any other SQLite database.
APPLICATION_ID = 0x4F434757

# How long a write waits for another process (a backup, a curious person) that has the database locked.
BUSY_TIMEOUT_S = 2.0

# Statements that lead from each version to the next; the last one of each writes the number. Released ones never
# change.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE session (
            id INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,
            agent_id TEXT NOT NULL,
            session_id TEXT NOT NULL,
            is_ephemeral INTEGER NOT NULL,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER NOT NULL,
            head INTEGER,
            length INTEGER NOT NULL
        )""",
        "CREATE INDEX session_listed ON session (agent_id) WHERE is_ephemeral = 0",
        "CREATE INDEX session_ephemeral ON session (created_at_ms) WHERE is_ephemeral = 1",
        """CREATE TABLE entry (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL,
            parent_id INTEGER,
            run_id TEXT NOT NULL,
            tokens INTEGER NOT NULL,
            body BLOB NOT NULL
        )""",
        "CREATE INDEX entry_of_session ON entry (session)",
        "PRAGMA application_id = 0x4F434757",
        "PRAGMA user_version = 1",
    ),
    (
        # Answers of POST /v1/responses: what is not in the session already.
        """CREATE TABLE response (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            session_key TEXT NOT NULL,
            agent_id TEXT NOT NULL,
            subject TEXT NOT NULL,
            created_at_ms INTEGER NOT NULL,
            terms BLOB NOT NULL,
            outcome BLOB
        )""",
        "CREATE INDEX response_of_session ON response (session_key)",
        "CREATE INDEX response_by_age ON response (created_at_ms)",
        "PRAGMA user_version = 2",
    ),
    (
        # What people decided about a session; `body` holds all of it, the columns what lists choose by.
        """CREATE TABLE session_settings (
            key TEXT PRIMARY KEY,
            label TEXT,
            is_archived INTEGER NOT NULL,
            model TEXT,
            body BLOB NOT NULL
        ) WITHOUT ROWID""",
        "CREATE INDEX session_model ON session_settings (key) WHERE model IS NOT NULL",
        "PRAGMA user_version = 3",
    ),
    (
        # Runs that clients may come back for. A piece holds the run's events from the number `first` on.
        """CREATE TABLE run_record (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            subject TEXT NOT NULL,
            operation TEXT NOT NULL,
            idempotency_key TEXT,
            digest BLOB NOT NULL,
            agent_id TEXT NOT NULL,
            session_key TEXT NOT NULL,
            session_source TEXT NOT NULL,
            accepted_at_ms INTEGER NOT NULL,
            ended_at_ms INTEGER,
            byte_count INTEGER NOT NULL
        )""",
        """CREATE UNIQUE INDEX run_record_by_key ON run_record (idempotency_key, subject, operation)
            WHERE idempotency_key IS NOT NULL""",
        """CREATE TABLE run_piece (
            record INTEGER NOT NULL,
            first INTEGER NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (record, first)
        )""",
        "PRAGMA user_version = 4",
    ),
    (
        # Requests that are done once by their key and are no runs, with the answers that were given.
        """CREATE TABLE reply_record (
            id INTEGER PRIMARY KEY,
            subject TEXT NOT NULL,
            operation TEXT NOT NULL,
            idempotency_key TEXT NOT NULL,
            digest BLOB NOT NULL,
            accepted_at_ms INTEGER NOT NULL,
            is_over INTEGER NOT NULL,
            answer BLOB,
            UNIQUE (idempotency_key, subject, operation)
        )""",
        "PRAGMA user_version = 5",
    ),
    (
        # Messages that were acknowledged and wait for the run before them; runs with a key that wait likewise.
        """CREATE TABLE pending_input (
            id INTEGER PRIMARY KEY,
            run_id TEXT NOT NULL UNIQUE,
            session_key TEXT NOT NULL,
            accepted_at_ms INTEGER NOT NULL,
            body BLOB NOT NULL
        )""",
        "CREATE INDEX pending_input_of_session ON pending_input (session_key)",
        "ALTER TABLE run_record ADD COLUMN is_waiting INTEGER NOT NULL DEFAULT 0",
        "PRAGMA user_version = 6",
    ),
    (
        # Summaries that stand for older parts of sessions. What a session cost, in billionths of a US dollar.
        """CREATE TABLE compaction (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL,
            at_ms INTEGER NOT NULL,
            body BLOB NOT NULL
        )""",
        "CREATE INDEX compaction_of_session ON compaction (session)",
        "ALTER TABLE session ADD COLUMN cost_nano_usd INTEGER",
        "PRAGMA user_version = 7",
    ),
)


def open_database(path: Path, *, max_bytes: int | None = None) -> sqlite3.Connection:
    """A connection to the file, created or migrated if need be; raises StoreRefused for one that is not ours.

    max_bytes: what it may grow to by what is written through this connection.
    """
    try:
        _create_private(path)
        connection = _connect(path)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise StoreRefused(f"cannot open the session database {path}: {reason}") from error
    try:
        _check_ours(connection, path)  # before anything that writes
        # Counts for a file that is still empty: what is deleted later can be given back to the disk, bit by bit.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _set_up(connection, max_bytes)
        migrate(connection)
    except sqlite3.Error as error:
        connection.close()
        raise StoreRefused(
            f"the session database {path} cannot be read ({error}):"
            " restore it from a backup, or move it away to start empty"
        ) from error
    except StoreRefused:
        connection.close()
        raise
    return connection


def connect(path: Path, *, max_bytes: int | None = None) -> sqlite3.Connection:
    """A further connection to a database that was opened before."""
    connection = _connect(path)
    _set_up(connection, max_bytes)
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    """Transactions are begun by hand; one thread at a time may use it."""
    return sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, cached_statements=64
    )


def _set_up(connection: sqlite3.Connection, max_bytes: int | None) -> None:
    # FULL: a commit that returned survives power loss. The WAL is cut back when a burst has made it large.
    for setting in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA journal_size_limit = 67108864",
        "PRAGMA trusted_schema = OFF",
    ):
        connection.execute(setting)
    if max_bytes is not None:
        pages = max_bytes // _read_number(connection, "PRAGMA page_size")
        connection.execute(f"PRAGMA max_page_count = {max(pages, 1)}")


def migrate(connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring the tables to the newest version, each step whole or not at all."""
    for step in migrations[_read_number(connection, "PRAGMA user_version") :]:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in step:
                connection.execute(statement)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    version = _read_number(connection, "PRAGMA user_version")
    is_empty = _read_number(connection, "SELECT count(*) FROM sqlite_master") == 0
    if not is_empty and _read_number(connection, "PRAGMA application_id") != APPLICATION_ID:
        raise StoreRefused(f"{path} is a database of another program: move it away, or choose another state folder")
    if version > len(MIGRATIONS):
        raise StoreRefused(
            f"the session database {path} has version {version}, this gateway knows up to {len(MIGRATIONS)}:"
            " start the newer gateway that wrote it"
        )
    if version:
        # The newest pages are the last ones of the file: reading them finds a file that was cut.
        connection.execute("SELECT max(id) FROM entry UNION ALL SELECT max(id) FROM session").fetchall()


def _create_private(path: Path) -> None:
    """Make the file readable by its owner alone before SQLite does; the -wal and -shm files get the same mode."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _read_number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])
