"""The handle of one run: its log, who may end it and how, and the promise of its last event."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from math import inf

from openclaw_gateway.errors import GatewayError, RunTimeout
from openclaw_gateway.events import (
    LAST_EVENTS,
    ApprovalRequested,
    ApprovalResolved,
    MessageAdded,
    RunEvent,
    RunFailed,
    ToolEvent,
)
from openclaw_gateway.models.model import Model
from openclaw_gateway.runs.event_log import EventLog
from openclaw_gateway.runs.lanes import Ticket
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.queue_rules import QueueRules
from openclaw_gateway.runs.showing import NOTHING_SHOWN

logger = logging.getLogger(__name__)

# While a person is asked, a limit that is nearly used up is looked at this often.
MIN_LOOK_S = 1.0

Watcher = Callable[["Run", RunEvent], None]


class Run(Ticket):
    """A run in flight. Born by `Runs.start`; its owner may cancel it; anybody may read its log.

    accepted_at: `time.perf_counter()`; accepted_at_ms: since the epoch. timings: milliseconds by name, filled as the
    run goes on. cause: what ended the run from outside, if anything did. is_storing: set by the run's task while its
    messages are on their way to the disk; meanwhile `cancel` only leaves its cause. due_at: when its time limit passes,
    on the loop's clock. rules: how it waits, if it waits by rules. host: the run that took this one's message along, if
    one did; guests: those that this one took along. What a host says, its guests' logs say too. asked: the model that
    was asked last; is_beside: it has no place in the lane and writes nothing; passed_over: those before it that
    did not answer, as "provider/model=reason".
    showing: what readers are shown beside the answer; known when the run starts.
    """

    __slots__ = (
        "_asking", "_asking_since", "_loop", "_now_ms", "_place", "_stored", "_task", "_timeout_s", "_watchers",
        "accepted_at", "accepted_at_ms", "asked", "cause", "due_at", "guests", "host",
        "id", "is_beside", "is_input_stored", "is_storing", "lap_at", "log", "order", "passed_over", "rules", "showing",
        "timings",
    )  # fmt: skip

    def __init__(self, order: RunOrder, now_ms: Callable[[], int], watchers: Sequence[Watcher]) -> None:
        super().__init__(order.session_key, order.client)
        self.id = order.run_id
        self.order = order
        self.log = EventLog()
        self.accepted_at = self.lap_at = time.perf_counter()
        self.accepted_at_ms = now_ms()
        self.timings: dict[str, float] = {}
        self.asked: Model | None = None
        self.passed_over: tuple[str, ...] = ()
        self.cause: GatewayError | None = None
        self._now_ms = now_ms
        self._watchers = watchers
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        self._place: asyncio.Future[None] | None = None
        self._stored: asyncio.Future[None] | None = self._loop.create_future() if order.stores_input_first else None
        self._timeout_s = 0.0
        self._asking = 0
        self._asking_since = 0.0
        self.due_at = inf
        self.is_storing = False
        self.is_input_stored = False
        self.is_beside = False
        self.rules: QueueRules | None = None
        self.host: Run | None = None
        self.showing = NOTHING_SHOWN
        self.guests: list[Run] = []

    @property
    def agent_id(self) -> str:
        """The agent that runs."""
        return self.order.agent_id

    @property
    def is_done(self) -> bool:
        """Whether the last event was said."""
        return self.log.last is not None

    def cancel(self, error: GatewayError) -> bool:
        """End the run with this error as its last event; queued, silent or talking, its upstream request is cut at
        once. A run that was taken along is answered by its host, so it is that which ends.

        False if it was too late: the run is over, already being ended, or its complete answer is being stored.
        """
        host = self.host
        if host is not None:
            return not self.is_done and (host.cancel(error) or (host.cause is error and not host.is_storing))
        if self.cause is not None or self.is_done:
            return False
        self.cause = error
        if self.is_storing:
            # Cutting now would leave open whether the turn is stored. Between two rounds the run looks at `cause` right
            # after; at the end of a turn the answer has won.
            return False
        if self._task is not None:
            self._task.cancel()
        return True

    async def wait_stored(self) -> bool:
        """Return once the input is durable (for orders that store it first), or once the run ended before that.

        Whether it is durable, and so may be acknowledged.
        """
        if self._stored is not None:
            # Shielded: a caller that stops waiting may not take the promise away from the others.
            await asyncio.shield(self._stored)
        return self.is_input_stored

    # What the run's own task and Runs do with it.

    def begin(self, task: "asyncio.Task[None]", timeout_s: float) -> None:
        """Take the task that performs the run, and its time limit, 0 for none."""
        self._task = task
        self._timeout_s = timeout_s
        if timeout_s > 0:
            self.due_at = self._loop.time() + timeout_s

    def pass_by(self) -> None:
        """Begin without a place in the lane: nothing of the session is written."""
        self.has_started = self.is_over = self.is_beside = True

    def grant(self) -> None:
        """The lane has a place for this run now."""
        if self._place is not None and not self._place.done():
            self._place.set_result(None)

    async def wait_place(self) -> None:
        """Wait for the place in the lane, which the run has not got yet."""
        self._place = self._loop.create_future()
        await self._place

    def say(self, event: RunEvent) -> None:
        """Add to the log and tell the watchers; nothing comes after the last event."""
        log = self.log
        if log.last is None:
            log.say(event)
            if self._watchers:
                for watch in self._watchers:
                    watch(self, event)
            for guest in self.guests:
                guest.hear(event)

    def join(self, host: "Run") -> None:
        """Be answered by another run from here on; this one has left its lane."""
        self.has_started = True
        self.host = host
        self.showing = host.showing
        host.guests.append(self)
        self.grant()

    def hear(self, event: RunEvent) -> None:
        """The host said something. Watchers hear of it from the host, and from here only that it is the end."""
        if type(event) in LAST_EVENTS:
            self.say(event)
        elif type(event) is not MessageAdded:
            self.log.say(event)

    def lap(self, name: str) -> None:
        """Book the time since the last lap under this name; the laps of a run add up to the whole of it."""
        now, timings = time.perf_counter(), self.timings
        lap_ms = (now - self.lap_at) * 1000
        timings[name] = timings[name] + lap_ms if name in timings else lap_ms
        self.lap_at = now

    def note_input_stored(self) -> None:
        """The input is durable: it may be acknowledged."""
        self.is_input_stored = True
        self._end_storing()

    def _end_storing(self) -> None:
        if self._stored is not None and not self._stored.done():
            self._stored.set_result(None)

    def fail(self, error: GatewayError) -> None:
        """Say the last event of a run that did not finish."""
        # The log holds the error, and the frames of its traceback hold the log: without this a failed run and all
        # that it heard would wait for the garbage collector.
        error.__traceback__ = error.__cause__ = error.__context__ = None
        self.say(RunFailed(error, self._now_ms()))

    def say_of_tool(self, event: ToolEvent) -> None:
        """Say what a tool says. While a person is asked, the time limit stands still."""
        if isinstance(event, ApprovalRequested):
            self._asking_since = self._asking_since if self._asking else self._loop.time()
            self._asking += 1
        elif isinstance(event, ApprovalResolved):
            self._asking -= 1
            if not self._asking:
                self.due_at += self._loop.time() - self._asking_since
        self.say(event)

    def look_again_at(self, now: float) -> float:
        """When the time limit passes, as far as can be told now; not before `now` while a person is asked."""
        if not self._asking:
            return self.due_at
        return max(self.due_at + now - self._asking_since, now + MIN_LOOK_S)

    def expire(self) -> None:
        """The time limit has passed."""
        origin = "agents.defaults.timeoutSeconds" if self.order.timeout_s is None else "asked for by the request"
        error = RunTimeout(f"the run passed its time limit of {self._timeout_s:g} s ({origin})")
        if self.host is not None:
            self.fail(error)  # it alone is out of time
        else:
            self.cancel(error)

    def settle(self, task: "asyncio.Task[None]") -> None:
        """The task has ended: keep the promise of a last event whatever became of it, and nobody waits any more.

        A task cancelled before its first step never runs its body, so the promise cannot be kept in there.
        """
        if self.log.last is None:
            bug = None if task.cancelled() else task.exception()
            if bug is not None:
                logger.error("run %s ended by a bug", self.id, exc_info=bug)
            self.fail(self.cause or GatewayError("the run ended unexpectedly; the gateway's log says why"))
        self._end_storing()
        self.guests.clear()
        if self.order.when_over is not None and self.log.last is not None:
            self.order.when_over(self.log.last)
