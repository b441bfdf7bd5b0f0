"""Which models there are: from a name in a config or a request to the model, and to whom to ask when it fails."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.config.schema import Config, ModelChoice, ModelEntry, Provider
from openclaw_gateway.errors import Forbidden, NotFound
from openclaw_gateway.model_errors import ModelNotFound
from openclaw_gateway.models.availability import Hindrance, find_hindrance
from openclaw_gateway.models.cooldowns import Cooldowns
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.known_providers import KNOWN_PROVIDERS
from openclaw_gateway.models.model import Model
from openclaw_gateway.models.profiles import Keyring, find_keyring
from openclaw_gateway.models.provider import Surroundings, build_model
from openclaw_gateway.models.unusable_model import UnusableModel

if TYPE_CHECKING:
    from openclaw_gateway.models.embedding_catalog import EmbeddingCatalog

# The demo that is always there (docs/reference/scripted-model.md).
DEMO_PROVIDER = "scripted"
DEMO_MODEL = "demo"

# Callers may name models that no entry lists; what is built for them is kept up to here.
MAX_KEPT_MODELS = 256

# A message names no more models than this.
_MAX_LISTED = 12

_SILENT_PROVIDER = Provider()
_DEMO = Provider(api="scripted", models=(ModelEntry(id=DEMO_MODEL, name="Demo", input=("text", "image")),))


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One model as lists show it. alias: the config's short name for it."""

    provider: str
    id: str
    name: str
    alias: str | None
    input: tuple[str, ...]
    reasoning: bool
    context_window: int | None
    max_tokens: int | None

    @property
    def ref(self) -> str:
        """provider/model."""
        return f"{self.provider}/{self.id}"


class Catalog:
    """All models of one config. Immutable but for the models themselves, which are built when they are first named."""

    def __init__(
        self,
        config: Config,
        provider_keys: Mapping[str, str],
        client: HttpClient,
        cooldowns: Cooldowns,
        further_keys: Mapping[str, Sequence[str]],
    ) -> None:
        self._config = config
        self._keys = provider_keys
        self._all_keys = {name: (key, *further_keys.get(name, ())) for name, key in provider_keys.items()}
        self._client = client
        self.cooldowns = cooldowns
        self._providers = _gather_providers(config, provider_keys)
        settings = config.agents.defaults.models
        self._aliases = {model.alias.lower(): ref for ref, model in settings.items() if model.alias}
        self._alias_of = {ref: model.alias for ref, model in settings.items() if model.alias}
        # Agents that say something of models by themselves; all others share what is built.
        self._own = {
            agent_id: entry
            for agent_id, entry in config.agents.entries.items()
            if entry.params or entry.models or entry.model_policy
        }
        self._built: dict[tuple[str, str, str], Model] = {}
        self._embeddings: EmbeddingCatalog | None = None
        self._chains: dict[tuple[str, str | None, tuple[str, ...] | None], tuple[Model, ...]] = {}

    @classmethod
    def build(
        cls,
        config: Config,
        provider_keys: Mapping[str, str],
        client: HttpClient,
        *,
        cooldowns: Cooldowns | None = None,
        further_keys: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> "Catalog":
        """The catalog of a config. provider_keys: API keys from the environment, by provider id; further_keys: more of
        them, to take turns with. cooldowns: who is passed over; they outlive a reload of the config.

        Cheap: a provider without a key, a bad URL or script shows when its model is asked, not here.
        """
        return cls(config, provider_keys, client, cooldowns or Cooldowns(wall_clock_ms), further_keys)

    def resolve(self, ref: str, agent_id: str = "") -> Model:
        """The model that a name means: an alias, provider/model, or the bare id of exactly one listed model.

        agent_id: who asks it, with params of its own. A bare id that nothing lists belongs to the default model's
        provider. Raises NotFound naming it.
        """
        place = self._find(ref.strip())
        if place is None:
            raise NotFound(self._explain_unknown(ref), code="model_not_found")
        return self._get(agent_id if agent_id in self._own else "", *place)

    def candidates(self, choice: ModelChoice, override: str | None, agent_id: str = "") -> tuple[Model, ...]:
        """Whom to ask, in order (OpenClaw docs/concepts/model-failover.md).

        override: a model that the caller named for this turn; it is strict, and must be allowed by the agent's
        `modelPolicy.allow`, else by that of the defaults. Raises NotFound and Forbidden for it. Otherwise the primary
        of the choice and its fallbacks, each once; a configured name that means nothing becomes a model whose call
        says so. agent_id: whose choice it is, for what its entry says of models and their params.
        """
        if override is not None:
            model = self.resolve(override, agent_id)
            self._check_allowed(override, model, agent_id)
            return (model,)
        key = (agent_id if agent_id in self._own else "", choice.primary, choice.fallbacks)
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = tuple(self._build_chain(choice, key[0]))
        return chain

    @property
    def embeddings(self) -> "EmbeddingCatalog":
        """The models that make vectors, made when the first is asked for."""
        if self._embeddings is None:
            from openclaw_gateway.models.embedding_catalog import EmbeddingCatalog

            self._embeddings = EmbeddingCatalog(self._config, self._providers, self._keys, self._client)
        return self._embeddings

    def list(self) -> Sequence[CatalogRow]:
        """All listed models, in the config's order."""
        return [
            self._tell(provider_id, entry)
            for provider_id, provider in self._providers.items()
            for entry in provider.models
        ]

    def list_chosen(self, choice: ModelChoice) -> Sequence[CatalogRow]:
        """The models that a choice names and nothing lists; names that mean nothing are left out."""
        places = [self._find(ref) for ref in (choice.primary or self.default_ref, *(choice.fallbacks or ()))]
        listed = {(row.provider, row.id) for row in self.list()}
        unlisted = dict.fromkeys([place for place in places if place is not None and place not in listed])
        return [self._tell(provider_id, ModelEntry(id=model_id)) for provider_id, model_id in unlisted]

    def _tell(self, provider_id: str, entry: ModelEntry) -> CatalogRow:
        return CatalogRow(
            provider=provider_id,
            id=entry.id,
            name=entry.name or entry.id,
            alias=self._alias_of.get(f"{provider_id}/{entry.id}"),
            input=entry.input,
            reasoning=entry.reasoning,
            context_window=entry.context_tokens or entry.context_window,
            max_tokens=entry.max_tokens,
        )

    def find_hindrance(self, row: CatalogRow) -> Hindrance | None:
        """Why a listed model cannot be asked just now, None if it can."""
        provider = self._providers.get(row.provider, _SILENT_PROVIDER)
        entry = next((entry for entry in provider.models if entry.id == row.id), ModelEntry(id=row.id))
        return find_hindrance(row.provider, provider, entry, self._keyring(row.provider, provider), self.cooldowns)

    def _keyring(self, provider_id: str, provider: Provider) -> Keyring:
        return find_keyring(provider_id, provider, self._config, self._all_keys)

    # --- names ------------------------------------------------------------------------------------------------------

    def _find(self, ref: str) -> tuple[str, str] | None:
        """(provider id, model id)."""
        ref = self._aliases.get(ref.lower(), ref)
        provider_id, slash, model_id = ref.partition("/")
        if slash and model_id and (provider_id in self._providers or provider_id in KNOWN_PROVIDERS):
            return provider_id, model_id
        listed = [name for name, provider in self._providers.items() for entry in provider.models if entry.id == ref]
        if len(listed) == 1:
            return listed[0], ref
        default = self.default_ref.partition("/")[0]
        if ref and not slash and not listed and default in self._providers and default != DEMO_PROVIDER:
            return default, ref
        return None

    @property
    def default_ref(self) -> str:
        """The configured primary, else the first listed model, else the usual one of a provider whose key is there.

        Empty when there is none: nobody means the demo who does not say so.
        """
        choice = self._config.agents.defaults.model
        primary = (choice.primary if choice else None) or ""
        primary = self._aliases.get(primary.lower(), primary)
        if primary:
            return primary
        rows = (row.ref for row in self.list() if row.provider != DEMO_PROVIDER)
        return next(rows, "") or self._ref_at_hand()

    def _ref_at_hand(self) -> str:
        for provider_id, known in KNOWN_PROVIDERS.items():
            provider = self._providers.get(provider_id)
            if provider is not None and self._keyring(provider_id, provider).has_key:
                return f"{provider_id}/{known.default_model}"
        return ""

    def _explain_unknown(self, ref: str) -> str:
        named = ref[:100]
        listed = [
            name for name, provider in self._providers.items() if any(entry.id == ref for entry in provider.models)
        ]
        if listed:
            return f"model {named!r} is ambiguous: write one of " + ", ".join(f"{name}/{named}" for name in listed)
        return f"unknown model {named!r}: expected provider/model or an alias; known are {self._listed()}"

    def _listed(self) -> str:
        """Aliases and listed models, the first ones where there are many."""
        names = [*self._alias_of.values(), *[row.ref for row in self.list()]]
        more = len(names) - _MAX_LISTED
        return ", ".join(filter(None, names[:_MAX_LISTED])) + (f" and {more} more" if more > 0 else "")

    def _check_allowed(self, named: str, model: Model, agent_id: str) -> None:
        own = self._own.get(agent_id)
        place, policy = "agents.defaults", self._config.agents.defaults.model_policy
        if own is not None and own.model_policy is not None and own.model_policy.allow is not None:
            place, policy = f"agents.entries.{agent_id}", own.model_policy
        allowed = policy.allow
        ref = f"{model.provider}/{model.id}"
        if allowed is None or ref in allowed or named in allowed:
            return
        if any(pattern.endswith("*") and ref.startswith(pattern[:-1]) for pattern in allowed):
            return
        raise Forbidden(f"model {ref[:100]!r} is not in {place}.modelPolicy.allow")

    # --- models -----------------------------------------------------------------------------------------------------

    def _build_chain(self, choice: ModelChoice, scope: str) -> Iterator[Model]:
        primary = choice.primary or self.default_ref
        if not primary:
            reason = "no model is configured: set agents.defaults.model to provider/model, or a provider's key"
            yield UnusableModel("", "", ModelNotFound, reason)
            return
        seen = set()
        for ref in (primary, *(choice.fallbacks or ())):
            place = self._find(ref)
            if place in seen:
                continue
            if place is None:
                yield UnusableModel("", ref, ModelNotFound, f"the agent's model: {self._explain_unknown(ref)}")
            else:
                seen.add(place)
                yield self._get(scope, *place)

    def _get(self, scope: str, provider_id: str, model_id: str) -> Model:
        """scope: an agent of `_own`, "" for all others."""
        model = self._built.get((scope, provider_id, model_id))
        if model is None:
            model = self._build(scope, provider_id, model_id)
            if len(self._built) < MAX_KEPT_MODELS:
                self._built[scope, provider_id, model_id] = model
        return model

    def _build(self, scope: str, provider_id: str, model_id: str) -> Model:
        provider = self._providers.get(provider_id, _SILENT_PROVIDER)
        entry = next((entry for entry in provider.models if entry.id == model_id), None)
        return build_model(
            provider_id,
            provider,
            entry or ModelEntry(id=model_id),
            is_listed=entry is not None,
            keyring=self._keyring(provider_id, provider),
            params=self._merge_params(provider, entry, f"{provider_id}/{model_id}", scope),
            surroundings=Surroundings(self._client, self.cooldowns),
        )

    def _merge_params(self, provider: Provider, entry: ModelEntry | None, ref: str, scope: str) -> Mapping[str, object]:
        """The narrower place wins: provider, model, defaults, the model there, the agent, the model there."""
        params = {**provider.params, **(entry.params if entry else {})}
        own = self._own.get(scope)
        for section in (self._config.agents.defaults, own) if own is not None else (self._config.agents.defaults,):
            settings = section.models.get(ref)
            params |= section.params | (settings.params if settings else {})
        return params


def _gather_providers(config: Config, provider_keys: Mapping[str, str]) -> Mapping[str, Provider]:
    """The configured ones, and unless they stand alone the known ones that have a key, and the demo."""
    providers = dict(config.models.providers)
    if config.models.mode == "merge":
        in_profiles = {profile.provider for profile in config.auth.profiles.values() if profile.api_key}
        for provider_id in KNOWN_PROVIDERS:
            if provider_id in provider_keys or provider_id in in_profiles:
                providers.setdefault(provider_id, _SILENT_PROVIDER)
    providers.setdefault(DEMO_PROVIDER, _DEMO)
    return providers
