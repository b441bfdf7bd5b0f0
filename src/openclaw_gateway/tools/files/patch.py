"""The text of a patch and what it says, section by section. Pure.

    *** Begin Patch
    *** Add File: new.txt
    +its only line
    *** Update File: old.txt
    *** Move to: other.txt
    @@ def f():
     kept
    -removed
    +added
    *** End of File
    *** Delete File: gone.txt
    *** End Patch

Source: OpenClaw docs/tools/apply-patch.md.
"""

import re
from typing import Final

import msgspec

from openclaw_gateway.tools.tool import ToolFailure

BEGIN: Final = "*** Begin Patch"
END: Final = "*** End Patch"
_ADD: Final = "*** Add File: "
_UPDATE: Final = "*** Update File: "
_DELETE: Final = "*** Delete File: "
_MOVE: Final = "*** Move to: "
_END_OF_FILE: Final = "*** End of File"
# What other kinds of patches write after @@; line numbers say nothing here.
_NUMBERS: Final = re.compile(r"-\d+(,\d+)? \+\d+(,\d+)? @@ ?")
_MAX_QUOTED_CHARS: Final = 120


class Hunk(msgspec.Struct, frozen=True, gc=False):
    """One change. line: in the patch. anchors: lines to find first, one after the other. changes: the lines with their
    mark (space, - or +). is_at_end: the last of them is the file's last.
    """

    line: int
    anchors: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]
    is_at_end: bool = False

    @property
    def old(self) -> list[str]:
        """The lines that must be there."""
        return [text for mark, text in self.changes if mark != "+"]


class AddFile(msgspec.Struct, frozen=True, gc=False):
    """A file that must not be there yet. line: in the patch."""

    line: int
    path: str
    content: str


class UpdateFile(msgspec.Struct, frozen=True, gc=False):
    """A file that is changed, moved, or both. moved_to must not be there yet."""

    line: int
    path: str
    moved_to: str | None
    hunks: tuple[Hunk, ...]


class DeleteFile(msgspec.Struct, frozen=True, gc=False):
    """A file that goes."""

    line: int
    path: str


Section = AddFile | UpdateFile | DeleteFile


def parse_patch(text: str) -> list[Section]:
    """Its sections in order, at least one. Raises ToolFailure with the number of the line that is wrong."""
    return _Reader(text).read()


class _Reader:
    """The lines of a patch and how far it is read. _at: index of the next line."""

    def __init__(self, text: str) -> None:
        self._lines = [line.removesuffix("\r") for line in text.strip().split("\n")]
        self._at = 0

    def read(self) -> list[Section]:
        if self._lines[0].strip() != BEGIN:
            raise self._refuse(f"a patch begins with {BEGIN!r}")
        self._at = 1
        sections: list[Section] = []
        while (line := self._next()) is not None and line.strip() != END:
            sections.append(self._read_section(line))
        if line is None:
            raise self._refuse(f"the patch has no {END!r}")
        self._at += 1
        if self._next() is not None:
            raise self._refuse(f"nothing may follow {END!r}")
        if not sections:
            raise ToolFailure("The patch names no file")
        return sections

    def _read_section(self, header: str) -> Section:
        number = self._at + 1
        for start in (_ADD, _UPDATE, _DELETE):
            if header.startswith(start) and (path := header.removeprefix(start).strip()):
                self._at += 1
                if start == _ADD:
                    return AddFile(number, path, self._read_new())
                if start == _DELETE:
                    return DeleteFile(number, path)
                return self._read_update(number, path)
        raise self._refuse(f"expected {_ADD!r}, {_UPDATE!r} or {_DELETE!r} with a path, or {END!r}")

    def _read_new(self) -> str:
        lines: list[str] = []
        while (line := self._next()) is not None and not line.startswith("*** "):
            if not line.startswith("+"):
                raise self._refuse("each line of a new file begins with '+'")
            lines.append(line[1:] + "\n")
            self._at += 1
        return "".join(lines)

    def _read_update(self, number: int, path: str) -> UpdateFile:
        moved_to: str | None = None
        line = self._next()
        if line is not None and line.startswith(_MOVE):
            moved_to = line.removeprefix(_MOVE).strip()
            if not moved_to:
                raise self._refuse("a path is missing")
            self._at += 1
        hunks: list[Hunk] = []
        while (line := self._next()) is not None and not line.startswith("*** "):
            hunks.append(self._read_hunk())
        if not hunks and moved_to is None:
            raise self._refuse(f"{path} is neither changed nor moved; lines of a change begin with ' ', '-' or '+'")
        return UpdateFile(number, path, moved_to, tuple(hunks))

    def _read_hunk(self) -> Hunk:
        number = self._at + 1
        anchors: list[str] = []
        while (line := self._next()) is not None and line.startswith("@@"):
            if anchor := _NUMBERS.sub("", line[2:].removeprefix(" "), count=1):
                anchors.append(anchor)
            self._at += 1
        changes: list[tuple[str, str]] = []
        while (line := self._next()) is not None and not line.startswith(("@@", "*** ")):
            if line and line[0] not in " -+":
                raise self._refuse("a line of a change begins with ' ', '-' or '+'")
            # Spaces at the end of a line are lost easily, and so is the one of an empty line.
            changes.append((line[:1] or " ", line[1:]))
            self._at += 1
        is_at_end = line is not None and line.strip() == _END_OF_FILE
        if not changes:
            raise self._refuse("this change has no lines")
        if is_at_end:
            self._at += 1
        return Hunk(number, tuple(anchors), tuple(changes), is_at_end)

    def _next(self) -> str | None:
        return self._lines[self._at] if self._at < len(self._lines) else None

    def _refuse(self, expected: str) -> ToolFailure:
        line = self._next()
        got = "the end of the patch" if line is None else repr(line[:_MAX_QUOTED_CHARS])
        return ToolFailure(f"Line {self._at + 1} of the patch: {expected}, got {got}")
