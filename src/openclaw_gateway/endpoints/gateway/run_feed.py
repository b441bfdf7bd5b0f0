"""What all runs say, told to everybody who listens over the protocol, whoever started the run.

Each run has its two translators. An event is encoded once and given to `publish`, which knows the sockets.
"""

import asyncio
from collections.abc import Callable

from openclaw_gateway.auth.scopes import READ
from openclaw_gateway.dialects.gateway.agent_events import AgentEvent, AgentEvents, tell_briefly
from openclaw_gateway.dialects.gateway.chat_events import ChatEvent, ChatEvents, with_usage_line
from openclaw_gateway.dialects.gateway.frames import EncodedEvent, encode_event
from openclaw_gateway.endpoints.gateway.session_feed import TOOL_EVENTS, SessionFeed
from openclaw_gateway.events import ReasoningDelta, RunEvent, RunFailed, RunFinished, RunStarted, TextDelta
from openclaw_gateway.runs.in_flight import Runs
from openclaw_gateway.runs.run import Run
from openclaw_gateway.runs.showing import usage_line

# Every delta carries the text so far, as clients of the original expect. Sent chunk by chunk that would grow with the
# square of the answer, so the longer the text is, the more deltas are joined: each reader is sent about this much of
# it in a second, and a short answer is not held back noticeably.
REPEATED_CHARS_PER_S = 1_000_000

Publish = Callable[[EncodedEvent], None]


class RunFeed:
    """Watches runs while somebody listens; costs nothing while nobody does. Belongs to one event loop."""

    def __init__(
        self, runs: Runs, publish: Publish, now_ms: Callable[[], int], sessions: SessionFeed | None = None
    ) -> None:
        self._runs = runs
        self._sessions = sessions
        self._publish = publish
        self._now_ms = now_ms
        self._live: dict[str, _Telling] = {}
        self._stop_watching: Callable[[], None] | None = None

    def start(self) -> None:
        """Somebody listens now. Runs in flight are told from here on, their text so far with the next delta."""
        if self._stop_watching is None:
            self._stop_watching = self._runs.watch(self._take)

    def stop(self) -> None:
        """Nobody listens any more."""
        if self._stop_watching is not None:
            self._stop_watching()
            self._stop_watching = None
        for telling in self._live.values():
            telling.cancel_timer()
        self._live.clear()

    def _take(self, run: Run, event: RunEvent) -> None:
        telling = self._live.get(run.id)
        if telling is None:
            telling = self._live[run.id] = _Telling(run, self._publish, self._now_ms, self._sessions)
        telling.take(event)
        if isinstance(event, (RunFinished, RunFailed)):
            del self._live[run.id]


class _Telling:
    """One run being told. Deltas wait in `_pending` (all of one kind) until `_next_flush_at` of the loop's clock."""

    __slots__ = (
        "_agent_events", "_chars", "_chat_events", "_loop", "_next_flush_at", "_now_ms", "_pending", "_pending_kind",
        "_publish", "_run", "_sessions", "_timer",
    )  # fmt: skip

    def __init__(self, run: Run, publish: Publish, now_ms: Callable[[], int], sessions: SessionFeed | None) -> None:
        self._run = run
        self._sessions = sessions
        self._publish = publish
        self._now_ms = now_ms
        self._loop = asyncio.get_running_loop()
        self._agent_events = AgentEvents(run.id, run.order.session_key, run.agent_id)
        self._chat_events = ChatEvents(run.id, run.order.session_key, run.agent_id)
        self._pending: list[str] = []
        self._pending_kind: type[TextDelta | ReasoningDelta] = TextDelta
        self._chars = 0
        self._next_flush_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        # The event at hand is in the log already; what came before it, nobody heard. Of a run that another one took
        # along, everybody hears from that one.
        for missed in run.log.events[:-1] if run.host is None else ():
            self._agent_events.translate(missed, 0)
            self._chat_events.translate(missed, 0)

    def take(self, event: RunEvent) -> None:
        """Tell the event now, or soon if it is a delta and the last one is too recent for the length of the text."""
        if not isinstance(event, (TextDelta, ReasoningDelta)):
            self._flush()
            self._tell(event)
            return
        reasoning = self._run.showing.reasoning
        if reasoning == "off" and isinstance(event, ReasoningDelta):
            return
        if type(event) is not self._pending_kind:
            self._flush()
            self._pending_kind = type(event)
        self._pending.append(event.text)
        if reasoning == "on" and isinstance(event, ReasoningDelta):
            return  # told whole, before what follows it
        if self._timer is None:
            wait_s = self._next_flush_at - self._loop.time()
            if wait_s <= 0:
                self._flush()
            else:
                self._timer = self._loop.call_later(wait_s, self._flush)

    def cancel_timer(self) -> None:
        """Tell nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _flush(self) -> None:
        self.cancel_timer()
        if self._pending:
            text = "".join(self._pending)
            self._pending.clear()
            self._chars += len(text)
            self._next_flush_at = self._loop.time() + self._chars / REPEATED_CHARS_PER_S
            self._tell(self._pending_kind(text))

    def _tell(self, event: RunEvent) -> None:
        now_ms, sessions = self._now_ms(), self._sessions
        if sessions is not None:
            sessions.before(self._run, event)
        chat = self._chat_events.translate(event, now_ms)
        if isinstance(event, RunFinished) and chat is not None:
            chat = with_usage_line(chat, usage_line(self._run.showing, event.usage, self._run.session_key), now_ms)
        # A chat hears that a run begins before the agent's own events, and how it ended after them.
        is_chat_first = isinstance(event, RunStarted)
        if chat is not None and is_chat_first:
            self._publish(_encode_chat(chat))
        for told in self._agent_events.translate(event, now_ms):
            self._publish_agent(told)
            if told.stream == "tool" and sessions is not None:
                sessions.tell_tool(self._run, told)
        if chat is not None and not is_chat_first:
            self._publish(_encode_chat(chat))
        if sessions is not None:
            sessions.after(self._run, event)

    def _publish_agent(self, event: AgentEvent) -> None:
        """Tell it; what tools do is for clients that asked for it, and for all others as the run is shown."""
        if event.stream != "tool":
            is_droppable = event.stream in ("assistant", "reasoning")
            self._publish(encode_event("agent", event, scope=READ, is_droppable=is_droppable))
            return
        verbose = self._run.showing.verbose
        cap = None if verbose == "full" else TOOL_EVENTS
        self._publish(encode_event("agent", event, scope=READ, cap=cap))
        brief = tell_briefly(event) if verbose == "on" else None
        if brief is not None:
            self._publish(encode_event("agent", brief, scope=READ, unless_cap=TOOL_EVENTS))


def _encode_chat(event: ChatEvent) -> EncodedEvent:
    return encode_event("chat", event, scope=READ, is_droppable=event.state == "delta")
