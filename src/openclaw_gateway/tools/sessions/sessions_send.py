"""`sessions_send`: a message to another session, and its answer if it is waited for."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from openclaw_gateway.asking import QueueMode
from openclaw_gateway.sessions.directory import RowFilter
from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.sessions.port import Letter
from openclaw_gateway.tools.sessions.sight import Sight
from openclaw_gateway.tools.sessions.told_message import clean
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

Mode = Literal["notify", "steer", "followup", "resume"]

DEFAULT_TIMEOUT_S: Final = 30
MAX_TIMEOUT_S: Final = 600
MAX_MESSAGE_CHARS: Final = 32_000
_FRAME_CHARS: Final = 800
# A session at work takes a message along, or answers it afterwards; only steering interrupts what it plans to do.
_QUEUE_MODES: Final[Mapping[Mode, QueueMode]] = {
    "notify": "followup",
    "steer": "steer",
    "followup": "followup",
    "resume": "followup",
}


class SessionsSendArguments(Arguments, frozen=True):
    """What to say to whom."""

    message: Annotated[str, Meta(min_length=1, max_length=MAX_MESSAGE_CHARS, description="What to say.")]
    session_key: Annotated[str, Meta(description="To this session;")] | None = None
    label: Annotated[str, Meta(description="or to the one of this name;")] | None = None
    agent_id: Annotated[str, Meta(description="or to the main session of this agent.")] | None = None
    timeout_seconds: Annotated[
        int,
        Meta(
            ge=0, le=MAX_TIMEOUT_S, description=f"Wait so long for the answer; 0: do not. Default: {DEFAULT_TIMEOUT_S}."
        ),
    ] = DEFAULT_TIMEOUT_S
    mode: Annotated[
        Mode, Meta(description="If it is at work: steer it now, or have it answer afterwards (followup, the default).")
    ] = "followup"


class DeliveryRow(msgspec.Struct, frozen=True):
    """How the message came in. status: started, or queued behind what the session was doing."""

    status: Literal["started", "queued"]
    mode: Mode


class SessionsSendResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What became of it. reply: text of the answer."""

    run_id: str
    session_key: str
    status: Literal["ok", "accepted", "timeout", "error"]
    delivery: DeliveryRow
    reply: str | None = None
    error: str | None = None


class SessionsSendTool:
    """Writes for one agent."""

    name: Final = "sessions_send"
    description: Final = (
        "Send a message to another session (exactly one of sessionKey, label or agentId) and return its answer. After "
        "a timeout the session goes on; sessions_history shows what it said."
    )
    parameters: Final = schema_of(SessionsSendArguments)
    is_parallel: Final = False

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The answer, as JSON. Raises ToolFailure."""
        asked = read_arguments(SessionsSendArguments, arguments)
        key, agent_id = await self._find(asked, context)
        if key == context.session_key:
            raise ToolFailure("that is this very session: say it in your answer")
        letter = Letter(
            sender_run=context.run_id,
            sender_key=context.session_key,
            sender_agent=context.agent_id,
            subject=context.subject,
            session_key=key,
            agent_id=agent_id,
            text=f"[Message from session {context.session_key}; your answer goes back to it]\n{asked.message}",
            queue_mode=_QUEUE_MODES[asked.mode],
            timeout_s=0 if asked.mode == "notify" else asked.timeout_seconds,
        )
        delivery = await self._sight.port.send(letter)
        result = SessionsSendResult(
            delivery.run_id,
            key,
            delivery.status,
            DeliveryRow("queued" if delivery.is_queued else "started", asked.mode),
            clean(delivery.reply, max(200, (context.max_result_chars - _FRAME_CHARS) // 2)) if delivery.reply else None,
            delivery.error or None,
        )
        return ToolResult.of_text(msgspec.json.encode(result).decode(), details=result)

    async def _find(self, asked: SessionsSendArguments, context: ToolContext) -> tuple[str, str]:
        """Key and agent of the session. Raises ToolFailure for what is not in sight, as for what is not there."""
        if sum(given is not None for given in (asked.session_key, asked.label, asked.agent_id)) != 1:
            raise ToolFailure("exactly one of sessionKey, label and agentId says who it is for")
        if asked.session_key is not None:
            row = await self._sight.find(context, asked.session_key)
            return row.key, row.agent_id
        view = await self._sight.look(context)
        if asked.label is not None:
            rows, _ = await self._sight.port.store.directory.list_rows(RowFilter(label=asked.label, limit=2))
            found = [(row.key, row.agent_id) for row in rows if view.sees(row.key, row.agent_id)]
        else:
            wanted = str(asked.agent_id).strip().lower()
            known = [agent.id for agent in self._sight.port.agents() if agent.id.lower() == wanted]
            keys = [(f"agent:{agent_id.lower()}:main", agent_id) for agent_id in known]
            found = [each for each in keys if view.sees(*each)]
        if len(found) != 1:
            raise ToolFailure(f"session not found: {asked.label or asked.agent_id}")
        return found[0]
