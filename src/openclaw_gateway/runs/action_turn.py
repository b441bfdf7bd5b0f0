"""The turn of a command: the gateway answers by itself, no model is asked, and none is ever shown the exchange.

It is a run like any other, so that every front end can tell it: text, and one last event with a usage of nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from openclaw_gateway.events import RunEvent, RunFinished, TextDelta
from openclaw_gateway.messages import AssistantMessage, TextPart, Usage
from openclaw_gateway.runs.order import Action, RunOrder
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.runs.turn import Turn
from openclaw_gateway.sessions.session import Session, SessionStore


@dataclass(frozen=True, slots=True)
class Stage:
    """What a command acts on. session: of a command that came while its session was at work, a copy for reading.

    is_beside: whether it is such a copy.
    """

    order: RunOrder
    session: Session
    prepared: Prepared
    store: SessionStore
    now_ms: Callable[[], int]
    say: Callable[[RunEvent], None]
    is_beside: bool


class ActionTurn(Turn):
    """One command being performed."""

    __slots__ = ()

    async def _open_session(self) -> Session:
        if not self.run.is_beside:
            return await super()._open_session()
        # Opening it would take back a branch that the run at work is about to store.
        order, now_ms = self.run.order, self.now_ms()
        session = await self.store.read(order.session_key)
        if session is None:  # its first turn is at work, and nothing of it is stored yet
            session = Session(order.session_key, order.agent_id, "", order.is_ephemeral, now_ms, now_ms)
        self._say_started(session)
        return session

    async def _answer(self, session: Session) -> None:
        run, order = self.run, self.run.order
        action = order.action
        assert action is not None
        if run.is_beside:
            run.note_input_stored()  # there is nothing to store
        elif action.place != "instead":
            await self._take_input(session)
        run.lap("session")
        text = await action.perform(self._stage(session))
        run.say(TextDelta(text))
        run.lap("tools")
        if not run.is_beside:
            await self._store_exchange(action, text, session)
        run.lap("store")
        nothing = Usage()
        run.say(RunFinished("stop", nothing, nothing, "", "", self.now_ms(), run.timings))

    async def _store_exchange(self, action: Action, text: str, session: Session) -> None:
        if action.place == "instead":
            await self._take_input(session)  # only now: it would have been cut off with all the rest
        await self._keep((AssistantMessage((TextPart(text),), exclude_from_context=True),), session)

    def _stage(self, session: Session) -> Stage:
        run = self.run
        return Stage(run.order, session, self.prepared, self.store, self.now_ms, run.say, run.is_beside)
