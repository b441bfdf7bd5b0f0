"""A run that is over, read back from what its session holds, as the events that it said.

Texts come in one piece each; nothing else about a response read from them differs from the one that was answered.
"""

from collections.abc import Iterable, Sequence

import msgspec

from openclaw_gateway.errors import GatewayError, RunCancelled, RunInterrupted
from openclaw_gateway.events import (
    FinishReason,
    LastEvent,
    ModelStarted,
    ReasoningDelta,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from openclaw_gateway.messages import AssistantMessage, Message, TextPart, ThinkingPart, ToolCall, Usage


class Outcome(msgspec.Struct, frozen=True):
    """How a run ended that did not end well, as it is stored."""

    code: str
    message: str
    ended_at_ms: int


_decode_outcome = msgspec.json.Decoder(Outcome).decode


def encode_outcome(last: LastEvent) -> bytes | None:
    """What is to be stored of a run's end; None where the session tells it."""
    if isinstance(last, RunFinished):
        return None
    error = last.error
    return msgspec.json.encode(Outcome(error.code or error.type, error.message, last.ended_at_ms))


def find_output(messages: Sequence[Message]) -> int:
    """Where, among the messages that a run stored, those begin that its models said.

    Before them is what the caller sent, which may hold earlier answers too: these name no model.
    """
    for place, message in enumerate(messages):
        if isinstance(message, AssistantMessage) and (message.provider or message.stop_reason in ("aborted", "error")):
            return place
    return len(messages)


def replay(run_id: str, said: Iterable[Message], caller_tools: frozenset[str], outcome: bytes | None) -> list[RunEvent]:
    """The events of a run. said: the messages from `find_output` on. outcome: as it was stored, if it was."""
    events: list[RunEvent] = [RunStarted(run_id, "", "", "", 0)]
    usage, final = Usage(), None
    for message in said:
        if isinstance(message, AssistantMessage):
            events.append(ModelStarted(message.provider or "", message.model or "", 0))
            events.extend(_say(message))
            usage, final = usage + (message.usage or Usage()), message
    if outcome is not None:
        events.append(_read_outcome(outcome))
    elif final is None or not _is_answer(final, caller_tools):
        error = RunInterrupted(
            "The gateway ended in the middle of this response, or its session was deleted; create it anew."
        )
        events.append(RunFailed(error, 0))
    else:
        reason: FinishReason = (
            "length" if final.stop_reason == "length" else "tool_calls" if final.tool_calls else "stop"
        )
        events.append(RunFinished(reason, usage, usage, "", "", final.timestamp, {}))
    return events


def _say(message: AssistantMessage) -> Iterable[RunEvent]:
    calls = 0
    for part in message.content:
        match part:
            case TextPart() if part.text:
                yield TextDelta(part.text)
            case ThinkingPart() if part.thinking and not part.redacted:
                yield ReasoningDelta(part.thinking)
            case ToolCall():
                yield ToolCallStarted(calls, part.id, part.name)
                yield ToolCallDelta(calls, part.arguments)
                calls += 1
            case _:
                pass


def _is_answer(message: AssistantMessage, caller_tools: frozenset[str]) -> bool:
    """Whether a run ends with this message; calls of the agent's own tools only are followed by another round."""
    if message.stop_reason in ("aborted", "error"):
        return False
    calls = message.tool_calls
    return not calls or any(call.name in caller_tools for call in calls)


def _read_outcome(outcome: bytes) -> RunFailed:
    read = _decode_outcome(outcome)
    if read.code == RunCancelled.default_code:
        return RunFailed(RunCancelled(read.message), read.ended_at_ms)
    return RunFailed(GatewayError(read.message, code=read.code), read.ended_at_ms)
