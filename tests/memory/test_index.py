"""The index finds what the notes hold now."""

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from openclaw_gateway.memory.index import IndexTrouble, Revision, can_index, search_notes

TODAY = date(2026, 3, 31)


class Notes:
    """Notes of a test, with how often each was read."""

    def __init__(self, **texts: str) -> None:
        self.texts = {f"memory/{name}.md": text for name, text in texts.items()}
        self.read_names: list[str] = []

    def revisions(self) -> dict[str, Revision]:
        return {name: (hash(text), len(text), 1) for name, text in self.texts.items()}

    def read(self, name: str) -> str:
        self.read_names.append(name)
        return self.texts[name]


def search(file: Path, notes: Notes, query: str) -> list[str]:
    return [found.path for found in search_notes(file, notes.revisions(), notes.read, query, TODAY)]


def test_words_are_found_with_their_lines(tmp_path: Path) -> None:
    """A hit names the note, the lines and the text; the better one is first."""
    assert can_index()
    notes = Notes(a="# Deploy\nWe deploy on friday.\n\n# Lunch\nSoup.", b="friday is payday", c="nothing")
    found = search_notes(tmp_path / "i", notes.revisions(), notes.read, "When do we deploy? Friday", TODAY)
    assert [(hit.path, hit.first, hit.last) for hit in found[:1]] == [("memory/a.md", 1, 3)]
    assert "We deploy on friday." in found[0].text
    assert 0 < found[1].score < found[0].score <= 1


def test_only_changed_notes_are_read_again(tmp_path: Path) -> None:
    """The index follows changes, removals and new notes, and reads nothing twice."""
    file, notes = tmp_path / "i", Notes(a="apple", b="banana")
    assert search(file, notes, "apple") == ["memory/a.md"]
    notes.read_names.clear()
    assert search(file, notes, "banana") == ["memory/b.md"]
    assert notes.read_names == []
    notes.texts["memory/a.md"] = "cherry"
    del notes.texts["memory/b.md"]
    notes.texts["memory/c.md"] = "date"
    assert search(file, notes, "apple") == []
    assert search(file, notes, "banana") == []
    assert search(file, notes, "cherry date") == ["memory/a.md", "memory/c.md"]
    assert notes.read_names == ["memory/a.md", "memory/c.md"]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        pytest.param("größe", True, id="letters"),
        pytest.param("grosse", False, id="another word"),
        pytest.param("GRÖSSE", False, id="capital sharp s is another letter"),
        pytest.param("Datenbank", True, id="begin of a word"),
        pytest.param("データ", True, id="a script without spaces"),
        pytest.param('"', False, id="a quote"),
        pytest.param('größe" OR NEAR(', True, id="the query's own language is only words"),
        pytest.param("text:größe* ^größe", True, id="operators"),
        pytest.param("x" * 5_000, False, id="endless"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_p15_queries_are_words(tmp_path: Path, query: str, is_found: bool) -> None:
    """Whatever is asked for is looked up as words and never as a query."""
    notes = Notes(a="Die Größe der Datenbankdatei. データベース")
    assert bool(search(tmp_path / "i", notes, query)) is is_found


def test_broken_index_is_made_anew(tmp_path: Path) -> None:
    """A file that is no index, or one of another version, is thrown away, since the notes are all there."""
    file, notes = tmp_path / "i", Notes(a="apple")
    file.write_bytes(b"no database at all" * 1000)
    assert search(file, notes, "apple") == ["memory/a.md"]
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert search(file, notes, "apple") == ["memory/a.md"]
    assert file.stat().st_mode & 0o077 == 0


def test_disk_that_refuses_is_told(tmp_path: Path) -> None:
    """Where no index can be made, that is the trouble, and not an empty answer."""
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexTrouble):
        search(tmp_path / "file" / "i", Notes(a="apple"), "apple")
