"""The log of one run: many readers, each at its own place.

A slow reader delays nobody and a late one misses nothing, because nothing is taken out. The bound is the run's: the
upstream answer is capped in bytes and tool results in characters. Belongs to one event loop.
"""

import asyncio

from openclaw_gateway.events import LastEvent, RunEvent, RunFailed, RunFinished


class EventLog:
    """Events of one run in order; `say` is synchronous, never blocks and never fails."""

    __slots__ = ("_waiters", "events", "last")

    def __init__(self) -> None:
        self.events: list[RunEvent] = []
        self.last: LastEvent | None = None
        self._waiters: list[asyncio.Future[None]] = []

    def say(self, event: RunEvent) -> None:
        """Append; what comes after the last event is dropped, so that the last one stays the last."""
        if self.last is not None:
            return
        self.events.append(event)
        if isinstance(event, (RunFinished, RunFailed)):
            self.last = event
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def wait_beyond(self, place: int) -> None:
        """Return once the log is longer than `place`; at once if it is, or if the run is over."""
        while len(self.events) <= place and self.last is None:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            try:
                await waiter
            finally:
                if not waiter.done() or waiter.cancelled():
                    self._forget(waiter)

    async def wait_last(self) -> LastEvent:
        """Return the run's last event."""
        while self.last is None:
            await self.wait_beyond(len(self.events))
        return self.last

    def _forget(self, waiter: "asyncio.Future[None]") -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
