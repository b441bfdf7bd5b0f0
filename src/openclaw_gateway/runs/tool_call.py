"""Running the calls of one reply, in their order.

A model writes a file and runs it in one reply, so a call may need what the one before it did. Only neighbours whose
tools are parallel run side by side; each other call begins when all before it have ended, and ends before the next.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

import msgspec

from openclaw_gateway.events import ToolFinished, ToolStarted
from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.messages import TextPart, ToolCall, ToolResultMessage, UserPart
from openclaw_gateway.tools.tool import Tool, ToolContext, ToolFailure, ToolResult

logger = logging.getLogger(__name__)

# The original's sentence.
SKIPPED = "Skipped to process an incoming message."

_decode_arguments = msgspec.json.Decoder(dict[str, object]).decode

Say = Callable[[ToolStarted | ToolFinished], None]


def never() -> bool:
    """For calls that nothing passes over."""
    return False


async def run_calls(
    calls: Sequence[ToolCall],
    tools: Mapping[str, Tool],
    context: ToolContext,
    say: Say,
    must_yield: Callable[[], bool] = never,
) -> list[ToolResultMessage]:
    """Run the calls; a failing one becomes an error result, it never ends the run. Cancelling ends all of them.

    The results are in the order of the calls.

    must_yield: whether calls that have not begun are to be passed over; those under way end as they would.
    """
    results: list[ToolResultMessage] = []

    async def run_one(call: ToolCall) -> ToolResultMessage:
        return _skip(call) if must_yield() else await _run_call(call, tools, context, say)

    for is_parallel, neighbours in groupby(calls, lambda call: _is_parallel(tools.get(call.name))):
        group = list(neighbours)
        if is_parallel and len(group) > 1:
            async with asyncio.TaskGroup() as tasks:
                beside = [tasks.create_task(run_one(call)) for call in group]
            results += [task.result() for task in beside]
        else:
            results += [await run_one(call) for call in group]
    return results


def _is_parallel(tool: Tool | None) -> bool:
    return tool is None or tool.is_parallel


def _skip(call: ToolCall) -> ToolResultMessage:
    return ToolResultMessage(call.id, (TextPart(SKIPPED),), call.name, is_error=True)


async def _run_call(call: ToolCall, tools: Mapping[str, Tool], context: ToolContext, say: Say) -> ToolResultMessage:
    say(ToolStarted(call.id, call.name, call.arguments))
    started = time.perf_counter()
    result = await _call_tool(call, tools.get(call.name), msgspec.structs.replace(context, call_id=call.id))
    content = _bound(result.content, context.max_result_chars)
    text = "".join([part.text for part in content if type(part) is TextPart])
    duration_ms = round((time.perf_counter() - started) * 1000)
    say(ToolFinished(call.id, call.name, text, result.is_error, duration_ms, result.details))
    return ToolResultMessage(call.id, content, call.name, result.is_error)


async def _call_tool(call: ToolCall, tool: Tool | None, context: ToolContext) -> ToolResult:
    if tool is None:
        return _fail(call.name, f"Tool {call.name} not found")
    try:
        arguments = _decode_arguments(call.arguments or "{}")
    except JSON_ERRORS as error:
        return _fail(call.name, f"arguments are not a JSON object: {error}")
    try:
        return await tool.call(arguments, context)
    except ToolFailure as failure:
        return _fail(call.name, str(failure))
    except Exception as error:
        # One of the three places that catch everything: a tool is somebody's code, and the model can react to its
        # error.
        logger.warning("tool %s failed: %s", call.name, type(error).__name__, exc_info=error)
        return _fail(call.name, str(error) or type(error).__name__)


def _fail(name: str, reason: str) -> ToolResult:
    text = msgspec.json.encode({"status": "error", "tool": name, "error": reason}).decode()
    return ToolResult.of_text(text, is_error=True)


def _bound(content: tuple[UserPart, ...], max_chars: int) -> tuple[UserPart, ...]:
    """Cut the text of a result at the cap and say so, so that the model can ask for the rest."""
    left = max_chars
    bounded: list[UserPart] = []
    for part in content:
        if type(part) is not TextPart:
            bounded.append(part)
        elif len(part.text) <= left:
            bounded.append(part)
            left -= len(part.text)
        else:
            bounded.append(TextPart(f"{part.text[:left]}\n[cut: {len(part.text)} characters in all, {left} shown]"))
            left = 0
    return tuple(bounded)
