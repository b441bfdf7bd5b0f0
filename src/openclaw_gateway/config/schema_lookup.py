"""One place of the config's JSON Schema, with what is below it: for forms that show the config piece by piece."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from openclaw_gateway.config.json_schema import Schema
from openclaw_gateway.config.key_path import KeyPath
from openclaw_gateway.config.reload import is_hot

ReloadKind = Literal["restart", "hot", "none"]

# Any key of a map, in a path.
ANY_KEY: Final = "*"
_ROOT_NAME: Final = "."
_NO_EFFECT: Final = "Accepted, so that files of the original load"
_REF: Final = "#/definitions/"
# What describes a value itself; the parts below it are children.
_BELOW: Final = frozenset(("properties", "additionalProperties", "items", "definitions", "anyOf", "$schema"))


class Child(msgspec.Struct, frozen=True):
    """A key below a place. type: as in JSON Schema, None where there is a choice of types."""

    key: str
    path: str
    reload_kind: ReloadKind
    has_children: bool
    type: object


class Place(msgspec.Struct, frozen=True):
    """A place of the schema. schema: of the value itself, without what is below; children: its keys."""

    path: str
    schema: Schema
    reload_kind: ReloadKind
    children: tuple[Child, ...]


def look_up_place(schema: Schema, path: KeyPath) -> Place | None:
    """The place of a path, with `*` or any name for a key of a map; None where the config has none.

    schema: the one of the whole file.
    """
    definitions = schema.get("definitions")
    known = definitions if isinstance(definitions, dict) else {}
    here: Schema = schema
    for segment in path:
        below = dict(_keys(here)).get(str(segment)) or _any_key(here)
        if below is None:
            return None
        here = _resolve(below, known)
    return Place(
        _spell(path),
        {name: value for name, value in here.items() if name not in _BELOW},
        _reload_kind(path, here),
        tuple(_children(here, path, known)),
    )


def _children(here: Schema, path: KeyPath, known: Mapping[str, object]) -> Iterator[Child]:
    below = list(_keys(here))
    every = _any_key(here)
    if every is not None:
        below.append((ANY_KEY, every))
    for key, written in below:
        child = _resolve(written, known)
        place = (*path, key)
        has_children = any(True for _ in _keys(child)) or _any_key(child) is not None
        yield Child(key, _spell(place), _reload_kind(place, child), has_children, child.get("type"))


def _keys(here: Schema) -> Iterator[tuple[str, object]]:
    properties = here.get("properties")
    if isinstance(properties, dict):
        yield from ((key, below) for key, below in properties.items() if not key.startswith("$"))


def _any_key(here: Schema) -> object | None:
    """What a key of a map, or an entry of a list, may be."""
    every = here.get("additionalProperties") or here.get("items")
    return every if isinstance(every, dict) else None


def _resolve(written: object, known: Mapping[str, object]) -> Schema:
    """A schema without reference; of a choice the form that has keys, because the others are shorthands of it."""
    here = dict(written) if isinstance(written, dict) else {}
    reference = here.pop("$ref", None)
    if isinstance(reference, str):
        return _resolve(known.get(reference.removeprefix(_REF)), known)
    options = here.get("anyOf")
    if isinstance(options, list):
        resolved = [_resolve(option, known) for option in options]
        full = next((option for option in resolved if "properties" in option or "items" in option), None)
        if full is not None:
            return {**full, **{name: value for name, value in here.items() if name not in _BELOW}}
    return here


def _reload_kind(path: KeyPath, here: Schema) -> ReloadKind:
    if str(here.get("description", "")).startswith(_NO_EFFECT):
        return "none"
    return "hot" if is_hot(path) else "restart"


def _spell(path: KeyPath) -> str:
    return ".".join(map(str, path)) or _ROOT_NAME
