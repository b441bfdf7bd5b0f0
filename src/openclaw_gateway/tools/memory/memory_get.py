"""`memory_get`: some lines of a note."""

import asyncio
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.files.root import NotThere
from openclaw_gateway.tools.memory.notes import name_note, read_note
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

MAX_CHARS: Final = 12_000
DEFAULT_LINES: Final = 120
# Of a result, for what is around the text.
_FRAME_CHARS: Final = 500


class MemoryGetArguments(Arguments, frozen=True, rename={"from_line": "from"}):
    """Which lines of which note."""

    path: Annotated[str, Meta(description="MEMORY.md, USER.md or a note such as memory/YYYY-MM-DD.md.")]
    from_line: Annotated[int, Meta(ge=1, description="First line, from 1.")] | None = None
    lines: Annotated[int, Meta(ge=1, description=f"How many lines. Default: {DEFAULT_LINES}.")] | None = None
    corpus: Annotated[
        Literal["memory", "wiki", "all"], Meta(description="Default: memory; there is no other here.")
    ] = "memory"


class MemoryGetResult(msgspec.Struct, frozen=True, omit_defaults=True, rename={"from_line": "from"}):
    """The lines. lines: how many they are; truncated: more follow."""

    status: Literal["ok", "not_found"]
    text: str
    path: str
    from_line: int | None = None
    lines: int | None = None
    truncated: bool = False


class MemoryGetTool:
    """Reads notes where the session works, and nothing else there."""

    name: Final = "memory_get"
    description: Final = (
        "Read lines of MEMORY.md, USER.md or a note under memory/, such as memory_search names; no other files."
    )
    parameters: Final = schema_of(MemoryGetArguments)
    is_parallel: Final = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The lines, as JSON; a note that is not there is told by `status`. Raises ToolFailure."""
        asked = read_arguments(MemoryGetArguments, arguments)
        name = name_note(asked.path)
        if name is None:
            raise ToolFailure("only MEMORY.md, USER.md and memory/**/*.md are notes; use read for other files")
        room = min(MAX_CHARS, max(100, context.max_result_chars - _FRAME_CHARS))
        result = await asyncio.to_thread(_read, context.place.folder, name, asked, room)
        return ToolResult.of_text(msgspec.json.encode(result).decode(), details=result)


def _read(folder: Path, name: str, asked: MemoryGetArguments, max_chars: int) -> MemoryGetResult:
    try:
        text = read_note(folder, name)
    except NotThere:
        return MemoryGetResult("not_found", "", name)
    first = asked.from_line or 1
    lines = text.splitlines()[first - 1 :]
    wanted = lines[: asked.lines or DEFAULT_LINES]
    # Counted as JSON has them, since that is what the model reads.
    sizes = accumulate([len(msgspec.json.encode(line).decode()) for line in wanted])
    fitting = sum([size <= max_chars for size in sizes])
    if wanted and not fitting:
        return MemoryGetResult("ok", wanted[0][: max_chars // 2], name, first, 1, truncated=True)
    shown = wanted[:fitting]
    return MemoryGetResult("ok", "\n".join(shown), name, first, len(shown), truncated=len(shown) < len(lines))
