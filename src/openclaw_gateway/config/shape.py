"""Walks along the schema: which keys of a tree have no effect, and whether a path can exist at all."""

from collections.abc import Iterator

from msgspec import inspect

from openclaw_gateway.config.key_path import KeyPath
from openclaw_gateway.config.schema import Config


def find_without_effect(tree: dict[str, object]) -> Iterator[KeyPath]:
    """Paths of a tree that are accepted and do nothing."""
    yield from _without_effect(inspect.type_info(Config), tree, ())


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
