"""Runs that are over and kept for whoever asks again: for some minutes, so many, and in so many bytes.

Their messages may be large (25 MB in one frame), so it is the bytes that bound them, and a timer lets them go: a
gateway that nobody asks anything must not hold them.
"""

import asyncio
from collections import OrderedDict

from openclaw_gateway.events import ReasoningDelta, TextDelta, ToolCallDelta, ToolFinished, ToolStarted
from openclaw_gateway.runs.run import Run

# As long as the original knows an idempotency key of the protocol, and as many.
KEEP_ENDED_S = 5 * 60.0
MAX_ENDED = 1000
MAX_ENDED_BYTES = 64 * 1024 * 1024

# What an event takes beside its text.
BYTES_PER_EVENT = 96


class EndedRuns:
    """Ended runs by id, the oldest first. The newest is kept whatever its size, or its retry would run it again."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, keep_s: float = KEEP_ENDED_S, max_bytes: int = MAX_ENDED_BYTES
    ) -> None:
        self._loop = loop
        self._keep_s = keep_s
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, tuple[float, int, Run]] = OrderedDict()
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, run_id: str) -> Run | None:
        """The run of that id, if it is still kept."""
        kept = self._kept.get(run_id)
        return None if kept is None else kept[2]

    def keep(self, run: Run) -> None:
        """Keep a run that is over, and let the oldest go for it."""
        self._drop(run.id)
        size = weigh(run)
        self._kept[run.id] = (self._loop.time() + self._keep_s, size, run)
        self._bytes += size
        while len(self._kept) > MAX_ENDED or (self._bytes > self._max_bytes and len(self._kept) > 1):
            self._drop(next(iter(self._kept)))
        if self._timer is None:
            self._timer = self._loop.call_later(self._keep_s, self._expire)

    def _drop(self, run_id: str) -> None:
        kept = self._kept.pop(run_id, None)
        if kept is not None:
            self._bytes -= kept[1]

    def _expire(self) -> None:
        now = self._loop.time()
        self._timer = None
        while self._kept:
            run_id, (due_at, _, _) = next(iter(self._kept.items()))
            if due_at > now:
                self._timer = self._loop.call_at(due_at, self._expire)
                return
            self._drop(run_id)


def weigh(run: Run) -> int:
    """About how many bytes a run holds: what it was asked and what it said."""
    size = run.order.byte_count
    for event in run.log.events:
        size += BYTES_PER_EVENT
        match event:
            case TextDelta(text) | ReasoningDelta(text) | ToolFinished(text=text):
                size += len(text)
            case ToolCallDelta(arguments=text) | ToolStarted(arguments=text):
                size += len(text)
            case _:
                pass
    return size
