"""Providers that need no config but a key."""

import subprocess
import sys

import pytest

from openclaw_gateway.config.environment import KNOWN_PROVIDERS as READ_FROM_ENVIRONMENT
from openclaw_gateway.models.known_providers import KEYS, KNOWN_PROVIDERS


def test_keys_are_looked_for() -> None:
    """The environment is searched for a key of each provider that is known, and of no other."""
    assert set(KNOWN_PROVIDERS) == set(READ_FROM_ENVIRONMENT)


@pytest.mark.parametrize(("variable", "provider_id", "model"), KEYS)
def test_is_complete(variable: str, provider_id: str, model: str) -> None:
    """Each has a variable for its key, an address under TLS and a model to begin with."""
    assert variable.endswith("_API_KEY")
    assert model
    assert KNOWN_PROVIDERS[provider_id].base_url.startswith("https://")


def test_naming_them_is_cheap() -> None:
    """Who only names them imports no HTTP client."""
    code = "import sys, openclaw_gateway.models.known_providers; sys.exit('asyncio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
