"""What tools may ask of the runs: `SessionsPort` for one gateway. A message between sessions is a run like any other.

Two sessions that write to each other could go on for ever, and each could wait for the other. So it is known of each
such run which sessions it came through: none of those is waited for, and after some steps nothing is sent on.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from openclaw_gateway.errors import GatewayError, RunCancelled, RunTimeout
from openclaw_gateway.events import LastEvent, MessageAdded, RunFailed, RunFinished
from openclaw_gateway.messages import AssistantMessage, UserMessage
from openclaw_gateway.models.model import Model
from openclaw_gateway.runs.in_flight import Runs, new_run_id
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.run import Run
from openclaw_gateway.sessions.directory import SessionRow
from openclaw_gateway.sessions.session import SessionStore
from openclaw_gateway.sessions.settings import SessionSettings
from openclaw_gateway.tools.sessions.port import AgentFacts, Delivery, Letter, SessionFacts, SessionStatus
from openclaw_gateway.tools.tool import ToolFailure

# Sessions that a message may come through.
MAX_STEPS: Final = 5
CHANNEL: Final = "sessions_send"


class SessionDesk:
    """See `SessionsPort`. Tools are made before the runs are, so it is opened when both are there."""

    def __init__(self) -> None:
        self._runs: Runs | None = None
        self._store: SessionStore | None = None
        self._ways: dict[str, tuple[str, ...]] = {}

    def open(self, runs: Runs, store: SessionStore) -> None:
        """From here on it answers."""
        self._runs, self._store = runs, store

    @property
    def runs(self) -> Runs:
        """Those of the gateway."""
        assert self._runs is not None, "opened before the first run"
        return self._runs

    @property
    def store(self) -> SessionStore:
        """Where sessions are."""
        assert self._store is not None, "opened before the first run"
        return self._store

    def agents(self) -> Sequence[AgentFacts]:
        """All agents, in the config's order."""
        told = []
        for agent_id in self.runs.prepared.agents:
            model = self._find_model(agent_id, None)
            told.append(AgentFacts(agent_id, f"{model.provider}/{model.id}" if model else ""))
        return told

    def tell(self, row: SessionRow) -> SessionFacts:
        """What else is known of a session."""
        model = self._find_model(row.agent_id, row.settings.model)
        return SessionFacts(
            self._status(row.key),
            f"{model.provider}/{model.id}" if model else "",
            model.context_window if model else None,
        )

    async def choose_model(self, row: SessionRow, model: str | None) -> None:
        """Let the session ask another model, None for its agent's own. Raises ToolFailure."""
        agent = self.runs.prepared.agents.get(row.agent_id)
        if agent is None:
            raise ToolFailure(f"agent {row.agent_id} is not in the config any more")
        try:
            self.runs.prepared.catalog.candidates(agent.model, model, agent.id)
        except GatewayError as error:
            raise ToolFailure(str(error)) from error

        def change(old: SessionSettings) -> SessionSettings:
            return msgspec.structs.replace(old, model=model)

        if await self.store.directory.change_settings(row.key, change) is None:
            raise ToolFailure("nothing of this session is stored yet, so no model can be chosen for it")
        if model is None:
            self.runs.chosen_models.pop(row.key, None)
        else:
            self.runs.chosen_models[row.key] = model

    async def send(self, letter: Letter) -> Delivery:
        """Say something in a session and wait `timeout_s` for the answer, 0 for none. Raises ToolFailure."""
        ways = self._ways_to(letter)
        if max(map(len, ways)) > MAX_STEPS:
            raise ToolFailure(
                f"this message came through {MAX_STEPS} sessions already, so it is not sent on; answer it instead"
            )
        if letter.timeout_s and any(letter.session_key in way for way in ways):
            raise ToolFailure(
                "that session waits for your answer: finish yours, or send with timeoutSeconds 0 so as not to wait"
            )
        is_queued = any(run.session_key == letter.session_key for run in self.runs.live)
        try:
            run = self.runs.start(self._write_order(letter))
            self._ways[run.id] = max(ways, key=len)
            if not await run.wait_stored() and isinstance(run.log.last, RunFailed):
                raise ToolFailure(str(run.log.last.error))
        except GatewayError as error:
            raise ToolFailure(str(error)) from error
        if not letter.timeout_s:
            return Delivery(run.id, "accepted", is_queued)
        try:
            async with asyncio.timeout(letter.timeout_s):
                last = await run.log.wait_last()
        except TimeoutError:
            return Delivery(run.id, "timeout", is_queued)
        if isinstance(last, RunFailed):
            return Delivery(run.id, "error", is_queued, error=str(last.error))
        return Delivery(run.id, "ok", is_queued, _read_reply(run))

    def _write_order(self, letter: Letter) -> RunOrder:
        run_id = new_run_id()
        sender = self.runs.find(letter.sender_run)

        def forget(_: LastEvent) -> None:
            self._ways.pop(run_id, None)

        return RunOrder(
            run_id=run_id,
            agent_id=letter.agent_id,
            session_key=letter.session_key,
            is_ephemeral=False,
            incoming=(UserMessage(letter.text),),
            history="append",
            stores_input_first=True,
            is_findable=True,
            when_over=forget,
            principal_subject=letter.subject,
            client=sender.order.client if sender is not None else "",
            byte_count=len(letter.text.encode(errors="replace")),
            queue_mode=letter.queue_mode,
            channel=CHANNEL,
        )

    def _ways_to(self, letter: Letter) -> list[tuple[str, ...]]:
        """The sessions that led to a letter, for each message that its sender answers at the moment."""
        run = self.runs.find(letter.sender_run)
        answered = [letter.sender_run, *([guest.id for guest in run.guests] if run is not None else [])]
        return [(*self._ways.get(run_id, ()), letter.sender_key) for run_id in answered]

    def _find_model(self, agent_id: str, chosen: str | None) -> Model | None:
        agent = self.runs.prepared.agents.get(agent_id)
        if agent is None:
            return None
        try:
            return self.runs.prepared.catalog.candidates(agent.model, chosen, agent.id)[0]
        except GatewayError:  # the next turn will say so
            return None

    def _status(self, key: str) -> SessionStatus | None:
        live = [run for run in self.runs.live if run.session_key == key and not run.is_done]
        if live:
            return "running" if any(run.has_started for run in live) else "queued"
        end = self.runs.last_ends.get(key)
        return None if end is None else name_end(end.last)


def name_end(last: LastEvent) -> SessionStatus:
    """How a session stands whose last run ended so, in the protocol's words."""
    match last:
        case RunFinished():
            return "done"
        case RunFailed(error=RunCancelled()):
            return "killed"
        case RunFailed(error=RunTimeout()):
            return "timeout"
        case RunFailed():
            return "failed"


def _read_reply(run: Run) -> str:
    """The last text of the answer; of a run that was taken along, its host's."""
    for event in reversed((run.host or run).log.events):
        if isinstance(event, MessageAdded) and isinstance(event.message, AssistantMessage) and event.message.text:
            return event.message.text
    return ""
