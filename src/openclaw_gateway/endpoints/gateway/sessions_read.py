"""Reading sessions: `sessions.list`, `.describe`, `.resolve`, `.preview` and `.get`."""

from typing import Annotated, Final, Literal

import msgspec

from openclaw_gateway.dialects.gateway.history_form import DEFAULT_MAX_CHARS, tell_message
from openclaw_gateway.endpoints.gateway.session_address import (
    AgentIdText,
    SessionKeyText,
    choose_agent,
    find_address,
)
from openclaw_gateway.endpoints.gateway.session_counts import HIDDEN_PATH
from openclaw_gateway.endpoints.gateway.session_defaults import SessionDefaults, find_defaults
from openclaw_gateway.endpoints.gateway.session_rows import ListedSession, SessionTeller, clip
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import AssistantMessage, UserMessage, visible_text
from openclaw_gateway.sessions.directory import RowFilter, SessionRow
from openclaw_gateway.sessions.session import Session

DEFAULT_LIMIT: Final = 100
MAX_LIMIT: Final = 1000
MAX_CANDIDATES: Final = 10
MAX_PREVIEW_KEYS: Final = 64
# How many rows are looked through for a short id, which no index knows.
MAX_SCANNED: Final = 5000

_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
# What SQLite and a clock in milliseconds can hold.
_Count = Annotated[int, msgspec.Meta(ge=1, le=10**9)]


class SessionsListParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which sessions. active_minutes: used that lately. What concerns people and channels finds nothing to choose."""

    limit: _Count = DEFAULT_LIMIT
    offset: Annotated[int, msgspec.Meta(ge=0, le=10**9)] = 0
    active_minutes: _Count | None = None
    agent_id: AgentIdText | None = None
    label: _Word | None = None
    search: Annotated[str, msgspec.Meta(max_length=512)] | None = None
    archived: bool | Literal["all"] = False
    configured_agents_only: bool = False
    include_derived_titles: bool = False
    include_last_message: bool = False
    spawned_by: _Word | None = None
    creator_id: _Word | None = None
    owner_id: _Word | None = None
    involving_me: bool = False
    involving_profile_id: _Word | None = None
    active_only: bool = False
    # Without effect: all sessions are direct ones, and were last changed when something was last said.
    require_last_interaction: bool = False
    sort_by: Literal["updatedAt", "lastInteractionAt", "activity"] | None = None
    include_global: bool = False
    include_unknown: bool = False
    board_face: Literal["chat", "dashboard"] | None = None
    owner_first: bool = False
    include_people: bool = False


class SessionsListResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A page. total_count: of all pages. path is not told."""

    ts: int
    path: str
    count: int
    total_count: int
    limit_applied: int
    has_more: bool
    defaults: SessionDefaults
    sessions: list[ListedSession]
    owners: tuple[str, ...] | None = None
    next_offset: int | None = None


class SessionsDescribeParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which session, and whether to read its ends."""

    key: SessionKeyText
    agent_id: AgentIdText | None = None
    include_derived_titles: bool = False
    include_last_message: bool = False


class SessionsResolveParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """One way to name a session. short_id: the beginning of its id."""

    key: SessionKeyText | None = None
    session_id: _Word | None = None
    label: _Word | None = None
    short_id: _Word | None = None
    slug_hint: _Word | None = None
    agent_id: AgentIdText | None = None
    spawned_by: _Word | None = None
    include_global: bool = False
    include_unknown: bool = False
    allow_missing: bool = False


class SessionsPreviewParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which sessions, how many messages of each, and how much of each message."""

    keys: Annotated[tuple[SessionKeyText, ...], msgspec.Meta(min_length=1, max_length=MAX_PREVIEW_KEYS)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = 12
    max_chars: Annotated[int, msgspec.Meta(ge=20, le=2000)] = 240


class SessionsGetParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which session; session_key is another name of key. limit: the newest messages."""

    key: SessionKeyText | None = None
    session_key: SessionKeyText | None = None
    agent_id: AgentIdText | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LIMIT)] = 200


async def sessions_list(call: Call[SessionsListParams]) -> SessionsListResult:
    """The sessions, last used first."""
    return await list_page(call.params, call.services)


async def list_page(params: SessionsListParams, services: Services) -> SessionsListResult:
    """One page of the list."""
    now_ms, index = services.now_ms(), services.prepared.index
    teller = SessionTeller(services, with_title=params.include_derived_titles, with_preview=params.include_last_message)
    wanted = RowFilter(
        agent_id=None if params.agent_id is None else choose_agent(index, params.agent_id),
        agent_ids=index.ids if params.configured_agents_only else None,
        label=params.label,
        search=params.search or None,
        archived=None if params.archived == "all" else bool(params.archived),
        updated_after_ms=None if params.active_minutes is None else now_ms - params.active_minutes * 60_000,
        limit=min(params.limit, MAX_LIMIT),
        offset=params.offset,
    )
    # Nobody owns, shares or spawns sessions here, so nothing is theirs.
    is_empty = any((params.spawned_by, params.creator_id, params.owner_id, params.involving_me,
                    params.involving_profile_id, params.board_face == "dashboard"))  # fmt: skip
    rows, total = ([], 0) if is_empty else await _list_rows(services, wanted, params)
    end = params.offset + len(rows)
    return SessionsListResult(
        ts=now_ms,
        path=HIDDEN_PATH,
        count=len(rows),
        total_count=total,
        limit_applied=wanted.limit,
        has_more=end < total,
        next_offset=end if end < total else None,
        defaults=find_defaults(services),
        sessions=[teller.tell(row) for row in rows],
        owners=(),
    )


async def _list_rows(services: Services, wanted: RowFilter, params: SessionsListParams) -> tuple[list[SessionRow], int]:
    directory = services.store.directory
    if not params.active_only:
        return await directory.list_rows(wanted, with_first=params.include_derived_titles)
    active = {run.session_key for run in services.runs.live if not run.order.is_ephemeral}
    found = [await directory.find_row(key) for key in sorted(active)]
    rows = [row for row in found if row is not None]
    return rows[wanted.offset : wanted.offset + wanted.limit], len(rows)


async def sessions_describe(call: Call[SessionsDescribeParams]) -> dict[str, ListedSession | None]:
    """One session's row; null if there is none of that key."""
    params, services = call.params, call.services
    key = find_address(services.prepared.index, params.key, params.agent_id, field="key").key
    row = await services.store.directory.find_row(key, with_first=params.include_derived_titles)
    teller = SessionTeller(services, with_title=params.include_derived_titles, with_preview=params.include_last_message)
    return {"session": None if row is None else teller.tell(row)}


# --- Resolving ------------------------------------------------------------------------------------------------------


async def sessions_resolve(call: Call[SessionsResolveParams]) -> dict[str, object]:
    """The key of the one session that is meant; several that could be are told, none is an error unless allowed."""
    params, services = call.params, call.services
    named = [name for name in ("key", "session_id", "label", "short_id") if getattr(params, name) is not None]
    if len(named) != 1:
        raise InvalidRequest("Provide exactly one of key, sessionId, label or shortId", param="key")
    rows = await _find_rows(params, services)
    if len(rows) == 1:
        return {"ok": True, **_candidate(rows[0])}
    if rows:
        return {"ok": False, "candidates": [_candidate(row) for row in rows[:MAX_CANDIDATES]]}
    if params.allow_missing:
        return {"ok": False}
    value: str = getattr(params, named[0])
    raise InvalidRequest(f"No session found: {value[:200]}", details={"code": "SESSION_NOT_FOUND"})


async def _find_rows(params: SessionsResolveParams, services: Services) -> list[SessionRow]:
    index, directory = services.prepared.index, services.store.directory
    if params.key is not None:
        address = find_address(index, params.key, params.agent_id, field="key")
        row = await directory.find_row(address.key)
        return [] if row is None else [row]
    agent_id = None if params.agent_id is None else choose_agent(index, params.agent_id)
    wanted = RowFilter(agent_id=agent_id, session_id=params.session_id, label=params.label, limit=MAX_SCANNED)
    rows, _ = await directory.list_rows(wanted)
    short = params.short_id
    return rows if short is None else [row for row in rows if row.session_id.startswith(short.lower())]


def _candidate(row: SessionRow) -> dict[str, object]:
    told: dict[str, object] = {"key": row.key, "agentId": row.agent_id}
    name = row.settings.display_name or row.settings.label
    if name:
        told["displayName"] = name
    return told


# --- Messages -------------------------------------------------------------------------------------------------------


async def sessions_preview(call: Call[SessionsPreviewParams]) -> dict[str, object]:
    """The last words of some sessions."""
    params, services = call.params, call.services
    previews: list[dict[str, object]] = []
    for key in params.keys:
        address = find_address(services.prepared.index, key, None, field="keys")
        session = await services.store.read(address.key)
        items = [] if session is None else _last_words(session, params.limit, params.max_chars)
        status = "missing" if session is None else "ok" if items else "empty"
        previews.append({"key": key, "status": status, "items": items})
    return {"ts": services.now_ms(), "previews": previews}


def _last_words(session: Session, limit: int, max_chars: int) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    for entry in reversed(session.path):
        message = entry.message
        if not isinstance(message, (UserMessage, AssistantMessage)):
            continue
        text = clip(visible_text(message).strip(), max_chars)
        if text:
            items.append({"role": "user" if isinstance(message, UserMessage) else "assistant", "text": text})
        if len(items) == limit:
            break
    items.reverse()
    return items


async def sessions_get(call: Call[SessionsGetParams]) -> dict[str, object]:
    """The newest messages of a session, oldest first; none for one that does not exist."""
    params, services = call.params, call.services
    named = params.key or params.session_key
    if named is None:
        raise InvalidRequest("key required", param="key")
    address = find_address(services.prepared.index, named, params.agent_id, field="key")
    session = await services.store.read(address.key)
    if session is None:
        return {"messages": []}
    begin = max(0, len(session.path) - params.limit)
    shown = enumerate(session.path[begin:], begin + 1)
    return {"messages": [tell_message(entry, seq, max_chars=DEFAULT_MAX_CHARS) for seq, entry in shown]}
