"""`read`: a text file or a part of it, or a picture."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from typing import Annotated, Final

from msgspec import Meta

from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.files.excerpt import Excerpt, cut_excerpt
from openclaw_gateway.tools.files.pictures import (
    MAX_PICTURE_BYTES,
    PICTURE_TYPES,
    read_picture,
    refuse_blind,
    show_pictures,
)
from openclaw_gateway.tools.files.root import NotThere, open_file, show_path
from openclaw_gateway.tools.files.text_file import UTF8_MARK, name_binary
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

_PIECE_BYTES: Final = 256 * 1024
# The thread that counts lines cannot be cancelled.
_MAX_PASSED_BYTES: Final = 1024 * 1024 * 1024
# Of the result, for what follows the text.
_HINT_CHARS: Final = 200


class ReadArguments(Arguments, frozen=True):
    """What to read."""

    path: Annotated[str, Meta(description="File to read: relative to the working directory, absolute, or with ~/.")]
    offset: Annotated[int, Meta(ge=1, description="First line to read, from 1.")] | None = None
    limit: Annotated[int, Meta(ge=1, description="How many lines. Default: as many as fit.")] | None = None
    cursor: (
        Annotated[int, Meta(ge=0, description="Character in the first line to start at, for very long lines.")] | None
    ) = None
    optional: Annotated[bool, Meta(description="A missing file is no error. Default: false.")] = False


class ReadTool:
    """Never loads more of a file than it shows."""

    name: Final = "read"
    description: Final = (
        "Read a text file, or look at a picture (PNG, JPEG, GIF, WebP). Long files come in parts; the end of each says "
        "how to go on."
    )
    parameters: Final = schema_of(ReadArguments)
    is_parallel: Final = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The text, or the picture. Raises ToolFailure."""
        asked = read_arguments(ReadArguments, arguments)
        try:
            return await asyncio.to_thread(_read, asked, context)
        except NotThere:
            if not asked.optional:
                raise
            return ToolResult.of_text(f"Optional file not found: {asked.path}.")


def _read(asked: ReadArguments, context: ToolContext) -> ToolResult:
    with open_file(context.place, asked.path) as (file, _):
        beginning = os.read(file, _PIECE_BYTES)
        kind = name_binary(beginning)
        if kind in PICTURE_TYPES:
            shown = show_path(context.place, asked.path)
            if not context.sees_images:
                raise refuse_blind(shown, kind)
            return show_pictures(((asked.path, read_picture(file, beginning, kind, shown, MAX_PICTURE_BYTES)),))
        if kind is not None:
            raise ToolFailure(f"{show_path(context.place, asked.path)} is not shown: it is {kind}")
        max_chars = max(1, context.max_result_chars - _HINT_CHARS)
        excerpt = cut_excerpt(
            _pieces(file, beginning.removeprefix(UTF8_MARK)),
            line=asked.offset or 1,
            cursor=asked.cursor or 0,
            max_lines=asked.limit,
            max_chars=max_chars,
        )
    return ToolResult.of_text(excerpt.text + _hint(excerpt))


def _pieces(file: int, beginning: bytes) -> Iterator[bytes]:
    piece, passed = beginning, 0
    while piece:
        yield piece
        passed += len(piece)
        if passed > _MAX_PASSED_BYTES:
            raise ToolFailure(f"that is more than {_MAX_PASSED_BYTES} bytes into the file; use a command")
        piece = os.read(file, _PIECE_BYTES)


def _hint(excerpt: Excerpt) -> str:
    notes: list[str] = []
    if excerpt.next_cursor:
        notes.append(f"The line goes on: read on with offset={excerpt.next_line} cursor={excerpt.next_cursor}.")
    elif excerpt.next_line:
        notes.append(f"More lines follow: read on with offset={excerpt.next_line}.")
    if excerpt.is_lossy:
        notes.append("Some bytes are not UTF-8; they are shown as \ufffd.")
    return f"\n[{' '.join(notes)}]" if notes else ""
