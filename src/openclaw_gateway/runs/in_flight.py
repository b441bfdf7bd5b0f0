"""All runs of the gateway: the one way to start one, and where to find it while it goes on and a while after."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from math import inf
from typing import TYPE_CHECKING

import msgspec

from openclaw_gateway.errors import Busy, Draining, GatewayError, InvalidRequest, RunCancelled
from openclaw_gateway.events import CompactionFinished, CompactionStarted, LastEvent
from openclaw_gateway.identifiers import new_uuid
from openclaw_gateway.runs.ended import EndedRuns
from openclaw_gateway.runs.lane_hold import hold_lane
from openclaw_gateway.runs.lanes import RETRY_AFTER_S, Lanes
from openclaw_gateway.runs.order import Action, RunOrder
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.runs.prompt import answer_reserve, least_reserve
from openclaw_gateway.runs.queue_rules import rules_for
from openclaw_gateway.runs.report import report_end
from openclaw_gateway.runs.run import Run, Watcher
from openclaw_gateway.runs.run_tools import RunTools
from openclaw_gateway.runs.session_notes import SessionNotes
from openclaw_gateway.runs.turn import Turn
from openclaw_gateway.runs.waiting import WaitingRuns
from openclaw_gateway.sessions.session import SessionStore
from openclaw_gateway.sessions.settings import NO_SETTINGS

if TYPE_CHECKING:
    from openclaw_gateway.runs.compaction import CompactionResult
    from openclaw_gateway.runs.compaction import Say as SayOfCompaction

# Of how many sessions it is known how their last run ended.
MAX_LAST_ENDS = 1000

# How long a compaction waits for the run before it.
LANE_TIMEOUT_S = 15.0

# What the requests of all runs in flight, waiting ones too, may come to. A request may bring 25 MB.
MAX_ORDER_BYTES = 256 * 1024 * 1024


class SessionEnd(msgspec.Struct, frozen=True):
    """How the last run of a session ended. accepted_at_ms: since the epoch."""

    run_id: str
    accepted_at_ms: int
    last: LastEvent


class Runs:
    """Starts runs, owns their tasks and knows those in flight. Belongs to the event loop that runs when it is made.

    chosen_models: sessions whose model somebody chose, by key. last_ends: by key, of the sessions used last. notes: of
    what happened between turns.
    """

    def __init__(self, prepared: Prepared, store: SessionStore, lanes: Lanes, *, now_ms: Callable[[], int]) -> None:
        self.prepared = prepared
        self.lanes = lanes
        self._waiting = WaitingRuns(lanes)
        self._store = store
        self._now_ms = now_ms
        self._loop = asyncio.get_running_loop()
        self._live: dict[str, Run] = {}
        self._ended = EndedRuns(self._loop)
        self._order_bytes = 0
        self._watchers: list[Watcher] = []
        self.chosen_models: dict[str, str] = {}
        self.last_ends: dict[str, SessionEnd] = {}
        self.notes = SessionNotes()
        self._is_draining = False
        self._idle: asyncio.Future[None] | None = None
        self._limit_timer: asyncio.TimerHandle | None = None
        self._limit_rings_at = inf

    @property
    def live(self) -> tuple[Run, ...]:
        """Runs that have not said their last event, in the order of their start."""
        return tuple(self._live.values())

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Tell this watcher every event of every run, synchronously; returns how to stop that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def start(self, order: RunOrder) -> Run:
        """Accept an order: the run is started, or queued behind its session.

        Raises Busy when a queue is full, Draining at shutdown, NotFound for a model reference that leads nowhere,
        InvalidRequest for a run id in use or a tool of the caller that bears the name of one of the agent's,
        NoToolsLeft when the lists of allowed tools leave none.
        """
        if self._is_draining:
            raise Draining.now()
        if order.run_id in self._live:
            raise InvalidRequest(f"run {order.run_id} is in flight already")
        if self._order_bytes + order.byte_count > MAX_ORDER_BYTES:
            raise Busy("the requests in flight are too large together; try again shortly", retry_after_s=RETRY_AFTER_S)
        prepared = self.prepared
        agent = prepared.agents[order.agent_id]
        model = order.model
        if model is None and self.chosen_models:
            model = self.chosen_models.get(order.session_key)
        # A command has to work where the session's model does not, or nobody could choose another one.
        candidates = prepared.catalog.candidates(agent.model, None if order.action else model, agent.id)
        tools = RunTools(prepared, order, candidates)
        if order.action is None:
            tools.check(order, candidates[0])
        if order.thinking is not None:
            prepared.thinking.check(order.thinking, agent.id, f"{candidates[0].provider}/{candidates[0].id}")
        run = Run(order, self._now_ms, self._watchers)
        if order.action is not None:
            self._admit_action(run, order.action)
        elif order.queue_mode != "own" and self.lanes.is_taken(order.session_key):
            self._line_up(run)
        else:
            self.lanes.admit(run)
        kind = Turn if order.action is None else _action_turn()
        turn = kind(run, agent, candidates, tools, prepared, self._store, self._now_ms, self._waiting, self.notes)
        task = self._loop.create_task(turn.perform())
        self._live[run.id] = run
        self._order_bytes += order.byte_count
        run.begin(task, agent.timeout_s if order.timeout_s is None else order.timeout_s)
        if run.due_at < self._limit_rings_at:
            self._watch_limits(run.due_at)
        task.add_done_callback(partial(self._settle, run))
        return run

    def _admit_action(self, run: Run, action: Action) -> None:
        """Let a command in: most of them need no place where their session is at work."""
        if action.place == "beside" and not self.lanes.has_room(run):
            run.pass_by()
            return
        others = len([*self.lanes.behind(run.session_key)]) if action.place == "instead" else 0
        self.lanes.admit(run, max_behind=others + 1 if others else None)
        if action.place == "instead":
            self.end_session(run.session_key, RunCancelled("the session was reset or deleted"), but=run)

    def _line_up(self, run: Run) -> None:
        """Let a message in that comes while its session is at work."""
        row = self._store.directory.find_live(run.session_key)
        settings = row.settings if row is not None else NO_SETTINGS
        self._waiting.admit(run, rules_for(run.order, self.prepared.config.messages.queue, settings))
        if run.rules is not None and run.rules.mode == "interrupt":
            self.end_session(run.session_key, RunCancelled("aborted by a newer message"), but=run)

    def end_session(self, session_key: str, error: GatewayError, *, but: Run | None = None) -> list[str]:
        """End all runs of a session, those that wait first, so that none starts in another's place; returns the ids of
        those that this call ended.
        """
        return _end([run for run in self.live if run.session_key == session_key and run is not but], error)

    def end_runs_of(self, subject: str, error: GatewayError) -> list[str]:
        """End all runs that this principal ordered, those that wait first; a message of its that somebody else's run
        has taken along stays said.
        """
        own = [run for run in self.live if run.order.principal_subject == subject]
        return _end([run for run in own if run.host is None or run.host in own], error)

    async def forget_waiting(self, session_key: str) -> None:
        """Forget messages that were given up and not told of yet, and those of an earlier gateway: the session begins
        anew.
        """
        self.notes.forget(session_key)
        dropped = self._waiting.take_dropped(session_key)
        if dropped is not None:
            await self._store.inputs.remove(dropped.run_ids)
        await self._store.inputs.forget_interrupted(session_key)

    async def compact_session(
        self, session_key: str, agent_id: str, *, focus: str = "", say: "SayOfCompaction | None" = None
    ) -> "CompactionResult":
        """Sum up the older part of a stored session, between its runs. focus: what is to be kept above all.

        Raises Busy when a run of the session does not end, and what a store raises. Whoever holds the session's lane
        already uses `runs/compaction.py` itself.
        """
        from openclaw_gateway.runs.compaction import Compactor  # most gateways are never asked

        prepared = self.prepared
        agent = prepared.agents[agent_id]
        candidates = prepared.catalog.candidates(agent.model, self.chosen_models.get(session_key), agent_id)
        reserved = max(answer_reserve(candidates[0]), least_reserve(candidates[0]))
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(hold_lane(self.lanes, session_key, timeout_s=LANE_TIMEOUT_S))
            except TimeoutError as error:
                raise Busy(
                    "a run of this session is going on; abort it, or try again later", retry_after_s=5
                ) from error
            session = await self._store.open(session_key, agent_id, is_ephemeral=False)
            compactor = Compactor(prepared, self._store, session, candidates, self._now_ms, say or _say_nothing)
            return await compactor.compact("manual", reserved=reserved, focus=focus)

    def find(self, run_id: str) -> Run | None:
        """A run in flight, or one that ended a short while ago and was ordered with is_findable."""
        run = self._live.get(run_id)
        if run is not None:
            return run
        return self._ended.find(run_id)

    async def drain(self, budget_s: float, error: GatewayError) -> None:
        """Take no new orders, wait for those in flight, and after the budget end what is left with this error."""
        self._is_draining = True
        if not self._live:
            return
        self._idle = self._loop.create_future()
        _, still_busy = await asyncio.wait([self._idle], timeout=budget_s)
        if still_busy:
            for run in self.live:
                run.cancel(error)
            await self._idle

    # One timer for the limits of all runs. It is not put off when a run ends, it looks again when it rings: arming and
    # cancelling a timer of its own cost each run more than all else that starts it.

    def _watch_limits(self, next_at: float) -> None:
        if self._limit_timer is not None:
            self._limit_timer.cancel()
        self._limit_rings_at = next_at
        self._limit_timer = None if next_at == inf else self._loop.call_at(next_at, self._end_overdue)

    def _end_overdue(self) -> None:
        now = self._loop.time()
        next_at = inf
        for run in self.live:
            due_at = run.look_again_at(now)
            if due_at <= now:
                run.expire()
            else:
                next_at = min(next_at, due_at)
        self._watch_limits(next_at)

    def _settle(self, run: Run, task: "asyncio.Task[None]") -> None:
        run.settle(task)
        report_end(run)
        self._waiting.release(run)
        del self._live[run.id]
        self._order_bytes -= run.order.byte_count
        if not run.order.is_ephemeral and run.log.last is not None:
            self._note_end(run, run.log.last)
        if self._idle is not None and not self._live:
            self._idle.set_result(None)
        if run.order.is_findable:
            self._ended.keep(run)

    def _note_end(self, run: Run, last: LastEvent) -> None:
        ends, key = self.last_ends, run.session_key
        ends.pop(key, None)  # so that the key moves to the end, where the latest are
        ends[key] = SessionEnd(run.id, run.accepted_at_ms, last)
        if len(ends) > MAX_LAST_ENDS:
            del ends[next(iter(ends))]


def _end(runs: list[Run], error: GatewayError) -> list[str]:
    """End these, those that wait first; returns the ids of those that this call ended."""
    return [run.id for run in sorted(runs, key=lambda run: run.has_started) if run.cancel(error)]


def _say_nothing(event: CompactionStarted | CompactionFinished) -> None:
    """For who waits for the result alone."""


def new_run_id() -> str:
    """An id for a run that its caller did not name."""
    return new_uuid()


def _action_turn() -> type[Turn]:
    from openclaw_gateway.runs.action_turn import ActionTurn  # most gateways never see a command

    return ActionTurn
