"""`agents.list` and `agent.identity.get`: who answers here."""

import msgspec

from openclaw_gateway.agents.agent import Agent
from openclaw_gateway.config.schema import AgentEntry
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, choose_agent
from openclaw_gateway.endpoints.gateway.sessions_subscribe import NoParams
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.routing.session_key import agent_of_key


class AgentIdentityParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which agent: by its id, by a session of it, or the default one."""

    agent_id: AgentIdText | None = None
    session_key: str | None = None


async def agents_list(call: Call[NoParams]) -> dict[str, object]:
    """All agents, in the config's order."""
    prepared = call.services.prepared
    default_id = prepared.index.default_id
    return {
        # The schema wants a name; without a default a client has to let its user choose.
        "defaultId": default_id or next(iter(prepared.agents)),
        "selectionRequired": default_id is None,
        "mainKey": "main",
        "scope": "per-sender",
        "agents": [_tell_agent(call.services, agent) for agent in prepared.agents.values()],
    }


def _tell_agent(services: Services, agent: Agent) -> dict[str, object]:
    entry = services.prepared.config.agents.entries.get(agent.id, AgentEntry())
    identity = {name: value for name, value in msgspec.structs.asdict(entry.identity).items() if value}
    model: dict[str, object] = {}
    if agent.model.primary:
        model["primary"] = agent.model.primary
    if agent.model.fallbacks:
        model["fallbacks"] = agent.model.fallbacks
    told: dict[str, object] = {"id": agent.id, "name": agent.name, "workspace": str(agent.workspace)}
    if identity:
        told["identity"] = identity
    if model:
        told["model"] = model
    return told


async def agent_identity_get(call: Call[AgentIdentityParams]) -> dict[str, object]:
    """How one agent shows itself."""
    params, prepared = call.params, call.services.prepared
    named = params.agent_id or (agent_of_key(params.session_key) if params.session_key else None)
    agent_id = choose_agent(prepared.index, named)
    entry = prepared.config.agents.entries.get(agent_id, AgentEntry())
    told: dict[str, object] = {
        "agentId": agent_id,
        "name": prepared.agents[agent_id].name,
        "nameSource": "config" if entry.identity.name else "agent" if entry.name else "default",
        # Pictures are not served.
        "avatarStatus": "none",
    }
    if entry.identity.emoji:
        told["emoji"] = entry.identity.emoji
    return told
