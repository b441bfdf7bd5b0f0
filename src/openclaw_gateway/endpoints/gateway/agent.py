"""`agent`: one turn of one agent. Answered twice: `accepted` when the input is durable, then what the run came to.

The gateway owns the run: it goes on when the socket is gone. The idempotency key is the run's id, so a client that asks
again joins its run instead of starting another one.
"""

import msgspec

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.endpoints.gateway.agent_params import AgentParams, check_params, is_session_command
from openclaw_gateway.endpoints.gateway.agent_result import final_answer
from openclaw_gateway.endpoints.gateway.message_parts import count_bytes, read_parts
from openclaw_gateway.endpoints.gateway.session_address import choose_agent
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Conflict
from openclaw_gateway.messages import UserMessage, UserPart
from openclaw_gateway.routing.session_key import agent_of_key, main_session_key, normalise_session_key
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.run import Run

# What clients of the protocol are called where config goes by channels, unless they name one; the original's word.
OWN_CHANNEL = "webchat"


def agent_scope(params: AgentParams) -> str:
    """Session commands, and a model that the operator did not choose for the agent, are for admins."""
    if is_session_command(params.message) or params.model or params.provider:
        return "operator.admin"
    return "operator.write"


async def agent(call: Call[AgentParams]) -> object:
    """Start the run, or join the one of the same key; returns its final response."""
    params, services = call.params, call.services
    check_params(params)
    content = await read_parts(services, "agent", params.message, params.attachments)
    principal = call.caller.principal
    order = services.read_commands(_place_order(params, content, services, principal), principal)
    run = find_same(services, order)
    if run is None:
        await _check_session(params, order, services)
        # Nothing may happen between the second look and the start, or one key could start two runs.
        run = find_same(services, order) or services.runs.start(order)
    if not run.is_done and await run.wait_stored():
        _tell_accepted(call, run)
    return final_answer(run, await run.log.wait_last())


def _tell_accepted(call: Call[AgentParams], run: Run) -> None:
    """Acknowledge the input; of a run that failed before it was stored, the failure is the only answer."""
    accepted = {"runId": run.id, "sessionKey": run.order.session_key, "agentId": run.agent_id}
    call.answer_early({**accepted, "status": "accepted", "acceptedAt": run.accepted_at_ms})


def _place_order(
    params: AgentParams, content: str | tuple[UserPart, ...], services: Services, principal: Principal
) -> RunOrder:
    named = params.agent_id or (agent_of_key(params.session_key) if params.session_key else None)
    agent_id = choose_agent(services.prepared.index, named)
    return RunOrder(
        run_id=params.idempotency_key,
        agent_id=agent_id,
        session_key=_choose_session(params, agent_id),
        is_ephemeral=False,
        incoming=(UserMessage(content),),
        history="append",
        system=params.extra_system_prompt or "",
        model=params.model_ref,
        timeout_s=None if params.timeout is None else float(params.timeout),
        stores_input_first=True,
        is_findable=True,
        principal_subject=principal.subject,
        client=principal.name_for_lanes(is_ephemeral=False),
        byte_count=count_bytes(content) + len((params.extra_system_prompt or "").encode()),
        queue_mode="configured",
        channel=params.channel or OWN_CHANNEL,
        thinking=params.thinking,
        prompt_mode=params.prompt_mode,
        has_files=params.bootstrap_context_mode != "lightweight",
    )


def _choose_session(params: AgentParams, agent_id: str) -> str:
    """By its key, else by an id of the caller's own, else the agent's main conversation."""
    if params.session_key is not None:
        return normalise_session_key(params.session_key, agent_id=agent_id, field="sessionKey")
    if params.session_id is not None:
        return normalise_session_key(f"explicit:{params.session_id}", agent_id=agent_id, field="sessionId")
    return main_session_key(agent_id)


async def _check_session(params: AgentParams, order: RunOrder, services: Services) -> None:
    """Keep a caller that means one very session from writing into its successor."""
    expected = params.expected_existing_session_id
    if expected is None:
        return
    session = await services.store.read(order.session_key)
    if session is None or session.session_id != expected:
        raise Conflict(f"session {order.session_key} is not the one with id {expected} any more")


def find_same(services: Services, order: RunOrder) -> Run | None:
    """The run that this very order started earlier. Raises Conflict when its key belongs to another order."""
    run = services.runs.find(order.run_id)
    if run is None:
        return None
    # Whoever comes back may come from another address, and does not ask again how to wait.
    known = run.order
    if known != msgspec.structs.replace(
        order, client=known.client, queue_mode=known.queue_mode, channel=known.channel, action=known.action
    ):
        raise Conflict("this idempotencyKey was used for another request; take a new one for a new message")
    return run
