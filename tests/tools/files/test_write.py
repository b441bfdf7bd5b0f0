"""`write`, as a model calls it."""

import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tools.files.folder import call, inside, names_in

from openclaw_gateway.tools.files.write import WriteTool
from openclaw_gateway.tools.tool import ToolFailure

WRITE = WriteTool()


async def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    """The bytes are counted, not the characters."""
    told = await call(WRITE, inside(tmp_path), path="a/b/c.txt", content="é\n")
    assert (told, (tmp_path / "a/b/c.txt").read_text()) == ("Successfully wrote 3 bytes to a/b/c.txt", "é\n")
    await call(WRITE, inside(tmp_path), path="a/b/c.txt", content="")
    assert (tmp_path / "a/b/c.txt").read_text() == ""
    assert names_in(tmp_path) == ["a", "a/b", "a/b/c.txt"]


async def test_nothing_is_written_where_it_may_not(tmp_path: Path) -> None:
    """Outside, into a pipe, over a directory, over a protected file, in a read-only place."""
    place = inside(tmp_path / "in")
    (tmp_path / "in" / "folder").mkdir(parents=True)
    (tmp_path / "in" / "out").symlink_to(tmp_path / "other")
    os.mkfifo(tmp_path / "in" / "pipe")
    for path in ("../other", "out", str(tmp_path / "other"), "pipe", "folder", "."):
        with pytest.raises(ToolFailure):
            await call(WRITE, place, path=path, content="x")
    with pytest.raises(ToolFailure, match="is read-only here"):
        await call(WRITE, replace(place, is_writable=False), path="a", content="x")
    assert names_in(tmp_path) == ["in", "in/folder", "in/out", "in/pipe"]


async def test_a_protected_file_stays(tmp_path: Path) -> None:
    """A file that may not be written is not replaced, though its folder would allow it; root may write all."""
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o444)
    may_write = os.access(tmp_path / "a", os.W_OK)
    with nullcontext() if may_write else pytest.raises(ToolFailure, match=r"^Permission denied: "):
        await call(WRITE, inside(tmp_path), path="a", content="new")
    assert (tmp_path / "a").read_text() == ("new" if may_write else "old")
