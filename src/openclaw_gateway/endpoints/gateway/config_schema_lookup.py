"""`config.schema.lookup`: one place of the config's schema, for forms that ask piece by piece."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import msgspec

from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import InvalidRequest

if TYPE_CHECKING:
    from openclaw_gateway.config.schema_lookup import Child, Place

_Path = Annotated[str, msgspec.Meta(min_length=1, max_length=1024, pattern=r"^[A-Za-z0-9_./\[\]\-*]+$")]


class ConfigSchemaLookupParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which place: dots and brackets, `*` for any key of a map, `.` for the whole file."""

    path: _Path


async def config_schema_lookup(call: Call[ConfigSchemaLookupParams]) -> dict[str, object]:
    """The schema of the value there, whether a change of it needs a restart, and the keys below it."""
    place = await asyncio.to_thread(_find, call.params.path)
    if place is None:
        raise InvalidRequest(f"config schema path not found: {call.params.path}", param="path")
    return {
        "path": place.path,
        "schema": place.schema,
        "reloadKind": place.reload_kind,
        "children": [_tell(child) for child in place.children],
    }


def _find(path: str) -> "Place | None":
    from openclaw_gateway.config.json_schema import json_schema
    from openclaw_gateway.config.key_path import parse_key_path
    from openclaw_gateway.config.schema_lookup import look_up_place

    try:
        parsed = () if path == "." else parse_key_path(path)
    except ValueError as error:
        raise InvalidRequest(str(error), param="path") from error
    return look_up_place(json_schema(), parsed)


def _tell(child: "Child") -> dict[str, object]:
    told: dict[str, object] = {
        "key": child.key,
        "path": child.path,
        "required": False,  # an included file may bring it
        "hasChildren": child.has_children,
        "reloadKind": child.reload_kind,
    }
    if child.type is not None:
        told["type"] = child.type
    return told
