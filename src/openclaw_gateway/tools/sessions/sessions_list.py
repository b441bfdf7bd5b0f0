"""`sessions_list`: the sessions in sight, the ones used last first."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.messages import AssistantMessage, Message, visible_text
from openclaw_gateway.sessions.directory import RowFilter, SessionRow
from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.sessions.sight import Sight, View
from openclaw_gateway.tools.sessions.told_message import ToldMessage, clean, tell_message
from openclaw_gateway.tools.tool import ToolContext, ToolResult

Kind = Literal["main", "group", "cron", "hook", "node", "other"]

MAX_LIMIT: Final = 200
MAX_MESSAGES: Final = 20
_PAGE_ROWS: Final = 200
# Rows looked at for one list; what lies beyond is so old that it is searched for by words.
_MAX_ROWS: Final = 5_000
_MAX_TITLE_CHARS: Final = 60
_MAX_PREVIEW_CHARS: Final = 200
# Of a result, for what is around the rows.
_FRAME_CHARS: Final = 300


class SessionsListArguments(Arguments, frozen=True):
    """Which sessions."""

    kinds: Annotated[tuple[Kind, ...], Meta(description="Only these kinds.")] = ()
    limit: Annotated[int, Meta(ge=1, description=f"Default: 100, at most {MAX_LIMIT}.")] = 100
    offset: Annotated[int, Meta(ge=0, description="Pass over so many.")] = 0
    active_minutes: Annotated[int, Meta(ge=1, description="Only those used within so many minutes.")] | None = None
    active_only: Annotated[bool, Meta(description="Only those at work now.")] = False
    exclude_subagents: Annotated[bool, Meta(description="Without spawned sessions.")] = False
    message_limit: Annotated[int, Meta(ge=0, description=f"Newest messages of each, at most {MAX_MESSAGES}.")] = 0
    label: Annotated[str, Meta(description="Only the session of this name.")] | None = None
    agent_id: Annotated[str, Meta(description="Only those of this agent.")] | None = None
    search: Annotated[str, Meta(description="Part of a key or name.")] | None = None
    archived: Annotated[Literal["false", "true", "all"], Meta(description="Default: false.")] = "false"
    group: Annotated[str, Meta(description="Only those of this group.")] | None = None
    pinned: Annotated[bool, Meta(description="Only those that are pinned, or not.")] | None = None
    include_derived_titles: Annotated[bool, Meta(description="With a title from the first message.")] = False
    include_last_message: Annotated[bool, Meta(description="With the beginning of the last message.")] = False


class ListedSession(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One session. Times are ms since the epoch. total_tokens: of its context, where they were counted."""

    key: str
    session_id: str
    agent_id: str
    kind: Kind
    channel: str
    archived: bool
    pinned: bool
    updated_at: int
    model: str
    context_tokens: int | None
    total_tokens: int | None
    status: str | None
    aborted_last_run: bool
    label: str | None = None
    parent_session_key: str | None = None
    derived_title: str | None = None
    last_message: str | None = None
    messages: list[ToldMessage] | None = None


class SessionsListResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The sessions. truncated: more of them than fit into the result."""

    count: int
    sessions: list[ListedSession]
    visibility: str
    truncated: bool = False


class SessionsListTool:
    """Lists for one agent."""

    name: Final = "sessions_list"
    description: Final = "List sessions that you may see, last used first, with model, tokens and what they do now."
    parameters: Final = schema_of(SessionsListArguments)
    is_parallel: Final = True

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The list, as JSON. Raises ToolFailure."""
        is_truth = isinstance(arguments.get("archived"), bool)  # the schema has words, models write truth values
        given = {**arguments, "archived": str(arguments["archived"]).lower()} if is_truth else arguments
        asked = read_arguments(SessionsListArguments, given)
        view = await self._sight.look(context)
        rows = await self._choose(asked, view)
        listed: list[ListedSession] = []
        room = context.max_result_chars - _FRAME_CHARS
        for row in rows:
            told = await self._tell(row, asked)
            room -= len(msgspec.json.encode(told).decode()) + 1
            if room < 0:
                break
            listed.append(told)
        result = SessionsListResult(len(listed), listed, view.visibility, truncated=len(listed) < len(rows))
        return ToolResult.of_text(msgspec.json.encode(result).decode(), details=result)

    async def _choose(self, asked: SessionsListArguments, view: View) -> list[SessionRow]:
        wanted = RowFilter(
            agent_id=asked.agent_id.lower() if asked.agent_id else None,
            label=asked.label,
            search=asked.search.lower() if asked.search else None,
            archived={"false": False, "true": True, "all": None}[asked.archived],
            updated_after_ms=_minutes_ago(asked.active_minutes),
            limit=_PAGE_ROWS,
        )
        limit = min(asked.limit, MAX_LIMIT)
        chosen: list[SessionRow] = []
        for offset in range(0, _MAX_ROWS, _PAGE_ROWS):
            rows, total = await self._sight.port.store.directory.list_rows(
                replace(wanted, offset=offset), with_first=asked.include_derived_titles
            )
            chosen += [row for row in rows if view.sees(row.key, row.agent_id) and self._fits(row, asked)]
            if len(chosen) >= asked.offset + limit or offset + _PAGE_ROWS >= total:
                break
        return chosen[asked.offset : asked.offset + limit]

    def _fits(self, row: SessionRow, asked: SessionsListArguments) -> bool:
        return (
            (not asked.kinds or kind_of(row.key) in asked.kinds)
            and not (asked.exclude_subagents and ":subagent:" in row.key)
            and (asked.group is None or row.settings.category == asked.group)
            and (asked.pinned is None or asked.pinned == (row.settings.pinned_at_ms is not None))
            and (not asked.active_only or self._sight.port.tell(row).status in ("running", "queued"))
        )

    async def _tell(self, row: SessionRow, asked: SessionsListArguments) -> ListedSession:
        facts, settings = self._sight.port.tell(row), row.settings
        usage = row.last.usage if isinstance(row.last, AssistantMessage) else None
        messages = None
        if asked.message_limit:
            session = await self._sight.port.store.read(row.key)
            newest = session.path[-min(asked.message_limit, MAX_MESSAGES) :] if session else []
            messages = [told for entry in newest if (told := tell_message(entry, with_tools=False))]
        return ListedSession(
            key=row.key,
            session_id=row.session_id,
            agent_id=row.agent_id,
            kind=kind_of(row.key),
            channel=channel_of(row.key),
            archived=settings.is_archived,
            pinned=settings.pinned_at_ms is not None,
            updated_at=row.updated_at_ms,
            model=facts.model,
            context_tokens=facts.context_tokens,
            total_tokens=usage.total if usage else None,
            status=facts.status,
            aborted_last_run=facts.status == "killed",
            label=settings.label,
            parent_session_key=settings.parent_session_key,
            derived_title=_one_line(row.first, _MAX_TITLE_CHARS) if asked.include_derived_titles else None,
            last_message=_one_line(row.last, _MAX_PREVIEW_CHARS) if asked.include_last_message else None,
            messages=messages,
        )


def kind_of(key: str) -> Kind:
    """What kind of session a key names."""
    _, _, rest = key.removeprefix("agent:").partition(":")
    if rest == "main" or key == "global":
        return "main"
    if ":group:" in key or ":channel:" in key:
        return "group"
    for kind in ("cron", "hook", "node"):
        if f"{rest}:".startswith(f"{kind}:") or key.startswith(f"{kind}:"):
            return kind
    return "other"


def channel_of(key: str) -> str:
    """Where a session is talked to, as far as its key says."""
    parts = key.split(":")
    place = parts[2] if len(parts) > 3 else ""
    if place.startswith(("openai", "openresponses")):
        return "http"
    return place if len(parts) > 4 and parts[3] in ("group", "channel", "direct", "thread") else "webchat"


def _minutes_ago(minutes: int | None) -> int | None:
    return None if minutes is None else max(0, wall_clock_ms() - minutes * 60_000)


def _one_line(message: Message | None, max_chars: int) -> str | None:
    return None if message is None else clean(" ".join(visible_text(message).split()), max_chars) or None
