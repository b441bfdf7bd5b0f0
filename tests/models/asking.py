"""Models of a config in front of a test's upstream."""

from collections.abc import Mapping
from typing import Any

import msgspec
from tests.upstream import Upstream

from openclaw_gateway.config.schema import Config
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.model import ModelRequest

HI = ModelRequest(system=("Be brief.",), messages=(UserMessage("hi"),))


def catalog(client: HttpClient, keys: Mapping[str, str] | None = None, **config: Any) -> Catalog:
    """The catalog of a config given as its file would be."""
    return Catalog.build(msgspec.convert(config, Config), keys or {}, client)


def providers(upstream: Upstream) -> dict[str, Any]:
    """The two forms of one upstream, as `o/tiny` and `a/tiny`."""
    return {
        "providers": {
            "o": {
                "baseUrl": upstream.url,
                "apiKey": "dummy-key",
                "models": [{"id": "tiny", "input": ["text", "image"]}],
            },
            "a": {
                "baseUrl": upstream.anthropic_url,
                "api": "anthropic-messages",
                "apiKey": "dummy-key",
                "models": [{"id": "tiny"}],
            },
        }
    }
