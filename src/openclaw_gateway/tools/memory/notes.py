"""The notes of a folder, and nothing else of it: no other file, and none that a link leads to.

A link is not followed wherever on the way it is, so what may be read is what lies there and not what somebody made
point to it. All functions block on the disk.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from openclaw_gateway.memory.index import Revision
from openclaw_gateway.tools.files.root import NotThere, Spot, open_spot, told_of

MAX_NOTES: Final = 2_000
MAX_NOTE_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 6
_PAGES: Final = ("MEMORY.md", "USER.md")
_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_IN_MEMORY: Final = re.compile(r"memory(?:/[^/\0]+)+\.md", re.IGNORECASE)


def name_note(path: str) -> str | None:
    """The note that a path of the model means, as `list_notes` names it; None for what is none."""
    name = path.strip().removeprefix("./")
    if name in _PAGES:
        return name
    parts = name.split("/")
    is_inside = _IN_MEMORY.fullmatch(name) and not {"", ".", ".."} & set(parts) and len(parts) <= MAX_DEPTH + 1
    return name if is_inside and parts[0] == "memory" and _is_encodable(name) else None


def list_notes(folder: Path) -> dict[str, Revision]:
    """All notes of a folder by path, with their revisions; those beyond the bounds are passed over."""
    notes: dict[str, Revision] = {}
    try:
        top = os.open(folder, _DIRECTORY)
    except OSError:
        return notes
    try:
        for name in _PAGES:
            with suppress(OSError):
                _note(notes, name, os.stat(name, dir_fd=top, follow_symlinks=False))
        with suppress(OSError):
            memory = os.open("memory", _DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
            try:
                _list_below(memory, "memory", 1, notes)
            finally:
                os.close(memory)
    finally:
        os.close(top)
    return notes


def read_note(folder: Path, name: str) -> str:
    """The text of a note, at most its first megabyte. Raises NotThere, and ToolFailure for what is no file."""
    with _open_parent(folder, name) as spot, open_spot(spot) as (file, _):
        pieces: list[bytes] = []
        left = MAX_NOTE_BYTES
        while left > 0 and (piece := os.read(file, left)):
            pieces.append(piece)
            left -= len(piece)
    return b"".join(pieces).decode("utf-8", "replace").removeprefix("\ufeff")


@contextmanager
def _open_parent(folder: Path, name: str) -> Iterator[Spot]:
    *parents, last = name.split("/")
    with told_of(name):
        directory = os.open(folder, _DIRECTORY)
        try:
            for parent in parents:
                try:
                    inner = os.open(parent, _DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
                except NotADirectoryError:
                    raise NotThere(f"File not found: {name}.") from None  # also what a link would lead to
                os.close(directory)
                directory = inner
            yield Spot(directory, last, name)
        finally:
            os.close(directory)


def _list_below(directory: int, path: str, depth: int, notes: dict[str, Revision]) -> None:
    with os.scandir(directory) as entries:
        for entry in sorted(entries, key=lambda each: each.name):
            name = f"{path}/{entry.name}"
            if len(notes) >= MAX_NOTES or not _is_encodable(name):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < MAX_DEPTH:
                    with suppress(OSError):
                        inner = os.open(entry.name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
                        try:
                            _list_below(inner, name, depth + 1, notes)
                        finally:
                            os.close(inner)
            elif name_note(name):
                with suppress(OSError):
                    _note(notes, name, entry.stat(follow_symlinks=False))


def _note(notes: dict[str, Revision], name: str, found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        notes[name] = (found.st_mtime_ns, found.st_size, found.st_ino)


def _is_encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # a file name that is no text
        return False
    return True
