"""A part of a text that may be of any size: from a line on, as many lines and characters as are wanted.

Pure: fed with pieces of bytes, it keeps little more of them than it shows.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from openclaw_gateway.tools.tool import ToolFailure

# How the decoder stands for a byte that is not UTF-8.
_LOST: Final = re.compile("[\udc80-\udcff]")


class Excerpt(msgspec.Struct, frozen=True, gc=False):
    """What is shown. next_line, next_cursor: where the rest begins; next_line 0: there is none. is_lossy: bytes that
    are not UTF-8 stand as U+FFFD in it.
    """

    text: str
    next_line: int = 0
    next_cursor: int = 0
    is_lossy: bool = False


def cut_excerpt(pieces: Iterator[bytes], *, line: int, cursor: int, max_lines: int | None, max_chars: int) -> Excerpt:
    """From a character (0-based) of a line (1-based) on; whole lines, unless one alone is longer than max_chars.

    Raises ToolFailure for a beginning behind the end.
    """
    text = _gather(_from_char(_decode(_from_line(pieces, line)), cursor), max_lines, max_chars)
    shown = text if max_lines is None else text[: _end_of_line(text, max_lines)]
    shown = shown[:max_chars]
    next_line = next_cursor = 0
    if len(shown) < len(text):
        if (lines := shown.count("\n")) > 0:
            shown = shown[: shown.rindex("\n") + 1]
            next_line = line + lines
        else:
            next_line, next_cursor = line, cursor + len(shown)
    readable = _LOST.sub("\ufffd", shown)
    return Excerpt(readable, next_line, next_cursor, is_lossy=readable != shown)


def _from_line(pieces: Iterator[bytes], line: int) -> Iterator[bytes]:
    breaks_left, is_inside_line, is_found = line - 1, False, line == 1
    for piece in pieces:
        start = 0
        if breaks_left:
            breaks = piece.count(b"\n")
            is_inside_line = not piece.endswith(b"\n")
            if breaks < breaks_left:
                breaks_left -= breaks
                continue
            for _ in range(breaks_left):
                start = piece.index(b"\n", start) + 1
            breaks_left = 0
        if start < len(piece):
            is_found = True
            yield piece[start:]
    if not is_found:
        total = line - 1 - breaks_left + is_inside_line
        raise ToolFailure(f"offset: {line} is behind the end, the file has {total} line{'s' * (total != 1)}")


def _decode(pieces: Iterator[bytes]) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _from_char(texts: Iterator[str], cursor: int) -> Iterator[str]:
    left = cursor
    for text in texts:
        if text.find("\n", 0, left) >= 0:
            break
        if left < len(text):
            yield text[left:]
            left = 0
            yield from texts
        left = max(0, left - len(text))
    if left:
        raise ToolFailure(f"cursor: {cursor} is behind the end of the line")


def _gather(texts: Iterator[str], max_lines: int | None, max_chars: int) -> str:
    """Enough to know whether there is more than what is wanted."""
    parts: list[str] = []
    chars = breaks = 0
    for text in texts:
        parts.append(text)
        chars += len(text)
        breaks += text.count("\n")
        if chars > max_chars or (max_lines is not None and breaks > max_lines):
            break
    return "".join(parts)


def _end_of_line(text: str, lines: int) -> int:
    end = 0
    for _ in range(lines):
        end = text.find("\n", end) + 1
        if end == 0:
            return len(text)
    return end
