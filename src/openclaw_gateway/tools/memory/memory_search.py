"""`memory_search`: words looked up in the notes of an agent, and in what was said in sessions that it may see."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.memory.ranking import Found, choose
from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.memory.library import Library
from openclaw_gateway.tools.sessions.sight import Sight
from openclaw_gateway.tools.tool import ToolContext, ToolResult

MAX_RESULTS: Final = 20
DEFAULT_RESULTS: Final = 6
MAX_SNIPPET_CHARS: Final = 700


class MemorySearchArguments(Arguments, frozen=True):
    """What to look for."""

    query: Annotated[str, Meta(min_length=1, max_length=4096, description="Words to look for.")]
    max_results: Annotated[int, Meta(ge=1, description=f"Default: {DEFAULT_RESULTS}, at most {MAX_RESULTS}.")] = (
        DEFAULT_RESULTS
    )
    min_score: Annotated[float, Meta(ge=0, description="Leave out results below it, 0 to 1. Default: 0.")] = 0.0
    corpus: Annotated[
        Literal["memory", "wiki", "all", "sessions"],
        Meta(description="Notes (memory, the default), earlier conversations (sessions), or all."),
    ] = "memory"


class MemoryHit(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A piece. path: of a note, or the key of a session, whose message is then named. Lines count from 1."""

    path: str
    start_line: int
    end_line: int
    score: float
    snippet: str
    source: Literal["memory", "sessions"]
    message_id: str = ""


class MemorySearchResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The best pieces first. provider: who made vectors; nobody did."""

    results: list[MemoryHit]
    provider: str
    citations: str
    warning: str = ""


class MemorySearchTool:
    """Looks into the notes where the session works. sight: which sessions its agent sees."""

    name: Final = "memory_search"
    description: Final = (
        "Search your notes (MEMORY.md, USER.md, memory/**/*.md) by words, before answering about earlier work, "
        "decisions, dates, people or preferences; memory_get reads on. corpus sessions looks into conversations."
    )
    parameters: Final = schema_of(MemorySearchArguments)
    is_parallel: Final = True

    def __init__(self, library: Library, sight: Sight) -> None:
        self._library = library
        self._sight = sight

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The pieces, as JSON. Raises ToolFailure."""
        asked = read_arguments(MemorySearchArguments, arguments)
        limit = min(asked.max_results, MAX_RESULTS)
        hits: list[MemoryHit] = []
        if asked.corpus in ("memory", "all"):
            today = datetime.fromtimestamp(wall_clock_ms() / 1000, UTC).date()
            found = await asyncio.to_thread(self._library.search, context.place.folder, asked.query, today)
            hits += [_tell(piece) for piece in choose(found, limit) if piece.score >= asked.min_score]
        if asked.corpus in ("sessions", "all"):
            hits += [hit for hit in await self._search_sessions(asked, context, limit) if hit.score >= asked.min_score]
        hits = sorted(hits, key=lambda hit: hit.score, reverse=True)[:limit]
        warning = "there is no wiki here" if asked.corpus == "wiki" else ""
        while len(text := _write(hits, warning)) > context.max_result_chars and hits:
            hits.pop()
        return ToolResult.of_text(text, details=msgspec.Raw(text.encode()))

    async def _search_sessions(self, asked: MemorySearchArguments, context: ToolContext, limit: int) -> list[MemoryHit]:
        found = await self._sight.search(context, asked.query, limit)
        best = max([hit.score for hit in found], default=0.0) or 1.0
        return [
            MemoryHit(hit.session_key, 1, 1, round(hit.score / best, 3), hit.snippet, "sessions", str(hit.message_id))
            for hit in found
        ]


def _write(hits: list[MemoryHit], warning: str) -> str:
    return msgspec.json.encode(MemorySearchResult(hits, "none", "auto", warning)).decode()


def _tell(piece: Found) -> MemoryHit:
    return MemoryHit(
        piece.path, piece.first, piece.last, round(piece.score, 3), piece.text[:MAX_SNIPPET_CHARS], "memory"
    )
