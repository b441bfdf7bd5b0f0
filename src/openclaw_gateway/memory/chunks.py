"""Notes in pieces that are found and shown one by one. Pure."""

from collections.abc import Iterator
from typing import Final

import msgspec

# About 400 tokens: enough to be understood alone, few enough that several fit into a result.
MAX_CHUNK_CHARS: Final = 1_600


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """Some lines of a note. first, last: their numbers, from 1."""

    first: int
    last: int
    text: str


def cut_chunks(text: str) -> Iterator[Chunk]:
    """The pieces of a note in order: a heading begins one, and so does what would make the one before too long.

    A line that is too long alone is cut into several pieces of the same number.
    """
    lines: list[str] = []
    size, first = 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        if lines and (line.startswith("#") or size + len(line) > MAX_CHUNK_CHARS):
            yield from _chunk(first, lines)
            lines, size = [], 0
        if not lines:
            first = number
        lines.append(line)
        size += len(line) + 1
    yield from _chunk(first, lines)


def _chunk(first: int, lines: list[str]) -> Iterator[Chunk]:
    text = "\n".join(lines)
    for start in range(0, len(text), MAX_CHUNK_CHARS) if len(lines) == 1 else (0,):
        piece = text[start : start + MAX_CHUNK_CHARS] if len(lines) == 1 else text
        if piece.strip():
            yield Chunk(first, first + len(lines) - 1, piece)
