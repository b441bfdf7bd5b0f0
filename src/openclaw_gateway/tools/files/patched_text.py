"""Hunks of a patch applied to the text of a file. Pure.

A hunk is looked for below the one before it. Lines are compared exactly, then without spaces at their ends; those that
are kept stay as they are in the file. New lines get the line ends that most lines have, and a file without a line end
after its last line stays so.
"""

from collections.abc import Callable, Sequence

from openclaw_gateway.tools.files.nearest import show_nearest
from openclaw_gateway.tools.files.patch import Hunk
from openclaw_gateway.tools.files.text_file import is_mostly_crlf
from openclaw_gateway.tools.tool import ToolFailure


def apply_hunks(text: str, hunks: Sequence[Hunk], shown: str) -> str:
    """The new text. Raises ToolFailure with the hunk's line in the patch for one that has no place."""
    lines = text.split("\n")
    ends_with_break = not lines[-1]
    if ends_with_break:
        lines.pop()
    plain = [line.removesuffix("\r") for line in lines]
    line_end = "\r" if is_mostly_crlf(text) else ""
    patched: list[str] = []
    at = 0
    for hunk in hunks:
        start = _find(plain, hunk, at, shown)
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


def _find(plain: list[str], hunk: Hunk, at: int, shown: str) -> int:
    """Where in the lines a hunk begins."""
    start = at
    for anchor in hunk.anchors:
        found = _seek(plain, [anchor], start) if start < len(plain) else None
        if found is None:
            raise ToolFailure(
                f"Line {hunk.line} of the patch: {shown} has no line {anchor!r} below line {at}. "
                + show_nearest("\n".join(plain), anchor)
            )
        start = found + 1
    old = hunk.old
    if not old:
        return start if hunk.anchors and not hunk.is_at_end else len(plain)
    found = _seek(plain, old, max(start, len(plain) - len(old)) if hunk.is_at_end else start)
    if found is None and hunk.anchors and not hunk.is_at_end:
        # The line after @@ is often repeated below it.
        found = _seek(plain, old, max(at, start - 1))
    if found is None:
        where = "at the end of" if hunk.is_at_end else "in"
        raise ToolFailure(
            f"Line {hunk.line} of the patch: the old lines of this change were not found {where} {shown} "
            f"below line {start}. {show_nearest(chr(10).join(plain), chr(10).join(old))}"
        )
    return found


def _seek(plain: list[str], wanted: list[str], start: int) -> int | None:
    loosenings: tuple[Callable[[str], str], ...] = (str, str.rstrip)
    for loosen in loosenings:
        lines, looked_for = list(map(loosen, plain)), list(map(loosen, wanted))
        for place in range(start, len(lines) - len(looked_for) + 1):
            if lines[place] == looked_for[0] and lines[place : place + len(looked_for)] == looked_for:
                return place
    return None
