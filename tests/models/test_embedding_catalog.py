"""Which embedding model an agent has, by what the config says in several places."""

from typing import Any

import msgspec
import pytest

from openclaw_gateway.config.schema import Config
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.embedder import Embedder
from openclaw_gateway.models.http_client import HttpClient

OWN = {"models": {"providers": {"box": {"baseUrl": "http://127.0.0.1:9/v1"}}}}
OPENAI = ("openai", "text-embedding-3-small", None)
GEMINI = ("gemini", "gemini-embedding-001", None)
CLAUDE = {"models": {"providers": {"a": {"baseUrl": "http://127.0.0.1:9", "api": "anthropic-messages"}}}}


def resolve(client: HttpClient, tree: Any, override: str | None = None, **keys: str) -> Embedder:
    catalog = Catalog.build(msgspec.convert(tree, Config), keys, client)
    return catalog.embeddings.resolve("main", override)


@pytest.mark.parametrize(
    ("tree", "keys", "found"),
    [
        pytest.param({}, {"openai": "k"}, OPENAI, id="openai by its key"),
        pytest.param({"memory": {"search": {"provider": "auto"}}}, {"openai": "k"}, OPENAI, id="older word"),
        pytest.param({"memory": {"search": {"provider": "gemini"}}}, {"gemini": "k"}, GEMINI, id="gemini"),
        pytest.param(
            {**OWN, "memory": {"search": {"provider": "box", "model": "m", "outputDimensionality": 3}}},
            {},
            ("box", "m", 3),
            id="own server",
        ),
        pytest.param(
            {"agents": {"defaults": {"memorySearch": {"model": "m"}}}},
            {"openai": "k"},
            ("openai", "m", None),
            id="older place",
        ),
        pytest.param(
            {
                **OWN,
                "memory": {"search": {"model": "wide"}},
                "agents": {"entries": {"main": {"memory": {"search": {"provider": "box", "model": "own"}}}}},
            },
            {"openai": "k"},
            ("box", "own", None),
            id="agent before all",
        ),
        pytest.param(
            {
                **OWN,
                "memory": {"search": {"provider": "box", "model": "m"}},
                "agents": {"entries": {"main": {"memorySearch": {"outputDimensionality": 9}}}},
            },
            {},
            ("box", "m", 9),
            id="places add up",
        ),
        pytest.param(
            {
                "memory": {"search": {"provider": "openai", "model": "m", "outputDimensionality": 9}},
                "agents": {"entries": {"main": {"memorySearch": {"provider": "gemini"}}}},
            },
            {"gemini": "k"},
            GEMINI,
            id="words on one provider are not about another",
        ),
        pytest.param(
            {
                "memory": {
                    "search": {
                        "provider": "openai-compatible",
                        "model": "m",
                        "remote": {"baseUrl": "http://127.0.0.1:9"},
                    }
                }
            },
            {"openai": "k"},
            ("openai-compatible", "m", None),
            id="separate server",
        ),
    ],
)
async def test_choice(client: HttpClient, tree: Any, keys: Any, found: tuple[str, str, int | None]) -> None:
    """The most particular place wins, key by key; without a word it is OpenAI's usual model."""
    model = resolve(client, tree, **keys)
    assert (model.provider, model.id, model.dimensions) == found


async def test_separate_server_gets_no_other_key(client: HttpClient) -> None:
    """A server of its own never sees a key that was meant for OpenAI."""
    search = {"provider": "openai-compatible", "model": "m", "remote": {"baseUrl": "http://127.0.0.1:9"}}
    assert resolve(client, {"memory": {"search": search}}, openai="key-of-openai").secrets == ()
    keyed = {**search, "remote": {**search["remote"], "apiKey": "own-key"}}  # type: ignore[dict-item]  # a dict in the test
    assert resolve(client, {"memory": {"search": keyed}}, openai="key-of-openai").secrets == ("own-key",)


async def test_override_of_the_fallback(client: HttpClient) -> None:
    """A request may name the agent's provider or its fallback, which then has its own key and address."""
    tree = {
        **OWN,
        "memory": {"search": {"provider": "box", "model": "m", "fallback": "openai", "outputDimensionality": 3}},
    }
    model = resolve(client, tree, "openai/large", openai="openai-key")
    assert (model.provider, model.id, model.dimensions, model.secrets) == ("openai", "large", None, ("openai-key",))


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        pytest.param({}, "OPENAI_API_KEY", id="no key"),
        pytest.param({"memory": {"search": {"provider": "none"}}}, "memory.search.provider is none", id="none"),
        pytest.param({**OWN, "memory": {"search": {"provider": "box"}}}, "set memory.search.model", id="no model"),
        pytest.param(
            {"memory": {"search": {"provider": "nobody", "model": "m"}}},
            "models.providers.nobody.baseUrl",
            id="unknown",
        ),
        pytest.param(
            {"memory": {"search": {"provider": "openai-compatible", "model": "m"}}},
            "memory.search.remote.baseUrl",
            id="no address",
        ),
        pytest.param(
            {**CLAUDE, "memory": {"search": {"provider": "a", "model": "m"}}}, "anthropic-messages", id="other API"
        ),
        pytest.param(
            {"memory": {"search": {"model": "m", "remote": {"baseUrl": "file:///etc/passwd"}}}}, "http://", id="bad URL"
        ),
    ],
)
async def test_what_is_missing_is_named(client: HttpClient, tree: Any, told: str) -> None:
    """A config that gives no embedding model is answered with the key to set."""
    with pytest.raises(InvalidRequest) as refused:
        resolve(client, tree)
    assert refused.value.code == "embeddings_not_configured"
    assert told in refused.value.message
