"""Bytes of the web become text, whatever they claim."""

import pytest

from openclaw_gateway.tools.web.web_text import decode_web_text


@pytest.mark.parametrize(
    ("content", "charset", "expected"),
    [
        pytest.param("größe".encode(), "", "größe", id="nothing named"),
        pytest.param("größe".encode("cp1252"), "ISO-8859-1", "größe", id="Latin-1"),
        pytest.param(b"\x93x\x94", "latin-1", "\u201cx\u201d", id="Latin-1 that is Microsoft's"),
        pytest.param("日本".encode("shift_jis"), "Shift_JIS", "日本", id="Japanese"),
        pytest.param("größe".encode("utf-16"), "utf-8", "größe", id="the mark wins"),
        pytest.param(b"\xef\xbb\xbfx", "latin-1", "x", id="UTF-8 with a mark"),
        pytest.param(b"x", "zip", "x", id="a codec that is none"),
        pytest.param(b"x", "no-such", "x", id="unknown"),
        pytest.param(b"x", "\udc80", "x", id="no name at all"),
        pytest.param(b"a\xffb\0", "utf-8", "a\ufffdb\ufffd", id="broken"),
    ],
)
def test_charsets(content: bytes, charset: str, expected: str) -> None:
    """By its mark, else as named, else UTF-8; what does not fit is replaced."""
    assert decode_web_text(content, charset) == expected
