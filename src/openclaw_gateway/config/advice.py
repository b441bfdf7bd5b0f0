"""What a config says that is valid and yet probably a slip: it is told with its place, and the gateway starts."""

import re
from collections.abc import Iterator

from openclaw_gateway.config.environment import KNOWN_PROVIDERS
from openclaw_gateway.config.key_path import KeyPath
from openclaw_gateway.config.schema import Config, ModelChoice
from openclaw_gateway.config.validate import Fault, nearest_of

_HTTP_URL = r"(?i:https?)://[^\s/?#]"
# Always there, without an entry (docs/reference/scripted-model.md).
_DEMO_PROVIDER = "scripted"


def advise(config: Config) -> Iterator[Fault]:
    """Each probable slip."""
    yield from _unknown_providers(config)
    for path, url in _addresses(config):
        # An address whose variable was missing has its warning already.
        if url is not None and "${" not in url and not re.match(_HTTP_URL, url):
            yield Fault(path, "expected an address that begins with http:// or https://; this model cannot be asked")


def _unknown_providers(config: Config) -> Iterator[Fault]:
    aliases = {settings.alias.lower() for settings in config.agents.defaults.models.values() if settings.alias}
    known = [*config.models.providers, *KNOWN_PROVIDERS, _DEMO_PROVIDER]
    for path, ref in _chosen_models(config):
        provider, slash, _ = ref.partition("/")
        # A name without a provider is an alias, a listed model, or one of the default's provider.
        if slash and provider not in known and ref.lower() not in aliases and "${" not in ref:
            message = f"there is no provider {provider[:80]!r} in models.providers; this model cannot be asked"
            yield Fault(path, message, nearest=nearest_of(provider, known))


def _chosen_models(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """The models that agents are to ask, with their places."""
    choices: list[tuple[KeyPath, ModelChoice | None]] = [
        (("agents", "defaults", "model"), config.agents.defaults.model),
        *((("agents", "entries", name, "model"), entry.model) for name, entry in config.agents.entries.items()),
    ]
    for path, choice in choices:
        if choice is not None:
            if choice.primary:
                yield (*path, "primary"), choice.primary
            for index, ref in enumerate(choice.fallbacks or ()):
                yield (*path, "fallbacks", index), ref


def _addresses(config: Config) -> Iterator[tuple[KeyPath, str | None]]:
    """Where models are asked, with the places that say so."""
    for provider_id, provider in config.models.providers.items():
        place: KeyPath = ("models", "providers", provider_id)
        yield (*place, "baseUrl"), provider.base_url
        for index, entry in enumerate(provider.models):
            yield (*place, "models", index, "baseUrl"), entry.base_url
