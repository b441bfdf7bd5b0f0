"""One deadline that moves: for every wait of a connection on its peer, at the price of an assignment."""

import asyncio
from collections.abc import Callable
from math import inf


class Deadline:
    """Calls `on_due` when the time set last has passed.

    The timer is armed anew only when it would ring too late. When it rings too early it looks again, so that a deadline
    that is pushed back with every packet costs no timer at all.
    """

    __slots__ = ("_at", "_loop", "_on_due", "_rings_at", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, on_due: Callable[[], None]) -> None:
        self._loop = loop
        self._on_due = on_due
        self._at = inf
        self._rings_at = inf
        self._timer: asyncio.TimerHandle | None = None

    def set(self, in_s: float, *, at_most: float = inf) -> None:
        """Wait so many seconds from now, but not beyond `at_most` on the loop's clock."""
        at = self._at = min(self._loop.time() + in_s, at_most)
        if self._timer is None or at < self._rings_at:
            self.stop()
            self._at = at
            self._arm(at)

    def clear(self) -> None:
        """Wait for nothing."""
        self._at = inf

    def stop(self) -> None:
        """Wait for nothing, and let go of the loop."""
        self._at = inf
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, at: float) -> None:
        self._rings_at = at
        self._timer = self._loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._at == inf:
            return
        if self._loop.time() < self._at:
            self._arm(self._at)
            return
        self._at = inf
        self._on_due()
