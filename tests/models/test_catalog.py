"""From names to models."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.models.asking import HI, catalog
from tests.running import config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.config.schema import Config, ModelChoice
from openclaw_gateway.errors import Forbidden, NotFound
from openclaw_gateway.model_errors import ModelAuthFailed, ModelNotFound
from openclaw_gateway.models.catalog import MAX_KEPT_MODELS, Catalog
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.model import Model

MODELS = {
    "providers": {
        "local": {"baseUrl": "http://127.0.0.1:1/v1", "models": [{"id": "tiny"}, {"id": "shared"}, {"id": "org/deep"}]},
        "other": {
            "baseUrl": "http://127.0.0.1:2/v1",
            "models": [{"id": "big", "contextWindow": 1000}, {"id": "shared"}],
        },
    }
}
AGENTS = {
    "defaults": {
        "model": {"primary": "local/tiny", "fallbacks": ["other/big", "local/tiny"]},
        "models": {"other/big": {"alias": "Fast"}},
    }
}


def ref(model: Model) -> str:
    return f"{model.provider}/{model.id}"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("local/tiny", "local/tiny", id="provider/model"),
        pytest.param(" local/tiny ", "local/tiny", id="spaces around"),
        pytest.param("local/unlisted", "local/unlisted", id="a model that no entry lists"),
        pytest.param("local/org/deep", "local/org/deep", id="a slash in the model's id"),
        pytest.param("org/deep", "local/org/deep", id="a bare id with a slash"),
        pytest.param("fast", "other/big", id="alias, whatever its case"),
        pytest.param("big", "other/big", id="bare id of one model"),
        pytest.param("newest", "local/newest", id="bare id of none: the default's provider"),
        pytest.param("openai/gpt", "openai/gpt", id="known provider without config"),
        pytest.param("scripted/demo", "scripted/demo", id="the demo"),
    ],
)
def test_names_are_resolved(client: HttpClient, name: str, expected: str) -> None:
    """A name means a model by reference, alias or unique id."""
    assert ref(catalog(client, models=MODELS, agents=AGENTS).resolve(name)) == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere/model", "unknown model 'nowhere/model'"),
        ("shared", "write one of local/shared, other/shared"),
        ("", "unknown model"),
        ("local/", "unknown model"),
        ("x/" + "y" * 5000, "unknown model"),
    ],
)
def test_unknown_names_are_named(client: HttpClient, name: str, words: str) -> None:
    """A name that means nothing, or too much, is told with what would do."""
    with pytest.raises(NotFound, match=words) as caught:
        catalog(client, models=MODELS, agents=AGENTS).resolve(name)
    assert caught.value.code == "model_not_found"
    assert len(caught.value.message) < 300


def test_the_chain_is_primary_then_fallbacks(client: HttpClient) -> None:
    """The configured model, then its fallbacks, each once; the same models each time."""
    models = catalog(client, models=MODELS, agents=AGENTS)
    chain = models.candidates(ModelChoice(primary="local/tiny", fallbacks=("other/big", "local/tiny")), None)
    assert [ref(model) for model in chain] == ["local/tiny", "other/big"]
    assert chain is models.candidates(ModelChoice(primary="local/tiny", fallbacks=("other/big", "local/tiny")), None)
    assert chain[1].context_window == 1000


def test_a_named_model_is_strict(client: HttpClient) -> None:
    """A caller that names a model gets that one or its error, never another."""
    models = catalog(client, models=MODELS, agents=AGENTS)
    chain = models.candidates(ModelChoice(primary="local/tiny", fallbacks=("other/big",)), "fast")
    assert [ref(model) for model in chain] == ["other/big"]
    with pytest.raises(NotFound):
        models.candidates(ModelChoice(primary="local/tiny"), "nowhere/model")


@pytest.mark.parametrize(
    ("allow", "named", "is_allowed"),
    [
        (["local/tiny"], "local/tiny", True),
        (["local/tiny"], "local/other", False),
        (["local/*"], "local/other", True),
        (["fast"], "fast", True),
        ([], "local/tiny", False),
    ],
)
def test_policy_limits_what_callers_may_name(
    client: HttpClient, allow: list[str], named: str, *, is_allowed: bool
) -> None:
    """An allowlist counts where the model is chosen, whatever way the name came."""
    agents = {"defaults": {**AGENTS["defaults"], "modelPolicy": {"allow": allow}}}
    models = catalog(client, models=MODELS, agents=agents)
    if is_allowed:
        assert len(models.candidates(ModelChoice(), named)) == 1
    else:
        with pytest.raises(Forbidden, match="modelPolicy"):
            models.candidates(ModelChoice(), named)
    assert models.candidates(ModelChoice(primary="other/big"), None)


def test_agents_have_their_own_policy(client: HttpClient) -> None:
    """An agent's allowlist counts instead of the shared one; an agent without any has the shared one."""
    entries = {"ops": {"modelPolicy": {"allow": ["other/big"]}}, "main": {}}
    agents = {"defaults": {**AGENTS["defaults"], "modelPolicy": {"allow": ["local/tiny"]}}, "entries": entries}
    models = catalog(client, models=MODELS, agents=agents)
    assert models.candidates(ModelChoice(), "other/big", "ops")
    assert models.candidates(ModelChoice(), "local/tiny", "main")
    with pytest.raises(Forbidden, match=r"agents\.entries\.ops\.modelPolicy"):
        models.candidates(ModelChoice(), "local/tiny", "ops")
    with pytest.raises(Forbidden, match=r"agents\.defaults\.modelPolicy"):
        models.candidates(ModelChoice(), "other/big", "main")


def test_agents_without_own_words_share_models(client: HttpClient) -> None:
    """Only an agent that says something of models gets models of its own."""
    entries = {"ops": {"params": {"seed": 1}}, "main": {}, "other": {}}
    models = catalog(client, models=MODELS, agents={**AGENTS, "entries": entries})
    choice = ModelChoice(primary="local/tiny")
    (own,), (main,), (other,) = (models.candidates(choice, None, name) for name in ("ops", "main", "other"))
    assert main is other
    assert own is not main
    assert models.resolve("local/tiny", "ops") is own


async def test_params_of_agents_reach_the_provider(tmp_path: Path, upstream: Upstream) -> None:
    """What an agent says of models in general, and of one, goes before what all agents have."""
    agents = {
        "defaults": {"model": "up/tiny", "params": {"temperature": 0.25, "topP": 0.5}},
        "entries": {
            "main": {},
            "ops": {"params": {"temperature": 0.75}, "models": {"up/tiny": {"params": {"topP": 0.125}}}},
        },
    }
    config = config_for(upstream, agents=agents)
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        for name in ("main", "ops"):
            await gateway.chat("hi", headers={"x-openclaw-agent-id": name})
    told = [(sent.json["temperature"], sent.json["top_p"]) for sent in upstream.requests]
    assert told == [(0.25, 0.5), (0.75, 0.125)]


@pytest.mark.parametrize(
    ("config", "choice", "kind", "words"),
    [
        pytest.param({}, ModelChoice(), ModelNotFound, "set agents.defaults.model", id="nothing configured"),
        pytest.param({}, ModelChoice(primary="no/model"), ModelNotFound, "unknown model 'no/model'", id="unknown"),
        pytest.param({}, ModelChoice(primary="openai/gpt"), ModelAuthFailed, "OPENAI_API_KEY", id="no key"),
    ],
)
async def test_bad_config_shows_when_asked(
    client: HttpClient, config: dict[str, Any], choice: ModelChoice, kind: type[Exception], words: str
) -> None:
    """A choice that cannot work is an error of the turn that says what to set, and not of the start."""
    (model,) = catalog(client, **config).candidates(choice, None)
    with pytest.raises(kind, match=words):
        await model.ask(HI, lambda event: None)


def test_without_a_primary_the_first_listed_model_serves(client: HttpClient) -> None:
    """A config that only lists models means the first of them."""
    assert [ref(model) for model in catalog(client, models=MODELS).candidates(ModelChoice(), None)] == ["local/tiny"]


@pytest.mark.parametrize(
    ("keys", "models", "expected"),
    [
        pytest.param({"gemini": "k", "anthropic": "k"}, {}, "anthropic/claude-sonnet-4-5", id="the first known one"),
        pytest.param({"gemini": "k"}, {"providers": {"openai": {"apiKey": "k"}}}, "openai/gpt-5-mini", id="a key here"),
        pytest.param({"openai": "k"}, MODELS, "local/tiny", id="a listed model comes first"),
        pytest.param({"openai": "k"}, {"mode": "replace"}, "", id="the config stands alone"),
        pytest.param({"mine": "k"}, {}, "", id="an unknown provider"),
        pytest.param({}, {}, "", id="no key"),
    ],
)
def test_a_key_is_enough(client: HttpClient, keys: dict[str, str], models: dict[str, Any], expected: str) -> None:
    """Where nothing says which model to ask, a known provider whose key is there serves with its usual one."""
    config = msgspec.convert({"models": models}, Config)
    assert Catalog.build(config, keys, client).default_ref == expected


def test_the_list(client: HttpClient) -> None:
    """All listed models and the demo, with their aliases."""
    rows = catalog(client, models=MODELS, agents=AGENTS).list()
    assert [row.ref for row in rows][:2] == ["local/tiny", "local/shared"]
    assert [row.alias for row in rows if row.ref == "other/big"] == ["Fast"]
    assert rows[-1].ref == "scripted/demo"


def test_names_by_callers_do_not_pile_up(client: HttpClient) -> None:
    """However many models callers make up, a bounded number is kept."""
    models = catalog(client, models=MODELS)
    built = [models.resolve(f"local/made-up-{number}") for number in range(MAX_KEPT_MODELS + 1)]
    assert models.resolve("local/made-up-0") is built[0]
    assert models.resolve(f"local/made-up-{MAX_KEPT_MODELS}") is not built[-1]
