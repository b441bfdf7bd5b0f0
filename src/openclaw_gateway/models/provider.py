"""From a provider and a model entry of the config to a model that can be asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import msgspec

from openclaw_gateway.config.hidden import texts_to_hide
from openclaw_gateway.config.schema import ModelEntry, Provider
from openclaw_gateway.model_errors import ModelAuthFailed, ModelError, ModelNotFound, ModelUnreachable
from openclaw_gateway.models.answer import AnswerStream
from openclaw_gateway.models.http_client import HttpClient, InvalidUrlError, Limits, Trust
from openclaw_gateway.models.model import Model, Say
from openclaw_gateway.models.remote_model import Prompt, RemoteModel, RemoteModelOptions
from openclaw_gateway.models.unusable_model import UnusableModel

if TYPE_CHECKING:
    from openclaw_gateway.models.http_proxy import HttpProxy
    from openclaw_gateway.models.openai_prompt import OpenAiForm

# What an entry that says nothing is taken to hold; most models of the last years do.
DEFAULT_CONTEXT_WINDOW = 128_000

# Silence that is allowed: the original's limits (OpenClaw docs/concepts/agent-loop.md).
CLOUD_SILENCE_S = 120.0
SELF_HOSTED_SILENCE_S = 300.0
CONNECT_S = 10.0

_SELF_HOSTED = (
    "127.",
    "10.",
    "192.168.",
    "localhost",
    "::1",
    "host.docker.internal",
    *(f"172.{n}." for n in range(16, 32)),
)

# Our own framing: a header from the config that changed it would break or smuggle requests.
_RESERVED_HEADERS = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "expect", "accept-encoding")
)


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider that needs no config but a key. default_model: widely available, current and not the dearest."""

    base_url: str
    api: str
    key_variable: str
    default_model: str


KNOWN_PROVIDERS: Mapping[str, KnownProvider] = {
    "openai": KnownProvider("https://api.openai.com/v1", "openai-completions", "OPENAI_API_KEY", "gpt-5-mini"),
    "anthropic": KnownProvider(
        "https://api.anthropic.com", "anthropic-messages", "ANTHROPIC_API_KEY", "claude-sonnet-4-5"
    ),
    "openrouter": KnownProvider(
        "https://openrouter.ai/api/v1", "openai-completions", "OPENROUTER_API_KEY", "openrouter/auto"
    ),
    "gemini": KnownProvider(
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "openai-completions",
        "GEMINI_API_KEY",
        "gemini-2.5-flash",
    ),
}

# Servers of these forms answer chat completions at the same base URL.
SPEAKS_CHAT_COMPLETIONS = frozenset(("openai-completions", "openai-responses", "ollama"))


class _Unusable(Exception):
    def __init__(self, kind: type[ModelError], reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


def build_model(
    provider_id: str,
    provider: Provider,
    entry: ModelEntry,
    *,
    is_listed: bool,
    key: str | None,
    params: Mapping[str, object],
    client: HttpClient,
) -> Model:
    """The model of an entry; what is wrong with the entry becomes the error of each call.

    is_listed: the entry is in the config and its `input` counts; otherwise the model may take anything. key: from the
    config or the environment. params: of the entry and of the defaults, merged.
    """
    known = KNOWN_PROVIDERS.get(provider_id)
    api = entry.api or provider.api or (known.api if known else "openai-completions")
    try:
        if api == "scripted":
            return _build_scripted(provider_id, entry, params, is_listed=is_listed)
        return _build_remote(
            provider_id, provider, entry, api, is_listed=is_listed, key=key, params=params, client=client
        )
    except _Unusable as unusable:
        return UnusableModel(provider_id, entry.id, unusable.kind, unusable.reason)


def _build_scripted(provider_id: str, entry: ModelEntry, params: Mapping[str, object], *, is_listed: bool) -> Model:
    from openclaw_gateway.models.scripted import DEFAULT_CONTEXT_WINDOW as SCRIPTED_WINDOW
    from openclaw_gateway.models.scripted import ScriptedModel, parse_script

    try:
        script = parse_script(dict(params))
    except msgspec.ValidationError as error:
        reason = f"models.providers.{provider_id}.models[{entry.id}].params.script: {error}"
        raise _Unusable(ModelNotFound, reason) from None
    return ScriptedModel(
        provider_id,
        entry.id,
        script,
        context_window=entry.context_tokens or entry.context_window or SCRIPTED_WINDOW,
        accepts_images=not is_listed or "image" in entry.input,
    )


def _build_remote(
    provider_id: str,
    provider: Provider,
    entry: ModelEntry,
    api: str,
    *,
    is_listed: bool,
    key: str | None,
    params: Mapping[str, object],
    client: HttpClient,
) -> Model:
    place = f"models.providers.{provider_id}"
    known = KNOWN_PROVIDERS.get(provider_id)
    base_url = entry.base_url or provider.base_url or (known.base_url if known else None)
    if base_url is None:
        raise _Unusable(ModelNotFound, f"the provider {provider_id} has no address: set {place}.baseUrl")
    if known is not None and not key and base_url == known.base_url:
        raise _Unusable(ModelAuthFailed, f"no key for {provider_id}: set {known.key_variable} or {place}.apiKey")
    accepts_images = not is_listed or "image" in entry.input
    prompt, new_stream, url = _choose_form(api, place, base_url, provider, entry, params, accepts_images=accepts_images)
    try:
        proxy = build_proxy(provider)
        endpoint = client.endpoint(url, build_headers(api, provider, entry, key), build_trust(provider), proxy=proxy)
    except ValueError as error:
        raise _Unusable(ModelUnreachable, f"{place}: {error}") from None
    options = RemoteModelOptions(
        provider=provider_id,
        id=entry.id,
        api=api if api == "anthropic-messages" else "openai-completions",
        context_window=_context_window(provider, entry),
        max_output_tokens=entry.max_tokens or provider.max_tokens,
        accepts_images=accepts_images,
        limits=choose_limits(base_url, provider),
        secrets=upstream_secrets(provider, entry, key),
    )
    return RemoteModel(options, endpoint, prompt, new_stream)


def build_proxy(provider: Provider) -> "HttpProxy | None":
    """The configured proxy. Raises ValueError."""
    proxy = provider.request.proxy
    if proxy is None:
        return None
    if proxy.mode == "env-proxy" or proxy.url is None:
        raise ValueError("request.proxy needs a url: proxies are not taken from the environment")
    from openclaw_gateway.models.http_proxy import parse_proxy

    return parse_proxy(proxy.url)


def _choose_form(
    api: str,
    place: str,
    base_url: str,
    provider: Provider,
    entry: ModelEntry,
    params: Mapping[str, object],
    *,
    accepts_images: bool,
) -> tuple[Prompt, Callable[[Say], AnswerStream], str]:
    """(prompt, stream, URL) of an `api`; each is imported when the first model of its kind is built."""
    max_tokens = entry.max_tokens or provider.max_tokens or _max_tokens_param(params)
    if api == "anthropic-messages":
        from openclaw_gateway.models.anthropic_prompt import DEFAULT_MAX_TOKENS, AnthropicForm, AnthropicPrompt
        from openclaw_gateway.models.anthropic_stream import AnthropicStream

        form = AnthropicForm(
            model=entry.id,
            accepts_images=accepts_images,
            default_max_tokens=max_tokens or DEFAULT_MAX_TOKENS,
            can_think=entry.reasoning,
            sends_tools=entry.compat.supports_tools is not False,
            sends_temperature=entry.compat.supports_temperature is not False,
            marks_cache=_host(base_url) == "api.anthropic.com",
            defaults=_defaults(params),
        )
        return AnthropicPrompt(form), AnthropicStream, anthropic_url(base_url)
    if api in SPEAKS_CHAT_COMPLETIONS:
        from openclaw_gateway.models.openai_prompt import OpenAiPrompt
        from openclaw_gateway.models.openai_stream import OpenAiStream

        openai_form = _openai_form(base_url, entry, params, max_tokens, accepts_images=accepts_images)
        return OpenAiPrompt(openai_form), OpenAiStream, openai_url(base_url)
    reason = (
        f'{place}.api is "{api}", which this gateway does not speak; it speaks openai-completions, anthropic-messages'
    )
    raise _Unusable(ModelNotFound, reason)


def _openai_form(
    base_url: str, entry: ModelEntry, params: Mapping[str, object], max_tokens: int | None, *, accepts_images: bool
) -> "OpenAiForm":
    from openclaw_gateway.models.openai_prompt import OpenAiForm

    compat = entry.compat
    is_openai = _host(base_url) == "api.openai.com"
    return OpenAiForm(
        model=entry.id,
        accepts_images=accepts_images,
        accepts_audio="audio" in entry.input,
        # Every server knows `system`, and OpenAI reads it as `developer` where it must.
        system_role="developer" if compat.supports_developer_role else "system",
        asks_usage=compat.supports_usage_in_streaming is not False,
        # Others ignore the newer name without a word, so that the answer has no bound.
        max_tokens_field=compat.max_tokens_field or ("max_completion_tokens" if is_openai else "max_tokens"),
        default_max_tokens=max_tokens,
        sends_tools=compat.supports_tools is not False,
        sends_strict=compat.supports_strict_mode is not False,
        sends_temperature=compat.supports_temperature is not False,
        sends_store=compat.supports_store is not False,
        sends_reasoning_effort=compat.supports_reasoning_effort is not False,
        reasoning_efforts=tuple(compat.reasoning_effort_map.items()),
        needs_text_content=compat.requires_string_content is True,
        response_formats=compat.response_formats,
        defaults=_defaults(params),
    )


def openai_url(base_url: str) -> str:
    """Where chat completions are; a base URL without any path is taken to lack /v1."""
    base = base_url.rstrip("/")
    if base.endswith("/chat/completions"):
        return base
    return f"{base}/chat/completions" if _has_path(base) else f"{base}/v1/chat/completions"


def anthropic_url(base_url: str) -> str:
    """Where messages are; people give the base URL with and without /v1."""
    base = base_url.rstrip("/")
    return f"{base}/messages" if base.endswith("/v1") else f"{base}/v1/messages"


def build_headers(api: str, provider: Provider, entry: ModelEntry, key: str | None) -> dict[str, str]:
    """What is sent with every request to a model. Raises InvalidUrlError for a header that is ours to set."""
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream, application/json",
        "accept-encoding": "identity",
        "user-agent": "openclaw-gateway",
    }
    if api == "anthropic-messages":
        headers["anthropic-version"] = "2023-06-01"
    if key and api == "anthropic-messages" and not provider.auth_header and provider.auth not in {"oauth", "token"}:
        headers["x-api-key"] = key
    elif key and provider.auth_header is not False:
        headers["authorization"] = f"Bearer {key}"
    for extra in (provider.headers, provider.request.headers, entry.headers):
        for name, value in extra.items():
            if name.lower() in _RESERVED_HEADERS:
                raise InvalidUrlError(f"the header {name} is the gateway's own and cannot be set")
            headers[name.lower()] = value
    return headers


def upstream_secrets(provider: Provider, entry: ModelEntry, key: str | None) -> tuple[str, ...]:
    """What an error of this model may never repeat: servers quote what they were sent, headers of the config too."""
    headers = (provider.headers, provider.request.headers, entry.headers)
    return texts_to_hide([key, *[value for extra in headers for value in extra.values()]])


def build_trust(provider: Provider) -> Trust:
    """Whose certificates count."""
    tls = provider.request.tls
    if tls is None:
        return Trust()
    return Trust(ca=tls.ca, cert=tls.cert, key=tls.key, passphrase=tls.passphrase, server_name=tls.server_name)


def is_self_hosted(base_url: str) -> bool:
    """Whether a server is on a machine of one's own, by its address alone."""
    return _host(base_url).startswith(_SELF_HOSTED)


def choose_limits(base_url: str, provider: Provider) -> Limits:
    """How long a server may be silent; one of our own machines may think longer."""
    silence_s = SELF_HOSTED_SILENCE_S if is_self_hosted(base_url) else CLOUD_SILENCE_S
    silence_s = max(silence_s, provider.timeout_seconds or 0.0)
    return Limits(connect_s=CONNECT_S, first_token_s=silence_s, idle_s=silence_s)


def _context_window(provider: Provider, entry: ModelEntry) -> int:
    sizes = (entry.context_tokens, entry.context_window, provider.context_tokens, provider.context_window)
    return next((size for size in sizes if size), DEFAULT_CONTEXT_WINDOW)


def _max_tokens_param(params: Mapping[str, object]) -> int | None:
    value = params.get("maxTokens", params.get("max_tokens"))
    return value if isinstance(value, int) and value > 0 else None


def _defaults(params: Mapping[str, object]) -> tuple[tuple[str, bytes], ...]:
    """`temperature`, `topP` and the fields of `extraBody`; the other params steer the gateway and are not sent."""
    fields: dict[str, object] = {}
    extra = params.get("extraBody", params.get("extra_body"))
    if isinstance(extra, dict):
        fields.update(cast("dict[str, object]", extra))
    for name, spellings in (("temperature", ("temperature",)), ("top_p", ("topP", "top_p"))):
        value = next((params[spelling] for spelling in spellings if spelling in params), None)
        if isinstance(value, int | float):
            fields[name] = value
    return tuple((name, msgspec.json.encode(fields[name], order="sorted")) for name in sorted(fields))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _has_path(url: str) -> bool:
    try:
        return bool(urlsplit(url).path.strip("/"))
    except ValueError:
        return True
