"""New content for a file, in its place in one step: readers see the old file or the new one, never a part.

It is written beside the file first. What fails, or is given up, leaves the old file as it was.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from openclaw_gateway.tools.files.root import Spot, told_of
from openclaw_gateway.tools.tool import ToolFailure

Done = TypeVar("Done")

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# Changed files are held in memory, with what they become.
MAX_CHANGED_BYTES: Final = 16 * 1024 * 1024


class Replacement:
    """New content for the file of a spot, which stays open meanwhile.

    old: what the file was when it was read, None if it was not there. like: the file whose mode and, where permitted,
    owner the new one gets; old without it. Hard links are broken instead of written through.
    """

    def __init__(
        self, spot: Spot, content: bytes, old: os.stat_result | None, like: os.stat_result | None = None
    ) -> None:
        self._spot = spot
        self._content = content
        self._old = old
        self._like = like or old
        self._beside = ""

    def prepare(self) -> None:
        """Write beside the file. Raises OSError; ToolFailure for a file that may not be written."""
        spot, old = self._spot, self._old
        # A rename would not ask.
        if old is not None and not os.access(spot.name, os.W_OK, dir_fd=spot.directory):
            raise ToolFailure(f"Permission denied: {spot.shown}")
        name = f".openclaw-{os.urandom(8).hex()}.tmp"
        file = os.open(name, _NEW, 0o666 if self._like is None else 0o600, dir_fd=spot.directory)
        self._beside = name
        try:
            left = memoryview(self._content)
            while left:
                left = left[os.write(file, left) :]
            if self._like is not None:
                _become_like(file, self._like)
        finally:
            os.close(file)

    def put(self) -> None:
        """Put the new file in its place. Raises ToolFailure if what is there was changed since `old` was looked at."""
        spot = self._spot
        require_same(self._old, spot)
        os.replace(self._beside, spot.name, src_dir_fd=spot.directory, dst_dir_fd=spot.directory)
        self._beside = ""

    def drop(self) -> None:
        """Take away what was written beside the file, if it was not put in its place."""
        if self._beside:
            os.unlink(self._beside, dir_fd=self._spot.directory)
            self._beside = ""


def replace_file(spot: Spot, content: bytes, old: os.stat_result | None) -> None:
    """Prepare and put. Raises ToolFailure."""
    with told_of(spot.shown):
        replacement = Replacement(spot, content, old)
        try:
            replacement.prepare()
            replacement.put()
        finally:
            replacement.drop()


async def finish_in_thread(change: Callable[[], Done]) -> Done:
    """Run what changes files in a thread. A cancelled caller waits for its end, so that nothing changes afterwards."""
    work = asyncio.ensure_future(asyncio.to_thread(change))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait((work,))
        if not work.cancelled():
            work.exception()  # nobody is left to hear of it
        raise


def _become_like(file: int, old: os.stat_result) -> None:
    if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
        # Else it becomes ours, as it does with every editor that writes a new file.
        with suppress(PermissionError):
            os.fchown(file, old.st_uid, old.st_gid)
    # Without set-user-ID and its kin, which the system takes from a changed file, too.
    os.fchmod(file, old.st_mode & 0o777)


def require_same(old: os.stat_result | None, spot: Spot) -> None:
    """Raises ToolFailure if what is at the spot is not what was there when it was looked at."""
    now = spot.look()
    if (old and _identity(old)) != (now and _identity(now)):
        what = "appeared" if old is None else "was changed by somebody else"
        raise ToolFailure(f"{spot.shown} {what} meanwhile; read it again")


def _identity(found: os.stat_result) -> tuple[int, int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode
