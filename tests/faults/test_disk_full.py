"""A disk that is full for real: a small file system where we may mount one, else a limit on the size of files."""

import os
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench.processes import Gateway
from tests.faults.client import ask, read_history, text_of

DISK_BYTES = 8_000_000


class Disk:
    """The file system under the state folder."""

    def __init__(self, folder: Path) -> None:
        self._filler = folder / "filler"
        self._is_mounted = os.geteuid() == 0
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True)
        if self._is_mounted:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700", "tmpfs", folder], check=True)

    def fill(self, gateway: Gateway) -> None:
        """Leave no byte free."""
        if not self._is_mounted:
            largest = max(path.stat().st_size for path in self._folder.rglob("*") if path.is_file())
            resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
            return
        with self._filler.open("wb", buffering=0) as filler:
            for size in (65536, 4096, 1):
                try:
                    while filler.write(b"x" * size) == size:
                        pass
                except OSError:
                    continue

    def free(self, gateway: Gateway) -> None:
        """Give the space back."""
        if self._is_mounted:
            self._filler.unlink()
        else:
            resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def close(self) -> None:
        """Take the file system away again."""
        if self._is_mounted:
            subprocess.run(["umount", "--lazy", self._folder], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "gateway" / "state")
    yield made
    made.close()


async def test_full_disk_is_an_error_and_passes(disk: Disk, start: Callable[[], Gateway], tmp_path: Path) -> None:
    """With the disk full a turn is an error, never a 200; nothing is corrupted; with space back the next turn works."""
    key = "agent:main:disk"
    gateway = start()
    acknowledged = []

    async def take(text: str, *, stream: bool = False) -> int:
        answer = await ask(gateway.port, text, key=key, stream=stream)
        if answer.is_acknowledged:
            acknowledged.append(text)
        else:
            assert answer.error is not None, answer
            assert answer.error["code"] == "storage_unavailable", answer
        return answer.status

    for number in range(3):
        assert await take(f"before {number}") == 200
    disk.fill(gateway)
    # What the log file of the database has room for may still be written; then nothing is.
    statuses = [await take(f"full {number} " + "x" * 20_000) for number in range(5)]
    assert statuses[-1] == 503
    await take("full, streamed " + "x" * 20_000, stream=True)
    assert "full, streamed" not in acknowledged[-1]
    disk.free(gateway)
    assert await take("after") == 200
    assert await take("after, streamed", stream=True) == 200

    gateway.kill()
    gateway = start()
    said = [text_of(message) for message in await read_history(gateway.port, key) if message["role"] == "user"]
    assert said == acknowledged
    assert gateway.terminate() == 0
    databases = list((tmp_path / "gateway" / "state").rglob("*.sqlite"))
    assert databases
    for path in databases:
        with sqlite3.connect(path) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        database.close()
