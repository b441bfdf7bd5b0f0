"""Requests that are done once, on disk: claimed once, answered again, bounded."""

import asyncio
from pathlib import Path

import pytest
from tests.sessions.opened import Clock, opened

from openclaw_gateway.sessions import reply_table
from openclaw_gateway.sessions.reply_record import ReplyRecord, ReplySlot
from openclaw_gateway.sessions.run_record import KEEP_MS

NOW_MS = Clock()()
SLOT = ReplySlot("me", "POST /x", "k")


def record(slot: ReplySlot = SLOT, *, digest: bytes = b"digest", at_ms: int = NOW_MS) -> ReplyRecord:
    return ReplyRecord(slot, digest, at_ms)


def numbered(number: int) -> ReplySlot:
    return SLOT._replace(key=f"k{number}")


async def test_first_claim_wins_and_survives(tmp_path: Path) -> None:
    """Of claims of one key the first is stored, the others are given it, also after a restart."""
    async with opened(tmp_path) as store:
        claims = [store.reply_records.claim(record(digest=b"%d" % number)) for number in range(5)]
        assert await asyncio.gather(*claims) == [None, *[record(digest=b"0")] * 4]
    async with opened(tmp_path) as store:
        assert await store.reply_records.claim(record()) == record(digest=b"0")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(SLOT._replace(key="other"), id="another key"),
        pytest.param(SLOT._replace(subject="somebody"), id="another subject"),
        pytest.param(SLOT._replace(operation="POST /y"), id="another path"),
    ],
)
async def test_claims_beside_each_other(tmp_path: Path, other: ReplySlot) -> None:
    """A key is one of its subject's and its path's."""
    async with opened(tmp_path) as store:
        assert await store.reply_records.claim(record()) is None
        assert await store.reply_records.claim(record(other)) is None


@pytest.mark.parametrize("answer", [b"bytes", b"", None])
async def test_answer_survives(tmp_path: Path, answer: bytes | None) -> None:
    """What was answered is found by whoever claims the key next, also after a restart."""
    async with opened(tmp_path) as store:
        await store.reply_records.claim(record())
        await store.reply_records.finish(SLOT, answer)
    async with opened(tmp_path) as store:
        found = await store.reply_records.claim(record())
    assert found == ReplyRecord(SLOT, b"digest", NOW_MS, is_over=True, answer=answer)


async def test_forgotten_claim(tmp_path: Path) -> None:
    """A key whose request came to nothing is free."""
    async with opened(tmp_path) as store:
        await store.reply_records.claim(record())
        await store.reply_records.forget(SLOT)
        assert await store.reply_records.claim(record()) is None


async def test_old_records_are_no_more(tmp_path: Path) -> None:
    """After a day a key may be used anew."""
    clock = Clock()
    async with opened(tmp_path, clock) as store:
        await store.reply_records.claim(record())
        clock.now_ms += KEEP_MS
        assert await store.reply_records.claim(record(digest=b"new", at_ms=clock.now_ms)) is None
        assert await store.reply_records.claim(record()) == record(digest=b"new", at_ms=clock.now_ms)


@pytest.mark.parametrize(
    ("max_records", "max_bytes", "with_record", "with_answer"),
    [
        pytest.param(3, 10**9, {0, 7, 8, 9}, {7, 8, 9}, id="count"),
        pytest.param(10**9, 250, set(range(10)), {8, 9}, id="bytes"),
        pytest.param(10**9, 10**9, set(range(10)), set(range(1, 10)), id="room enough"),
    ],
)
async def test_bounds(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    max_records: int,
    max_bytes: int,
    with_record: set[int],
    with_answer: set[int],
) -> None:
    """Over the count the oldest records go, but none at work; over the bytes the oldest answers, not their records."""
    monkeypatch.setattr(reply_table, "MAX_RECORDS", max_records)
    monkeypatch.setattr(reply_table, "MAX_BYTES", max_bytes)
    async with opened(tmp_path) as store:
        records = store.reply_records
        for number in range(10):
            await records.claim(record(numbered(number)))
            if number:  # the first one stays at work
                await records.finish(numbered(number), b"x" * 100)
        monkeypatch.setattr(reply_table, "_LOOK_EVERY_BYTES", 0)
        await records.claim(record(numbered(9)))
        monkeypatch.setattr(reply_table, "_LOOK_EVERY_BYTES", 10**9)
        found = {number: await records.claim(record(numbered(number))) for number in range(10)}
    assert {number for number, known in found.items() if known is not None} == with_record
    assert {number for number, known in found.items() if known is not None and known.answer} == with_answer
