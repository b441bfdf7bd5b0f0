"""What the config says of an agent's prompt, gathered once for each revision of it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from openclaw_gateway.agents.agent import Agent
from openclaw_gateway.config.schema import AgentEntry, Config
from openclaw_gateway.config.schema.agents import ContextInjection, StartupContext


@dataclass(frozen=True, slots=True)
class PromptSettings:
    """One agent's. given_name: None where only IDENTITY.md may say one.

    tools: names of its tools. max_chars, max_total_chars: of the workspace's files in the prompt. may_set_up: a
    workspace that was never used is given its first files, without the skipped ones. injection: when the files are in
    the prompt. startup: what a conversation that was begun anew is told. zone: of the agent's person, None for the
    machine's.
    """

    workspace: Path
    state_dir: Path
    given_name: str | None = None
    default_name: str = "OpenClaw"
    tools: Collection[str] = ()
    max_chars: int = 20_000
    max_total_chars: int = 60_000
    may_set_up: bool = False
    skipped_files: Collection[str] = ()
    injection: ContextInjection = "always"
    startup: StartupContext = field(default_factory=StartupContext)
    zone: str | None = None


def gather_prompt_settings(agent: Agent, config: Config, state_dir: Path, tools: Collection[str]) -> PromptSettings:
    """The agent's own settings before those of all agents."""
    defaults = config.agents.defaults
    entry = config.agents.entries.get(agent.id) or AgentEntry()
    return PromptSettings(
        workspace=agent.workspace,
        state_dir=state_dir,
        given_name=agent.given_name,
        default_name=agent.name,
        tools=tools,
        max_chars=entry.bootstrap_max_chars or defaults.bootstrap_max_chars,
        max_total_chars=entry.bootstrap_total_max_chars or defaults.bootstrap_total_max_chars,
        may_set_up=not defaults.skip_bootstrap,
        skipped_files=frozenset(defaults.skip_optional_bootstrap_files),
        injection=entry.context_injection or defaults.context_injection,
        startup=defaults.startup_context,
        zone=defaults.user_timezone,
    )
