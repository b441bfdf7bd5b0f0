"""Base64 inside JSON: checked and decoded strictly, in pieces, so that a thread doing it lets the event loop breathe.

One call over 20 MB would hold the interpreter for tens of milliseconds, whichever thread makes it.
"""

from binascii import a2b_base64
from collections.abc import Iterator

# Characters at a time, a multiple of 4; about a millisecond.
PIECE_CHARS = 1024 * 1024


def count_decoded(text: str, start: int = 0) -> int:
    """How many bytes the text from `start` on stands for. Raises ValueError unless it is strict base64."""
    return sum(map(len, _decode_pieces(text, start)))


def decode(text: str, start: int = 0) -> bytes:
    """The bytes. Raises ValueError as `count_decoded` does."""
    return b"".join(_decode_pieces(text, start))


def most_bytes(chars: int) -> int:
    """The most bytes that so many characters can stand for: known before anything is decoded."""
    return chars // 4 * 3


def _decode_pieces(text: str, start: int) -> Iterator[bytes]:
    last = len(text) - PIECE_CHARS
    for place in range(start, len(text), PIECE_CHARS):
        piece = a2b_base64(text[place : place + PIECE_CHARS], strict_mode=True)
        if place < last and len(piece) != PIECE_CHARS // 4 * 3:
            raise ValueError("padding inside")
        yield piece
