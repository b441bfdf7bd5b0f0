"""Walks along the schema."""

import pytest

from openclaw_gateway.config.key_path import format_key_path, parse_key_path
from openclaw_gateway.config.shape import find_unknown_key, find_without_effect


def test_keys_without_effect_are_found() -> None:
    """Keys of parts that are not here are named where they stand, also inside maps and lists."""
    tree: dict[str, object] = {
        "channels": {"x": {}},
        "gateway": {"nodes": {}, "port": 1},
        "models": {"providers": {"p": {"region": "eu", "models": [{"id": "m", "agentRuntime": {}}]}}},
    }
    assert sorted(map(str, find_without_effect(tree))) == sorted(
        map(
            str,
            [
                ("channels",),
                ("gateway", "nodes"),
                ("models", "providers", "p", "region"),
                ("models", "providers", "p", "models", 0, "agentRuntime"),
            ],
        )
    )


@pytest.mark.parametrize(
    ("path", "holder", "nearest"),
    [
        pytest.param("gateway.prt", "gateway", "port", id="near miss"),
        pytest.param("gatewy.port", "<root>", "gateway", id="at the top"),
        pytest.param("gateway.http.endpoint.chatCompletions", "gateway.http", "endpoints", id="on the way"),
        pytest.param("models.providers.x.models[0].ids", "models.providers.x.models[0]", "id", id="below map and list"),
        pytest.param(
            "agents.entries.main.default", "agents.entries.main", "agents.defaults.systemAgent.agentId", id="moved"
        ),
    ],
)
def test_paths_that_no_file_has(path: str, holder: str, nearest: str | None) -> None:
    """A path that cannot be set is told with the section that lacks the key and the key that was meant."""
    fault = find_unknown_key(parse_key_path(path))
    assert fault is not None
    assert (format_key_path(fault.path), fault.nearest) == (holder, nearest)


@pytest.mark.parametrize(
    "path",
    [
        "gateway",
        "gateway.port",
        "models.providers.x.models[0].id",
        "agents.defaults.params.anything.below",
        "channels.telegram.token",
        "secrets.providers.v.source",
        "secrets.providers.v.path",
        "agents.defaults.model.primary",
    ],
)
def test_paths_that_may_be_set(path: str) -> None:
    """A path that the schema has, also through maps, lists, unions and parts that are not checked, is not refused."""
    assert find_unknown_key(parse_key_path(path)) is None
