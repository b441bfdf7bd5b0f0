"""`sessions_history`: what was said in a session that is in sight."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from openclaw_gateway.sessions.session import Entry
from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.sessions.sight import Sight
from openclaw_gateway.tools.sessions.told_message import ToldMessage, tell_message
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

DEFAULT_LIMIT: Final = 50
_FRAME_CHARS: Final = 800


class SessionsHistoryArguments(Arguments, frozen=True):
    """Which messages of which session."""

    session_key: Annotated[str, Meta(description="Key of the session; main is your main one.")]
    limit: Annotated[int, Meta(ge=1, le=1000, description=f"How many of the newest. Default: {DEFAULT_LIMIT}.")] = (
        DEFAULT_LIMIT
    )
    offset: Annotated[int, Meta(ge=0, description="Pass over so many of the newest.")] = 0
    message_id: Annotated[str, Meta(description="End with this message instead of the newest.")] | None = None
    session_id: Annotated[str, Meta(description="Only if the session still has this id.")] | None = None
    include_tools: Annotated[bool, Meta(description="With calls of tools and their results.")] = False


class SessionsHistoryResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Messages, the oldest first. next_offset: for the older ones, if there are any."""

    session_key: str
    messages: list[ToldMessage]
    next_offset: int | None = None


class SessionsHistoryTool:
    """Reads for one agent."""

    name: Final = "sessions_history"
    description: Final = (
        "Read the messages of a session that you may see, newest page first; reasoning, pictures and secrets are left "
        "out, long messages are cut."
    )
    parameters: Final = schema_of(SessionsHistoryArguments)
    is_parallel: Final = True

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The messages, as JSON. Raises ToolFailure."""
        asked = read_arguments(SessionsHistoryArguments, arguments)
        row = await self._sight.find(context, asked.session_key)
        session = await self._sight.port.store.read(row.key)
        path = session.path if session is not None else []
        if asked.session_id not in (None, row.session_id):
            raise ToolFailure("the session does not have this id any more")
        end = _find_end(path, asked.message_id) - asked.offset
        # From the newest to older ones, as long as they fit.
        room = context.max_result_chars - _FRAME_CHARS
        told: list[ToldMessage] = []
        place = max(0, end)
        while place > 0 and len(told) < asked.limit:
            message = tell_message(path[place - 1], with_tools=asked.include_tools)
            if message is not None:
                room -= len(msgspec.json.encode(message).decode()) + 1
                if room < 0 and told:
                    break
                told.append(message)
            place -= 1
        next_offset = asked.offset + max(0, end) - place if place > 0 else None
        result = SessionsHistoryResult(row.key, told[::-1], next_offset)
        return ToolResult.of_text(msgspec.json.encode(result).decode(), details=result)


def _find_end(path: Sequence[Entry], message_id: str | None) -> int:
    if message_id is None:
        return len(path)
    for place in range(len(path), 0, -1):
        if str(path[place - 1].id) == message_id:
            return place
    raise ToolFailure("messageId: no such message in the session")
