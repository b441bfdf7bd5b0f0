"""Which file a command's name means, and whether it is still the same when the command starts."""

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Larger ones that the gateway's user may change are bound by their size and times alone.
MAX_HASHED_BYTES: Final = 16 * 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024


class Changed(Exception):
    """A file or folder is not what it was when the command was judged; the text of this names it."""


@dataclass(frozen=True, slots=True)
class Executable:
    """A program's file. found: where the name leads, below its folder's true path. real: behind all links."""

    found: str
    real: str

    @property
    def name(self) -> str:
        """What the file is called."""
        return os.path.basename(self.real)  # noqa: PTH119 - a text that is compared, not a path that is opened


@dataclass(frozen=True, slots=True)
class Binding:
    """What a file or folder was. digest: of its content, b"" where that was not read."""

    path: str
    device: int
    inode: int
    mtime_ns: int
    size: int
    digest: bytes = b""

    def check(self) -> None:
        """Raises Changed unless it still is that."""
        if bind(self.path) != self:
            raise Changed(f"{self.path} has changed since")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where a name led. A file that is put into an earlier folder of the search path leads it elsewhere."""

    name: str
    cwd: Path
    search_path: str
    executable: Executable

    def check(self) -> None:
        """Raises Changed unless it still leads there."""
        if find_executable(self.name, self.cwd, self.search_path) != self.executable:
            raise Changed(f"{self.name[:80]} is another program than {self.executable.found}")


def find_executable(name: str, cwd: Path, search_path: str) -> Executable | None:
    """The file that a shell in `cwd` would start for this name; None if there is none."""
    if "/" in name:
        return _executable_at(cwd / name)
    for folder in search_path.split(os.pathsep):
        # An empty part is the working directory, as shells have it.
        if found := _executable_at(cwd / folder / name):
            return found
    return None


def bind(path: str) -> Binding:
    """What the file or folder is now. Raises Changed when it is neither there nor readable."""
    try:
        status = os.stat(path)  # noqa: PTH116 - one call for a text
        digest = b""
        if stat.S_ISREG(status.st_mode):
            if os.access(path, os.W_OK) and status.st_size <= MAX_HASHED_BYTES:
                digest = _digest(path)
            return Binding(path, status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size, digest)
    except (OSError, ValueError):
        raise Changed(f"{path} cannot be looked at") from None
    # What is in a folder may change; which folder it is may not.
    return Binding(path, status.st_dev, status.st_ino, 0, 0)


def bind_all(paths: Iterable[str]) -> tuple[Binding, ...]:
    """Each of them once."""
    return tuple([bind(path) for path in dict.fromkeys(paths)])


def _executable_at(path: Path) -> Executable | None:
    try:
        folder = os.path.realpath(path.parent)
        found = os.path.join(folder, path.name)  # noqa: PTH118 - Path would be made into a text again
        if not os.path.isfile(found) or not os.access(found, os.X_OK):  # noqa: PTH113
            return None
        return Executable(found, os.path.realpath(found))
    except (OSError, ValueError):
        return None


def _digest(path: str) -> bytes:
    digest = hashlib.blake2b(digest_size=32)
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a text
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.digest()
