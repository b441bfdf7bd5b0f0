"""Where the key of each provider comes from, as far as that can be said without reading a secret."""

import re
from dataclasses import dataclass
from typing import Literal

from openclaw_gateway.config.key_path import look_up
from openclaw_gateway.config.load import Loaded
from openclaw_gateway.models.catalog import DEMO_PROVIDER
from openclaw_gateway.models.known_providers import KNOWN_PROVIDERS

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class ProviderAuth:
    """kind: none is for servers that were given no key, which those of one's own seldom ask for; missing for those that
    always ask. A key in a file or of a program counts as there: nobody looked.
    """

    provider: str
    kind: Literal["config", "env", "file", "exec", "store", "none", "missing"]
    detail: str

    @property
    def is_ready(self) -> bool:
        """Whether the provider can be asked, as far as its key goes."""
        return self.kind != "missing"


def list_provider_auth(loaded: Loaded) -> list[ProviderAuth]:
    """One for each provider of the configuration, and for each that is known and whose key is in the environment."""
    names = {**loaded.config.models.providers, **loaded.provider_keys}
    return [find_provider_auth(loaded, name) for name in names]


def find_provider_auth(loaded: Loaded, name: str) -> ProviderAuth:
    """The key of one provider."""
    if name == DEMO_PROVIDER:
        return ProviderAuth(name, "none", "built in")
    place = f"models.providers.{name}.apiKey"
    value = look_up(loaded.source.tree, ("models", "providers", name, "apiKey"))[1]
    if isinstance(value, str) and value:
        variable = _VARIABLE.fullmatch(value)
        return (
            ProviderAuth(name, "config", place)
            if variable is None
            else _of_variable(loaded, name, variable[variable.lastindex or 1])
        )
    if isinstance(value, dict):
        source, key_id = value.get("source"), str(value.get("id"))
        if source == "env":
            return _of_variable(loaded, name, key_id)
        return ProviderAuth(name, source if source in ("file", "exec", "store") else "missing", key_id)
    for profile_id, profile in loaded.config.auth.profiles.items():
        if profile.provider == name and look_up(loaded.source.tree, ("auth", "profiles", profile_id, "apiKey"))[1]:
            return ProviderAuth(name, "config", f"auth.profiles.{profile_id}.apiKey")
    if name in loaded.provider_keys:
        return ProviderAuth(name, "env", _known_variable(name))
    provider, known = loaded.config.models.providers.get(name), KNOWN_PROVIDERS.get(name)
    if known is None or (provider is not None and provider.base_url not in (None, known.base_url)):
        return ProviderAuth(name, "none", "no key was given")
    return ProviderAuth(name, "missing", f"set {known.key_variable} or {place}")


def _of_variable(loaded: Loaded, provider: str, variable: str) -> ProviderAuth:
    if loaded.variables.get(variable):
        return ProviderAuth(provider, "env", variable)
    return ProviderAuth(provider, "missing", f"the variable {variable} is not set")


def _known_variable(name: str) -> str:
    known = KNOWN_PROVIDERS.get(name)
    return known.key_variable if known else "environment"
