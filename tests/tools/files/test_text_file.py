"""What counts as text, and that it comes back as it was."""

import os
from pathlib import Path

import pytest

from openclaw_gateway.tools.files.replacement import MAX_CHANGED_BYTES
from openclaw_gateway.tools.files.text_file import decode_text, is_mostly_crlf, name_binary, read_whole
from openclaw_gateway.tools.tool import ToolFailure


@pytest.mark.parametrize("content", [b"", b"a\r\nb\n", b"\xef\xbb\xbfa", "ä\r".encode(), b"\xef\xbb\xbf"])
def test_text_comes_back_as_it_was(content: bytes) -> None:
    """Mark and text together are the bytes."""
    mark, text = decode_text(content, "a")
    assert mark + text.encode() == content
    assert not text.startswith("\ufeff")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"a\nb\xff\n", "^a is not edited: line 2 is not UTF-8", id="Latin-1"),
        pytest.param(b"\xff\xfea\0", "text in UTF-16", id="UTF-16"),
        pytest.param(b"a\0b", "it is binary", id="NUL"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "it is image/png", id="picture"),
    ],
)
def test_what_would_be_damaged_is_refused(content: bytes, message: str) -> None:
    """Nothing is decoded that would not be the same bytes afterwards."""
    with pytest.raises(ToolFailure, match=message):
        decode_text(content, "a")


def test_text_has_no_kind() -> None:
    """Only what is not shown as text has one."""
    assert [name_binary(content) for content in (b"", b"text", b"%PDF-1.7", b"\0")] == [
        None,
        None,
        "application/pdf",
        "binary",
    ]


def test_most_lines_decide(tmp_path: Path) -> None:
    """One line end of the other kind changes nothing."""
    assert [is_mostly_crlf(text) for text in ("", "a", "a\nb\r\n", "a\r\nb\nc\r\n")] == [False, False, False, True]


def test_a_file_too_large_to_change_is_not_loaded(tmp_path: Path) -> None:
    """It is left off at the limit, whatever its size was said to be."""
    (tmp_path / "a").touch()
    os.truncate(tmp_path / "a", MAX_CHANGED_BYTES * 100)
    file = os.open(tmp_path / "a", os.O_RDONLY)
    try:
        with pytest.raises(ToolFailure, match="the most that is edited"):
            read_whole(file, "a")
        assert os.lseek(file, 0, os.SEEK_CUR) <= MAX_CHANGED_BYTES + 1024 * 1024
    finally:
        os.close(file)
