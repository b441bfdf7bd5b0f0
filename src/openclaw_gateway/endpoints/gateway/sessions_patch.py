"""`sessions.patch`: what people decide about a session. null takes a decision back.

What a session cannot be given here is refused by name, unless it is taken back.
"""

from typing import Annotated, Final, Literal

import msgspec

from openclaw_gateway.auth.scopes import ADMIN, WRITE
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, find_address
from openclaw_gateway.endpoints.gateway.session_entry import tell_change
from openclaw_gateway.endpoints.gateway.session_feed import tell_changed
from openclaw_gateway.endpoints.gateway.session_rows import revision_of
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Conflict, InvalidRequest, NotFound
from openclaw_gateway.sessions.directory import RowFilter, SessionRow
from openclaw_gateway.sessions.settings import SessionSettings

_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Unset = msgspec.UnsetType

Name = _Label | _Unset | None
Level = _Word | _Unset | None
Flag = bool | _Unset


class SessionsPatchParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What to change; what is left out stays. expected_*: refuse unless the session is still that one."""

    key: SessionKeyText
    agent_id: AgentIdText | None = None
    expected_session_id: str | None = None
    expected_lifecycle_revision: str | None = None
    expected_marked_unread_at: float | _Unset | None = msgspec.UNSET
    label: Name = msgspec.UNSET
    category: Name = msgspec.UNSET
    icon: Level = msgspec.UNSET
    color: Level = msgspec.UNSET
    status_note: Annotated[str, msgspec.Meta(max_length=120)] | _Unset | None = msgspec.UNSET
    archived: Flag = msgspec.UNSET
    pinned: Flag = msgspec.UNSET
    unread: Flag = msgspec.UNSET
    model: Level = msgspec.UNSET
    # Kept for the clients that show by them.
    thinking_level: Level = msgspec.UNSET
    verbose_level: Level = msgspec.UNSET
    trace_level: Level = msgspec.UNSET
    reasoning_level: Level = msgspec.UNSET
    response_usage: Literal["off", "tokens", "full", "on"] | _Unset | None = msgspec.UNSET
    # Refused when they ask for something; see `_UNSUPPORTED`.
    expected_permission_mode: str | None = None
    expected_tool_overrides: dict[str, msgspec.Raw] | None = None
    board_face: Literal["chat", "dashboard"] = "chat"
    attention: str | None = None
    ttl_minutes: int | None = None
    context_window: str | None = None
    fast_mode: bool | Literal["auto"] | None = None
    tool_overrides: dict[str, msgspec.Raw] | None = None
    elevated_level: str | None = None
    exec_host: str | None = None
    exec_security: str | None = None
    exec_ask: str | None = None
    exec_node: str | None = None
    permission_mode: str | None = None
    completion_owner_session_key: str | None = None
    inherited_tool_policy_version: Literal[1] | None = None
    inherited_tool_allow: tuple[str, ...] | None = None
    inherited_tool_deny: tuple[str, ...] | None = None
    send_policy: Literal["allow", "deny"] | None = None
    group_activation: Literal["mention", "always"] | None = None


# Stored as they come.
_PLAIN: Final = (
    "label", "category", "icon", "color", "status_note", "model", "thinking_level", "verbose_level", "trace_level",
    "reasoning_level", "response_usage",
)  # fmt: skip
# Field, its name on the wire, and the values that ask for nothing.
_UNSUPPORTED: Final[tuple[tuple[str, str, tuple[object, ...]], ...]] = (
    ("expected_permission_mode", "expectedPermissionMode", (None,)),
    ("expected_tool_overrides", "expectedToolOverrides", (None, {})),
    ("board_face", "boardFace", ("chat",)),
    ("attention", "attention", (None,)),
    ("ttl_minutes", "ttlMinutes", (None,)),
    ("context_window", "contextWindow", (None,)),
    ("fast_mode", "fastMode", (None, False)),
    ("tool_overrides", "toolOverrides", (None, {})),
    ("elevated_level", "elevatedLevel", (None, "off")),
    ("exec_host", "execHost", (None,)),
    ("exec_security", "execSecurity", (None,)),
    ("exec_ask", "execAsk", (None,)),
    ("exec_node", "execNode", (None,)),
    ("permission_mode", "permissionMode", (None,)),
    ("completion_owner_session_key", "completionOwnerSessionKey", (None,)),
    ("inherited_tool_policy_version", "inheritedToolPolicyVersion", (None,)),
    ("inherited_tool_allow", "inheritedToolAllow", (None,)),
    ("inherited_tool_deny", "inheritedToolDeny", (None,)),
    ("send_policy", "sendPolicy", (None, "allow")),
    ("group_activation", "groupActivation", (None,)),
)
_ADMINS: Final = (
    "elevated_level", "exec_host", "exec_security", "exec_ask", "exec_node", "permission_mode", "tool_overrides",
    "inherited_tool_policy_version", "inherited_tool_allow", "inherited_tool_deny", "send_policy", "group_activation",
    "completion_owner_session_key",
)  # fmt: skip


def sessions_patch_scope(params: SessionsPatchParams) -> str:
    """Names, marks and the model are for who may write; what decides over rights is for admins."""
    return ADMIN if any(getattr(params, field) is not None for field in _ADMINS) else WRITE


async def sessions_patch(call: Call[SessionsPatchParams]) -> dict[str, object]:
    """Change the session and tell everybody who subscribed."""
    return await patch_session(call.params, call.services)


async def patch_session(params: SessionsPatchParams, services: Services) -> dict[str, object]:
    """The same for whoever was authorised already; returns what the method answers."""
    _refuse_unsupported(params)
    address = find_address(services.prepared.index, params.key, params.agent_id, field="key")
    row = await services.store.directory.find_row(address.key)
    if row is None:
        raise NotFound(f"session not found: {params.key}")
    check_expected(row, params.expected_session_id, params.expected_lifecycle_revision)
    if params.expected_marked_unread_at not in (msgspec.UNSET, row.settings.marked_unread_at_ms):
        raise Conflict(f"session {row.key} was marked as read or unread by another client")
    await _check_values(params, row, services)
    now_ms = services.now_ms()
    settings = await services.store.directory.change_settings(row.key, lambda old: _change(old, params, now_ms))
    if settings is None:
        raise NotFound(f"session not found: {params.key}")
    note_model(services, row.key, settings)
    changed = msgspec.structs.replace(row, settings=settings)
    tell_changed(services, row.key, reason="patch", row=changed)
    return tell_change(services, changed)


def check_expected(row: SessionRow, session_id: str | None, revision: str | None) -> None:
    """Keep a client that saw another session from changing this one. Raises Conflict."""
    if session_id is not None and row.session_id != session_id:
        raise Conflict(f"session {row.key} is not the one with id {session_id} any more")
    if revision is not None and revision_of(row) != revision:
        raise Conflict(f"session {row.key} was reset meanwhile")


def note_model(services: Services, key: str, settings: SessionSettings) -> None:
    """Let the session's next run ask the model that was chosen for it."""
    if settings.model is None:
        services.runs.chosen_models.pop(key, None)
    else:
        services.runs.chosen_models[key] = settings.model


async def refuse_taken_label(services: Services, label: str, key: str) -> None:
    """A name leads to one session. Raises InvalidRequest when another one bears it."""
    rows, _ = await services.store.directory.list_rows(RowFilter(label=label, limit=2))
    if any(row.key != key for row in rows):
        raise InvalidRequest(f"label already in use: {label}", param="label")


def refuse_unprintable(method: str, **texts: object) -> None:
    """Names are shown on terminals: what would move a cursor there, or hide, is refused."""
    for name, text in texts.items():
        if isinstance(text, str) and not text.isprintable():
            raise InvalidRequest(
                f"invalid {method} params: at /{name}: must hold printable characters only", param=name
            )


async def _check_values(params: SessionsPatchParams, row: SessionRow, services: Services) -> None:
    refuse_unprintable(
        "sessions.patch",
        label=params.label,
        category=params.category,
        icon=params.icon,
        color=params.color,
        statusNote=params.status_note,
        model=params.model,
        thinkingLevel=params.thinking_level,
        verboseLevel=params.verbose_level,
        traceLevel=params.trace_level,
        reasoningLevel=params.reasoning_level,
    )
    if isinstance(params.label, str):
        await refuse_taken_label(services, params.label, row.key)
    agent = services.prepared.agents.get(row.agent_id)
    if isinstance(params.model, str) and agent is not None:
        services.prepared.catalog.candidates(agent.model, params.model, agent.id)


def _refuse_unsupported(params: SessionsPatchParams) -> None:
    for field, name, nothing in _UNSUPPORTED:
        if getattr(params, field) not in nothing:
            raise InvalidRequest(
                f"invalid sessions.patch params: at /{name}: not supported by this gateway; leave it out", param=name
            )


def _change(old: SessionSettings, params: SessionsPatchParams, now_ms: int) -> SessionSettings:
    changes: dict[str, object] = {
        field: value for field in _PLAIN if (value := getattr(params, field)) is not msgspec.UNSET
    }
    for flag, field, before in (
        (params.archived, "archived_at_ms", old.archived_at_ms),
        (params.pinned, "pinned_at_ms", old.pinned_at_ms),
        (params.unread, "marked_unread_at_ms", old.marked_unread_at_ms),
    ):
        if flag is not msgspec.UNSET:
            changes[field] = (before or now_ms) if flag else None
    if params.unread is False:
        changes["last_read_at_ms"] = now_ms
    return msgspec.structs.replace(old, **changes)
