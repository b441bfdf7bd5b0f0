"""`agents_list`: the agents that a session may be spawned for."""

from collections.abc import Mapping
from typing import Final

import msgspec

from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.sessions.sight import Sight
from openclaw_gateway.tools.tool import ToolContext, ToolResult


class AgentsListArguments(Arguments, frozen=True):
    """Nothing."""


class AgentRow(msgspec.Struct, frozen=True, rename="camel"):
    """One agent. configured: it is in the config."""

    id: str
    configured: bool
    model: str
    agent_runtime: str = "openclaw"


class AgentsListResult(msgspec.Struct, frozen=True, rename="camel"):
    """requester: the agent that asks. allow_any: it may spawn sessions of all agents."""

    requester: str
    allow_any: bool
    agents: list[AgentRow]


class AgentsListTool:
    """Lists for one agent. allowed: ids whose sessions it may spawn, `*` for all, beside its own."""

    name: Final = "agents_list"
    description: Final = "List the agents whose sessions you may spawn, with their models."
    parameters: Final = schema_of(AgentsListArguments)
    is_parallel: Final = True

    def __init__(self, sight: Sight, allowed: tuple[str, ...]) -> None:
        self._sight = sight
        self._allowed = {agent_id.lower() for agent_id in allowed}

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The agents, as JSON. Raises ToolFailure."""
        read_arguments(AgentsListArguments, arguments)
        allows_any = "*" in self._allowed
        rows = [
            AgentRow(agent.id, configured=True, model=agent.model)
            for agent in self._sight.port.agents()
            if allows_any or agent.id == context.agent_id or agent.id.lower() in self._allowed
        ]
        result = AgentsListResult(context.agent_id, allows_any, rows)
        return ToolResult.of_text(msgspec.json.encode(result).decode(), details=result)
