"""Plain files below a folder, found without following links: whoever writes in the folder cannot lead us out of it.

An agent in a sandbox may write its workspace, and the gateway reads it with the operator's rights; so each part of a
path below the folder is opened by itself and must not be a link. The folder itself is the operator's choice and may be
one. Blocking: call it on a thread.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

# Changes with the file: nanoseconds of its last change, bytes, inode.
Revision = tuple[int, int, int]

# More of a file is not read; far beyond what fits into a prompt.
MAX_BYTES: Final = 1024 * 1024

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe must not hold the reader.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def find_revision(folder: Path, name: str) -> Revision | None:
    """The revision of a plain file directly in the folder; None if there is none."""
    try:
        status = os.lstat(folder / name)
    except (OSError, ValueError):
        return None
    return _revision(status) if stat.S_ISREG(status.st_mode) else None


def read_plain(folder: Path, *parts: str, max_bytes: int = MAX_BYTES) -> str | None:
    """The beginning of a plain file; None if there is none that we may read. What is no UTF-8 is replaced."""
    try:
        with _opened_parent(folder, parts) as parent:
            file = os.fdopen(os.open(parts[-1], _FILE, dir_fd=parent), "rb")
    except (OSError, ValueError):
        return None
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        try:
            raw = file.read(max_bytes)
        except OSError:
            return None
    # The cut may have gone through a character.
    return raw.decode(errors="ignore" if len(raw) == max_bytes else "replace").removeprefix("\ufeff")


class PlainEntry(NamedTuple):
    """What a folder holds. is_folder: no link to one."""

    name: str
    is_folder: bool


def list_plain(folder: Path, *parts: str) -> list[PlainEntry]:
    """Entries of a folder below the folder, in the order of their names; none if it cannot be read."""
    with (
        suppress(OSError, ValueError),
        _opened_parent(folder, (*parts, "")) as opened,
        os.scandir(opened) as entries,
    ):
        return sorted([PlainEntry(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries])
    return []


@contextmanager
def _opened_parent(folder: Path, parts: tuple[str, ...]) -> Iterator[int]:
    """A descriptor of the folder that the last part lies in."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=opened)
            os.close(opened)
            opened = inner
        yield opened
    finally:
        os.close(opened)


def _revision(status: os.stat_result) -> Revision:
    return (status.st_mtime_ns, status.st_size, status.st_ino)
