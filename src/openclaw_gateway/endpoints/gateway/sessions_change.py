"""Beginning, shortening and ending sessions: `sessions.reset`, `.delete`, `.create` and `.compact`.

Whatever ends a session's path first ends its runs and then takes its lane, so that no answer comes after the end.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.auth.scopes import ADMIN, WRITE
from openclaw_gateway.endpoints.gateway.agent_params import RunId
from openclaw_gateway.endpoints.gateway.chat_send import place_order, refuse_unsupported, send
from openclaw_gateway.endpoints.gateway.message_parts import Attachments, read_parts
from openclaw_gateway.endpoints.gateway.session_address import (
    Address,
    AgentIdText,
    SessionKeyText,
    choose_agent,
    find_address,
)
from openclaw_gateway.endpoints.gateway.session_entry import tell_change, tell_entry
from openclaw_gateway.endpoints.gateway.session_feed import tell_changed, tell_compaction
from openclaw_gateway.endpoints.gateway.sessions_patch import (
    check_expected,
    note_model,
    refuse_taken_label,
    refuse_unprintable,
)
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Busy, Conflict, GatewayError, InvalidRequest, NotFound, RunCancelled
from openclaw_gateway.identifiers import new_uuid
from openclaw_gateway.messages import UserPart
from openclaw_gateway.routing.session_key import main_session_key
from openclaw_gateway.runs.anew import begin_anew
from openclaw_gateway.runs.lane_hold import hold_lane
from openclaw_gateway.sessions.archive import archive_session
from openclaw_gateway.sessions.directory import SessionRow
from openclaw_gateway.sessions.settings import SessionSettings

# How long the end of aborted runs is waited for; they end as soon as their upstream is cut.
LANE_TIMEOUT_S: Final = 15.0

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class SessionsResetParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which session to begin anew."""

    key: SessionKeyText
    agent_id: AgentIdText | None = None
    reason: Literal["new", "reset"] = "reset"
    expected_session_id: str | None = None


class SessionsDeleteParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which session to remove. archived_only: only if it is archived. expected_*: only if it is still that one."""

    key: SessionKeyText
    agent_id: AgentIdText | None = None
    delete_transcript: bool = True
    expected_session_id: str | None = None
    expected_lifecycle_revision: str | None = None
    expected_session_updated_at: Annotated[float, msgspec.Meta(ge=0)] | None = None
    emit_lifecycle_hooks: bool = True
    archived_only: bool = False


class SessionsCreateParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A new session, and perhaps its first message. idempotency_key: asking again gives the same session."""

    key: SessionKeyText | None = None
    idempotency_key: RunId | None = None
    agent_id: AgentIdText | None = None
    label: _Name | None = None
    display_name: _Name | None = None
    category: _Name | None = None
    model: _Word | None = None
    thinking_level: _Word | None = None
    parent_session_key: SessionKeyText | None = None
    message: str | None = None
    task: str | None = None
    attachments: Attachments = ()
    # Refused when they ask for something.
    fast_mode: bool | Literal["auto"] | None = None
    context_window: str | None = None
    permission_mode: str | None = None
    tool_overrides: dict[str, msgspec.Raw] | None = None
    incognito: bool = False
    visibility: str | None = None
    catalog_id: str | None = None
    spawn_depth: int | None = None
    fork: bool = False
    fork_from: str | None = None
    project_id: str | None = None
    project_git_url: str | None = None
    worktree: bool = False
    worktree_base_ref: str | None = None
    worktree_name: str | None = None
    exec_node: str | None = None
    cwd: str | None = None
    # Without effect: there are no hooks.
    emit_command_hooks: bool = False
    succeeds_parent: bool = False


class SessionsCompactParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which session to shorten."""

    key: SessionKeyText
    agent_id: AgentIdText | None = None
    max_lines: Annotated[int, msgspec.Meta(ge=1)] | None = None


# --- Reset ----------------------------------------------------------------------------------------------------------


async def sessions_reset(call: Call[SessionsResetParams]) -> dict[str, object]:
    """Begin the conversation anew: same id and name, another revision, an empty path. What was said stays stored."""
    params, services = call.params, call.services
    address = find_address(services.prepared.index, params.key, params.agent_id, field="key")
    row = await services.store.directory.find_row(address.key)
    if row is not None:
        check_expected(row, params.expected_session_id, None)
    async with _ended(services, address.key):
        session = await services.store.open(address.key, address.agent_id, is_ephemeral=False)
        await begin_anew(services.store, session, services.now_ms())
    services.runs.last_ends.pop(address.key, None)
    row = await _find(services, address.key)
    tell_changed(services, address.key, reason=params.reason, row=row)
    return tell_change(services, row)


@asynccontextmanager
async def _ended(services: Services, key: str) -> AsyncIterator[None]:
    """End all runs of a session and hold its lane."""
    services.runs.end_session(key, RunCancelled("the session was reset or deleted"))
    try:
        async with hold_lane(services.runs.lanes, key, timeout_s=LANE_TIMEOUT_S):
            await services.runs.forget_waiting(key)
            yield
    except TimeoutError as error:
        raise Busy("a run of this session does not end; try again later", retry_after_s=5.0) from error


async def _find(services: Services, key: str) -> SessionRow:
    row = await services.store.directory.find_row(key)
    if row is None:
        raise NotFound(f"session not found: {key}")
    return row


# --- Delete ---------------------------------------------------------------------------------------------------------


def sessions_delete_scope(params: SessionsDeleteParams) -> str:
    """What is archived already may be removed by who may write."""
    return WRITE if params.archived_only else ADMIN


async def sessions_delete(call: Call[SessionsDeleteParams]) -> dict[str, object]:
    """Remove a session; all that was said in it is kept in a file."""
    params, services = call.params, call.services
    address = find_address(services.prepared.index, params.key, params.agent_id, field="key")
    if address.key == main_session_key(address.agent_id):
        raise InvalidRequest(f"Cannot delete the main session ({address.key}).", param="key")
    if not params.delete_transcript:
        raise InvalidRequest(
            "invalid sessions.delete params: at /deleteTranscript: a session goes with its transcript here;"
            " archive it with sessions.patch to keep both",
            param="deleteTranscript",
        )
    archived: list[str] = []
    row = await services.store.directory.find_row(address.key)
    if row is not None:
        _check_deletable(row, params)
        async with _ended(services, address.key):
            archived = await _archive(services, address.key)
            await services.store.delete(address.key)
        services.runs.last_ends.pop(address.key, None)
        services.runs.chosen_models.pop(address.key, None)
        tell_changed(services, address.key, reason="delete")
    return {"ok": True, "key": address.key, "deleted": row is not None, "archived": archived}


async def _archive(services: Services, key: str) -> list[str]:
    """Keep what was said in a file; its name is told, not its folder."""
    whole = await services.store.read_whole(key)
    if whole is None or not whole.entries or services.state_dir is None:
        return []
    path = await asyncio.to_thread(archive_session, services.state_dir, whole, services.now_ms())
    return [path.name]


def _check_deletable(row: SessionRow, params: SessionsDeleteParams) -> None:
    check_expected(row, params.expected_session_id, params.expected_lifecycle_revision)
    expected_at = params.expected_session_updated_at
    if expected_at is not None and row.updated_at_ms != expected_at:
        raise Conflict(f"session {row.key} was used meanwhile")
    if params.archived_only and not row.settings.is_archived:
        raise Conflict(f"session {row.key} is not archived")


# --- Create ---------------------------------------------------------------------------------------------------------


def sessions_create_scope(params: SessionsCreateParams) -> str:
    """A place outside the agent's own folder is for admins."""
    return ADMIN if params.cwd or params.exec_node or params.permission_mode else WRITE


async def sessions_create(call: Call[SessionsCreateParams]) -> dict[str, object]:
    """Store a session; one that is there already is answered as it is."""
    params, services = call.params, call.services
    _check_create(params)
    principal = call.caller.principal
    address = _choose_key(params, services, principal.subject)
    if params.label is not None:
        await refuse_taken_label(services, params.label, address.key)
    agent = services.prepared.agents[address.agent_id]
    if params.model is not None:
        services.prepared.catalog.candidates(agent.model, params.model, agent.id)
    message = params.message or params.task or ""
    content = await read_parts(services, "sessions.create", message, params.attachments)
    is_new = await services.store.directory.find_row(address.key) is None
    session = await services.store.open(address.key, address.agent_id, is_ephemeral=False)
    await services.store.directory.create(session)
    settings = await services.store.directory.change_settings(address.key, lambda old: _settle(old, params))
    if settings is not None:
        note_model(services, address.key, settings)
    row = await _find(services, address.key)
    if is_new:
        tell_changed(services, address.key, reason="create", row=row)
    told: dict[str, object] = {
        "ok": True, "key": row.key, "sessionId": row.session_id, "entry": tell_entry(services, row),
    }  # fmt: skip
    if not content:
        return told
    return {**told, **await _start(services, principal, address, content, params.idempotency_key)}


def _check_create(params: SessionsCreateParams) -> None:
    refuse_unprintable(
        "sessions.create",
        label=params.label,
        displayName=params.display_name,
        category=params.category,
        thinkingLevel=params.thinking_level,
        parentSessionKey=params.parent_session_key,
    )
    refuse_unsupported(
        "sessions.create",
        fastMode=params.fast_mode, contextWindow=params.context_window, permissionMode=params.permission_mode,
        toolOverrides=params.tool_overrides, incognito=params.incognito, catalogId=params.catalog_id,
        visibility=None if params.visibility == "shared" else params.visibility,
        spawnDepth=params.spawn_depth, fork=params.fork, forkFrom=params.fork_from,
        projectId=params.project_id, projectGitUrl=params.project_git_url, worktree=params.worktree,
        worktreeBaseRef=params.worktree_base_ref, worktreeName=params.worktree_name, execNode=params.exec_node,
        cwd=params.cwd,
    )  # fmt: skip


def _choose_key(params: SessionsCreateParams, services: Services, subject: str) -> Address:
    index = services.prepared.index
    if params.key is not None:
        return find_address(index, params.key, params.agent_id, field="key")
    agent_id = choose_agent(index, params.agent_id)
    name = new_uuid()
    if params.idempotency_key is not None:
        seed = f"{subject}\0{agent_id}\0{params.idempotency_key}".encode(errors="replace")
        name = str(UUID(bytes=sha256(seed).digest()[:16], version=4))
    return Address(agent_id, f"agent:{agent_id.lower()}:dashboard:{name}")


def _settle(old: SessionSettings, params: SessionsCreateParams) -> SessionSettings:
    return msgspec.structs.replace(
        old,
        label=params.label or old.label,
        display_name=params.display_name or old.display_name,
        category=params.category or old.category,
        model=params.model or old.model,
        thinking_level=params.thinking_level or old.thinking_level,
        parent_session_key=params.parent_session_key or old.parent_session_key,
        created_via=old.created_via or "operator",
    )


async def _start(
    services: Services,
    principal: Principal,
    address: Address,
    content: str | tuple[UserPart, ...],
    run_id: str | None,
) -> dict[str, object]:
    """Say the first message. The session is there even when that fails, so its failure is part of the answer."""
    try:
        order = place_order(principal, address, content, run_id or new_uuid())
        sent = await send(services, services.read_commands(order, principal))
    except GatewayError as error:
        return {"runStarted": False, "runError": {"code": error.frame_code, "message": error.message}}
    told: dict[str, object] = {"runStarted": True, "runId": sent.run_id}
    if sent.message_seq is not None:
        told["messageSeq"] = sent.message_seq
    return told


# --- Compact --------------------------------------------------------------------------------------------------------


async def sessions_compact(call: Call[SessionsCompactParams]) -> dict[str, object]:
    """Sum up the older part of a session for its model; what was said stays stored, and `chat.history` shows it."""
    params, services = call.params, call.services
    refuse_unsupported("sessions.compact", maxLines=params.max_lines)
    address = find_address(services.prepared.index, params.key, params.agent_id, field="key")
    if await services.store.directory.find_row(address.key) is None:
        raise NotFound(f"session not found: {params.key}")
    operation_id = new_uuid()
    result = await services.runs.compact_session(
        address.key,
        address.agent_id,
        say=lambda event: tell_compaction(services, address.key, address.agent_id, operation_id, event),
    )
    told: dict[str, object] = {"ok": result.is_compacted, "key": address.key, "compacted": result.is_compacted}
    if result.reason:
        return {**told, "reason": result.reason}
    tell_changed(services, address.key, reason="compact")
    return {**told, "result": {"tokensBefore": result.tokens_before, "tokensAfter": result.tokens_after}}
