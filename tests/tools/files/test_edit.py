"""`edit`, as a model calls it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tools.files.folder import call, inside, names_in

from openclaw_gateway.tools.files.edit import EditTool
from openclaw_gateway.tools.tool import ToolFailure

EDIT = EditTool()


async def test_a_file_is_changed_in_place(tmp_path: Path) -> None:
    """Byte order mark, line ends and mode stay."""
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    (tmp_path / "a").chmod(0o750)
    edits = [{"oldText": "one\ntwo", "newText": "1\n2"}]
    assert await call(EDIT, inside(tmp_path), path="a", edits=edits) == "Successfully replaced 1 block(s) in a."
    assert (tmp_path / "a").read_bytes() == b"\xef\xbb\xbf1\r\n2\r\n"
    assert ((tmp_path / "a").stat().st_mode & 0o777, names_in(tmp_path)) == (0o750, ["a"])


@pytest.mark.parametrize(
    ("content", "edits", "message"),
    [
        pytest.param(b"one", [{"oldText": "two", "newText": ""}], r"edits\[0\].oldText was not found", id="no match"),
        pytest.param(
            b"one two",
            [{"oldText": "one", "newText": "1"}, {"oldText": "three", "newText": "3"}],
            r"edits\[1\].oldText was not found",
            id="one of two",
        ),
        pytest.param(b"caf\xe9 one", [{"oldText": "one", "newText": "1"}], "not UTF-8", id="no UTF-8"),
        pytest.param(b"one", [], "edits: expected array of length >= 1", id="no edits"),
        pytest.param(b"one", [{"oldText": "one"}], r"edits\[0\]: newText is required", id="half an edit"),
    ],
)
async def test_all_is_done_or_nothing(tmp_path: Path, content: bytes, edits: list[object], message: str) -> None:
    """The file is the same after a failure."""
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ToolFailure, match=message):
        await call(EDIT, inside(tmp_path), path="a", edits=edits)
    assert ((tmp_path / "a").read_bytes(), names_in(tmp_path)) == (content, ["a"])


async def test_only_files_of_the_place_are_changed(tmp_path: Path) -> None:
    """Not through links that lead out, not in a read-only place, and no pipes."""
    (tmp_path / "other").write_text("one")
    (tmp_path / "in").mkdir()
    (tmp_path / "in/out").symlink_to("../other")
    os.mkfifo(tmp_path / "in/pipe")
    place = inside(tmp_path / "in")
    edits = [{"oldText": "one", "newText": "1"}]
    for path in ("out", "../other", "pipe", "missing"):
        with pytest.raises(ToolFailure):
            await call(EDIT, place, path=path, edits=edits)
    with pytest.raises(ToolFailure, match="is read-only"):
        await call(EDIT, replace(place, is_writable=False), path="out", edits=edits)
    assert (tmp_path / "other").read_text() == "one"
