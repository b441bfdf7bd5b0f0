"""Which files are notes, and that nothing else is read as one."""

import os
from pathlib import Path

import pytest

from openclaw_gateway.tools.files.root import NotThere
from openclaw_gateway.tools.memory.notes import MAX_NOTE_BYTES, list_notes, name_note, read_note
from openclaw_gateway.tools.tool import ToolFailure


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("MEMORY.md", "MEMORY.md"),
        ("./USER.md", "USER.md"),
        ("memory/2026-01-01.md", "memory/2026-01-01.md"),
        ("memory/a/b.MD", "memory/a/b.MD"),
        ("AGENTS.md", None),
        ("memory/../SOUL.md", None),
        ("memory/./a.md", None),
        ("memory//a.md", None),
        ("/etc/passwd", None),
        ("memory/a.txt", None),
        ("memory.md", None),
        ("memory/a.md\0", None),
        ("memory/\udc80.md", None),
        ("memory/" + "a/" * 20 + "b.md", None),
        ("../memory/a.md", None),
        ("", None),
    ],
)
def test_names(path: str, expected: str | None) -> None:
    """Two files of the folder and Markdown below `memory/` are notes; no way around leads to others."""
    assert name_note(path) == expected


def make(folder: Path) -> None:
    (folder / "memory" / "deep").mkdir(parents=True)
    (folder / "MEMORY.md").write_text("m")
    (folder / "SOUL.md").write_text("s")
    (folder / "memory" / "a.md").write_text("\ufeffa")
    (folder / "memory" / "deep" / "b.md").write_text("b")
    (folder / "memory" / "c.txt").write_text("c")
    os.mkfifo(folder / "memory" / "pipe.md")


def test_notes_are_listed(tmp_path: Path) -> None:
    """All notes with their revisions; other files, links and pipes are passed over."""
    make(tmp_path)
    (tmp_path / "USER.md").symlink_to("SOUL.md")
    (tmp_path / "memory" / "link.md").symlink_to("../SOUL.md")
    (tmp_path / "memory" / "folder").symlink_to("/")
    notes = list_notes(tmp_path)
    assert sorted(notes) == ["MEMORY.md", "memory/a.md", "memory/deep/b.md"]
    assert read_note(tmp_path, "memory/a.md") == "a"
    before = notes["MEMORY.md"]
    (tmp_path / "MEMORY.md").write_text("changed")
    assert list_notes(tmp_path)["MEMORY.md"] != before


def test_folder_that_is_not_there_has_no_notes(tmp_path: Path) -> None:
    """Nothing is there, so nothing is listed."""
    assert list_notes(tmp_path / "none") == {}
    (tmp_path / "memory").symlink_to("/")
    assert list_notes(tmp_path) == {}


@pytest.mark.parametrize("kind", ["the note", "its folder", "the folder of notes"])
def test_p13_links_are_not_followed(tmp_path: Path, kind: str) -> None:
    """A link, wherever on the way, leads to nothing, so that notes are what lies there."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "b.md").write_text("secret")
    folder = tmp_path / "workspace"
    make(folder)
    if kind == "the note":
        (folder / "memory" / "deep" / "b.md").unlink()
        (folder / "memory" / "deep" / "b.md").symlink_to(secret / "b.md")
    elif kind == "its folder":
        (folder / "memory" / "deep").rename(folder / "old")
        (folder / "memory" / "deep").symlink_to(secret)
    else:
        (folder / "memory").rename(folder / "old")
        (folder / "memory").symlink_to(tmp_path)
        (tmp_path / "deep").symlink_to(secret)
    with pytest.raises(ToolFailure) as refused:
        read_note(folder, "memory/deep/b.md")
    assert "secret" not in str(refused.value)


def test_reading_is_bounded(tmp_path: Path) -> None:
    """Of an endless note the beginning is read; a pipe is not waited for; nothing is nothing."""
    make(tmp_path)
    (tmp_path / "memory" / "large.md").write_bytes(b"\xff" * (MAX_NOTE_BYTES + 5))
    assert len(read_note(tmp_path, "memory/large.md")) == MAX_NOTE_BYTES
    with pytest.raises(ToolFailure, match="a pipe"):
        read_note(tmp_path, "memory/pipe.md")
    with pytest.raises(NotThere):
        read_note(tmp_path, "memory/none.md")
