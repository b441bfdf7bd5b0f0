"""Which words are where in the stored messages: the index of `search.py`, as functions of the writer's connection.

It is made when somebody searches for the first time, and holds no text. An entry is in it if its id is not above the
one in `said_until` and its session is not ephemeral; whatever changes that keeps it true in the same commit.
"""

import sqlite3
from typing import Final

import msgspec

from openclaw_gateway.messages import AssistantMessage, Message, UserMessage, visible_text

# One round of indexing: about 20 ms of the writer's time, which is what a commit may have to wait for.
ROUND_ENTRIES: Final = 500
ROUND_BYTES: Final = 512 * 1024
# Of one message. Changing it, or `_text_of`, needs another name of the index: text is removed as it was put in.
INDEXED_CHARS: Final = 64 * 1024

_decode_message = msgspec.json.Decoder(Message).decode

_MAKE = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS said USING fts5 (words, content = '', tokenize = 'unicode61')",
    "CREATE TABLE IF NOT EXISTS said_until (entry INTEGER NOT NULL)",
    "INSERT INTO said_until SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM said_until)",
)
# Ids grow in the order of writing, so that what is new is what lies behind the last one seen.
_NEW = (
    "SELECT e.id, e.body, s.is_ephemeral FROM entry e JOIN session s ON s.id = e.session"
    " WHERE e.id > ? ORDER BY e.id LIMIT ?"
)
_OF_SESSION = (
    "SELECT e.id, e.body FROM entry e JOIN session s ON s.id = e.session"
    " WHERE e.session = ? AND e.id <= ? AND s.is_ephemeral = 0"
)
_ADD = "INSERT INTO said (rowid, words) VALUES (?, ?)"
_REMOVE = "INSERT INTO said (said, rowid, words) VALUES ('delete', ?, ?)"


def can_index(connection: sqlite3.Connection) -> bool:
    """Whether this interpreter's SQLite was built with full-text search."""
    # Asked before it is used: a statement that fails would be taken for a failing disk.
    return connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None


def index_more(connection: sqlite3.Connection) -> bool:
    """One round; returns whether there may be more."""
    for statement in _MAKE:
        connection.execute(statement)
    until = indexed_until(connection)
    seen = size = 0
    added: list[tuple[int, str]] = []
    for entry_id, body, is_ephemeral in connection.execute(_NEW, (until, ROUND_ENTRIES)):
        until, seen, size = entry_id, seen + 1, size + len(body)
        if not is_ephemeral and (text := _text_of(body)):
            added.append((entry_id, text))
        if size > ROUND_BYTES:
            break
    if seen:
        connection.executemany(_ADD, added)
        connection.execute("UPDATE said_until SET entry = ?", (until,))
    return seen == ROUND_ENTRIES or size > ROUND_BYTES


def index_session(connection: sqlite3.Connection, row_id: int) -> None:
    """A session that begins to count: what was passed over in it is put in."""
    until = indexed_until(connection)
    if until:
        connection.executemany(_ADD, _texts(connection, row_id, until))


def forget_session(connection: sqlite3.Connection, row_id: int) -> None:
    """A session that is about to be removed: nothing of it stays in the index."""
    until = indexed_until(connection)
    if until:
        connection.executemany(_REMOVE, _texts(connection, row_id, until))


def indexed_until(connection: sqlite3.Connection) -> int:
    """The last entry that was looked at; 0 where nobody has searched yet."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'said_until'").fetchone() is None:
        return 0
    (until,) = connection.execute("SELECT entry FROM said_until").fetchone()
    return int(until)


def _texts(connection: sqlite3.Connection, row_id: int, until: int) -> list[tuple[int, str]]:
    rows = connection.execute(_OF_SESSION, (row_id, until))
    return [(entry_id, text) for entry_id, body in rows if (text := _text_of(body))]


def _text_of(body: bytes) -> str:
    """What counts of a message: what a person or the model said, without files, calls and their results."""
    message = _decode_message(body)
    return visible_text(message)[:INDEXED_CHARS] if isinstance(message, (UserMessage, AssistantMessage)) else ""
