"""The loop: ask the model, run the tools it calls, ask again, until it answers or asks for a tool of the caller's.

It has no I/O of its own: it is given a way to ask, tools, a way to keep messages, and `say`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from openclaw_gateway.errors import RunLimitExceeded
from openclaw_gateway.events import FinishReason, RunEvent
from openclaw_gateway.messages import Message, ToolCall, ToolResultMessage, Usage
from openclaw_gateway.models.model import ModelReply
from openclaw_gateway.runs.bounds import MAX_LOST_ROUNDS, Bounds, check_calls_in_reply
from openclaw_gateway.runs.tool_call import never, run_calls
from openclaw_gateway.tools.tool import Tool, ToolContext


class LoopEnd(msgspec.Struct, frozen=True, gc=False):
    """How the loop ended. messages: the last reply (and own results beside it), which are not kept yet."""

    messages: tuple[Message, ...]
    finish_reason: FinishReason
    usage: Usage
    last_reply: ModelReply


async def run_loop(
    ask: Callable[[int], Awaitable[ModelReply]],
    keep: Callable[[tuple[Message, ...]], Awaitable[None]],
    tools: Mapping[str, Tool],
    caller_tools: frozenset[str],
    context: Callable[[], ToolContext],
    say: Callable[[RunEvent], None],
    must_yield: Callable[[], bool] = never,
    bounds: Bounds | None = None,
) -> LoopEnd:
    """Go round until a reply needs no tool of ours.

    ask: one model call of the given round over everything kept so far. keep: makes messages part of the session before
    the next round. context: of the calls, made when there are any. caller_tools: names whose calls end the run, because
    only the caller can answer them. must_yield: whether something waits that the model is to hear before more tools are
    begun; `keep` brings it. bounds: of this run.
    Raises RunLimitExceeded, RunBudgetExceeded, and what ask and keep raise.
    """
    bounds = bounds or Bounds(tools)
    usage = Usage()
    lost_rounds = 0
    for round_number in range(bounds.limits.max_tool_rounds):
        reply = await ask(round_number)
        usage = usage + reply.usage if round_number else reply.usage
        calls = reply.message.tool_calls
        if not calls:
            return LoopEnd((reply.message,), reply.finish_reason, usage, reply)
        check_calls_in_reply(len(calls))
        own = [call for call in calls if call.name not in caller_tools]
        lost_rounds = 0 if any(call.name in tools or call.name in caller_tools for call in calls) else lost_rounds + 1
        if lost_rounds == MAX_LOST_ROUNDS:
            name = calls[0].name[:64]
            raise RunLimitExceeded(f"the model called only unknown tools {MAX_LOST_ROUNDS} times; the last is {name!r}")
        results: Sequence[ToolResultMessage] = ()
        if own:
            blocked = bounds.watch.block(own)
            results = blocked or bounds.watch.observe(own, await run_calls(own, tools, context(), say, must_yield))
        if _has_call_of_caller(calls, caller_tools):
            return LoopEnd((reply.message, *results), "tool_calls", usage, reply)
        await keep((reply.message, *results))
        bounds.check_spend(usage)
    raise RunLimitExceeded(f"the model called tools {bounds.limits.max_tool_rounds} times without an answer")


def _has_call_of_caller(calls: Sequence[ToolCall], caller_tools: frozenset[str]) -> bool:
    return any(call.name in caller_tools for call in calls)
