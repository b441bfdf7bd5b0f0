"""JSON Schemas of the structs that bodies are read into and written from."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from types import GenericAlias, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

import msgspec

REF = "#/components/schemas/{name}"


def make_schemas(kinds: Iterable[type]) -> tuple[Mapping[type, dict[str, object]], dict[str, object]]:
    """(the schema of each type, a reference for a struct; all components that they refer to)."""
    asked = tuple(dict.fromkeys(kinds))
    known: dict[type, type] = {}
    schemas, components = msgspec.json.schema_components([_plain(kind, known) for kind in asked], ref_template=REF)
    return dict(zip(asked, schemas, strict=True)), components


def _plain(kind: object, known: dict[type, type]) -> object:
    """The type with each of its structs replaced by one that can be shown."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return Annotated[(_plain(arguments[0], known), *arguments[1:])]
    if origin in (Union, UnionType):
        return reduce(or_, [_plain(argument, known) for argument in arguments])
    if origin is not None and origin is not Literal:
        plain = tuple([argument if argument is ... else _plain(argument, known) for argument in arguments])
        return GenericAlias(origin, plain)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return known.get(kind) or known.setdefault(kind, _plain_struct(kind, known))
    return msgspec.Raw if kind is object else kind  # anything, for which only Raw has a schema


def _plain_struct(kind: type[msgspec.Struct], known: dict[type, type]) -> type:
    """A copy without what only the code needs: private names, and defaults that are JSON text and have no schema."""
    fields = msgspec.structs.fields(kind)
    config = kind.__struct_config__
    plain_fields = [_plain_field(field, known) for field in fields]
    name = kind.__name__.removeprefix("_")
    if name in {other.__name__ for other in known.values()}:
        name = kind.__module__.rpartition(".")[2].title().replace("_", "") + name
    return msgspec.defstruct(
        name,
        plain_fields,
        namespace={"__doc__": kind.__doc__, "__module__": kind.__module__},
        rename={field.name: field.encode_name for field in fields},
        tag_field=config.tag_field,
        tag=config.tag,
        forbid_unknown_fields=config.forbid_unknown_fields,
        kw_only=True,
    )


def _plain_field(
    field: msgspec.structs.FieldInfo, known: dict[type, type]
) -> tuple[str, object] | tuple[str, object, object]:
    plain = _plain(field.type, known)
    if field.default_factory is not msgspec.NODEFAULT:
        return field.name, plain, msgspec.field(default_factory=field.default_factory)
    if field.default is msgspec.NODEFAULT:
        return field.name, plain
    return field.name, plain, None if isinstance(field.default, msgspec.Raw) else field.default
