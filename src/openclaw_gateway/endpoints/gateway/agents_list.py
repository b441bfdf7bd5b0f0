"""`agents.list` and `agent.identity.get`: who answers here, as the config and IDENTITY.md of the workspace say."""

import asyncio
from collections.abc import Mapping

import msgspec

from openclaw_gateway.agents.agent import Agent
from openclaw_gateway.agents.identity_file import FileIdentity, read_identity
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
    written = await asyncio.to_thread(_read_identities, prepared.agents)
    return {
        # The schema wants a name; without a default a client has to let its user choose.
        "defaultId": default_id or next(iter(prepared.agents)),
        "selectionRequired": default_id is None,
        "mainKey": "main",
        "scope": "per-sender",
        "agents": [_tell_agent(call.services, agent, written[agent.id]) for agent in prepared.agents.values()],
    }


def _read_identities(agents: Mapping[str, Agent]) -> dict[str, FileIdentity]:
    return {agent.id: read_identity(agent.workspace) for agent in agents.values()}


def _tell_agent(services: Services, agent: Agent, written: FileIdentity) -> dict[str, object]:
    entry = services.prepared.config.agents.entries.get(agent.id, AgentEntry())
    identity = {
        name: value or getattr(written, name)
        for name, value in msgspec.structs.asdict(entry.identity).items()
        if value or getattr(written, name)
    }
    model: dict[str, object] = {}
    if agent.model.primary:
        model["primary"] = agent.model.primary
    if agent.model.fallbacks:
        model["fallbacks"] = agent.model.fallbacks
    told: dict[str, object] = {"id": agent.id, "name": _name_of(agent, written), "workspace": str(agent.workspace)}
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
    agent, entry = prepared.agents[agent_id], prepared.config.agents.entries.get(agent_id, AgentEntry())
    written = await asyncio.to_thread(read_identity, agent.workspace)
    if agent.given_name is not None:
        source = "config" if entry.identity.name else "agent"
    else:
        source = "workspace" if written.name else "default"
    told: dict[str, object] = {
        "agentId": agent_id,
        "name": _name_of(agent, written),
        "nameSource": source,
        # Pictures are not served.
        "avatarStatus": "none",
    }
    emoji = entry.identity.emoji or written.emoji
    if emoji:
        told["emoji"] = emoji
    return told


def _name_of(agent: Agent, written: FileIdentity) -> str:
    return agent.given_name or written.name or agent.name
