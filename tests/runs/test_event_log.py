"""The log of a run: every reader sees every event once, in order, at its own pace."""

import asyncio

from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.events import ModelStarted, RunEvent, RunFailed, RunStarted, TextDelta
from openclaw_gateway.runs.event_log import EventLog

STARTED = RunStarted("r", "agent:main:main", "s", "main", 0)


async def read_all(log: EventLog) -> list[RunEvent]:
    place, seen = 0, []
    while True:
        await log.wait_beyond(place)
        fresh = log.events[place:]
        seen += fresh
        place += len(fresh)
        if log.last is not None and place == len(log.events):
            return seen


async def test_readers_early_and_late_see_the_same() -> None:
    """A reader from the start, one from the middle and one after the end read the same events."""
    log = EventLog()
    early = asyncio.create_task(read_all(log))
    log.say(STARTED)
    await asyncio.sleep(0)
    log.say(TextDelta("a"))
    middle = asyncio.create_task(read_all(log))
    await asyncio.sleep(0)
    log.say(TextDelta("b"))
    log.say(RunFailed(RunCancelled("enough"), 1))
    expected = log.events
    assert await early == await middle == await read_all(log) == expected
    assert len(expected) == 4


async def test_nothing_comes_after_the_last_event() -> None:
    """What is said after the last event is dropped."""
    log = EventLog()
    last = RunFailed(RunCancelled("enough"), 1)
    log.say(last)
    log.say(TextDelta("too late"))
    assert log.events == [last]
    assert await log.wait_last() is last


async def test_reader_that_leaves_is_forgotten() -> None:
    """A cancelled reader leaves nothing behind and disturbs no other."""
    log = EventLog()
    leaver = asyncio.create_task(log.wait_beyond(0))
    stayer = asyncio.create_task(log.wait_beyond(0))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    log.say(TextDelta("a"))
    await stayer
    assert leaver.cancelled()


async def test_reader_is_not_woken_for_what_nobody_waits_for() -> None:
    """How far a run is, is read along with the next thing said; a reader that has not read it yet gets it at once."""
    log = EventLog()
    reader = asyncio.create_task(log.wait_beyond(0))
    await asyncio.sleep(0)
    log.say(STARTED)
    await asyncio.sleep(0)
    assert not reader.done()
    log.say(TextDelta("a"))
    await reader
    await log.wait_beyond(1)


def test_text_in_hand_is_that_of_the_latest_call() -> None:
    """What an earlier model call said is not part of it."""
    log = EventLog()
    for event in (STARTED, ModelStarted("p", "m", 0), TextDelta("old"), ModelStarted("p", "m", 1)):
        log.say(event)
    assert log.text_in_hand() == ""
    for text in ("Hel", "lo"):
        log.say(TextDelta(text))
    assert log.text_in_hand() == "Hello"
