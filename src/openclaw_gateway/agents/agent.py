"""One agent as a run needs it, and the directory of all agents that a config names. Prepared once per config."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from openclaw_gateway.config.schema import AgentEntry, Config, ModelChoice

# The implicit agent of a config that names none (OpenClaw docs/concepts/multi-agent.md).
IMPLICIT_AGENT = "main"
# What the main agent is called while nobody gave it a name: a model that is told it is "main" introduces itself so.
DEFAULT_NAME = "OpenClaw"


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent. system_prompt: the stable part, the same bytes for every turn while the config is the same.

    timeout_s: limit of a whole run, 0 for none. workspace: the working directory of its tools; created by them, not
    here.
    """

    id: str
    name: str
    model: ModelChoice
    system_prompt: str
    workspace: Path
    timeout_s: float


def build_agents(config: Config, state_dir: Path) -> Mapping[str, Agent]:
    """All agents by id, in the config's order; the implicit `main` if there is none."""
    entries = config.agents.entries or {IMPLICIT_AGENT: AgentEntry()}
    is_sole = len(entries) == 1
    return {
        agent_id: _build_agent(agent_id, entry, config, state_dir, is_sole=is_sole)
        for agent_id, entry in entries.items()
    }


def _build_agent(agent_id: str, entry: AgentEntry, config: Config, state_dir: Path, *, is_sole: bool) -> Agent:
    name = entry.identity.name or entry.name or (DEFAULT_NAME if agent_id == IMPLICIT_AGENT else agent_id)
    return Agent(
        id=agent_id,
        name=name,
        model=_choose_model(entry.model, config.agents.defaults.model),
        system_prompt=_write_prompt(name),
        workspace=_find_workspace(agent_id, entry, config, state_dir, is_sole=is_sole),
        timeout_s=float(config.agents.defaults.timeout_seconds),
    )


def _choose_model(own: ModelChoice | None, default: ModelChoice | None) -> ModelChoice:
    """An agent's own primary is strict unless it names fallbacks; fallbacks alone keep the inherited primary."""
    inherited = default or ModelChoice()
    if own is None:
        return inherited
    if own.primary is None:
        return ModelChoice(primary=inherited.primary, fallbacks=own.fallbacks)
    return ModelChoice(primary=own.primary, fallbacks=own.fallbacks or ())


def _find_workspace(agent_id: str, entry: AgentEntry, config: Config, state_dir: Path, *, is_sole: bool) -> Path:
    if entry.workspace:
        return Path(entry.workspace).expanduser()
    base = config.agents.defaults.workspace
    if base:
        return Path(base).expanduser() if is_sole else Path(base).expanduser() / agent_id
    return state_dir / ("workspace" if is_sole else f"workspace-{agent_id}")


def _write_prompt(name: str) -> str:
    return (
        f"You are {name}, a personal agent that answers through the OpenClaw Gateway. "
        "Answer the person directly and truthfully; say so when you do not know. "
        "Follow what the caller's own instructions ask about form and language."
    )
