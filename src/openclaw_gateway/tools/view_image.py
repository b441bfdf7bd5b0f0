"""`view_image`: pictures of the working directory before the eyes of the model."""

import asyncio
import os
from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from openclaw_gateway.messages import ImagePart, TextPart
from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.files.pictures import (
    MAX_PICTURE_BYTES,
    PICTURE_TYPES,
    read_picture,
    refuse_blind,
    show_pictures,
)
from openclaw_gateway.tools.files.root import open_file, show_path
from openclaw_gateway.tools.files.text_file import name_binary
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

_MAX_PICTURES: Final = 20
_BEGINNING_BYTES: Final = 4096
# Of all pictures of a call: what a request to a provider may hold, with room for the rest of it.
_MAX_TOTAL_BYTES: Final = 15_000_000


class ViewImageArguments(Arguments, frozen=True):
    """Which pictures, and what to look for."""

    path: Annotated[str, Meta(description="A picture: PNG, JPEG, GIF or WebP.")] | None = None
    paths: Annotated[tuple[str, ...], Meta(max_length=_MAX_PICTURES, description="Several pictures.")] = ()
    prompt: Annotated[str, Meta(description="What to look for.")] | None = None
    max_bytes_mb: Annotated[float, Meta(gt=0, description="Refuse larger files.")] | None = None
    max_images: Annotated[int, Meta(ge=1, le=_MAX_PICTURES, description="Refuse more pictures.")] = _MAX_PICTURES


class ViewImageTool:
    """The files are passed on as they are, never decoded."""

    name: Final = "view_image"
    description: Final = "Look at one or more pictures in files."
    parameters: Final = schema_of(ViewImageArguments)
    is_parallel: Final = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The pictures, each under its path, and the prompt. Raises ToolFailure."""
        asked = read_arguments(ViewImageArguments, arguments)
        paths = tuple(dict.fromkeys((*([] if asked.path is None else [asked.path]), *asked.paths)))
        if not paths:
            raise ToolFailure("path or paths is required")
        if len(paths) > asked.max_images:
            raise ToolFailure(
                f"{len(paths)} pictures are more than the {asked.max_images} that may be looked at at once"
            )
        max_bytes = MAX_PICTURE_BYTES
        if asked.max_bytes_mb is not None:
            max_bytes = min(max_bytes, int(asked.max_bytes_mb * 1_000_000))
        pictures = await asyncio.to_thread(_read_all, paths, max_bytes, context)
        shown = show_pictures(pictures)
        return ToolResult((*shown.content, TextPart(asked.prompt))) if asked.prompt else shown


def _read_all(paths: tuple[str, ...], max_bytes: int, context: ToolContext) -> tuple[tuple[str, ImagePart], ...]:
    pictures: list[tuple[str, ImagePart]] = []
    bytes_left = _MAX_TOTAL_BYTES
    for path in paths:
        picture = _read(path, max_bytes, context)
        bytes_left -= len(picture.data) // 4 * 3
        if bytes_left < 0:
            raise ToolFailure(f"The pictures are larger than {_MAX_TOTAL_BYTES} bytes together; look at fewer of them")
        pictures.append((path, picture))
    return tuple(pictures)


def _read(path: str, max_bytes: int, context: ToolContext) -> ImagePart:
    shown = show_path(context.place, path)
    with open_file(context.place, path) as (file, _):
        beginning = os.read(file, _BEGINNING_BYTES)
        kind = name_binary(beginning)
        if kind not in PICTURE_TYPES:
            raise ToolFailure(f"{shown} is no picture of a known kind (PNG, JPEG, GIF, WebP)")
        if not context.sees_images:
            raise refuse_blind(shown, kind)
        return read_picture(file, beginning, kind, shown, max_bytes)
