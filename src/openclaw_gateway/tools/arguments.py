"""The arguments of a tool: one struct, from which come both what the model is shown and what a call may bring.

class LsArguments(Arguments, frozen=True):
    path: Annotated[str, Meta(description="The folder. Default: the working directory.")] | None = None

parameters = schema_of(LsArguments)
read_arguments(LsArguments, {"path": "src"}).path == "src"
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, TypeVar, cast

import msgspec

from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.tools.tool import ToolFailure

Schema = dict[str, object]

# Providers' validators and the grammars of local servers know few words. A default is told in the description.
_UNSAID: Final = frozenset(("title", "default", "$defs", "$ref", "anyOf"))
_PLACE: Final = re.compile(r"(?P<fault>.*?)(?: - at `(?:key in )?\$\.?(?P<place>.*)`)?", re.DOTALL)
_FIELD: Final = re.compile(r"Object (?P<fault>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_MAX_QUOTED_CHARS = 80


class Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """What one tool takes. Objects within it are of this kind, too."""


Read = TypeVar("Read", bound=Arguments)


@cache
def schema_of(struct: type[Arguments]) -> msgspec.Raw:
    """Its JSON Schema: nested objects, lists, enums and plain values with their descriptions.

    There are no references, no nulls and no defaults in it; enums are of strings. Raises ValueError for a field of
    several types.
    """
    schema = cast("Schema", msgspec.json.schema(struct))
    return msgspec.Raw(msgspec.json.encode(_flatten(schema, cast("dict[str, Schema]", schema["$defs"]))))


def read_arguments(struct: type[Read], arguments: Mapping[str, object]) -> Read:
    """The arguments of a call. Raises ToolFailure that names the field and says what it should have been.

    What can mean only one thing is taken although it is not what the schema says, because models write it: null for
    what is optional, a number or a truth value in quotes, a list or an object as JSON text.
    """
    try:
        return msgspec.convert(arguments, struct, strict=False)
    except msgspec.ValidationError:
        pass  # told only if mending does not help
    try:
        return msgspec.convert(_mend(struct, arguments), struct, strict=False)
    except msgspec.ValidationError as error:
        raise ToolFailure(_explain(struct, str(error))) from error


def _flatten(node: Schema, definitions: Mapping[str, Schema]) -> Schema:
    if "$ref" in node:
        named = definitions[str(node["$ref"]).rpartition("/")[2]]
        # The docstring of a struct speaks to programmers; what a model reads stands on the field.
        node = {**{key: value for key, value in named.items() if key != "description"}, **node}
    if "anyOf" in node:
        (only,) = [option for option in cast("list[Schema]", node["anyOf"]) if option != {"type": "null"}]
        node = {**_flatten(only, definitions), **node}
    flat: Schema = {}
    for key, value in node.items():
        if key == "properties":
            fields = cast("dict[str, Schema]", value)
            flat[key] = {name: _flatten(field, definitions) for name, field in fields.items()}
        elif key not in _UNSAID:
            flat[key] = _flatten(value, definitions) if isinstance(value, dict) else value
    if "enum" in flat:
        flat["type"] = "string"
    return flat


def _mend(struct: type[Arguments], arguments: Mapping[str, object]) -> dict[str, object]:
    schema = _decode_schema(struct)
    mended: dict[str, object] = {}
    for name, value in arguments.items():
        if value is None and name not in schema.required:
            continue
        is_text_of_json = isinstance(value, str) and schema.kind_of(name) in ("array", "object")
        mended[name] = _decode_or_keep(value) if is_text_of_json else value
    return mended


def _decode_or_keep(text: object) -> object:
    try:
        return msgspec.json.decode(str(text))
    except JSON_ERRORS:
        return text


def _explain(struct: type[Arguments], told: str) -> str:
    """The library's sentence in the form `edits[0].oldText: expected str, got int`."""
    found = _PLACE.fullmatch(told)
    assert found is not None  # the pattern takes any text
    fault, place = found["fault"], found["place"] or ""
    prefix = f"{place}: " if place else ""
    if field := _FIELD.fullmatch(fault):
        name = field["name"][:_MAX_QUOTED_CHARS]
        if field["fault"] == "missing required":
            return f"{prefix}{name} is required"
        known = "" if place else f"; known are {', '.join(_decode_schema(struct).properties)}"
        return f"{prefix}unknown parameter {name!r}{known}"
    if fault.startswith("Invalid enum value") and (choices := _decode_schema(struct).choices_of(place)):
        return f"{prefix}expected one of {', '.join(choices)}"
    return prefix + fault.replace("`", "").replace("Expected", "expected", 1)


class _Field(msgspec.Struct, frozen=True):
    type: str = ""
    enum: tuple[str, ...] = ()


class _Schema(msgspec.Struct, frozen=True):
    properties: dict[str, _Field] = {}
    required: tuple[str, ...] = ()

    def kind_of(self, name: str) -> str:
        """The JSON type of a field; "" for one that is not known."""
        return self.properties.get(name, _Field()).type

    def choices_of(self, name: str) -> tuple[str, ...]:
        """What a field may be; () where there is no such list."""
        return self.properties.get(name, _Field()).enum


def _decode_schema(struct: type[Arguments]) -> _Schema:
    return msgspec.json.decode(schema_of(struct), type=_Schema)
