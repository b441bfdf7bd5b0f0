"""`models`: the servers that models live on, and what is known of each model."""

# ruff: noqa: RUF012 - msgspec gives each instance its own copy of an empty dict

from typing import Literal

import msgspec

from openclaw_gateway.config.schema.values import (
    NoEffect,
    NonEmpty,
    NonNegative,
    Positive,
    PositiveNumber,
    Secret,
    Section,
)

# "scripted" is ours: a model inside the gateway that answers from a script (docs/reference/scripted-model.md).
Api = Literal[
    "openai-completions",
    "openai-responses",
    "openai-chatgpt-responses",
    "anthropic-messages",
    "google-generative-ai",
    "google-vertex",
    "github-copilot",
    "bedrock-converse-stream",
    "ollama",
    "pi-messages",
    "azure-openai-responses",
    "scripted",
]


class Cost(Section, frozen=True):
    """US dollars per million tokens."""

    input: float = 0.0
    output: float = 0.0
    cache_read: float = 0.0
    cache_write: float = 0.0
    tiered_pricing: NoEffect = None


class Compat(Section, frozen=True):
    """What this model's server does differently from others of its `api`. Unset: as the `api` does by default.

    supports_prompt_cache: whether `anthropic-messages` prompts are marked by `cache_control`; unset: for Claude only.
    """

    supports_developer_role: bool | None = None
    supports_reasoning_effort: bool | None = None
    supports_temperature: bool | None = None
    supports_usage_in_streaming: bool | None = None
    supports_tools: bool | None = None
    supports_strict_mode: bool | None = None
    supports_store: bool | None = None
    supports_prompt_cache: bool | None = None
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] | None = None
    thinking_format: str | None = None
    supported_reasoning_efforts: tuple[str, ...] | None = None
    response_formats: tuple[Literal["json_object", "json_schema"], ...] | None = None
    reasoning_effort_map: dict[str, str] = {}
    requires_string_content: bool | None = None
    tool_schema_profile: str | None = None
    unsupported_tool_schema_keywords: tuple[str, ...] = ()
    supports_prompt_cache_key: NoEffect = None
    requires_tool_result_name: NoEffect = None
    requires_assistant_after_tool_result: NoEffect = None
    requires_thinking_as_text: NoEffect = None
    native_web_search_tool: NoEffect = None
    tool_call_arguments_encoding: NoEffect = None
    requires_mistral_tool_ids: NoEffect = None
    requires_open_ai_anthropic_tool_payload: NoEffect = None


class ModelEntry(Section, frozen=True):
    """One model of a provider. context_tokens: how much of the window to use, when less than all of it."""

    id: NonEmpty
    name: str | None = None
    api: Api | None = None
    base_url: str | None = None
    reasoning: bool = False
    input: tuple[Literal["text", "image", "video", "audio"], ...] = ("text",)
    context_window: Positive | None = None
    context_tokens: Positive | None = None
    max_tokens: Positive | None = None
    params: dict[str, object] = {}
    headers: dict[str, Secret] = {}
    thinking_level_map: dict[str, str | None] = {}
    compat: Compat = Compat()
    cost: Cost | None = None
    agent_runtime: NoEffect = None
    metadata_source: NoEffect = None


class Proxy(Section, frozen=True):
    """The HTTP proxy on the way to a provider. The file may give its URL as a plain string instead."""

    mode: Literal["env-proxy", "explicit-proxy"] = "explicit-proxy"
    url: str | None = None
    tls: NoEffect = None


class RequestTls(Section, frozen=True):
    """TLS towards a provider, as PEM texts or paths. Verification cannot be turned off."""

    ca: Secret | None = None
    cert: Secret | None = None
    key: Secret | None = None
    passphrase: Secret | None = None
    server_name: str | None = None
    insecure_skip_verify: NoEffect = None


class ProviderRequest(Section, frozen=True):
    """How requests to a provider are sent."""

    headers: dict[str, Secret] = {}
    auth: NoEffect = None
    proxy: Proxy | None = None
    tls: RequestTls | None = None
    allow_private_network: bool | None = None


class LocalService(Section, frozen=True):
    """A model server that is started when it is first needed."""

    command: NonEmpty
    args: tuple[str, ...] = ()
    cwd: str | None = None
    env: dict[str, str] = {}
    health_url: str | None = None
    ready_timeout_ms: Positive | None = None
    idle_stop_ms: NonNegative | None = None


class Provider(Section, frozen=True):
    """A server that models live on. api: None means openai-completions."""

    base_url: NonEmpty | None = None
    api_key: Secret | None = None
    auth: Literal["api-key", "aws-sdk", "oauth", "token"] | None = None
    api: Api | None = None
    headers: dict[str, Secret] = {}
    auth_header: bool | None = None
    max_tokens: Positive | None = None
    context_window: Positive | None = None
    context_tokens: Positive | None = None
    timeout_seconds: PositiveNumber | None = None
    params: dict[str, object] = {}
    request: ProviderRequest = ProviderRequest()
    models: tuple[ModelEntry, ...] = ()
    local_service: LocalService | None = None
    agent_runtime: NoEffect = None
    region: NoEffect = None
    inject_num_ctx_for_open_ai_compat: NoEffect = msgspec.field(name="injectNumCtxForOpenAICompat", default=None)


class CatalogRefresh(Section, frozen=True):
    """Whether prices and limits of known models are fetched."""

    enabled: bool = True
    url: str | None = None


class Models(Section, frozen=True):
    """All providers. mode: whether they add to the built-in ones or stand alone."""

    mode: Literal["merge", "replace"] = "merge"
    providers: dict[str, Provider] = {}
    catalog_refresh: CatalogRefresh = CatalogRefresh()
    bedrock_discovery: NoEffect = None
    pricing: NoEffect = None
    proxy: NoEffect = None
