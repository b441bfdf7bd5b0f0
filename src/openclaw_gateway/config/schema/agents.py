"""`agents`: the defaults of all agents, and the agents themselves."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from typing import Annotated, Literal

from msgspec import Meta

from openclaw_gateway.config.schema.memory import MemorySearch
from openclaw_gateway.config.schema.sandbox import Sandbox
from openclaw_gateway.config.schema.tools import AgentTools
from openclaw_gateway.config.schema.values import (
    AllowDeny,
    ByteSize,
    Duration,
    ModelChoice,
    NoEffect,
    NonNegative,
    OnOff,
    Positive,
    PositiveNumber,
    Section,
    Thinking,
)

ContextInjection = Literal["always", "continuation-skip", "never"]
Verbose = Literal["off", "on", "full"]
Reasoning = Literal["off", "on", "stream"]
FastMode = bool | Literal["auto"]


class ModelSettings(Section, frozen=True):
    """What applies to one model wherever it is used; the map's key is "provider/model" or "provider/*"."""

    alias: str | None = None
    params: dict[str, object] = {}
    streaming: bool | None = None
    agent_runtime: NoEffect = None
    code_mode: NoEffect = None


class ModelPolicy(Section, frozen=True):
    """Which models a request may name instead of the agent's own: aliases, references, "provider/*". None: any."""

    allow: tuple[str, ...] | None = None


class StartupContext(Section, frozen=True):
    """What a fresh session is told once of the last days."""

    enabled: bool = True
    apply_on: tuple[Literal["new", "reset"], ...] = ("new", "reset")
    daily_memory_days: NonNegative = 2
    max_file_bytes: Positive = 16_384
    max_file_chars: Positive = 1_200
    max_total_chars: Positive = 2_800


class ContextLimits(Section, frozen=True):
    """Bounds of what single sources add to the context."""

    memory_get_max_chars: Positive = 12_000
    post_compaction_max_chars: Positive = 1_800
    memory_get_default_lines: NoEffect = None
    tool_result_max_chars: NoEffect = None


class QualityGuard(Section, frozen=True):
    """Whether a summary that lost identifiers is asked for again, and how often."""

    enabled: bool = True
    max_retries: NonNegative = 1


class MidTurnPrecheck(Section, frozen=True):
    """Whether the window is checked between the tool rounds of one turn as well."""

    enabled: bool = False


class MemoryFlush(Section, frozen=True):
    """The silent turn before a compaction in which the agent may write down what it wants to keep."""

    enabled: bool = True
    model: str | None = None
    soft_threshold_tokens: NonNegative | None = None
    force_flush_transcript_bytes: NonNegative | ByteSize | None = None
    prompt: NoEffect = None
    system_prompt: NoEffect = None


class Compaction(Section, frozen=True):
    """How a session that outgrows the window is summarised."""

    enabled: bool = True
    mode: Literal["default", "safeguard"] = "safeguard"
    model: str | None = None
    provider: str | None = None
    thinking_level: Thinking = "low"
    timeout_seconds: Positive = 180
    keep_recent_tokens: Positive = 20_000
    recent_turns_preserve: Annotated[int, Meta(ge=0, le=12)] = 3
    identifier_policy: Literal["strict", "off", "custom"] = "strict"
    quality_guard: QualityGuard = QualityGuard()
    mid_turn_precheck: MidTurnPrecheck = MidTurnPrecheck()
    max_active_transcript_bytes: NonNegative | ByteSize | Literal[False] | None = None
    notify_user: bool = False
    post_compaction_sections: tuple[str, ...] = ()
    post_index_sync: Literal["off", "async", "await"] = "async"
    memory_flush: MemoryFlush = MemoryFlush()
    custom_instructions: NoEffect = None
    identifier_instructions: NoEffect = None
    max_history_share: NoEffect = None
    reserve_tokens: NoEffect = None
    reserve_tokens_floor: NoEffect = None
    truncate_after_compaction: NoEffect = None


class RunLimits(Section, frozen=True):
    """Bounds of one run, ours. max_cost_usd counts calls whose price is known. None is no limit."""

    max_tool_rounds: Annotated[int, Meta(ge=1, le=1000)] = 64
    max_tokens: Positive | None = None
    max_cost_usd: PositiveNumber | None = None


class HardClear(Section, frozen=True):
    """What stands in the place of an old tool result."""

    enabled: bool = True
    placeholder: str = "[Old tool result content cleared]"


class ContextPruning(Section, frozen=True):
    """Whether old tool results are left out of the prompt, once the provider's cache of it has gone cold."""

    mode: Literal["off", "cache-ttl"] = "off"
    ttl: Duration = "5m"
    tools: AllowDeny = AllowDeny()
    hard_clear: HardClear = HardClear()
    hard_clear_ratio: NoEffect = None
    keep_last_assistants: NoEffect = None
    min_prunable_tool_chars: NoEffect = None
    soft_trim: NoEffect = None
    soft_trim_ratio: NoEffect = None


class Subagents(Section, frozen=True):
    """Sessions that an agent starts for parts of its work. run_timeout_seconds: 0 is no limit."""

    allow_agents: tuple[str, ...] | None = None
    model: ModelChoice | None = None
    thinking: str | None = None
    max_concurrent: Positive = 8
    max_spawn_depth: Annotated[int, Meta(ge=1, le=5)] = 5
    max_children_per_agent: Annotated[int, Meta(ge=1, le=20)] = 5
    run_timeout_seconds: NonNegative = 0
    announce_timeout_ms: Positive = 120_000
    archive_after_minutes: NonNegative = 60
    require_agent_id: bool = False
    delegation_mode: Literal["suggest", "prefer"] | None = None


class Heartbeat(Section, frozen=True):
    """Turns that the gateway starts by itself. every: "0m" turns them off."""

    every: Duration = "30m"
    agent_id: str | None = None
    model: str | None = None
    target: str = "owner"
    prompt: str | None = None
    active_hours: NoEffect = None
    timeout_seconds: Positive | None = None
    light_context: bool = False
    isolated_session: bool = False
    session: str | None = None
    direct_policy: NoEffect = None
    to: NoEffect = None
    account_id: NoEffect = None
    ack_max_chars: NoEffect = None
    include_reasoning: NoEffect = None


class SystemAgent(Section, frozen=True):
    """The agent that answers when a fleet is asked without naming one."""

    agent_id: str | None = None


class AgentDefaults(Section, frozen=True):
    """What every agent has unless its entry says otherwise. timeout_seconds: of a whole run, 0 is no limit.

    max_concurrent: runs of all agents together; None is the larger of 8 and four per CPU.
    """

    model: ModelChoice | None = None
    models: dict[str, ModelSettings] = {}
    model_policy: ModelPolicy = ModelPolicy()
    model_selection_scope: Literal["session", "agent", "global"] = "session"
    utility_model: ModelChoice | None = None
    image_model: ModelChoice | None = None
    pdf_model: ModelChoice | None = None
    params: dict[str, object] = {}
    workspace: str | None = None
    cwd: str | None = None
    repo_root: str | None = None
    skip_bootstrap: bool = False
    skip_optional_bootstrap_files: tuple[Literal["SOUL.md", "USER.md", "IDENTITY.md", "HEARTBEAT.md"], ...] = ()
    context_injection: ContextInjection = "always"
    bootstrap_max_chars: Positive = 20_000
    bootstrap_total_max_chars: Positive = 60_000
    startup_context: StartupContext = StartupContext()
    context_limits: ContextLimits = ContextLimits()
    skills: tuple[str, ...] | None = None
    user_timezone: str | None = None
    thinking_default: Thinking | None = None
    fast_mode_default: FastMode = False
    verbose_default: Verbose = "off"
    reasoning_default: Reasoning = "off"
    elevated_default: Literal["off", "on", "ask", "full"] = "on"
    timeout_seconds: NonNegative = 172_800
    run_limits: RunLimits = RunLimits()
    max_concurrent: Positive | None = None
    media_max_mb: PositiveNumber = 20
    image_max_dimension_px: Positive = 1_200
    image_quality: Literal["auto", "efficient", "balanced", "high"] = "auto"
    compaction: Compaction = Compaction()
    context_pruning: ContextPruning = ContextPruning()
    subagents: Subagents = Subagents()
    heartbeat: Heartbeat = Heartbeat()
    sandbox: Sandbox = Sandbox()
    system_agent: SystemAgent = SystemAgent()
    context_tokens: Positive | None = None
    block_streaming_default: OnOff = "off"
    block_streaming_break: NoEffect = None
    block_streaming_chunk: NoEffect = None
    block_streaming_coalesce: NoEffect = None
    bootstrap_prompt_truncation_warning: NoEffect = None
    cli_backends: NoEffect = None
    embedded_agent: NoEffect = None
    embedded_pi: NoEffect = None
    envelope_elapsed: NoEffect = None
    envelope_timestamp: NoEffect = None
    envelope_timezone: NoEffect = None
    experimental: NoEffect = None
    human_delay: NoEffect = None
    image_generation_model: NoEffect = None
    media_generation_auto_provider_fallback: NoEffect = None
    memory_search: MemorySearch | None = None
    music_generation_model: NoEffect = None
    pdf_max_bytes_mb: NoEffect = None
    pdf_max_pages: NoEffect = None
    prompt_overlays: NoEffect = None
    silent_reply: NoEffect = None
    silent_reply_rewrite: NoEffect = None
    time_format: NoEffect = None
    tool_progress_detail: NoEffect = None
    tts: NoEffect = None
    typing_interval_seconds: NoEffect = None
    typing_mode: NoEffect = None
    video_generation_model: NoEffect = None


class Identity(Section, frozen=True):
    """How an agent shows itself."""

    name: str | None = None
    theme: str | None = None
    emoji: str | None = None
    avatar: str | None = None


class SkillsLimits(Section, frozen=True):
    """Bound of the skills part of the prompt."""

    max_skills_prompt_chars: NonNegative | None = None


class AgentMemory(Section, frozen=True):
    """The agent's memory."""

    search: MemorySearch | None = None


class AgentEntry(Section, frozen=True):
    """One agent; its id is the key of the map. None everywhere means: as the defaults say. skills: () is none."""

    name: str | None = None
    description: str | None = None
    workspace: str | None = None
    cwd: str | None = None
    agent_dir: str | None = None
    model: ModelChoice | None = None
    utility_model: ModelChoice | None = None
    models: dict[str, ModelSettings] = {}
    model_policy: ModelPolicy | None = None
    params: dict[str, object] = {}
    skills: tuple[str, ...] | None = None
    thinking_default: Thinking | None = None
    reasoning_default: Reasoning | None = None
    verbose_default: Verbose | None = None
    fast_mode_default: FastMode | None = None
    context_injection: ContextInjection | None = None
    bootstrap_max_chars: Positive | None = None
    bootstrap_total_max_chars: Positive | None = None
    context_limits: ContextLimits | None = None
    context_tokens: Positive | None = None
    skills_limits: SkillsLimits = SkillsLimits()
    identity: Identity = Identity()
    sandbox: Sandbox | None = None
    subagents: Subagents | None = None
    run_limits: RunLimits | None = None
    heartbeat: Heartbeat | None = None
    memory: AgentMemory | None = None
    tools: AgentTools = AgentTools()
    group_chat: NoEffect = None
    runtime: NoEffect = None
    embedded_agent: NoEffect = None
    experimental: NoEffect = None
    human_delay: NoEffect = None
    memory_search: MemorySearch | None = None
    plugins: NoEffect = None
    tool_progress_detail: NoEffect = None
    tts: NoEffect = None
    typing_interval_seconds: NoEffect = None
    typing_mode: NoEffect = None


class Agents(Section, frozen=True):
    """All agents. ownership: "explicit" marks a fleet on purpose. The older form `agents.list` becomes `entries`."""

    defaults: AgentDefaults = AgentDefaults()
    entries: dict[str, AgentEntry] = {}
    ownership: Literal["explicit"] | None = None
