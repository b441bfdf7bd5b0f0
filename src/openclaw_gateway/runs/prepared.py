"""All that a run needs and that is built once for each revision of the config."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from openclaw_gateway.agents.agent import Agent, build_agents
from openclaw_gateway.agents.prompt_book import PromptBook
from openclaw_gateway.agents.prompt_settings import gather_prompt_settings
from openclaw_gateway.config.schema import AgentEntry, Config, RunLimits
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.prices import Prices
from openclaw_gateway.routing.resolve import AgentIndex, agent_index
from openclaw_gateway.routing.session_key import main_session_key
from openclaw_gateway.runs.pruning import PruningRules, read_rules
from openclaw_gateway.runs.showing import ShowingRules
from openclaw_gateway.runs.thinking import ThinkingRules
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.policy import Policy
from openclaw_gateway.tools.sandbox.boxes import has_one_place
from openclaw_gateway.tools.shelf import ToolParts, ToolSettings, find_place, make_tools
from openclaw_gateway.tools.tool import Tool
from openclaw_gateway.tools.toolbox import Toolbox, Toolboxes

# Of an agent that the config does not describe; each turn asks for it.
_SILENT_ENTRY = AgentEntry()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A config and what was made of it. Reload builds a new one and swaps the reference; a run keeps its own.

    tool_settings, toolboxes, prompts: those of each agent, by its id. fixed_places: of those whose sessions all work in
    one place. run_limits, detects_loops: what one run of an agent may do, and its `tools.loopDetection.enabled`.
    """

    config: Config
    agents: Mapping[str, Agent]
    index: AgentIndex
    catalog: Catalog
    tool_settings: Mapping[str, ToolSettings]
    fixed_places: Mapping[str, Place]
    toolboxes: Mapping[str, Toolboxes]
    prompts: Mapping[str, PromptBook]
    thinking: ThinkingRules
    showing: ShowingRules
    prices: Prices
    pruning: PruningRules | None
    run_limits: Mapping[str, RunLimits]
    detects_loops: Mapping[str, bool | None]

    def toolbox(
        self,
        agent_id: str,
        session_key: str,
        model: str = "",
        sender: str = "",
        cap: tuple[str, ...] | None = None,
    ) -> Toolbox:
        """What an agent may use in a turn of a session. model: `provider/model`. sender: who spoke; cap: the turn's own
        list.
        """
        return self.toolboxes[agent_id].find(session_key, model, sender, cap)

    def place(self, agent_id: str, session_key: str) -> Place:
        """Where the tools of an agent's session work."""
        return self.fixed_places.get(agent_id) or find_place(self.tool_settings[agent_id], session_key)


def prepare(
    config: Config,
    state_dir: Path,
    catalog: Catalog,
    parts: ToolParts,
    more_tools: Mapping[str, Tool],
    variables: Collection[str] = (),
    own_files: tuple[Path, ...] = (),
) -> Prepared:
    """Build everything that depends on the config alone.

    more_tools: beside those that the gateway brings. variables: names of those that skills may count on. own_files: of
    the gateway, which agents' file tools do not reach.
    """
    agents = build_agents(config, state_dir)
    settings = {agent.id: gather_tool_settings(agent, config, state_dir, own_files) for agent in agents.values()}
    toolboxes = {agent_id: fill_toolboxes(config, settings[agent_id], parts, more_tools) for agent_id in agents}
    return Prepared(
        config=config,
        agents=agents,
        index=agent_index(agents, config.agents.defaults.system_agent.agent_id),
        catalog=catalog,
        tool_settings=settings,
        fixed_places={key: find_place(each, "") for key, each in settings.items() if has_one_place(each.sandbox)},
        toolboxes=toolboxes,
        prompts={
            agent.id: PromptBook(
                gather_prompt_settings(
                    agent, config, state_dir, [*toolboxes[agent.id].find(main_session_key(agent.id)).tools], variables
                )
            )
            for agent in agents.values()
        },
        thinking=ThinkingRules(config),
        showing=ShowingRules(config),
        prices=Prices(config),
        pruning=read_rules(config.agents.defaults.context_pruning),
        run_limits={key: _entry(config, key).run_limits or config.agents.defaults.run_limits for key in agents},
        detects_loops={
            key: (_entry(config, key).tools.loop_detection or config.tools.loop_detection).enabled for key in agents
        },
    )


def fill_toolboxes(
    config: Config, settings: ToolSettings, parts: ToolParts, more_tools: Mapping[str, Tool]
) -> Toolboxes:
    """The toolboxes of one agent."""
    tools = {**make_tools(settings, parts), **more_tools}
    return Toolboxes(tools, gather_policy(config, settings.agent_id), settings.sandbox)


def gather_policy(config: Config, agent_id: str) -> Policy:
    """All that the config says of who may use which tools of an agent."""
    entry, defaults = _entry(config, agent_id), config.agents.defaults
    sandbox = entry.sandbox or defaults.sandbox
    return Policy(
        agent_id=agent_id,
        tools=config.tools,
        agent=entry.tools,
        invoked=config.gateway.tools,
        exec_mode=(entry.tools.exec or config.tools.exec).mode,
        is_read_only=sandbox.workspace_access == "ro",
        max_depth=(entry.subagents or defaults.subagents).max_spawn_depth,
    )


def gather_tool_settings(
    agent: Agent, config: Config, state_dir: Path, own_files: tuple[Path, ...] = ()
) -> ToolSettings:
    """What the config says of an agent's tools: its own sections before those of all agents."""
    entry, shared = _entry(config, agent.id), config.tools
    return ToolSettings(
        agent_id=agent.id,
        workspace=agent.workspace,
        exec=entry.tools.exec or shared.exec,
        fs=entry.tools.fs or shared.fs,
        web=shared.web,
        sandbox=entry.sandbox or config.agents.defaults.sandbox,
        state_dir=state_dir,
        sessions=shared.sessions,
        agent_to_agent=shared.agent_to_agent,
        may_spawn=(entry.subagents or config.agents.defaults.subagents).allow_agents or (),
        own_files=own_files,
    )


def _entry(config: Config, agent_id: str) -> AgentEntry:
    return config.agents.entries.get(agent_id) or _SILENT_ENTRY
