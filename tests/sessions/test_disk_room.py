"""How much of the disk sessions may have: who goes first, what is refused, and what is given back."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.running import eventually
from tests.sessions.opened import KEY, Clock, asked, texts

from openclaw_gateway.config.schema.session import Maintenance
from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.sessions.disk_room import DiskRoom, parse_size, used_bytes
from openclaw_gateway.sessions.store import DATABASE_NAME, SqliteStore

MEGABYTE = 1024 * 1024
LARGE = "x" * 100_000


@asynccontextmanager
async def opened(folder: Path, room: DiskRoom, clock: Clock | None = None) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.start(folder, now_ms=clock or Clock(), lock_timeout_s=0, ephemeral_ttl_s=60, room=room)
    try:
        yield store
    finally:
        await store.close()


async def say(store: SqliteStore, key: str, text: str = LARGE, *, is_ephemeral: bool = True) -> None:
    session = await store.open(key, "main", is_ephemeral=is_ephemeral)
    await store.append(session, (asked(text),), run_id="r")


async def say_in_turn(store: SqliteStore, keys: list[str]) -> None:
    for key in keys:
        await say(store, key, is_ephemeral=False)


@pytest.mark.parametrize(
    ("size", "expected"),
    [("10gb", 10 * 1024**3), ("1.5 m", 1_572_864), ("512", 512), ("2KB", 2048), ("1b", 1), (7, 7), (False, 0)],
)
def test_sizes(size: str | int, expected: int) -> None:
    """A size is a number of bytes, or one with a unit of 1,024."""
    assert parse_size(size) == expected


@pytest.mark.parametrize(
    ("maintenance", "room"),
    [
        pytest.param(Maintenance(max_disk_bytes=1000), DiskRoom(1000, 800), id="high water by itself"),
        pytest.param(
            Maintenance(max_disk_bytes="1k", high_water_bytes=100), DiskRoom(1024, 100), id="high water named"
        ),
        pytest.param(Maintenance(max_disk_bytes=10, high_water_bytes=99), DiskRoom(10, 10), id="not above the end"),
        pytest.param(Maintenance(max_disk_bytes=False), DiskRoom(), id="without end"),
        pytest.param(Maintenance(max_disk_bytes=10, mode="warn"), DiskRoom(), id="nothing is enforced"),
    ],
)
def test_room_is_what_the_config_says(maintenance: Maintenance, room: DiskRoom) -> None:
    """The config's sizes become bytes."""
    assert DiskRoom.of(maintenance) == room


async def test_the_oldest_ephemeral_sessions_make_room(tmp_path: Path) -> None:
    """Under a flood of one-off requests the oldest of them go before their time; what has a name stays, and all turns
    succeed.
    """
    clock = Clock()
    room = DiskRoom(8 * MEGABYTE, 4 * MEGABYTE)
    async with opened(tmp_path, room, clock) as store:
        await say(store, KEY, is_ephemeral=False)
        for number in range(200):
            clock.now_ms += 1
            await say(store, f"agent:main:openai:{number}")
        reader = sqlite3.connect(tmp_path / DATABASE_NAME)
        await eventually(lambda: used_bytes(reader) <= room.high_water_bytes)
        left = [key for (key,) in reader.execute("SELECT key FROM session WHERE is_ephemeral = 1 ORDER BY id")]
        reader.close()
        assert left == [f"agent:main:openai:{number}" for number in range(200 - len(left), 200)]
        assert 0 < len(left) < 200
        assert texts(await store.read(KEY)) == [LARGE]


async def test_what_does_not_fit_is_an_error(tmp_path: Path) -> None:
    """When sessions that have names use all of it, a turn is refused with the reason, and nothing is lost."""
    async with opened(tmp_path, DiskRoom(MEGABYTE, MEGABYTE)) as store:
        with pytest.raises(StoreUnavailable, match="maxDiskBytes"):
            await say_in_turn(store, [f"agent:main:{number}" for number in range(20)])
        assert texts(await store.read("agent:main:3")) == [LARGE]
        assert await store.delete("agent:main:3")
        await say(store, "agent:main:new", is_ephemeral=False)
    async with opened(tmp_path, DiskRoom()) as store:
        await say(store, "agent:main:larger", LARGE * 20, is_ephemeral=False)


async def test_free_pages_are_given_back(tmp_path: Path) -> None:
    """After much was removed the file shrinks."""
    clock = Clock()
    path = tmp_path / DATABASE_NAME
    async with opened(tmp_path, DiskRoom(), clock) as store:
        await asyncio.gather(*[say(store, f"agent:main:openai:{number}") for number in range(200)])
    assert path.stat().st_size > 20_000_000
    clock.now_ms += 3_600_000
    async with opened(tmp_path, DiskRoom(), clock):
        await eventually(lambda: path.stat().st_size < 10_000_000 or _checkpoint(path))


def _checkpoint(path: Path) -> None:
    """The file takes its new size when the log of changes is folded into it."""
    connection = sqlite3.connect(path, timeout=0)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    finally:
        connection.close()
