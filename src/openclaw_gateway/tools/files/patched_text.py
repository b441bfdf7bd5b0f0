"""Hunks of a patch applied to the text of a file. Pure.

A hunk is looked for below the one before it. Lines are compared exactly, then without spaces at their ends; those that
are kept stay as they are in the file. New lines get the line ends that most lines have, and a file without a line end
after its last line stays so.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from openclaw_gateway.tools.files.nearest import show_nearest
from openclaw_gateway.tools.files.patch import Hunk
from openclaw_gateway.tools.files.text_file import is_mostly_crlf
from openclaw_gateway.tools.tool import ToolFailure

# A search that finds nothing passes over the whole file, so their number bounds the time.
MAX_HUNKS: Final = 1_000


def apply_hunks(text: str, hunks: Sequence[Hunk], shown: str) -> str:
    """The new text. Raises ToolFailure with the hunk's line in the patch for one that has no place, and if too many."""
    if len(hunks) > MAX_HUNKS:
        raise ToolFailure(f"The patch changes {shown} in more than {MAX_HUNKS} places; use several patches, or write")
    lines = text.split("\n")
    ends_with_break = not lines[-1]
    if ends_with_break:
        lines.pop()
    plain = [line.removesuffix("\r") for line in lines]
    line_end = "\r" if is_mostly_crlf(text) else ""
    searched = _Searched(plain)
    patched: list[str] = []
    at = 0
    for hunk in hunks:
        start = _find(searched, hunk, at, shown)
        patched += lines[at:start]
        at = start
        for mark, change in hunk.changes:
            if mark == "+":
                patched.append(change + line_end)
                continue
            if mark == " ":
                patched.append(lines[at])
            at += 1
    patched += lines[at:]
    if not patched:
        return ""
    if not ends_with_break:
        # The old last line had no line end of its own, and may not be the last one any more.
        patched = [line + line_end if line_end and not line.endswith(line_end) else line for line in patched[:-1]] + [
            patched[-1].removesuffix(line_end) if line_end else patched[-1]
        ]
        return "\n".join(patched)
    return "\n".join(patched) + "\n"


class _Searched:
    """Lines in which others are looked for, exactly and then without spaces at their ends.

    As one text, because a search for a text is linear: of lines that repeat, each place would be compared far.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self._exact = _Text(lines)
        self._loose: _Text | None = None

    def seek(self, wanted: list[str], start: int) -> int | None:
        """The first place from `start` on where these lines stand; None if there is none."""
        found = self._exact.seek(wanted, start)
        if found is None:
            self._loose = self._loose or _Text([line.rstrip() for line in self.lines])
            found = self._loose.seek([line.rstrip() for line in wanted], start)
        return found


class _Text:
    def __init__(self, lines: list[str]) -> None:
        self._text = "\n" + "".join([f"{line}\n" for line in lines])
        # Of each line, where the break before it stands.
        self._starts = list(accumulate([len(line) + 1 for line in lines], initial=0))

    def seek(self, wanted: list[str], start: int) -> int | None:
        found = self._text.find("\n" + "".join([f"{line}\n" for line in wanted]), self._starts[start])
        return None if found < 0 else bisect_left(self._starts, found)


def _find(searched: _Searched, hunk: Hunk, at: int, shown: str) -> int:
    """Where in the lines a hunk begins."""
    plain, seek = searched.lines, searched.seek
    start = at
    for anchor in hunk.anchors:
        found = seek([anchor], start) if start < len(plain) else None
        if found is None:
            raise ToolFailure(
                f"Line {hunk.line} of the patch: {shown} has no line {anchor!r} below line {at}. "
                + show_nearest("\n".join(plain), anchor)
            )
        start = found + 1
    old = hunk.old
    if not old:
        return start if hunk.anchors and not hunk.is_at_end else len(plain)
    found = seek(old, max(start, len(plain) - len(old)) if hunk.is_at_end else start)
    if found is None and hunk.anchors and not hunk.is_at_end:
        # The line after @@ is often repeated below it.
        found = seek(old, max(at, start - 1))
    if found is None:
        where = "at the end of" if hunk.is_at_end else "in"
        raise ToolFailure(
            f"Line {hunk.line} of the patch: the old lines of this change were not found {where} {shown} "
            f"below line {start}. {show_nearest(chr(10).join(plain), chr(10).join(old))}"
        )
    return found
