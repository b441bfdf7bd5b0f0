"""`chat.send` and `sessions.send`: a message into a session, answered when it is accepted; events tell the rest.

The gateway owns the run, and the idempotency key is its id: whoever asks again is told how far it is. A message is
acknowledged when it is stored: in its session, or beside it while it waits for the run that goes on.
"""

from typing import Annotated, Literal

import msgspec

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.auth.scopes import ADMIN, WRITE
from openclaw_gateway.endpoints.gateway.agent import OWN_CHANNEL, find_same
from openclaw_gateway.endpoints.gateway.agent_params import MAX_TIMEOUT_S, RunId, is_session_command
from openclaw_gateway.endpoints.gateway.agent_result import status_of
from openclaw_gateway.endpoints.gateway.message_parts import Attachments, count_bytes, read_parts
from openclaw_gateway.endpoints.gateway.session_address import Address, AgentIdText, SessionKeyText, find_address
from openclaw_gateway.endpoints.gateway.session_feed import tell_changed
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Conflict, InvalidRequest, NotFound
from openclaw_gateway.events import MessageAdded, RunFailed
from openclaw_gateway.messages import UserMessage, UserPart
from openclaw_gateway.runs.in_flight import new_run_id
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.run import Run

Level = Annotated[str, msgspec.Meta(max_length=40)]
TimeoutMs = Annotated[int, msgspec.Meta(ge=0, le=MAX_TIMEOUT_S * 1000)]


class ChatSendParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What to say where. session_id and expected_leaf_entry_id: refuse unless the session is still that one."""

    session_key: SessionKeyText
    message: str
    idempotency_key: RunId
    agent_id: AgentIdText | None = None
    session_id: str | None = None
    timeout_ms: TimeoutMs | None = None
    queue_mode: Literal["steer", "followup", "collect", "interrupt"] | None = None
    expected_leaf_entry_id: str | msgspec.UnsetType | None = msgspec.UNSET
    attachments: Attachments = ()
    thinking: Level | None = None
    # Refused when they ask for something.
    deliver: bool = False
    intent: msgspec.Raw | None = None
    tool_bindings: dict[str, msgspec.Raw] = {}
    expected_tool_overrides: dict[str, msgspec.Raw] | None = None
    # Without effect: hints, and names of places that do not exist here.
    fast_mode: bool | Literal["auto"] | None = None
    fast_auto_on_seconds: int | None = None
    originating_channel: str | None = None
    originating_to: str | None = None
    originating_account_id: str | None = None
    originating_thread_id: str | None = None
    reply_to_id: str | None = None
    system_input_provenance: dict[str, msgspec.Raw] | None = None
    system_provenance_receipt: str | None = None
    suppress_command_interpretation: bool = False
    expected_session_routing_contract: str | None = None
    expected_permission_mode: str | None = None


class SessionsSendParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What to say in a session that exists."""

    key: SessionKeyText
    message: str
    agent_id: AgentIdText | None = None
    thinking: Level | None = None
    attachments: Attachments = ()
    timeout_ms: TimeoutMs | None = None
    idempotency_key: RunId | None = None


class SendResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What became of the message. message_seq: its place in the session, from 1, once it is stored."""

    run_id: str
    status: Literal["started", "in_flight", "ok", "error", "timeout"]
    message_seq: int | None = None


def chat_send_scope(params: ChatSendParams) -> str:
    """Session commands are for admins."""
    is_command = is_session_command(params.message) and not params.suppress_command_interpretation
    return ADMIN if is_command else WRITE


async def chat_send(call: Call[ChatSendParams]) -> SendResult:
    """Say something; a session of an unknown key begins with it."""
    params, services = call.params, call.services
    _check(params)
    address = find_address(services.prepared.index, params.session_key, params.agent_id)
    principal = call.caller.principal
    content = await read_parts(services, "chat.send", params.message, params.attachments)
    order = place_order(principal, address, content, params.idempotency_key, params.timeout_ms)
    order = msgspec.structs.replace(
        order,
        queue_mode=params.queue_mode or "configured",
        channel=params.originating_channel or OWN_CHANNEL,
        thinking=params.thinking,
    )
    if not params.suppress_command_interpretation:
        order = services.read_commands(order, call.caller.principal)
    run = find_same(services, order)
    if run is not None:
        return _tell_state(run)
    await _check_expected(params, address, services)
    return await send(services, order)


async def sessions_send(call: Call[SessionsSendParams]) -> SendResult:
    """Say something in a session that is there."""
    params, services = call.params, call.services
    if not params.attachments:
        _check_text("sessions.send", params.message)
    address = find_address(services.prepared.index, params.key, params.agent_id, field="key")
    run_id = params.idempotency_key or new_run_id()
    content = await read_parts(services, "sessions.send", params.message, params.attachments)
    order = place_order(call.caller.principal, address, content, run_id, params.timeout_ms)
    order = services.read_commands(msgspec.structs.replace(order, thinking=params.thinking), call.caller.principal)
    run = find_same(services, order)
    if run is not None:
        return _tell_state(run)
    if await services.store.directory.find_row(address.key) is None:
        raise NotFound(f"session not found: {params.key}")
    return await send(services, order)


def place_order(
    principal: Principal,
    address: Address,
    content: str | tuple[UserPart, ...],
    run_id: str,
    timeout_ms: int | None = None,
) -> RunOrder:
    """The order of one message in a session that is kept."""
    return RunOrder(
        run_id=run_id,
        agent_id=address.agent_id,
        session_key=address.key,
        is_ephemeral=False,
        incoming=(UserMessage(content),),
        history="append",
        timeout_s=None if timeout_ms is None else timeout_ms / 1000,
        stores_input_first=True,
        is_findable=True,
        principal_subject=principal.subject,
        client=principal.name_for_lanes(is_ephemeral=False),
        byte_count=count_bytes(content),
        queue_mode="configured",
        channel=OWN_CHANNEL,
    )


async def send(services: Services, order: RunOrder) -> SendResult:
    """Start the run (or join the one that the same order started meanwhile) and wait until it may be acknowledged."""
    run = find_same(services, order)
    if run is None:
        run = services.runs.start(order)
        tell_changed(services, order.session_key, reason="send", run_id=run.id)
    if not await run.wait_stored() and isinstance(run.log.last, RunFailed):
        raise run.log.last.error
    is_in_session = any(isinstance(event, MessageAdded) for event in run.log.events)
    row = services.store.directory.find_live(order.session_key)
    place = row.message_count if row is not None and is_in_session and not run.is_done else None
    return SendResult(run.id, "started", place)


def refuse_unsupported(method: str, **asked: object) -> None:
    """Refuse params that ask for a part that does not exist here, rather than pass them over."""
    for name, value in asked.items():
        if value not in (None, False, (), {}, ""):
            raise InvalidRequest(
                f"invalid {method} params: at /{name}: not supported by this gateway; leave it out", param=name
            )


def _check(params: ChatSendParams) -> None:
    refuse_unsupported(
        "chat.send",
        deliver=params.deliver,
        intent=params.intent,
        toolBindings=params.tool_bindings,
        expectedToolOverrides=params.expected_tool_overrides,
    )
    if not params.idempotency_key.isprintable():
        raise InvalidRequest("invalid chat.send params: at /idempotencyKey: must hold printable characters only")
    if not params.attachments:
        _check_text("chat.send", params.message)


def _check_text(method: str, message: str) -> None:
    if not message.strip():
        raise InvalidRequest(f"invalid {method} params: at /message: must not be blank", param="message")


async def _check_expected(params: ChatSendParams, address: Address, services: Services) -> None:
    """Keep a client that saw another session, or an older end of it, from writing below what it did not see."""
    expects_leaf = params.expected_leaf_entry_id is not msgspec.UNSET
    if params.session_id is None and not expects_leaf:
        return
    session = await services.store.read(address.key)
    if params.session_id is not None and session is not None and session.session_id != params.session_id:
        raise Conflict(f"session {address.key} is not the one with id {params.session_id} any more")
    leaf = str(session.path[-1].id) if session is not None and session.path else None
    if expects_leaf and leaf != params.expected_leaf_entry_id:
        raise Conflict(f"session {address.key} went on: its last entry is {leaf or 'none'}")


def _tell_state(run: Run) -> SendResult:
    return SendResult(run.id, "in_flight" if run.log.last is None else status_of(run.log.last))
