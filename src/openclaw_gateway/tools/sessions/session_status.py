"""`session_status`: how a session is, as a card; and which model it asks."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.messages import AssistantMessage
from openclaw_gateway.sessions.directory import SessionRow
from openclaw_gateway.sessions.settings import NO_SETTINGS
from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.sessions.port import SessionFacts
from openclaw_gateway.tools.sessions.sight import Sight, complete_key
from openclaw_gateway.tools.tool import ToolContext, ToolResult


class SessionStatusArguments(Arguments, frozen=True):
    """Which session, and what to change in it."""

    session_key: Annotated[str, Meta(description="Default: this session.")] | None = None
    model: (
        Annotated[str, Meta(min_length=1, max_length=200, description="Ask this model from now on; default clears.")]
        | None
    ) = None
    changes_since: (
        Annotated[int, Meta(ge=0, description="A stateVersion: tell whether anything changed since.")] | None
    ) = None


class SessionStatusResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The card as text. state_version: grows with each change. changed: only where `changesSince` was asked."""

    ok: bool
    session_key: str
    agent_id: str
    changed_model: bool
    state_version: int
    status_text: str
    changed: bool | None = None


class SessionStatusTool:
    """Tells for one agent."""

    name: Final = "session_status"
    description: Final = (
        "Show the time, and of this or another session: model, context used, messages, whether it is at work. "
        "Can choose another model for it."
    )
    parameters: Final = schema_of(SessionStatusArguments)
    is_parallel: Final = False

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The card. Raises ToolFailure."""
        asked = read_arguments(SessionStatusArguments, arguments)
        row = await self._find(asked, context)
        if asked.model is not None:
            model = None if asked.model.strip().lower() == "default" else asked.model.strip()
            await self._sight.port.choose_model(row, model)
            row = await self._find(asked, context)
        facts = self._sight.port.tell(row)
        result = SessionStatusResult(
            ok=True,
            session_key=row.key,
            agent_id=row.agent_id,
            changed_model=asked.model is not None,
            state_version=row.updated_at_ms,
            status_text=_write_card(row, facts, wall_clock_ms()),
            changed=None if asked.changes_since is None else row.updated_at_ms > asked.changes_since,
        )
        return ToolResult.of_text(msgspec.json.encode(result).decode(), details=result)

    async def _find(self, asked: SessionStatusArguments, context: ToolContext) -> SessionRow:
        own = context.session_key
        key = complete_key(asked.session_key, context.agent_id) if asked.session_key else own
        if key != own:
            return await self._sight.find(context, key)
        directory = self._sight.port.store.directory
        # A session that nobody will come back to is in no list, but it may ask about itself.
        now_ms = wall_clock_ms()
        return (
            directory.find_live(own)
            or await directory.find_row(own)
            or SessionRow(own, context.agent_id, "", now_ms, now_ms, 0, NO_SETTINGS)
        )


def _write_card(row: SessionRow, facts: SessionFacts, now_ms: int) -> str:
    settings = row.settings
    usage = row.last.usage if isinstance(row.last, AssistantMessage) else None
    window = facts.context_tokens
    lines = [
        f"Time: {_write_time(now_ms)}",
        f"Session: {row.key}{f' ({settings.label})' if settings.label else ''}",
        f"Model: {facts.model or 'none'}{' (chosen for this session)' if settings.model else ''}",
    ]
    if usage is not None:
        share = f" of {window} tokens ({100 * usage.total // window} %)" if window else " tokens"
        lines.append(f"Context: {usage.total}{share}")
    lines.append(f"Messages: {row.message_count}, last used {_write_time(row.updated_at_ms)}")
    if facts.status:
        lines.append(f"Run: {facts.status}")
    if settings.thinking_level:
        lines.append(f"Thinking: {settings.thinking_level}")
    return "\n".join(lines)


def _write_time(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%A, %Y-%m-%d %H:%M} UTC"
