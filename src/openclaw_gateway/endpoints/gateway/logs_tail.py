"""`logs.tail`: the end of the gateway's log, and from a cursor on what came since."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec

from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import NotFound
from openclaw_gateway.journal import Tail, is_log_line, read_tail


class LogsTailParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """cursor: of the answer before; None for the newest lines. limit: lines. max_bytes: of the file to read."""

    cursor: Annotated[int, msgspec.Meta(ge=0)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=5000)] = 500
    max_bytes: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 250_000


class LogsTailResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """file: its name without the folder. reset: the file is another one now, or too much came since the cursor."""

    file: str
    cursor: int
    size: int
    lines: list[str]
    truncated: bool = False
    reset: bool = False
    skipped_bytes: int | None = None


async def logs_tail(call: Call[LogsTailParams]) -> LogsTailResult:
    """Read the lines on a thread; secrets were taken out when they were written.

    A line that no log wrote is not told: the file may be another one now.
    """
    params, path = call.params, call.services.log_file
    if path is None:
        raise NotFound("the gateway writes no log file (logging.level is silent)")
    tail, lines = await asyncio.to_thread(_read, path, params)
    return LogsTailResult(
        file=path.name,
        cursor=tail.cursor,
        size=tail.size,
        lines=lines,
        truncated=tail.is_truncated,
        reset=tail.is_reset,
        skipped_bytes=tail.skipped_bytes or None,
    )


def _read(path: Path, params: LogsTailParams) -> tuple[Tail, list[str]]:
    tail = read_tail(path, params.cursor, params.limit, params.max_bytes)
    return tail, [line for line in tail.lines if is_log_line(line)]
