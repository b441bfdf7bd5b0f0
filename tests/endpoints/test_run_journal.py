"""The journal of a run: complete, in few writes, bounded, and read again for what it is."""

import asyncio
from pathlib import Path

import pytest
from tests.sessions.opened import Clock, opened

from openclaw_gateway.endpoints import run_journal
from openclaw_gateway.endpoints.run_journal import RunJournal, restore_run
from openclaw_gateway.endpoints.seen_run import SeenRun
from openclaw_gateway.events import RunEvent, RunFailed, RunFinished, RunStarted, TextDelta
from openclaw_gateway.messages import Usage
from openclaw_gateway.runs.event_log import EventLog
from openclaw_gateway.sessions.run_record import RunEnd, RunRecord
from openclaw_gateway.sessions.store import SqliteStore

FINISHED = RunFinished("stop", Usage(), Usage(), "p", "m", 9, {})
STARTED = RunStarted("run", "k", "s", "main", 0)


async def keep(store: SqliteStore, said: list[RunEvent]) -> SeenRun:
    """Journal a run whose every event comes when the one before was seen, and read it again."""
    records = store.run_records
    record = RunRecord("run", "me", "POST /x", "key", b"digest", "main", "k", "user", Clock()())
    await records.claim(record)
    log = EventLog()
    journal = RunJournal(records, SeenRun("run", "main", "k", "user", 0, log, None))
    following = asyncio.create_task(journal.follow())
    for event in said:
        log.say(event)
        await asyncio.sleep(0)
    if log.last is None:
        async with asyncio.timeout(5):
            while len(await records.load("run")) < len(said):  # noqa: ASYNC110  (the journal announces nothing)
                await asyncio.sleep(0)
        following.cancel()
    else:
        await following
        await journal.close(RunEnd(9, is_key_free=False))
    found = await records.find("run")
    assert found is not None
    return restore_run(found, await records.load("run"), 77)


async def test_whole_run_comes_back(tmp_path: Path) -> None:
    """A run that ended is read back event by event, with all that its answer needs."""
    said: list[RunEvent] = [STARTED, *[TextDelta(str(number)) for number in range(50)], FINISHED]
    async with opened(tmp_path) as store:
        run = await keep(store, said)
    assert run.log.events == said
    assert (run.id, run.agent_id, run.session_key, run.session_source, run.digest, run.live) == (
        "run", "main", "k", "user", b"digest", None,
    )  # fmt: skip


async def test_run_without_an_end_was_interrupted(tmp_path: Path) -> None:
    """What was journaled comes back, and then an error that says what happened."""
    async with opened(tmp_path) as store:
        run = await keep(store, [STARTED, TextDelta("so far")])
    assert run.log.events[:2] == [STARTED, TextDelta("so far")]
    assert isinstance(run.log.last, RunFailed)
    assert (run.log.last.error.code, run.log.last.ended_at_ms) == ("run_interrupted", 77)


async def test_run_that_was_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a run beyond the bound the beginning is kept, and the rest is told to be missing, not taken for an end."""
    monkeypatch.setattr(run_journal, "MAX_BYTES", 100)
    monkeypatch.setattr(run_journal, "INTERVAL_S", 0)
    async with opened(tmp_path) as store:
        run = await keep(store, [STARTED, TextDelta("x" * 200), FINISHED])
    assert TextDelta("x" * 200) not in run.log.events
    assert isinstance(run.log.last, RunFailed)
    assert (run.log.last.error.status, run.log.last.error.code) == (410, "events_not_kept")
