"""Running the calls of one reply: parallel where the tools allow it, results in the order of the calls."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence

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

    must_yield: whether calls that have not begun are to be passed over; those under way end as they would.
    """
    results: list[ToolResultMessage | None] = [None] * len(calls)

    async def run_at(index: int) -> None:
        if must_yield():
            results[index] = _skip(calls[index])
        else:
            results[index] = await _run_call(calls[index], tools, context, say)

    async with asyncio.TaskGroup() as group:
        for index, call in enumerate(calls):
            tool = tools.get(call.name)
            if len(calls) > 1 and (tool is None or tool.is_parallel):
                group.create_task(run_at(index))
        # The others run here, one after the other, beside the parallel ones.
        for index, call in enumerate(calls):
            tool = tools.get(call.name)
            if len(calls) == 1 or (tool is not None and not tool.is_parallel):
                await run_at(index)
    return [result for result in results if result is not None]


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
