"""One gateway per state folder."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from openclaw_gateway.sessions.folder_lock import LOCK_NAME, FolderLock, find_holder
from openclaw_gateway.sessions.refused import FolderLocked, StoreRefused


async def test_lock_names_its_holder(tmp_path: Path) -> None:
    """While one holds the lock another is refused with the holder's pid, which also stands in the file."""
    lock = await FolderLock.take(tmp_path, timeout_s=0)
    assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"
    with pytest.raises(FolderLocked) as caught:
        await FolderLock.take(tmp_path, timeout_s=0)
    assert caught.value.pid == os.getpid()
    assert str(caught.value) == f"gateway already running (pid {os.getpid()}); lock timeout after 0ms"
    lock.release()
    lock.release()
    (await FolderLock.take(tmp_path, timeout_s=0)).release()


async def test_holder_can_be_found_without_waiting(tmp_path: Path) -> None:
    """Whoever asks learns the holder's pid at once, and takes nothing."""
    assert find_holder(tmp_path / "nowhere") is None
    lock = await FolderLock.take(tmp_path, timeout_s=0)
    assert find_holder(tmp_path) == os.getpid()
    lock.release()
    assert find_holder(tmp_path) is None
    (await FolderLock.take(tmp_path, timeout_s=0)).release()


async def test_lock_waits_for_a_holder_that_leaves(tmp_path: Path) -> None:
    """A holder that leaves within the time limit is waited for."""
    lock = await FolderLock.take(tmp_path, timeout_s=0)
    waiting = asyncio.create_task(FolderLock.take(tmp_path, timeout_s=30))
    await asyncio.sleep(0)
    assert not waiting.done()
    lock.release()
    (await waiting).release()


def test_lock_ends_with_its_process(tmp_path: Path) -> None:
    """A holder that was killed does not keep the folder."""
    code = (
        "import asyncio, sys, pathlib; from openclaw_gateway.sessions.folder_lock import FolderLock\n"
        "lock = asyncio.run(FolderLock.take(pathlib.Path(sys.argv[1]), timeout_s=0)); print(flush=True); input()"
    )
    child = subprocess.Popen([sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(FolderLocked) as caught:
            asyncio.run(FolderLock.take(tmp_path, timeout_s=0))
        assert caught.value.pid == child.pid
        child.kill()
    asyncio.run(FolderLock.take(tmp_path, timeout_s=0)).release()


async def test_lock_follows_no_link(tmp_path: Path) -> None:
    """A link in the place of the lock file is refused: what it points to would be overwritten."""
    (tmp_path / LOCK_NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreRefused, match="cannot open the lock file"):
        await FolderLock.take(tmp_path, timeout_s=0)
    assert not (tmp_path / "elsewhere").exists()
