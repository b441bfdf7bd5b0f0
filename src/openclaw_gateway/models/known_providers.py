"""Providers that need no config but a key. Imports no client, so that a command may name them at once."""

from collections.abc import Mapping
from dataclasses import dataclass


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
    "google": KnownProvider(
        "https://generativelanguage.googleapis.com/v1beta",
        "google-generative-ai",
        "GOOGLE_API_KEY",
        "gemini-2.5-flash",
    ),
}

# The key's variable, the provider, and the model to begin with.
KEYS = tuple((known.key_variable, provider_id, known.default_model) for provider_id, known in KNOWN_PROVIDERS.items())
