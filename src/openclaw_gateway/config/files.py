"""The files that config and secrets live in: regular files only, bounded, never through a symlink, replaced whole."""

import contextlib
import io
import os
import stat
from pathlib import Path


class Unreadable(Exception):
    """The file cannot be used; reason completes "cannot read <file>: "."""

    def __init__(self, reason: str, *, is_missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_missing = is_missing


def read_regular(path: Path, max_bytes: int, *, is_private: bool = False) -> bytes:
    """The content of a regular file of at most max_bytes.

    is_private: refuse a file that others may read, that has a second link, or that belongs to someone else.
    Raises Unreadable.
    """
    try:
        # Without O_NONBLOCK a FIFO in the place of the file would block us for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Unreadable("no such file", is_missing=True) from None
    except (OSError, ValueError) as error:
        raise Unreadable(_describe(path, error)) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("not a regular file")
        if is_private:
            _check_private(status)
        content = b""
        while chunk := os.read(descriptor, max_bytes + 1 - len(content)):
            content += chunk
    finally:
        os.close(descriptor)
    if len(content) > max_bytes:
        raise Unreadable(f"larger than {max_bytes} bytes")
    return content


def write_atomically(path: Path, content: bytes) -> None:
    """Put a private file (mode 600) in the place of the old one.

    After this returned the new one is whole and on disk; if it raises, the old one is.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with contextlib.suppress(FileNotFoundError):  # left by a process of the same number that was killed
        temporary.unlink()
    try:
        with io.FileIO(os.open(temporary, flags, 0o600), "w") as file:
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _describe(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, ValueError):
        return "the path holds a NUL character"
    try:
        is_link = path.is_symlink()
    except OSError:
        is_link = False
    return "a symbolic link, expected a regular file" if is_link else (error.strerror or "cannot be opened").lower()


def _check_private(status: os.stat_result) -> None:
    if status.st_mode & 0o077:
        raise Unreadable("others may read it; set its mode to 600")
    if status.st_nlink != 1:
        raise Unreadable("it has more than one link")
    if status.st_uid not in (os.geteuid(), 0):
        raise Unreadable("it belongs to another user")
