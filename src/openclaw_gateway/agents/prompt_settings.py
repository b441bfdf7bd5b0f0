"""What the config says of an agent's prompt, gathered once for each revision of it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from openclaw_gateway.agents.agent import Agent
from openclaw_gateway.agents.skills import SkillSettings
from openclaw_gateway.config.schema import AgentEntry, Config
from openclaw_gateway.config.schema.agents import ContextInjection, StartupContext


@dataclass(frozen=True, slots=True)
class PromptSettings:
    """One agent's. given_name: None where only IDENTITY.md may say one.

    tools: names of its tools. max_chars, max_total_chars: of the workspace's files in the prompt. may_set_up: a
    workspace that was never used is given its first files, without the skipped ones. injection: when the files are in
    the prompt. startup: what a conversation that was begun anew is told. zone: of the agent's person, None for the
    machine's. skills: where they are, and which may be used.
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
    skills: SkillSettings = field(default_factory=SkillSettings)


def gather_prompt_settings(
    agent: Agent, config: Config, state_dir: Path, tools: Collection[str], variables: Collection[str] = ()
) -> PromptSettings:
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
        skills=gather_skill_settings(agent, config, state_dir, variables),
    )


def gather_skill_settings(
    agent: Agent, config: Config, state_dir: Path, variables: Collection[str] = ()
) -> SkillSettings:
    """Where an agent's skills are, and which of them it may use. variables: names of those in the environment."""
    entry = config.agents.entries.get(agent.id) or AgentEntry()
    allowed, limits = entry.skills if entry.skills is not None else config.agents.defaults.skills, config.skills.limits
    roots = [("workspace", agent.workspace / "skills"), ("agents-project", agent.workspace / ".agents" / "skills")]
    if state_dir == Path.home() / ".openclaw":  # another state folder is another world
        roots.append(("agents-personal", Path.home() / ".agents" / "skills"))
    roots.append(("managed", state_dir / "skills"))
    roots += [("extra", Path(folder).expanduser()) for folder in config.skills.load.extra_dirs]
    return SkillSettings(
        roots=roots,
        allowed=None if allowed is None else frozenset(allowed),
        disabled=frozenset([name for name, skill in config.skills.entries.items() if not skill.enabled]),
        given={name: frozenset(skill.env) for name, skill in config.skills.entries.items()},
        variables=frozenset(variables),
        max_per_root=limits.max_skills_loaded_per_source,
        max_in_prompt=limits.max_skills_in_prompt,
        max_prompt_chars=entry.skills_limits.max_skills_prompt_chars or limits.max_skills_prompt_chars,
    )
