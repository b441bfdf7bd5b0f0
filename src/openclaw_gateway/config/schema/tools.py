"""`tools` and `mcp`: which tools an agent has and how they behave."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from typing import Literal

from openclaw_gateway.config.schema.values import (
    ModelChoice,
    NoEffect,
    NonNegative,
    Positive,
    PositiveNumber,
    Secret,
    Section,
)

Profile = Literal["minimal", "coding", "messaging", "full"]


class ToolPolicy(Section, frozen=True):
    """Names, `group:*` and `*` globs. allow and also_allow exclude each other in one scope; deny wins."""

    allow: tuple[str, ...] | None = None
    also_allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


class ProfiledPolicy(ToolPolicy, frozen=True):
    """A policy on top of a profile. profile: None does not filter."""

    profile: Profile | None = None


class ScopedTools(Section, frozen=True):
    """The policy of one place where tools run."""

    tools: ToolPolicy | None = None


class ApplyPatch(Section, frozen=True):
    """The tool that edits files by a patch."""

    enabled: bool = True
    workspace_only: bool = True
    allow_models: tuple[str, ...] | None = None


class Reviewer(Section, frozen=True):
    """The model that judges a command before it runs."""

    model: ModelChoice | None = None
    timeout_ms: Positive = 30_000
    thinking: str | None = None


class Exec(Section, frozen=True):
    """The tool that runs commands. mode: stricter than the original's `full`, because a model's commands come from
    whatever it has read. approval_timeout_seconds: how long a person has to answer; ours.
    """

    host: Literal["auto", "sandbox", "gateway", "node"] = "auto"
    mode: Literal["deny", "allowlist", "ask", "auto", "full"] = "ask"
    timeout_seconds: Positive = 1_800
    background_ms: Positive = 10_000
    cleanup_ms: Positive = 1_800_000
    notify_on_exit: bool = True
    notify_on_exit_empty_success: bool = False
    approval_running_notice_ms: NonNegative = 10_000
    approval_timeout_seconds: Positive = 120
    strict_inline_eval: bool = False
    path_prepend: tuple[str, ...] = ()
    safe_bins: tuple[str, ...] | None = None
    safe_bin_trusted_dirs: tuple[str, ...] = ("/bin", "/usr/bin")
    node: str | None = None
    apply_patch: ApplyPatch = ApplyPatch()
    reviewer: Reviewer = Reviewer()
    security: NoEffect = None
    ask: NoEffect = None
    safe_bin_profiles: NoEffect = None
    command_highlighting: NoEffect = None


class Files(Section, frozen=True):
    """The tools that read and write files. workspace_only: None is yes unless commands need no permission either."""

    workspace_only: bool | None = None


class LoopDetection(Section, frozen=True):
    """Whether repeated identical calls are stopped. None: only after a compaction."""

    enabled: bool | None = None


class WebSearch(Section, frozen=True):
    """The tool that searches the web. Keys of single search services belong to their plugins and are not read."""

    enabled: bool = True
    provider: str | None = None
    max_results: Positive = 5
    timeout_seconds: Positive = 30
    cache_ttl_minutes: float = 15
    api_key: Secret | None = None
    openai_codex: NoEffect = None


class SsrfPolicy(Section, frozen=True):
    """Which hosts a fetch may reach besides public ones."""

    dangerously_allow_private_network: bool = False
    allowed_hostnames: tuple[str, ...] = ()
    blocked_hostnames: tuple[str, ...] = ()
    allow_rfc2544_benchmark_range: NoEffect = None
    allow_ipv6_unique_local_range: NoEffect = None


class WebFetch(Section, frozen=True):
    """The tool that reads a page."""

    enabled: bool = True
    max_chars: Positive = 20_000
    max_chars_cap: Positive = 20_000
    max_response_bytes: Positive = 750_000
    timeout_seconds: Positive = 30
    cache_ttl_minutes: float = 15
    max_redirects: NonNegative = 3
    readability: bool = True
    user_agent: str | None = None
    headers: dict[str, Secret] = {}
    ssrf_policy: SsrfPolicy = SsrfPolicy()
    provider: NoEffect = None
    use_trusted_env_proxy: NoEffect = None


class Web(Section, frozen=True):
    """The tools that reach the web."""

    search: WebSearch = WebSearch()
    fetch: WebFetch = WebFetch()


class SessionTools(Section, frozen=True):
    """Whose sessions an agent may see."""

    visibility: Literal["self", "tree", "agent", "all"] = "all"


class AgentToAgent(Section, frozen=True):
    """Whether agents may write to each other, and to whom. allow: None is everyone."""

    enabled: bool = True
    allow: tuple[str, ...] | None = None


class ToolSearch(Section, frozen=True):
    """Whether the model finds tools by search instead of being shown every schema."""

    enabled: bool = True
    mode: Literal["code", "tools", "directory"] = "tools"
    code_timeout_ms: NoEffect = None
    search_default_limit: NoEffect = None
    max_search_limit: NoEffect = None


class Elevated(Section, frozen=True):
    """Who may lift the restrictions of a session."""

    enabled: bool = True
    allow_from: dict[str, tuple[str | int, ...]] = {}


class AgentTools(ProfiledPolicy, frozen=True):
    """The tools of one agent. None: as `tools` says."""

    by_provider: dict[str, ProfiledPolicy] = {}
    tools_by_sender: dict[str, ToolPolicy] = {}
    exec: Exec | None = None
    fs: Files | None = None
    loop_detection: LoopDetection | None = None
    sandbox: ScopedTools = ScopedTools()
    elevated: Elevated | None = None
    code_mode: NoEffect = None
    message: NoEffect = None
    swarm: NoEffect = None


class Tools(ProfiledPolicy, frozen=True):
    """The tools of all agents."""

    by_provider: dict[str, ProfiledPolicy] = {}
    tools_by_sender: dict[str, ToolPolicy] = {}
    subagents: ScopedTools = ScopedTools()
    sandbox: ScopedTools = ScopedTools()
    exec: Exec = Exec()
    fs: Files = Files()
    loop_detection: LoopDetection = LoopDetection()
    web: Web = Web()
    sessions: SessionTools = SessionTools()
    agent_to_agent: AgentToAgent = AgentToAgent()
    tool_search: bool | ToolSearch = True
    elevated: Elevated = Elevated()
    update_plan: bool = True
    code_mode: NoEffect = None
    swarm: NoEffect = None
    media: NoEffect = None
    links: NoEffect = None
    message: NoEffect = None
    experimental: NoEffect = None
    sessions_spawn: NoEffect = None
    canvas: NoEffect = None


class ToolFilter(Section, frozen=True):
    """Which tools of a server are offered."""

    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()


class McpServer(Section, frozen=True):
    """A server of tools: a command to start, or a URL to talk to."""

    enabled: bool = True
    command: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, Secret | int | float | bool] = {}
    cwd: str | None = None
    url: str | None = None
    transport: Literal["stdio", "sse", "streamable-http"] | None = None
    headers: dict[str, Secret | int | float | bool] = {}
    connection_timeout_ms: Positive | None = None
    request_timeout_ms: PositiveNumber | None = None
    tool_filter: ToolFilter = ToolFilter()
    supports_parallel_tool_calls: bool | None = None
    ssl_verify: bool = True
    auth: NoEffect = None
    oauth: NoEffect = None
    working_directory: NoEffect = None
    type: NoEffect = None
    description: NoEffect = None


class Mcp(Section, frozen=True):
    """All servers of tools."""

    servers: dict[str, McpServer] = {}
    session_idle_ttl_ms: NoEffect = None
    apps: NoEffect = None
