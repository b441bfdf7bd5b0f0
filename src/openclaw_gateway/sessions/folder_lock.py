"""One gateway per state folder: a lock that the kernel takes back when its holder dies, however it dies."""

import asyncio
import fcntl
import os
import time
from pathlib import Path

from openclaw_gateway.sessions.refused import FolderLocked, StoreRefused

LOCK_NAME = "gateway.lock"
POLL_S = 0.05


class FolderLock:
    """An advisory lock on `<folder>/gateway.lock`, whose text is the pid of the holder, for people and for messages."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    async def take(cls, folder: Path, *, timeout_s: float) -> "FolderLock":
        """Take the lock, waiting for a holder that is just leaving. Raises FolderLocked, or StoreRefused."""
        path = folder / LOCK_NAME
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StoreRefused(f"cannot open the lock file {path}: {error.strerror}") from error
        started = time.monotonic()
        while not _try_lock(descriptor):
            waited_s = time.monotonic() - started
            if waited_s >= timeout_s:
                pid = _read_pid(descriptor)
                os.close(descriptor)
                raise FolderLocked(
                    f"gateway already running (pid {pid or 'unknown'}); lock timeout after {waited_s * 1000:.0f}ms",
                    pid=pid,
                )
            await asyncio.sleep(POLL_S)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would race with the next holder."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def find_holder(folder: Path) -> int | None:
    """The process that has the lock now; None when nobody has it."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        return None if _try_lock(descriptor) else _read_pid(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else None
