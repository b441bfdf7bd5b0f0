"""Walks along the schema: which keys of a tree have no effect, and whether a path can exist at all."""

from collections.abc import Iterator

from msgspec import inspect

from openclaw_gateway.config.key_path import KeyPath
from openclaw_gateway.config.schema import Config
from openclaw_gateway.config.validate import Fault, unknown_key


def find_without_effect(tree: dict[str, object]) -> Iterator[KeyPath]:
    """Paths of a tree that are accepted and do nothing."""
    yield from _without_effect(inspect.type_info(Config), tree, ())


def find_unknown_key(path: KeyPath) -> Fault | None:
    """What is wrong with a path that no file could have, whatever it says; None for a path that may be set."""
    kinds: list[inspect.Type] = [inspect.type_info(Config)]
    for position, segment in enumerate(path):
        sections = [kind for option in kinds for kind in _plain(option)]
        kinds = [inner for kind in sections for inner in _below(kind, str(segment))]
        if not kinds:
            structs = [kind for kind in sections if isinstance(kind, inspect.StructType)]
            is_open = any(isinstance(kind, inspect.AnyType) for kind in sections)
            return unknown_key(structs[0], str(segment), path[:position]) if structs and not is_open else None
    return None


def _plain(kind: inspect.Type) -> Iterator[inspect.Type]:
    """The types that a value of this type may have, without their wrapping."""
    if isinstance(kind, inspect.Metadata):
        yield from _plain(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for option in kind.types:
            yield from _plain(option)
    else:
        yield kind


def _below(kind: inspect.Type, segment: str) -> list[inspect.Type]:
    match kind:
        case inspect.StructType(fields=fields, tag_field=tag_field):
            if segment == tag_field:
                return [inspect.StrType()]
            return [field.type for field in fields if field.encode_name == segment]
        case inspect.DictType(value_type=inner) | inspect.VarTupleType(item_type=inner):
            return [inner]
        case inspect.AnyType():
            return [kind]
        case _:
            return []


def _without_effect(kind: inspect.Type, value: object, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(kind, inspect.Metadata):
        if kind.extra and kind.extra.get("effect") is False:
            yield path
        else:
            yield from _without_effect(kind.type, value, path)
    elif isinstance(kind, inspect.UnionType):
        for option in kind.types:
            yield from _without_effect(option, value, path)
    else:
        for segment, inner, item in _members(kind, value):
            yield from _without_effect(inner, item, (*path, segment))


def _members(kind: inspect.Type, value: object) -> list[tuple[str | int, inspect.Type, object]]:
    """The members of a value that its type speaks of, each with its type."""
    match kind, value:
        case inspect.StructType(fields=fields), dict():
            return [(f.encode_name, f.type, value[f.encode_name]) for f in fields if f.encode_name in value]
        case inspect.DictType(value_type=inner), dict():
            return [(key, inner, item) for key, item in value.items()]
        case inspect.VarTupleType(item_type=inner), list():
            return [(index, inner, item) for index, item in enumerate(value)]
        case _:
            return []
