"""The way of one run: its lane, its session, what is new, the loop, the store, the last event."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from openclaw_gateway.agents.agent import Agent
from openclaw_gateway.asking import QueueMode, ToolSpec
from openclaw_gateway.errors import Draining, GatewayError, InputDropped, RunCancelled, StoreUnavailable
from openclaw_gateway.events import (
    MessageAdded,
    ModelFailedOver,
    ModelStarted,
    RunFinished,
    RunStarted,
)
from openclaw_gateway.messages import AssistantMessage, Message, StopReason, TextPart, ToolResultMessage, UserMessage
from openclaw_gateway.model_errors import ContextOverflow
from openclaw_gateway.models.failover import PassedOver, ask_candidates
from openclaw_gateway.models.model import Model, ModelReply, ModelRequest
from openclaw_gateway.routing.history import HistoryPlan, plan_history
from openclaw_gateway.routing.session_key import is_named_by_user
from openclaw_gateway.routing.shared_user import SUSPECT_CHATS, count_chats
from openclaw_gateway.runs.bounds import Bounds
from openclaw_gateway.runs.briefing import stamp_input, write_system
from openclaw_gateway.runs.caller_tools import check_calls, check_results
from openclaw_gateway.runs.loop import LoopEnd, run_loop
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.runs.prompt import (
    Show,
    answer_reserve,
    least_reserve,
    note_appended,
    restart_context,
    show_messages,
)
from openclaw_gateway.runs.report import report_failover
from openclaw_gateway.runs.run import Run
from openclaw_gateway.runs.run_tools import RunTools
from openclaw_gateway.runs.session_notes import SessionNotes
from openclaw_gateway.runs.waiting import WaitingRuns
from openclaw_gateway.runs.window import Window
from openclaw_gateway.sessions.pending_input import PendingInput
from openclaw_gateway.sessions.prompt_size import estimate_tokens
from openclaw_gateway.sessions.session import Session, SessionStore
from openclaw_gateway.tools.tool import ToolContext, result_cap

logger = logging.getLogger(__name__)

# Characters of a token, near enough for a reserve; the provider counts exactly.
CHARS_PER_TOKEN = 4

# Comparing this many messages takes milliseconds, which other requests need not wait for.
MANY_MESSAGES = 2_000

_NO_NAMES: frozenset[str] = frozenset()


@dataclass(slots=True)
class Turn:
    """One run being performed. pending: messages of this turn that are not in the session yet."""

    run: Run
    agent: Agent
    candidates: tuple[Model, ...]
    tools: RunTools
    prepared: Prepared
    store: SessionStore
    now_ms: Callable[[], int]
    waiting: WaitingRuns
    notes: SessionNotes
    session: Session | None = None
    pending: tuple[Message, ...] = ()
    system: tuple[str, ...] = ()
    show: Show | None = None
    window: Window = field(init=False)
    bounds: Bounds = field(init=False)

    def __post_init__(self) -> None:
        prepared, agent_id = self.prepared, self.run.order.agent_id
        self.window = Window(prepared, self.store, self.candidates, self.now_ms, self.run.say)
        self.bounds = Bounds(
            self.tools.callable,
            prepared.run_limits[agent_id],
            prepared.detects_loops[agent_id],
            self.window.spent,
        )

    async def perform(self) -> None:
        """Do the turn; ends in exactly one last event."""
        run = self.run
        try:
            if not run.has_started:
                await self._wait_turn()
            if run.host is not None:
                await run.log.wait_last()
                return
            run.lap("queue")
            session = self.session = await self._open_session()
            self.show = self.prepared.prompts[run.order.agent_id].show
            await self._answer(session)
        except GatewayError as error:
            await self._give_up(error)
        except asyncio.CancelledError:
            if run.cause is None:
                raise
            await self._give_up(run.cause)
        except Exception as error:
            # One of the three places that catch everything: one run may not take the gateway with it.
            logger.exception("run %s failed", run.id, exc_info=error)
            await self._give_up(GatewayError("internal error; the gateway's log says why"))

    async def _answer(self, session: Session) -> None:
        """From the input to the last event."""
        run = self.run
        news = self.notes.show(session.key)
        self.system = await write_system(
            self.prepared, run.order, session, self.candidates[0], self.tools.first.names, self.now_ms(), news
        )
        await self._take_input(session)
        run.lap("session")
        end = await self._converse(session)
        if run.order.tools:
            check_calls(end.last_reply, run.order)
        await self._finish(end, session)

    async def _wait_turn(self) -> None:
        """Wait for the place, or for a run that takes this one along; what was acknowledged is on disk meanwhile."""
        run, order = self.run, self.run.order
        message = order.incoming[-1]
        if order.queue_mode != "own" and isinstance(message, UserMessage):
            await self.store.inputs.add(PendingInput(run.id, run.session_key, run.accepted_at_ms, message))
            run.note_input_stored()
        if not run.has_started:
            await run.wait_place()
        if order.when_admitted is not None:
            await order.when_admitted()
        rules = run.rules
        if run.host is None and rules is not None and rules.mode == "collect":
            await self._wait_quiet(rules.debounce_s)

    async def _wait_quiet(self, quiet_s: float) -> None:
        """Wait until nobody has said anything for so long; how many may wait bounds how often that begins anew."""
        while (wait_s := self.waiting.last_accepted_at(self.run) + quiet_s - time.perf_counter()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(wait_s)

    async def _open_session(self) -> Session:
        order = self.run.order
        session = await self.store.open(
            order.session_key, order.agent_id, is_ephemeral=order.is_ephemeral, after_run=order.after_run
        )
        self.run.showing = self.prepared.showing.choose(order, session.settings)
        self._say_started(session)
        return session

    def _say_started(self, session: Session) -> None:
        run = self.run
        run.say(RunStarted(run.id, session.key, session.session_id, run.order.agent_id, self.now_ms()))

    async def _take_input(self, session: Session) -> None:
        """Find out what of the caller's messages is new, and make it this turn's input."""
        order = self.run.order
        self.pending = order.incoming
        if order.history == "chain" and session.path:
            plan = await self._plan(session, order.incoming)
            if plan.kind != "append" or session.chats:
                self._count_chats(session, plan)
            if plan.keep < len(session.path):
                await self.store.branch(session, plan.keep)
                restart_context(session)
            self.pending = plan.new
        if len(self.pending) > 1 or type(self.pending[0]) is ToolResultMessage:
            check_results(self.pending, session.messages)
        if self.show is not None:
            self.pending = stamp_input(self.pending, self.now_ms())
        if order.stores_input_first:
            await self._store_input(session)

    async def _store_input(self, session: Session) -> None:
        """Make the input durable before the model is asked, and that of runs which are answered together with it."""
        run, dropped = self.run, None
        if run.order.queue_mode != "own":
            dropped = self.waiting.take_dropped(run.session_key)
        if dropped is not None:
            self.pending = (dropped.message, *self.pending)
        await self._keep((), session, dropped=dropped.run_ids if dropped is not None else ())
        run.note_input_stored()
        if run.rules is not None and run.rules.mode == "collect":
            await self._take_along("collect", session)
        if run.cause is not None:
            raise run.cause

    async def _take_along(self, mode: QueueMode, session: Session) -> None:
        """Put the messages that wait for it into this run: its answer is theirs, too."""
        for guest in self.waiting.take(self.run, mode):
            order = guest.order
            guest.say(RunStarted(guest.id, session.key, session.session_id, order.agent_id, self.now_ms()))
            messages = order.incoming if self.show is None else stamp_input(order.incoming, self.now_ms())
            await self._keep(messages, session, of=guest)

    async def _plan(self, session: Session, incoming: tuple[Message, ...]) -> HistoryPlan:
        """What of the chain is new. The lane is ours, so that nobody changes the session meanwhile."""
        stored = session.messages
        if len(incoming) < MANY_MESSAGES:
            return plan_history(stored, incoming)
        return await asyncio.to_thread(plan_history, stored, incoming)

    def _count_chats(self, session: Session, plan: HistoryPlan) -> None:
        """Warn once when the `user` of a session turns out to stand for many chats."""
        before = session.chats
        session.chats = count_chats(before, plan, stored=len(session.path))
        if before < SUSPECT_CHATS <= session.chats and is_named_by_user(session.key):
            logger.warning(
                "session %s: %d unrelated chats came under one `user`, so it probably names an application and not a "
                "person; let it send x-openclaw-session-key, or a header of gateway.http.sessionHeaders, for each chat",
                session.key,
                session.chats,
            )

    def _converse(self, session: Session) -> Awaitable[LoopEnd]:
        order = self.run.order
        return run_loop(
            partial(self._ask, session),
            partial(self._keep_round, session),
            self.tools.callable,
            frozenset([tool.name for tool in order.tools]) if order.tools else _NO_NAMES,
            partial(self._tool_context, session),
            self.run.say,
            partial(self.waiting.have, self.run, "steer"),
            self.bounds,
        )

    def _tool_context(self, session: Session) -> ToolContext:
        run, order, model = self.run, self.run.order, self.candidates[0]
        return ToolContext(
            run_id=run.id,
            session_key=session.key,
            agent_id=order.agent_id,
            place=self.prepared.place(order.agent_id, session.key),
            say=run.say_of_tool,
            max_result_chars=result_cap(model.context_window),
            model=f"{model.provider}/{model.id}",
            subject=order.principal_subject,
        )

    async def _ask(self, session: Session, round_number: int) -> ModelReply:
        """One answer. A prompt that the provider finds too large is made smaller and tried once more."""
        run, order, first, show = self.run, self.run.order, self.candidates[0], self.show
        tools, tool_choice = self._choose_tools()
        reserved = self._reserve(first, tools)
        context = await self.window.fit(session, show, reserved=reserved)
        if self.window.usage.total:
            self.bounds.check_spend()
        request = ModelRequest(
            system=self.system,
            messages=context + show_messages(self.pending, show),
            tools=tools,
            tool_choice=tool_choice,
            parallel_tool_calls=order.parallel_tool_calls,
            sampling=self.prepared.thinking.sample(
                order.sampling, order.agent_id, first, inline=order.thinking, stored=session.settings.thinking_level
            ),
            session=session.session_id,
            withheld=self.tools.withheld,
        )
        if round_number:
            # The tools may have changed what the next turn's prompt is made of.
            self.prepared.prompts[order.agent_id].distrust()
        run.lap("tools" if round_number else "prompt")
        try:
            return await self._ask_models(request, round_number)
        except ContextOverflow as error:
            if type(run.log.events[-1]) is not ModelStarted:
                raise  # what was said of an answer cannot be taken back
            await self.window.recover(session, error, reserved=reserved)
        self.bounds.watch.note_compaction()
        return await self._ask(session, round_number)

    def _choose_tools(self) -> tuple[tuple[ToolSpec, ...], str]:
        """The tools that the model is shown, and which it may choose."""
        order = self.run.order
        tools = self.tools.first.specs
        if order.tool_choice == "none" and tools:
            return tools, "auto"  # the caller forbids calls of its own tools; the agent may use the agent's
        return tools + order.tools, order.tool_choice

    async def _ask_models(self, request: ModelRequest, round_number: int) -> ModelReply:
        """Ask the candidates in their order, and say and measure what comes of it."""
        run, first = self.run, self.candidates[0]
        run.asked = first
        run.say(ModelStarted(first.provider, first.id, round_number))
        cooldowns, note_failover = self.prepared.catalog.cooldowns, partial(self._note_failover, round_number)
        try:
            reply = await ask_candidates(self.candidates, request, run.say, note_failover, cooldowns)
        finally:
            run.lap("model")
        if self.tools.withheld:
            self.tools.follow(run.asked)
        reply = self.prepared.prices.put_on(reply)
        timings, measured = run.timings, reply.timings
        if measured.connected_ms is not None:
            timings.setdefault("connect", measured.connected_ms)
        if measured.first_token_ms is not None:
            timings.setdefault("first_token", measured.first_token_ms)
        return reply

    def _note_failover(self, round_number: int, passed: PassedOver, following: Model) -> None:
        run = self.run
        report_failover(run, passed, f"{following.provider}/{following.id}")
        run.passed_over += (f"{passed.provider}/{passed.model}={passed.reason}",)
        run.asked = following
        run.say(ModelFailedOver(passed.provider, passed.model, passed.reason, passed.profile, passed.is_skipped))
        run.say(ModelStarted(following.provider, following.id, round_number))

    async def _keep_round(self, session: Session, messages: tuple[Message, ...]) -> None:
        """Store what a round brought, and messages that came meanwhile for this run; a run that was cancelled does not
        begin the next.
        """
        await self._keep(messages, session)
        if self.run.cause is None:
            await self._take_along("steer", session)
        if self.run.cause is not None:
            raise self.run.cause

    def _reserve(self, model: Model, tools: Sequence[ToolSpec]) -> int:
        """Tokens of the window that history may not use: this request's own text, tools, input and the answer."""
        answer = max(answer_reserve(model, self.run.order.sampling.max_tokens), least_reserve(model))
        own_chars = sum(map(len, self.system)) + self.tools.count_chars(tools)
        return answer + own_chars // CHARS_PER_TOKEN + sum(map(estimate_tokens, self.pending))

    async def _keep(
        self, messages: tuple[Message, ...], session: Session, *, of: Run | None = None, dropped: Sequence[str] = ()
    ) -> None:
        """Store what is pending and these messages durably, and say so. of: whose they are, if not this run's.

        dropped: runs that never came to be, and that the messages tell of.
        """
        self.run.is_storing = True
        run = of or self.run
        try:
            entries = await self.store.append(session, self.pending + messages, run_id=run.id, dropped=dropped)
        finally:
            self.run.is_storing = False
        self.pending = ()
        note_appended(session, entries)
        for entry in entries:
            run.say(MessageAdded(entry.message, entry.id))

    async def _finish(self, end: LoopEnd, session: Session) -> None:
        """The turn is answered when it is durable, not before."""
        run, reply = self.run, end.last_reply
        await self._keep(end.messages, session)
        self.notes.settle(session.key)
        run.lap("store")
        run.say(
            RunFinished(
                finish_reason=end.finish_reason,
                usage=end.usage,
                last_usage=reply.usage,
                provider=reply.message.provider or "",
                model=reply.message.model or "",
                ended_at_ms=self.now_ms(),
                timings=run.timings,
            )
        )

    async def _give_up(self, error: GatewayError) -> None:
        """Keep what the caller saw of an answer that broke off, then say the last event."""
        session, said = self.session, self.run.log.text_in_hand()
        if session is not None and said and not isinstance(error, StoreUnavailable):
            stop_reason: StopReason = "aborted" if isinstance(error, (RunCancelled, Draining)) else "error"
            try:
                await self._keep((AssistantMessage((TextPart(said),), stop_reason=stop_reason),), session)
            except StoreUnavailable as store_error:
                logger.warning("run %s: its partial answer could not be kept: %s", self.run.id, store_error.message)
        await self._forget_input(error)
        self.run.fail(error)

    async def _forget_input(self, error: GatewayError) -> None:
        """A message that waited and was withdrawn waits no more; one that the gateway itself gave up is to be shown."""
        is_kept = isinstance(error, InputDropped) and error.is_kept
        if not is_kept and not isinstance(error, (Draining, StoreUnavailable)):
            try:
                await self.store.inputs.remove((self.run.id,))
            except StoreUnavailable as store_error:
                logger.warning("run %s: its message is still listed as waiting: %s", self.run.id, store_error.message)
