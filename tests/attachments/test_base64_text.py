"""Strict base64, in pieces."""

import base64

import pytest

from openclaw_gateway.attachments.base64_text import PIECE_CHARS, count_decoded, decode, most_bytes

PIECE_BYTES = PIECE_CHARS // 4 * 3


@pytest.mark.parametrize("size", [0, 1, 2, 3, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES + 5])
def test_pieces_make_the_whole(size: int) -> None:
    """Any size comes out as it went in, at and around the borders of pieces."""
    content = bytes(number % 251 for number in range(size))
    text = base64.b64encode(content).decode()
    assert decode(text) == content
    assert count_decoded(f"data:{text}", 5) == size
    assert most_bytes(len(text)) - size in (0, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("A", id="cut"),
        pytest.param("AAA", id="no padding"),
        pytest.param("AA=A", id="padding inside"),
        pytest.param("AA AA", id="space"),
        pytest.param("AA-_", id="the other alphabet"),
        pytest.param("\u00fc===", id="not ASCII"),
        pytest.param("A" * (PIECE_CHARS - 1) + "=" + "AAAA", id="padding at the border of a piece"),
        pytest.param("A" * (PIECE_CHARS - 2) + "==" + "A" * PIECE_CHARS, id="padding before a whole piece"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """What is not strict base64 is refused wherever it is wrong."""
    with pytest.raises(ValueError):  # noqa: PT011  (binascii has one error for all of it)
        decode(text)
