"""Walks along the schema."""

from openclaw_gateway.config.shape import find_without_effect


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
