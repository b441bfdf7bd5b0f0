"""From a provider and a model entry of the config to a model that can be asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from openclaw_gateway.config.hidden import texts_to_hide
from openclaw_gateway.config.schema import ModelEntry, Provider
from openclaw_gateway.model_errors import ModelAuthFailed, ModelError, ModelNotFound, ModelUnreachable
from openclaw_gateway.models.cooldowns import Cooldowns
from openclaw_gateway.models.forms import SPOKEN, host_of, make_form
from openclaw_gateway.models.http_client import HttpClient, InvalidUrlError, Limits, Trust
from openclaw_gateway.models.known_providers import KNOWN_PROVIDERS
from openclaw_gateway.models.model import Model
from openclaw_gateway.models.profiles import Keyring
from openclaw_gateway.models.remote_model import RemoteModel, RemoteModelOptions
from openclaw_gateway.models.rotating_model import RotatingModel
from openclaw_gateway.models.unusable_model import UnusableModel

if TYPE_CHECKING:
    from openclaw_gateway.models.http_proxy import HttpProxy

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


# Servers of these forms have the rest of OpenAI's API (embeddings) at the same base URL.
SPEAKS_CHAT_COMPLETIONS = frozenset(("openai-completions", "openai-responses", "ollama"))


class _Unusable(Exception):
    def __init__(self, kind: type[ModelError], reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all models of a gateway share: its connections, and who is passed over."""

    client: HttpClient
    cooldowns: Cooldowns


def build_model(
    provider_id: str,
    provider: Provider,
    entry: ModelEntry,
    *,
    is_listed: bool,
    keyring: Keyring,
    params: Mapping[str, object],
    surroundings: Surroundings,
) -> Model:
    """The model of an entry; what is wrong with the entry becomes the error of each call.

    is_listed: the entry is in the config and its `input` counts; otherwise the model may take anything. keyring: from
    the config or the environment. params: of the entry and of the defaults, merged.
    """
    known = KNOWN_PROVIDERS.get(provider_id)
    api = entry.api or provider.api or (known.api if known else "openai-completions")
    try:
        if api == "scripted":
            return _build_scripted(provider_id, entry, params, is_listed=is_listed)
        return _build_remote(
            provider_id,
            provider,
            entry,
            api,
            is_listed=is_listed,
            keyring=keyring,
            params=params,
            surroundings=surroundings,
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
    keyring: Keyring,
    params: Mapping[str, object],
    surroundings: Surroundings,
) -> Model:
    place = f"models.providers.{provider_id}"
    base_url = address_of(provider_id, provider, entry)
    if base_url is None:
        raise _Unusable(ModelNotFound, f"the provider {provider_id} has no address: set {place}.baseUrl")
    if lacks_key(provider_id, base_url, keyring):
        variable = KNOWN_PROVIDERS[provider_id].key_variable
        raise _Unusable(ModelAuthFailed, f"no key for {provider_id}: set {variable} or {place}.apiKey")
    accepts_images = not is_listed or "image" in entry.input
    form = make_form(api, base_url, provider, entry, params, accepts_images=accepts_images)
    if form is None:
        reason = f'{place}.api is "{api}", which this gateway does not speak; it speaks {", ".join(SPOKEN)}'
        raise _Unusable(ModelNotFound, reason)
    models: dict[str, Model] = {}
    for profile in keyring.profiles:
        try:
            endpoint = surroundings.client.endpoint(
                form.url,
                build_headers(api, provider, entry, profile.key),
                build_trust(provider),
                proxy=build_proxy(provider),
            )
        except ValueError as error:
            raise _Unusable(ModelUnreachable, f"{place}: {error}") from None
        options = RemoteModelOptions(
            provider=provider_id,
            id=entry.id,
            api=api,
            context_window=_context_window(provider, entry),
            max_output_tokens=entry.max_tokens or provider.max_tokens,
            accepts_images=accepts_images,
            limits=choose_limits(base_url, provider),
            secrets=upstream_secrets(provider, entry, profile.key),
            place=profile.place,
            has_other_keys=len(keyring.profiles) > 1,
        )
        # What was written of a conversation serves every key.
        models[profile.place] = RemoteModel(options, endpoint, form.prompt, form.stream)
    if len(models) == 1:
        return next(iter(models.values()))
    return RotatingModel(models, surroundings.cooldowns, is_ordered=keyring.is_ordered)


def address_of(provider_id: str, provider: Provider, entry: ModelEntry) -> str | None:
    """The base URL that an entry is asked at, None where nobody named one."""
    known = KNOWN_PROVIDERS.get(provider_id)
    return entry.base_url or provider.base_url or (known.base_url if known else None)


def lacks_key(provider_id: str, base_url: str, keyring: Keyring) -> bool:
    """Whether a provider that always asks for a key has none; a server of one's own seldom asks."""
    known = KNOWN_PROVIDERS.get(provider_id)
    return known is not None and not keyring.has_key and base_url == known.base_url


def build_proxy(provider: Provider) -> "HttpProxy | None":
    """The configured proxy. Raises ValueError."""
    proxy = provider.request.proxy
    if proxy is None:
        return None
    if proxy.mode == "env-proxy" or proxy.url is None:
        raise ValueError("request.proxy needs a url: proxies are not taken from the environment")
    from openclaw_gateway.models.http_proxy import parse_proxy

    return parse_proxy(proxy.url)


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
    elif key and api == "google-generative-ai" and not provider.auth_header and provider.auth not in {"oauth", "token"}:
        headers["x-goog-api-key"] = key
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
    return host_of(base_url).startswith(_SELF_HOSTED)


def choose_limits(base_url: str, provider: Provider) -> Limits:
    """How long a server may be silent; one of our own machines may think longer."""
    silence_s = SELF_HOSTED_SILENCE_S if is_self_hosted(base_url) else CLOUD_SILENCE_S
    silence_s = max(silence_s, provider.timeout_seconds or 0.0)
    return Limits(connect_s=CONNECT_S, first_token_s=silence_s, idle_s=silence_s)


def _context_window(provider: Provider, entry: ModelEntry) -> int:
    sizes = (entry.context_tokens, entry.context_window, provider.context_tokens, provider.context_window)
    return next((size for size in sizes if size), DEFAULT_CONTEXT_WINDOW)
