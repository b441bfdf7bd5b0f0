"""Blocks of a text replaced by others, each found in the text as it was. Pure.

Line ends are not compared: a block that is given with LF is found in a file with CRLF, and what is put there has the
line ends of the file. All that is outside of the blocks stays as it was, to the byte.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from openclaw_gateway.tools.files.nearest import show_nearest
from openclaw_gateway.tools.files.text_file import is_mostly_crlf
from openclaw_gateway.tools.tool import ToolFailure

# Places of a block that is not unique, told to the model.
_MAX_TOLD: Final = 10


class Block(msgspec.Struct, frozen=True, gc=False):
    """A text that is there once, and what is to be there instead."""

    old: str
    new: str


class _Found(msgspec.Struct, frozen=True, gc=False, order=True):
    start: int
    end: int
    index: int


def replace_blocks(text: str, blocks: Sequence[Block], shown: str) -> str:
    """The new text. Raises ToolFailure that names the block, for one that is missing, not unique or overlaps another,
    and when nothing would change.
    """
    plain = text.replace("\r\n", "\n")
    found = sorted(_find(plain, block, index, shown) for index, block in enumerate(blocks))
    for one, other in pairwise(found):
        if other.start < one.end:
            first, second = sorted((one.index, other.index))
            raise ToolFailure(f"edits[{first}] and edits[{second}] overlap in {shown}; make one edit of them")
    breaks = _crlf_places(plain, text)
    line_end = "\r\n" if is_mostly_crlf(text) else "\n"
    parts: list[str] = []
    at = 0
    for place in found:
        start, end = (offset + bisect_left(breaks, offset) for offset in (place.start, place.end))
        parts += (text[at:start], _plain(blocks[place.index].new).replace("\n", line_end))
        at = end
    changed = "".join((*parts, text[at:]))
    if changed == text:
        raise ToolFailure(f"The edits change nothing in {shown}: old and new text are the same")
    return changed


def _find(plain: str, block: Block, index: int, shown: str) -> _Found:
    old = _plain(block.old)
    if not old:
        raise ToolFailure(f"edits[{index}].oldText is empty; to write a new file, use write")
    start = plain.find(old)
    if start < 0:
        raise ToolFailure(
            f"edits[{index}].oldText was not found in {shown}; it must match exactly, spaces and line breaks too. "
            + show_nearest(plain, old)
        )
    starts = [start]
    while len(starts) <= _MAX_TOLD and (start := plain.find(old, start + 1)) >= 0:
        starts.append(start)
    if len(starts) > 1:
        told = ", ".join([str(plain.count("\n", 0, start) + 1) for start in starts[:_MAX_TOLD]])
        more = " and more" if len(starts) > _MAX_TOLD else ""
        raise ToolFailure(
            f"edits[{index}].oldText is not unique in {shown}: it begins in lines {told}{more}. Take more of the text "
            "around the one you mean"
        )
    return _Found(starts[0], starts[0] + len(old), index)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _crlf_places(plain: str, text: str) -> list[int]:
    """Where in the plain text a break stands that was CR and LF, in order."""
    if len(plain) == len(text):
        return []
    places: list[int] = []
    at = text.find("\r\n")
    while at >= 0:
        places.append(at - len(places))
        at = text.find("\r\n", at + 2)
    return places
