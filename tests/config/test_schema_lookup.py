"""Places of the config's schema."""

import pytest

from openclaw_gateway.config.json_schema import json_schema
from openclaw_gateway.config.key_path import KeyPath, parse_key_path
from openclaw_gateway.config.schema_lookup import look_up_place


@pytest.mark.parametrize(
    ("path", "kind", "some_child"),
    [
        pytest.param("agents", "hot", "agents.defaults", id="a section"),
        pytest.param("agents.entries", "hot", "agents.entries.*", id="a map"),
        pytest.param("agents.entries.*", "hot", "agents.entries.*.model", id="any key of it"),
        pytest.param(
            "agents.entries.ops.model", "hot", "agents.entries.ops.model.primary", id="a shorthand's full form"
        ),
        pytest.param("models.providers.*.models", "hot", "models.providers.*.models.*", id="a list"),
        pytest.param("models.providers.x.models[0].id", "hot", None, id="a value below a list"),
        pytest.param("gateway.bind", "restart", None, id="a value for a restart"),
        pytest.param("session.mainKey", "none", None, id="one without effect"),
    ],
)
def test_places(path: str, kind: str, some_child: str | None) -> None:
    """A place has its own schema, says what a change of it takes, and lists its keys with their whole paths."""
    place = look_up_place(json_schema(), parse_key_path(path))
    assert place is not None
    assert place.reload_kind == kind
    assert "properties" not in place.schema
    assert not str(place.schema).count("$ref")
    paths = [child.path for child in place.children]
    assert (some_child in paths) if some_child else paths == []


@pytest.mark.parametrize("path", ["nosuch", "agents.nosuch", "gateway.bind.x"])
def test_no_place(path: str) -> None:
    """A path that the config has not leads nowhere."""
    assert look_up_place(json_schema(), parse_key_path(path)) is None


def test_every_child_is_a_place() -> None:
    """Whoever follows the children reaches the whole config, and nothing else."""
    schema, seen = json_schema(), 0
    waiting: list[KeyPath] = [()]
    while waiting:
        path = waiting.pop()
        place = look_up_place(schema, path)
        assert place is not None, path
        seen += 1
        waiting += [(*path, child.key) for child in place.children if len(path) < 5]
        assert all(child.has_children or look_up_place(schema, (*path, child.key)) for child in place.children)
    assert seen > 300
