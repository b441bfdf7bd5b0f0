"""`ls`: the names in a directory, page by page."""

import asyncio
import heapq
import json
import os
from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import Meta

from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.files.root import NotThere, reach
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

_DEFAULT_NAMES: Final = 500
_MAX_NAMES: Final = 10_000
_LISTED: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Of the result, for what follows the names.
_HINT_CHARS: Final = 1_700


class LsArguments(Arguments, frozen=True):
    """What to list."""

    path: Annotated[str, Meta(description="Directory to list. Default: the working directory.")] = "."
    limit: Annotated[int, Meta(ge=1, description="How many names at most. Default: 500.")] = _DEFAULT_NAMES
    after: Annotated[str, Meta(description="Go on after this name, the last one of the page before.")] | None = None


class LsTool:
    """Keeps no more names than it shows, however many there are."""

    name: Final = "ls"
    description: Final = (
        "List a directory: one JSON string per line, directories end with /. Hidden names are included."
    )
    parameters: Final = schema_of(LsArguments)
    is_parallel: Final = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The names in order, without regard to case. Raises ToolFailure."""
        asked = read_arguments(LsArguments, arguments)
        return await asyncio.to_thread(_list, asked, context)


def _list(asked: LsArguments, context: ToolContext) -> ToolResult:
    limit = min(asked.limit, _MAX_NAMES)
    after = None if asked.after is None else _order(asked.after.removesuffix("/"))
    with reach(context.place, asked.path) as spot:
        try:
            directory = os.open(spot.name, _LISTED, dir_fd=spot.directory)
        except FileNotFoundError as error:
            raise NotThere(f"Directory not found: {spot.shown}.") from error
        except NotADirectoryError as error:
            raise ToolFailure(f"{spot.shown} is not a directory; look at it with read") from error
        try:
            with os.scandir(directory) as entries:
                found = ((_order(entry.name), entry.is_dir(follow_symlinks=False)) for entry in entries)
                page = heapq.nsmallest(limit + 1, (named for named in found if after is None or named[0] > after))
        finally:
            os.close(directory)
    return _show(page, limit, max(1, context.max_result_chars - _HINT_CHARS))


def _order(name: str) -> tuple[str, str]:
    return name.lower(), name


def _show(page: list[tuple[tuple[str, str], bool]], limit: int, max_chars: int) -> ToolResult:
    if not page:
        return ToolResult.of_text("(no names)")
    lines: list[str] = []
    left = max_chars
    for (_, name), is_directory in page[:limit]:
        line = _quote(name + "/" * is_directory)
        left -= len(line) + 1
        if left < 0 and lines:
            break
        lines.append(line)
    if len(lines) < len(page):
        last = page[len(lines) - 1][0][1]
        lines.append(f"[More names follow: go on with after={_quote(last)}.]")
    return ToolResult.of_text("\n".join(lines))


def _quote(name: str) -> str:
    """A JSON string without line breaks, bytes that are no text, and letters that play with their neighbours."""
    return json.dumps(name, ensure_ascii=not name.isprintable())
