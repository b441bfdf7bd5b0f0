"""Sections about running the gateway: environment, log, messages, commands, diagnostics, skills, credentials' names."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from typing import Literal

from openclaw_gateway.asking import QueueDrop, QueueMode
from openclaw_gateway.config.schema.memory import MemorySearch
from openclaw_gateway.config.schema.values import Fraction, NoEffect, NonNegative, Positive, Secret, Section

Level = Literal["silent", "fatal", "error", "warn", "info", "debug", "trace"]


class ShellEnv(Section, frozen=True):
    """Whether missing variables are taken from a login shell."""

    enabled: bool = False
    timeout_ms: NonNegative = 15_000


class Env(Section, frozen=True):
    """Variables below those of the process."""

    vars: dict[str, str] = {}
    shell_env: ShellEnv = ShellEnv()


class Audit(Section, frozen=True):
    """What the audit log holds."""

    enabled: bool = True
    messages: bool | str = "off"
    execution_identity: bool = False


class Logging(Section, frozen=True):
    """The gateway's own log. file: None is a dated file in `logs` of the state folder. Five archives are kept."""

    level: Level = "info"
    console_level: Level = "info"
    console_style: Literal["pretty", "json", "compact"] = "pretty"
    file: str | None = None
    max_file_bytes: Positive = 104_857_600
    redact_patterns: tuple[str, ...] = ()
    audit: Audit = Audit()
    redact_sensitive: NoEffect = None


class Queue(Section, frozen=True):
    """What happens with a message that comes while its session is at work."""

    mode: QueueMode = "steer"
    by_channel: dict[str, QueueMode] = {}
    debounce_ms: NonNegative = 500
    debounce_ms_by_channel: dict[str, NonNegative] = {}
    cap: Positive = 20
    drop: QueueDrop = "summarize"


class Messages(Section, frozen=True):
    """Incoming messages and what is added to answers."""

    queue: Queue = Queue()
    response_usage: Literal["off", "tokens", "full"] = "off"
    ack_reaction: NoEffect = None
    ack_reaction_scope: NoEffect = None
    group_chat: NoEffect = None
    inbound: NoEffect = None
    message_prefix: NoEffect = None
    remove_ack_after_reply: NoEffect = None
    response_prefix: NoEffect = None
    status_reactions: NoEffect = None
    suppress_tool_errors: NoEffect = None
    tts: NoEffect = None
    usage_template: NoEffect = None
    visible_replies: NoEffect = None


class Commands(Section, frozen=True):
    """Which slash commands work, and for whom."""

    text: bool = True
    bash: bool = False
    config: bool = False
    mcp: bool = False
    plugins: bool = False
    debug: bool = False
    restart: bool = True
    owner_allow_from: tuple[str | int, ...] = ()
    allow_from: dict[str, tuple[str | int, ...]] = {}
    native: NoEffect = None
    native_skills: NoEffect = None
    bash_foreground_ms: NoEffect = None
    use_access_groups: NoEffect = None
    owner_display: NoEffect = None
    owner_display_secret: NoEffect = None


class Otel(Section, frozen=True):
    """Export of traces, metrics and logs."""

    enabled: bool = False
    endpoint: str | None = None
    protocol: Literal["http/protobuf", "grpc"] = "http/protobuf"
    headers: dict[str, Secret] = {}
    service_name: str | None = None
    traces: bool | None = None
    metrics: bool | None = None
    logs: bool | None = None
    sample_rate: Fraction | None = None
    flush_interval_ms: NonNegative | None = None
    capture_content: NoEffect = None
    traces_endpoint: NoEffect = None
    metrics_endpoint: NoEffect = None
    logs_endpoint: NoEffect = None


class CacheTrace(Section, frozen=True):
    """Whether prompts are written to a file for the study of provider caches."""

    enabled: bool = False
    file_path: NoEffect = None
    include_messages: NoEffect = None
    include_prompt: NoEffect = None
    include_system: NoEffect = None


class Diagnostics(Section, frozen=True):
    """What helps to find faults."""

    enabled: bool = True
    flags: tuple[str, ...] = ()
    otel: Otel = Otel()
    cache_trace: CacheTrace = CacheTrace()
    stuck_session_warn_ms: NoEffect = None
    stuck_session_abort_ms: NoEffect = None


class AuthProfile(Section, frozen=True):
    """A credential's name and kind. api_key: our own, because there is no other place to keep several of a provider."""

    provider: str
    mode: Literal["api_key", "oauth", "token", "aws-sdk"]
    api_key: Secret | None = None
    email: str | None = None
    display_name: str | None = None


class Credentials(Section, frozen=True):
    """Which credential a provider uses, in which order."""

    profiles: dict[str, AuthProfile] = {}
    order: dict[str, tuple[str, ...]] = {}
    cooldowns: NoEffect = None


class SkillsLoad(Section, frozen=True):
    """Where skills are found besides the usual folders."""

    extra_dirs: tuple[str, ...] = ()
    watch: bool = True
    watch_debounce_ms: NoEffect = None


class SkillsPromptLimits(Section, frozen=True):
    """Bounds of the skills part of the prompt."""

    max_skills_in_prompt: NonNegative = 150
    max_skills_prompt_chars: NonNegative = 18_000
    max_skills_loaded_per_source: NonNegative = 200
    max_candidates_per_root: NoEffect = None
    max_skill_file_bytes: NoEffect = None


class SkillEntry(Section, frozen=True):
    """What one skill is given."""

    enabled: bool = True
    api_key: Secret | None = None
    env: dict[str, Secret] = {}
    config: dict[str, object] = {}


class Skills(Section, frozen=True):
    """All skills. allow_bundled: None is all of them."""

    allow_bundled: tuple[str, ...] | None = None
    load: SkillsLoad = SkillsLoad()
    limits: SkillsPromptLimits = SkillsPromptLimits()
    entries: dict[str, SkillEntry] = {}
    install: NoEffect = None
    workshop: NoEffect = None


class Memory(Section, frozen=True):
    """Search in what agents have written down."""

    search: MemorySearch | None = None
    citations: Literal["auto", "on", "off"] = "auto"
    backend: NoEffect = None
    qmd: NoEffect = None


class Meta(Section, frozen=True):
    """Who wrote the file last. lastTouchedAt: ISO 8601."""

    last_touched_version: str | None = None
    last_touched_at: str | int | None = None
    migrations: NoEffect = None
