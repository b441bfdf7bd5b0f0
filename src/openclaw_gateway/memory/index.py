"""The words of the notes of one folder, in a small SQLite database of its own.

It is derived from the notes: a file that is no such database is thrown away and made anew. All functions block, and
callers see to it that no two work on one file at once.
"""

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Final

from openclaw_gateway.memory.chunks import cut_chunks
from openclaw_gateway.memory.ranking import WORD, Found, fade, score

# Of a note: modification time in nanoseconds, size, and the file's number.
Revision = tuple[int, int, int]

MAX_WORDS: Final = 32
MAX_WORD_CHARS: Final = 64
MIN_BEGIN_CHARS: Final = 4
# Pieces that are weighed against each other.
MAX_CANDIDATES: Final = 60
# Another number whenever the tables or the cutting change: an index of another version is made anew.
_VERSION: Final = 1
_TABLES: Final = (
    "CREATE TABLE note (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, revision TEXT NOT NULL)",
    "CREATE TABLE piece (id INTEGER PRIMARY KEY, note INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL)",
    "CREATE INDEX piece_of_note ON piece (note)",
    "CREATE VIRTUAL TABLE said USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2')",
    f"PRAGMA user_version = {_VERSION}",
)
_FIND: Final = (
    "SELECT n.path, p.first, p.last, f.text, f.fit FROM"
    " (SELECT rowid AS id, text, -bm25(said) AS fit FROM said WHERE said MATCH ?1 ORDER BY fit DESC LIMIT ?2) f"
    " JOIN piece p ON p.id = f.id JOIN note n ON n.id = p.note ORDER BY f.fit DESC"
)


class IndexTrouble(Exception):
    """The index can neither be read nor made anew: the disk refuses."""


def can_index() -> bool:
    """Whether this interpreter's SQLite was built with full-text search."""
    with closing(sqlite3.connect(":memory:")) as connection:
        found = connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone()
        return found is not None


def search_notes(
    file: Path, notes: Mapping[str, Revision], read: Callable[[str], str], query: str, today: date
) -> list[Found]:
    """Bring the index up to date with the notes, then look up the words; the best pieces first.

    notes: all that there are, by path. read: the text of one. Raises IndexTrouble.
    """
    try:
        try:
            return _search(file, notes, read, query, today)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # the disk, not what is on it
                raise
            for name in (file, file.with_name(f"{file.name}-journal")):
                name.unlink(missing_ok=True)
            return _search(file, notes, read, query, today)
    except (sqlite3.Error, OSError) as error:
        raise IndexTrouble(type(error).__name__) from error


def _search(
    file: Path, notes: Mapping[str, Revision], read: Callable[[str], str], query: str, today: date
) -> list[Found]:
    words = list(dict.fromkeys([word.lower()[:MAX_WORD_CHARS] for word in WORD.findall(query)]))[:MAX_WORDS]
    with closing(_open(file)) as connection:
        with connection:
            _update(connection, notes, read)
        return _find(connection, words, today) if words else []


def _open(file: Path) -> sqlite3.Connection:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made by us first: SQLite would make it as readable as the umask lets it.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(file, isolation_level="IMMEDIATE")
    try:
        # What a crash takes is made anew from the notes.
        connection.execute("PRAGMA synchronous = OFF")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != _VERSION:
            if connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                raise sqlite3.DatabaseError("an index of another version")
            for statement in _TABLES:
                connection.execute(statement)
            connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection


def _update(connection: sqlite3.Connection, notes: Mapping[str, Revision], read: Callable[[str], str]) -> None:
    known = {
        path: (note, revision) for note, path, revision in connection.execute("SELECT id, path, revision FROM note")
    }
    for path, (note, revision) in known.items():
        if path not in notes or revision != _write_revision(notes[path]):
            connection.execute("DELETE FROM said WHERE rowid IN (SELECT id FROM piece WHERE note = ?)", (note,))
            connection.execute("DELETE FROM piece WHERE note = ?", (note,))
            connection.execute("DELETE FROM note WHERE id = ?", (note,))
    for path, current in notes.items():
        if path in known and known[path][1] == _write_revision(current):
            continue
        added = connection.execute(
            "INSERT INTO note (path, revision) VALUES (?, ?)", (path, _write_revision(current))
        ).lastrowid
        for chunk in cut_chunks(read(path)):
            piece = connection.execute(
                "INSERT INTO piece (note, first, last) VALUES (?, ?, ?)", (added, chunk.first, chunk.last)
            ).lastrowid
            connection.execute("INSERT INTO said (rowid, text) VALUES (?, ?)", (piece, chunk.text))


def _find(connection: sqlite3.Connection, words: list[str], today: date) -> list[Found]:
    # Quoted, a word is a word: nothing of the query's own language is left to a caller (security property P15).
    match = " OR ".join([_write_term(word) for word in words])
    rows = connection.execute(_FIND, (match, MAX_CANDIDATES)).fetchall()
    best = rows[0][4] if rows else 1.0
    found = [
        Found(path, first, last, text, score(text, words, fit / best if best > 0 else 1.0) * fade(path, today))
        for path, first, last, text, fit in rows
    ]
    return sorted(found, key=lambda each: each.score, reverse=True)


def _write_term(word: str) -> str:
    # Of short ones too many words are the begin; scripts without spaces have few letters in a word.
    is_begin = len(word) >= MIN_BEGIN_CHARS or not word.isascii()
    return f'"{word}"*' if is_begin else f'"{word}"'


def _write_revision(revision: Revision) -> str:
    return "-".join(map(str, revision))
