"""`read`, as a model calls it."""

import os
from pathlib import Path

import pytest
from tests.tools.files.folder import PNG, call, inside

from openclaw_gateway.tools.files.read import ReadTool
from openclaw_gateway.tools.tool import ToolFailure

READ = ReadTool()


async def test_a_file_is_shown_as_it_is(tmp_path: Path) -> None:
    """With its line ends, without its byte order mark."""
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\r\ntwo\n")
    assert await call(READ, inside(tmp_path), path="a") == "one\r\ntwo\n"
    assert await call(READ, inside(tmp_path), path="a", offset=2) == "two\n"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        pytest.param({"limit": 1}, "1\n\n[More lines follow: read on with offset=2.]", id="limit"),
        pytest.param({"offset": 3, "limit": 9}, "3\n", id="to the end"),
        pytest.param({"offset": "2", "limit": None}, "2\n3\n", id="as models write it"),
    ],
)
async def test_parts_say_how_to_go_on(tmp_path: Path, arguments: dict[str, object], text: str) -> None:
    """As long as there is more."""
    (tmp_path / "a").write_text("1\n2\n3\n")
    assert await call(READ, inside(tmp_path), path="a", **arguments) == text


async def test_a_result_never_passes_its_cap(tmp_path: Path) -> None:
    """Text and hint together fit into what the model reads, also in the middle of a long line."""
    (tmp_path / "a").write_text("x" * 5_000)
    text = await call(READ, inside(tmp_path), path="a", max_chars=1_000)
    assert text == "x" * 800 + "\n[The line goes on: read on with offset=1 cursor=800.]"
    assert await call(READ, inside(tmp_path), path="a", cursor=4_999) == "x"


async def test_a_huge_file_is_not_loaded(tmp_path: Path) -> None:
    """A sparse terabyte of one line is read as far as it is shown."""
    (tmp_path / "a").write_text("y" * 300_000)
    os.truncate(tmp_path / "a", 1024**4)
    text = await call(READ, inside(tmp_path), path="a", limit=1)
    assert text.startswith("yyy")
    with pytest.raises(ToolFailure, match="use a command"):
        await call(READ, inside(tmp_path), path="a", offset=2)


async def test_missing_files_are_errors_unless_they_are_optional(tmp_path: Path) -> None:
    """The error names the whole path, the answer the path that was asked for."""
    with pytest.raises(ToolFailure, match=f"^File not found: {tmp_path}/x/a.$"):
        await call(READ, inside(tmp_path), path="x/a")
    assert await call(READ, inside(tmp_path), path="x/a", optional=True) == "Optional file not found: x/a."
    with pytest.raises(ToolFailure, match="leads out of"):
        await call(READ, inside(tmp_path), path="../a", optional=True)


async def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    """Shown as far as possible in a text, not at all in a binary file."""
    (tmp_path / "latin").write_bytes(b"caf\xe9\n")
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\0")
    assert (await call(READ, inside(tmp_path), path="latin")).startswith("caf\ufffd\n\n[Some bytes are not UTF-8")
    with pytest.raises(ToolFailure, match="/binary is not shown: it is binary"):
        await call(READ, inside(tmp_path), path="binary")


async def test_pictures_go_to_models_that_see(tmp_path: Path) -> None:
    """What a file is its bytes tell, not its name; another model is told that it is a picture."""
    (tmp_path / "a.txt").write_bytes(PNG)
    assert await call(READ, inside(tmp_path), path="a.txt", sees=True) == "a.txt [image/png]<image/png>"
    with pytest.raises(ToolFailure, match=r"a picture \(image/png\), and this model cannot see"):
        await call(READ, inside(tmp_path), path="a.txt")
