"""All that a run needs and that is built once for each revision of the config."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from openclaw_gateway.agents.agent import Agent, build_agents
from openclaw_gateway.config.schema import Config
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.routing.resolve import AgentIndex, agent_index
from openclaw_gateway.tools.tool import Tool
from openclaw_gateway.tools.toolbox import Toolbox, fill_toolbox


@dataclass(frozen=True, slots=True)
class Prepared:
    """A config and what was made of it. Reload builds a new one and swaps the reference; a run keeps its own.

    tools: all that there are, by name, whoever may use them; toolboxes: those of each agent, by its id.
    """

    config: Config
    agents: Mapping[str, Agent]
    index: AgentIndex
    catalog: Catalog
    tools: Mapping[str, Tool]
    toolboxes: Mapping[str, Toolbox]


def prepare(config: Config, state_dir: Path, catalog: Catalog, tools: Mapping[str, Tool]) -> Prepared:
    """Build everything that depends on the config alone."""
    agents = build_agents(config, state_dir)
    entries = config.agents.entries
    return Prepared(
        config=config,
        agents=agents,
        index=agent_index(agents, config.agents.defaults.system_agent.agent_id),
        catalog=catalog,
        tools=tools,
        toolboxes={
            agent_id: fill_toolbox(tools, config.tools, entries[agent_id].tools if agent_id in entries else None)
            for agent_id in agents
        },
    )
