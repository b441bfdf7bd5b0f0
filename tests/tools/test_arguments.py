"""What tools take: the schema that models see, and how calls are read."""

import re
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.tool import ToolFailure


class Change(Arguments, frozen=True):
    """Words for programmers."""

    old_text: Annotated[str, Meta(description="What is there.")]
    title: str = ""


class Sample(Arguments, frozen=True):
    """One of every kind."""

    path: Annotated[str, Meta(description="A file.")]
    changes: Annotated[tuple[Change, ...], Meta(description="In order.", min_length=1)] = ()
    first: Change | None = None
    offset: Annotated[int, Meta(ge=1, description="A line.")] | None = None
    mode: Literal["all", "some"] = "all"
    env: dict[str, str] | None = None
    is_loud: Annotated[bool, Meta(description="Default: false.")] = False


CHANGE = {
    "type": "object",
    "properties": {"oldText": {"description": "What is there.", "type": "string"}, "title": {"type": "string"}},
    "required": ["oldText"],
    "additionalProperties": False,
}


def test_the_schema_is_plain() -> None:
    """Descriptions, bounds and choices are in it; references, nulls, defaults and our names are not."""
    assert msgspec.json.decode(schema_of(Sample)) == {
        "type": "object",
        "properties": {
            "path": {"description": "A file.", "type": "string"},
            "changes": {"description": "In order.", "type": "array", "minItems": 1, "items": CHANGE},
            "first": CHANGE,
            "offset": {"description": "A line.", "type": "integer", "minimum": 1},
            "mode": {"enum": ["all", "some"], "type": "string"},
            "env": {"type": "object", "additionalProperties": {"type": "string"}},
            "isLoud": {"description": "Default: false.", "type": "boolean"},
        },
        "required": ["path"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        pytest.param({"path": "a"}, Sample(path="a"), id="only what is required"),
        pytest.param(
            {"path": "a", "changes": [{"oldText": "b"}]}, Sample(path="a", changes=(Change(old_text="b"),)), id="a list"
        ),
        pytest.param({"path": "null"}, Sample(path="null"), id="the word null is a text"),
        pytest.param({"path": "a", "offset": None, "mode": None}, Sample(path="a"), id="null for what is optional"),
        pytest.param(
            {"path": "a", "offset": "7", "isLoud": "true"}, Sample(path="a", offset=7, is_loud=True), id="quoted"
        ),
        pytest.param({"path": "a", "offset": 7.0}, Sample(path="a", offset=7), id="a whole number with a point"),
        pytest.param(
            {"path": "a", "changes": '[{"oldText": "b"}]', "env": '{"A": "1"}'},
            Sample(path="a", changes=(Change(old_text="b"),), env={"A": "1"}),
            id="a list and an object as JSON text",
        ),
    ],
)
def test_what_is_meant_is_read(arguments: dict[str, Any], read: Sample) -> None:
    """A call is read as the schema says, and so is what models write although it says otherwise."""
    assert read_arguments(Sample, arguments) == read


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({}, "path is required", id="missing"),
        pytest.param({"path": None}, "path: expected str, got null", id="null for what is required"),
        pytest.param({"path": 5}, "path: expected str, got int", id="another type"),
        pytest.param(
            {"path": "a", "size": 1},
            "unknown parameter 'size'; known are path, changes, first, offset, mode, env, isLoud",
            id="unknown",
        ),
        pytest.param(
            {"path": "a", "changes": [{"oldText": "b", "x": 1}]},
            "changes[0]: unknown parameter 'x'",
            id="unknown inside",
        ),
        pytest.param({"path": "a", "changes": [{}]}, "changes[0]: oldText is required", id="missing inside"),
        pytest.param(
            {"path": "a", "changes": [{"oldText": 1}]}, "changes[0].oldText: expected str, got int", id="inside a list"
        ),
        pytest.param({"path": "a", "changes": "[{"}, "changes: expected array, got str", id="a list as broken text"),
        pytest.param({"path": "a", "offset": 0}, "offset: expected int >= 1", id="out of bounds"),
        pytest.param({"path": "a", "offset": "x"}, "offset: expected int | null, got str", id="no number"),
        pytest.param({"path": "a", "mode": "none"}, "mode: expected one of all, some", id="not among the choices"),
        pytest.param({"path": "a", "env": {"A": 1}}, "env[...]: expected str, got int", id="a value of an object"),
        pytest.param(
            {"path": "a", "x`\n" * 99: 1}, "unknown parameter '" + "x`\\n" * 26 + "x`'; known", id="a hostile name"
        ),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, Any], message: str) -> None:
    """The failure names the field and what was expected, so that the model can call again."""
    with pytest.raises(ToolFailure, match=f"^{re.escape(message)}"):
        read_arguments(Sample, arguments)


def test_a_field_of_several_types_is_a_mistake_of_ours() -> None:
    """Such a schema is accepted by few servers, so no tool may have one."""

    class Mixed(Arguments, frozen=True):
        """A number or a text."""

        value: int | str

    with pytest.raises(ValueError, match="values to unpack"):
        schema_of(Mixed)
