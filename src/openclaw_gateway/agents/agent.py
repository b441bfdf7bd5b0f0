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
    """An agent. name: what it is called; given_name: the same if the config says it, None if nobody gave it one.

    timeout_s: limit of a whole run, 0 for none. workspace: the working directory of its tools; made when it is first
    used (`agents/bootstrap.py`), not here.
    """

    id: str
    name: str
    given_name: str | None
    model: ModelChoice
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
    given_name = entry.identity.name or entry.name
    if given_name == DEFAULT_NAME:
        given_name = None  # what `onboard` writes for want of a name may not keep the agent from finding one
    return Agent(
        id=agent_id,
        name=given_name or (DEFAULT_NAME if agent_id == IMPLICIT_AGENT else agent_id),
        given_name=given_name,
        model=_choose_model(entry.model, config.agents.defaults.model),
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
