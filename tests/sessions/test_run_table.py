"""Records of runs on disk: claimed once, found again, bounded."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.sessions.opened import Clock, opened

from openclaw_gateway.events import TextDelta
from openclaw_gateway.sessions import run_table
from openclaw_gateway.sessions.event_codec import encode_events
from openclaw_gateway.sessions.run_record import KEEP_MS, RunEnd, RunRecord

NOW_MS = Clock()()


def record(run_id: str = "run-1", *, key: str | None = "k", at_ms: int = NOW_MS, subject: str = "me") -> RunRecord:
    return RunRecord(run_id, subject, "POST /x", key, b"digest", "main", "agent:main:k", "user", at_ms)


async def test_first_claim_wins_and_survives(tmp_path: Path) -> None:
    """Of claims of one key the first is stored, the others are given it, also after a restart."""
    async with opened(tmp_path) as store:
        claims = [store.run_records.claim(record(f"run-{number}")) for number in range(5)]
        assert await asyncio.gather(*claims) == [None, *[record("run-0")] * 4]
    async with opened(tmp_path) as store:
        assert await store.run_records.claim(record("late")) == record("run-0")
        assert await store.run_records.find("run-0") == record("run-0")
        assert await store.run_records.find("late") is None


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(record("run-2", key="other"), id="another key"),
        pytest.param(record("run-2", subject="somebody"), id="another subject"),
        pytest.param(msgspec.structs.replace(record("run-2"), operation="POST /y"), id="another path"),
        pytest.param(record("run-2", key=None), id="no key"),
    ],
)
async def test_claims_beside_each_other(tmp_path: Path, other: RunRecord) -> None:
    """A key is one of its subject's and its path's; without a key there is nothing to share."""
    async with opened(tmp_path) as store:
        assert await store.run_records.claim(record()) is None
        assert await store.run_records.claim(other) is None


async def test_events_in_pieces(tmp_path: Path) -> None:
    """Events come back in their order, up to the first that is missing; the end closes the record."""
    said = [TextDelta(text) for text in "abcdef"]
    async with opened(tmp_path) as store:
        records = store.run_records
        await records.claim(record())
        await records.write("run-1", 0, encode_events(said[:2]), None)
        await records.write("run-1", 2, encode_events(said[2:3]), None)
        await records.write("run-1", 5, encode_events(said[5:]), RunEnd(NOW_MS + 9, is_key_free=False))
        assert await records.load("run-1") == said[:3]
        found = await records.find("run-1")
        assert found is not None
        assert (found.ended_at_ms, found.key) == (NOW_MS + 9, "k")
        assert found.byte_count == sum(len(encode_events(part)) for part in (said[:2], said[2:3], said[5:]))


async def test_key_is_free_again(tmp_path: Path) -> None:
    """A key that was given back starts another run; the first one stays to be found."""
    async with opened(tmp_path) as store:
        records = store.run_records
        await records.claim(record())
        await records.write("run-1", 0, None, RunEnd(NOW_MS, is_key_free=True))
        assert await records.claim(record("run-2")) is None
        assert await records.find("run-1") is not None


async def test_forgotten_claim(tmp_path: Path) -> None:
    """A claim whose run never began is gone, with its key."""
    async with opened(tmp_path) as store:
        await store.run_records.claim(record())
        await store.run_records.forget("run-1")
        assert await store.run_records.find("run-1") is None
        assert await store.run_records.claim(record("run-2")) is None


async def test_old_records_are_no_more(tmp_path: Path) -> None:
    """After a day a key may be used anew, and the run is not found, whether it was removed or not."""
    clock = Clock()
    async with opened(tmp_path, clock) as store:
        await store.run_records.claim(record())
        clock.now_ms += KEEP_MS
        assert await store.run_records.find("run-1") is None
        assert await store.run_records.claim(record("run-2", at_ms=clock.now_ms)) is None


@pytest.mark.parametrize(
    ("max_records", "max_bytes", "kept"),
    [
        pytest.param(3, 10**9, {"run-7", "run-8", "run-9", "last"}, id="count"),
        pytest.param(10**9, 250, {"run-8", "run-9", "last"}, id="bytes"),
        pytest.param(10**9, 10**9, {f"run-{number}" for number in range(10)} | {"last"}, id="room enough"),
    ],
)
async def test_bounds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, max_records: int, max_bytes: int, kept: set[str]
) -> None:
    """Over a bound the oldest records go, with their events."""
    monkeypatch.setattr(run_table, "MAX_RECORDS", max_records)
    monkeypatch.setattr(run_table, "MAX_BYTES", max_bytes)
    async with opened(tmp_path) as store:
        records = store.run_records
        for number in range(10):
            await records.claim(record(f"run-{number}", key=f"k{number}"))
            await records.write(f"run-{number}", 0, encode_events([TextDelta("x" * 90)]), None)
        monkeypatch.setattr(run_table, "_LOOK_EVERY_BYTES", 0)
        await records.claim(record("last", key="last"))
        names = [*[f"run-{number}" for number in range(10)], "last"]
        assert {name for name in names if await records.find(name)} == kept
        assert {name for name in names if await records.load(name)} == kept - {"last"}
