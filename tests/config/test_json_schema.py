"""The JSON Schema of the file."""

import msgspec
import pytest

from openclaw_gateway.config.json_schema import DRAFT, json_schema


def _at(schema: object, *path: str) -> object:
    for name in path:
        assert isinstance(schema, dict), path
        schema = schema[name]
    return schema


def test_the_schema_is_one_document_of_draft_07() -> None:
    """Every reference leads to a definition, and nothing of a later draft is in it."""
    schema = json_schema()
    assert schema["$schema"] == DRAFT
    text = msgspec.json.encode(schema).decode()
    definitions = _at(schema, "definitions")
    assert isinstance(definitions, dict)
    references = {part.partition('"')[0] for part in text.split('"$ref":"')[1:]}
    assert references <= {f"#/definitions/{name}" for name in definitions}
    assert "$defs" not in text
    assert '{"type":"null"}' not in text
    assert str(schema["description"]).startswith("The configuration of an OpenClaw gateway")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param(
            ("Gateway", "properties", "port"), {"type": "integer", "minimum": 1, "maximum": 65535}, id="range"
        ),
        pytest.param(("Gateway", "additionalProperties"), False, id="strict"),
        pytest.param(("RateLimit", "properties", "maxAttempts", "default"), 10, id="default"),
        pytest.param(("Auth", "properties", "mode", "enum"), ["none", "password", "token", "trusted-proxy"], id="set"),
        pytest.param(
            ("Provider", "properties", "apiKey", "anyOf"),
            [{"type": "string"}, {"$ref": "#/definitions/SecretRef"}],
            id="a secret may be a reference",
        ),
        pytest.param(("ModelChoice", "anyOf"), None, id="a model may be a text"),
    ],
)
def test_the_schema_speaks_of_the_file(path: tuple[str, ...], expected: object) -> None:
    """What a person may write is what the schema says."""
    found = _at(json_schema(), "definitions", *path)
    if expected is None:
        assert isinstance(found, list)
        assert {"type": "string"} in found
    else:
        assert found == expected
