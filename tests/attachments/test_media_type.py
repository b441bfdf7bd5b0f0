"""Types of files by their first bytes, their declaration and their name."""

import pytest

from openclaw_gateway.attachments.media_type import name_file_type, read_charset, sniff


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        pytest.param(b"\xff\xd8\xff\xe0", "image/jpeg", id="JPEG"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "image/png", id="PNG"),
        pytest.param(b"GIF89a", "image/gif", id="GIF"),
        pytest.param(b"RIFF\x00\x00\x00\x00WEBP", "image/webp", id="WebP"),
        pytest.param(b"RIFF\x00\x00\x00\x00WAVE", None, id="WAV"),
        pytest.param(b"\x00\x00\x00\x18ftypheic", "image/heic", id="HEIC"),
        pytest.param(b"\x00\x00\x00\x18ftypmif1", "image/heif", id="HEIF"),
        pytest.param(b"%PDF-1.7", "application/pdf", id="PDF"),
        pytest.param(b"<html>", None, id="text"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_first_bytes_tell(beginning: bytes, expected: str | None) -> None:
    """Images and PDFs are known by their first bytes."""
    assert sniff(beginning) == expected


@pytest.mark.parametrize(
    ("beginning", "declared", "filename", "expected"),
    [
        pytest.param(b"a,b", "text/csv", None, "text/csv", id="declared"),
        pytest.param(b"a,b", "Text/CSV; charset=utf-8", None, "text/csv", id="with parameters"),
        pytest.param(b"a,b", None, "Table.CSV", "text/csv", id="by name"),
        pytest.param(b"a,b", "application/octet-stream", "table.csv", "text/csv", id="declared to be nothing"),
        pytest.param(b"# A", "text/x-markdown", None, "text/markdown", id="old name"),
        pytest.param(b"%PDF-1.4", "text/plain", "a.txt", "application/pdf", id="bytes contradict"),
        pytest.param(b"MZ", None, "a.exe", "", id="unknown name"),
        pytest.param(b"x", None, None, "", id="nothing tells"),
    ],
)
def test_file_type(beginning: bytes, declared: str | None, filename: str | None, expected: str) -> None:
    """Bytes come before the declaration, the declaration before the name."""
    assert name_file_type(beginning, declared, filename) == expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("text/plain; charset=Latin-1", "latin-1"),
        ('a/b;x=y; charset="utf-8"', "utf-8"),
        ("text/plain", None),
        (None, None),
    ],
)
def test_charset(declared: str | None, expected: str | None) -> None:
    """A declared charset is found among the parameters."""
    assert read_charset(declared) == expected
