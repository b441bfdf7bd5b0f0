"""The log of one run: many readers, each at its own place.

A slow reader delays nobody and a late one misses nothing, because nothing is taken out. The bound is the run's: the
upstream answer is capped in bytes and tool results in characters. Belongs to one event loop.
"""

import asyncio
from typing import cast

from openclaw_gateway.events import (
    LAST_EVENTS,
    QUIET_EVENTS,
    LastEvent,
    MessageAdded,
    ModelStarted,
    RunEvent,
    TextDelta,
)


class EventLog:
    """Events of one run in order; `say` is synchronous, never blocks and never fails."""

    __slots__ = ("_awaiting_end", "_awaiting_more", "events", "last")

    def __init__(self) -> None:
        self.events: list[RunEvent] = []
        self.last: LastEvent | None = None
        self._awaiting_more: list[asyncio.Future[None]] = []
        self._awaiting_end: list[asyncio.Future[None]] = []

    def say(self, event: RunEvent) -> None:
        """Append; what comes after the last event is dropped, so that the last one stays the last."""
        if self.last is not None:
            return
        self.events.append(event)
        kind = type(event)
        if kind in QUIET_EVENTS:
            return
        if kind in LAST_EVENTS:
            self.last = cast("LastEvent", event)
            if self._awaiting_end:
                _wake(self._awaiting_end)
        if self._awaiting_more:
            _wake(self._awaiting_more)

    async def wait_beyond(self, place: int) -> None:
        """Return once something worth reading stands behind `place`; at once if the log is longer, or the run over.

        A reader that has read everything is not woken for events that only say how far the run is (`ModelStarted`).
        """
        if len(self.events) <= place and self.last is None:
            await _wait_in(self._awaiting_more)

    async def wait_last(self) -> LastEvent:
        """Return the run's last event."""
        if self.last is None:
            await _wait_in(self._awaiting_end)
        assert self.last is not None
        return self.last

    def text_in_hand(self) -> str:
        """The text of the latest model call, as long as its message is not stored: of one that broke off, say."""
        pieces: list[str] = []
        for event in reversed(self.events):
            if isinstance(event, TextDelta):
                pieces.append(event.text)
            elif isinstance(event, (ModelStarted, MessageAdded)):
                break
        return "".join(reversed(pieces))


async def _wait_in(line: list["asyncio.Future[None]"]) -> None:
    waiter = asyncio.get_running_loop().create_future()
    line.append(waiter)
    try:
        await waiter
    except asyncio.CancelledError:
        if waiter in line:
            line.remove(waiter)
        raise


def _wake(line: list["asyncio.Future[None]"]) -> None:
    for waiter in line:
        if not waiter.done():
            waiter.set_result(None)
    line.clear()
