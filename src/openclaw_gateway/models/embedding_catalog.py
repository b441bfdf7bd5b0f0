"""Which model makes an agent's vectors: what the config says, or what a request may name instead."""

from collections.abc import Iterator, Mapping

import msgspec

from openclaw_gateway.config.schema import Config, MemoryRemote, MemorySearch, ModelEntry, Provider
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.models.embedder import Embedder
from openclaw_gateway.models.forms import openai_url
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.known_providers import KNOWN_PROVIDERS
from openclaw_gateway.models.provider import (
    SPEAKS_CHAT_COMPLETIONS,
    build_headers,
    build_proxy,
    build_trust,
    choose_limits,
    upstream_secrets,
)

# A provider of this name is all in `remote`, and no other key is ever sent to it.
SEPARATE_PROVIDER = "openai-compatible"
DEFAULT_PROVIDER = "openai"
DEFAULT_MODELS: Mapping[str, str] = {
    "openai": "text-embedding-3-small",
    "gemini": "gemini-embedding-001",
}
NOT_CONFIGURED = "embeddings_not_configured"

# Callers may name models that no config lists; what is built for them is kept up to here.
MAX_KEPT = 256

_NOTHING_REMOTE = MemoryRemote()


class EmbeddingCatalog:
    """All embedding models of one config; each is built when it is first needed.

    providers: configured and known ones by id. keys: API keys from the environment, by provider id.
    """

    def __init__(
        self, config: Config, providers: Mapping[str, Provider], keys: Mapping[str, str], client: HttpClient
    ) -> None:
        self._config = config
        self._providers = providers
        self._keys = keys
        self._client = client
        self._built: dict[tuple[str, str | None], Embedder] = {}

    def resolve(self, agent_id: str, override: str | None) -> Embedder:
        """The agent's embedding model, or the one that a request names: provider/model, or a model of its provider.

        Raises InvalidRequest that says what to set when there is none, or that the agent allows no such provider.
        """
        embedder = self._built.get((agent_id, override))
        if embedder is None:
            embedder = self._build(_merge(self._layers(agent_id)), override)
            if len(self._built) < MAX_KEPT:
                self._built[agent_id, override] = embedder
        return embedder

    def _layers(self, agent_id: str) -> Iterator[MemorySearch | None]:
        """What the config says about an agent's search, the most particular first."""
        agent = self._config.agents.entries.get(agent_id)
        if agent is not None:
            yield agent.memory.search if agent.memory else None
            yield agent.memory_search
        yield self._config.memory.search
        yield self._config.agents.defaults.memory_search

    def _build(self, search: MemorySearch, override: str | None) -> Embedder:
        own = search.provider or DEFAULT_PROVIDER
        own = DEFAULT_PROVIDER if own == "auto" else own  # what older files say
        provider_id, model_id = own, search.model
        if override is not None:
            provider_id, model_id = _read_override(override, own, search.fallback)
        if provider_id == "none":
            raise InvalidRequest(
                "This agent has no embedding provider: memory.search.provider is none. Set it to openai, gemini, "
                f"{SEPARATE_PROVIDER} or a key of models.providers.",
                code=NOT_CONFIGURED,
            )
        model_id = model_id or DEFAULT_MODELS.get(provider_id)
        if model_id is None:
            raise InvalidRequest(
                f"No embedding model is configured for the provider {provider_id}: set memory.search.model.",
                code=NOT_CONFIGURED,
            )
        remote = search.remote if search.remote is not None and provider_id == own else _NOTHING_REMOTE
        dimensions = search.output_dimensionality if override is None else None
        return self._connect(provider_id, model_id, remote, dimensions)

    def _connect(self, provider_id: str, model_id: str, remote: MemoryRemote, dimensions: int | None) -> Embedder:
        provider = Provider() if provider_id == SEPARATE_PROVIDER else self._providers.get(provider_id, Provider())
        known = KNOWN_PROVIDERS.get(provider_id)
        api = provider.api or (known.api if known else "openai-completions")
        base_url = remote.base_url or provider.base_url or (known.base_url if known else None)
        key = remote.api_key or provider.api_key
        if provider_id != SEPARATE_PROVIDER:
            key = key or self._keys.get(provider_id)
        if base_url is None or (api not in SPEAKS_CHAT_COMPLETIONS and remote.base_url is None):
            raise InvalidRequest(_explain_place(provider_id, api, base_url), code=NOT_CONFIGURED)
        if known is not None and not key and base_url == known.base_url:
            raise InvalidRequest(
                f"No embedding provider is configured: set {known.key_variable} or models.providers.{provider_id}"
                ".apiKey, or let memory.search.provider name another provider.",
                code=NOT_CONFIGURED,
            )
        entry = next((entry for entry in provider.models if entry.id == model_id), ModelEntry(id=model_id))
        provider = msgspec.structs.replace(provider, headers={**provider.headers, **remote.headers})
        try:
            headers = {**build_headers("openai-completions", provider, entry, key), "accept": "application/json"}
            trust, proxy = build_trust(provider), build_proxy(provider)
            endpoint = self._client.endpoint(_embeddings_url(base_url), headers, trust, proxy=proxy)
        except ValueError as error:
            raise InvalidRequest(f"The embedding provider {provider_id}: {error}", code=NOT_CONFIGURED) from None
        limits = choose_limits(base_url, provider)
        return Embedder(provider_id, model_id, dimensions, endpoint, limits, upstream_secrets(provider, entry, key))


def _merge(layers: Iterator[MemorySearch | None]) -> MemorySearch:
    """The first word on each key counts; None is no word. What is said of one provider says nothing of another."""
    merged = MemorySearch()
    for layer in layers:
        if layer is None or (merged.provider is not None and layer.provider != merged.provider):
            continue
        merged = MemorySearch(
            provider=merged.provider or layer.provider,
            model=merged.model or layer.model,
            fallback=merged.fallback or layer.fallback,
            output_dimensionality=merged.output_dimensionality or layer.output_dimensionality,
            remote=merged.remote or layer.remote,
        )
    return merged


def _read_override(override: str, own: str, fallback: str | None) -> tuple[str, str]:
    """(provider id, model id); a provider that the agent does not have is not the caller's to choose."""
    prefix, slash, rest = override.strip().partition("/")
    if not slash and prefix:
        return own, prefix
    if rest and prefix in {own, fallback} - {"none", None}:
        return prefix, rest
    raise InvalidRequest(
        "This agent does not allow that embedding provider on `/v1/embeddings`.", param="x-openclaw-model"
    )


def _explain_place(provider_id: str, api: str, base_url: str | None) -> str:
    if provider_id == SEPARATE_PROVIDER:
        return "The embedding provider has no address: set memory.search.remote.baseUrl."
    if base_url is None:
        return f"The embedding provider {provider_id} has no address: set models.providers.{provider_id}.baseUrl."
    return (
        f"The embedding provider {provider_id} speaks {api}, which has no embeddings here: let memory.search.provider "
        "name one with an OpenAI-compatible API."
    )


def _embeddings_url(base_url: str) -> str:
    return f"{openai_url(base_url).removesuffix('/chat/completions')}/embeddings"
