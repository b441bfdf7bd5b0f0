"""JSON Schemas of the structs that bodies are read into and written from."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

import msgspec

REF = "#/components/schemas/{name}"

Field = tuple[str, object] | tuple[str, object, object]


def make_schemas(
    kinds: Iterable[type], fields: Mapping[type, Mapping[str, object]]
) -> tuple[Mapping[type, dict[str, object]], dict[str, object]]:
    """(the schema of each type, a reference for a struct; all components that they refer to).

    fields: by struct and name, types that say more of a field than the struct itself.
    """
    asked = tuple(dict.fromkeys(kinds))
    copier = _Copier(fields)
    schemas, components = msgspec.json.schema_components([copier.copy(kind) for kind in asked], ref_template=REF)
    return dict(zip(asked, schemas, strict=True)), components


class _Copier:
    """Replaces each struct in a type by one that can be shown: without private names, and with the types of `fields`.

    msgspec has no schema for defaults that are JSON text, nor for `object`; the copies have neither.
    """

    def __init__(self, fields: Mapping[type, Mapping[str, object]]) -> None:
        self._fields = fields
        self._copies: dict[type, type] = {}

    def copy(self, kind: object) -> object:
        """The type with all its structs replaced."""
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return Annotated[(self.copy(arguments[0]), *arguments[1:])]
        if origin in (Union, UnionType):
            return reduce(or_, [self.copy(argument) for argument in arguments])
        if origin is not None and origin is not Literal:
            return origin[tuple([argument if argument is ... else self.copy(argument) for argument in arguments])]
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind not in self._copies:
                self._copies[kind] = self._copy_struct(kind)
            return self._copies[kind]
        return msgspec.Raw if kind is object else kind

    def _copy_struct(self, kind: type[msgspec.Struct]) -> type:
        config = kind.__struct_config__
        better = self._fields.get(kind, {})
        originals = msgspec.structs.fields(kind)
        fields = [self._copy_field(field, better.get(field.name)) for field in originals]
        name = kind.__name__.removeprefix("_")
        if name in {copy.__name__ for copy in self._copies.values()}:
            name = kind.__module__.rpartition(".")[2].title().replace("_", "") + name
        return msgspec.defstruct(
            name,
            fields,
            namespace={"__doc__": kind.__doc__, "__module__": kind.__module__},
            rename={field.name: field.encode_name for field in originals},
            tag_field=config.tag_field,
            tag=config.tag,
            forbid_unknown_fields=config.forbid_unknown_fields,
            kw_only=True,
        )

    def _copy_field(self, field: msgspec.structs.FieldInfo, better: object | None) -> Field:
        copy = self.copy(field.type if better is None else better)
        if field.default_factory is not msgspec.NODEFAULT:
            return field.name, copy, msgspec.field(default_factory=field.default_factory)
        if field.default is msgspec.NODEFAULT or not (better is None or _may_be_null(better)):
            return field.name, copy
        return field.name, copy, None if isinstance(field.default, msgspec.Raw) else field.default


def _may_be_null(kind: object) -> bool:
    if get_origin(kind) is Annotated:
        return _may_be_null(get_args(kind)[0])
    return kind in (NoneType, object) or NoneType in get_args(kind)
