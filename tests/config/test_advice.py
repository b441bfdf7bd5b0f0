"""What is valid and probably a slip."""

import pytest

from openclaw_gateway.config.advice import advise
from openclaw_gateway.config.key_path import format_key_path
from openclaw_gateway.config.schema import Config
from openclaw_gateway.config.validate import validate


def _config(tree: dict[str, object]) -> Config:
    config = validate(tree)
    assert isinstance(config, Config)
    return config


def _provider(**fields: object) -> dict[str, object]:
    return {"models": {"providers": {"mine": fields}}}


@pytest.mark.parametrize(
    ("tree", "path", "nearest"),
    [
        pytest.param(
            {"agents": {"defaults": {"model": {"primary": "opnai/gpt-5"}}}},
            "agents.defaults.model.primary",
            "openai",
            id="default model",
        ),
        pytest.param(
            {"agents": {"defaults": {"model": {"primary": "openai/x", "fallbacks": ["nosuch/x"]}}}},
            "agents.defaults.model.fallbacks[0]",
            None,
            id="fallback",
        ),
        pytest.param(
            {"agents": {"entries": {"ops": {"model": {"primary": "antropic/x"}}}}},
            "agents.entries.ops.model.primary",
            "anthropic",
            id="an agent's own model",
        ),
        pytest.param(_provider(baseUrl="ftp://host/v1"), "models.providers.mine.baseUrl", None, id="another protocol"),
        pytest.param(_provider(baseUrl="host:1234/v1"), "models.providers.mine.baseUrl", None, id="no protocol"),
        pytest.param(
            _provider(baseUrl="http://host", models=[{"id": "m", "baseUrl": "http://"}]),
            "models.providers.mine.models[0].baseUrl",
            None,
            id="no host, of one model",
        ),
    ],
)
def test_slips_are_told_with_their_place(tree: dict[str, object], path: str, nearest: str | None) -> None:
    """A model of a provider that is not there, and an address that is none, are told, with what was probably meant."""
    (fault,) = advise(_config(tree))
    assert (format_key_path(fault.path), fault.nearest) == (path, nearest)


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"agents": {"defaults": {"model": {"primary": "scripted/demo"}}}}, id="the demo"),
        pytest.param({"agents": {"defaults": {"model": {"primary": "gemini/x"}}}}, id="a known provider"),
        pytest.param({"agents": {"defaults": {"model": {"primary": "gpt-5"}}}}, id="a name without a provider"),
        pytest.param(
            {"agents": {"defaults": {"model": {"primary": "a/b"}, "models": {"openai/x": {"alias": "A/B"}}}}},
            id="an alias with a slash",
        ),
        pytest.param({"agents": {"defaults": {"model": {"primary": "${MODEL}/x"}}}}, id="a variable that is missing"),
        pytest.param(_provider(baseUrl="HTTPS://[::1]:8080/v1"), id="a good address"),
    ],
)
def test_what_is_right_is_not_told(tree: dict[str, object]) -> None:
    """Valid choices bring no advice."""
    assert list(advise(_config(tree))) == []
