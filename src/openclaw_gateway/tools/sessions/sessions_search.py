"""`sessions_search`: words looked up in what was said in sessions that are in sight."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.sessions.sight import Sight
from openclaw_gateway.tools.sessions.told_message import clean
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

_MAX_SNIPPET_CHARS: Final = 500


class SessionsSearchArguments(Arguments, frozen=True):
    """What to look for."""

    query: Annotated[str, Meta(min_length=1, max_length=4096, description="Words to look for.")]
    session_key: Annotated[str, Meta(description="Only in this session.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=25, description="Default: 10.")] = 10


class SearchHitRow(msgspec.Struct, frozen=True, rename="camel"):
    """One message. timestamp: ms since the epoch."""

    session_key: str
    session_id: str
    message_id: str
    role: str
    timestamp: int
    snippet: str
    score: float


class SessionsSearchResult(msgspec.Struct, frozen=True):
    """The best first."""

    results: list[SearchHitRow]


class SessionsSearchTool:
    """Searches for one agent."""

    name: Final = "sessions_search"
    description: Final = "Search what was said in sessions that you may see, by words; sessions_history reads on there."
    parameters: Final = schema_of(SessionsSearchArguments)
    is_parallel: Final = True

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The places, as JSON. Raises ToolFailure."""
        asked = read_arguments(SessionsSearchArguments, arguments)
        try:
            hits = await self._sight.search(context, asked.query, asked.limit, asked.session_key)
        except StoreUnavailable as error:
            raise ToolFailure(str(error)) from error
        rows = [
            SearchHitRow(
                hit.session_key,
                hit.session_id,
                str(hit.message_id),
                hit.role,
                hit.timestamp,
                clean(hit.snippet, _MAX_SNIPPET_CHARS),
                hit.score,
            )
            for hit in hits
        ]
        text = msgspec.json.encode(SessionsSearchResult(rows)).decode()
        while len(text) > context.max_result_chars and rows:
            rows.pop()
            text = msgspec.json.encode(SessionsSearchResult(rows)).decode()
        return ToolResult.of_text(text, details=msgspec.Raw(text.encode()))
