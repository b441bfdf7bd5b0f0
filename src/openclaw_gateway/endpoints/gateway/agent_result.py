"""What a run came to, as the final response of `agent` tells it.

Good: {"runId", "status": "ok", "summary", "result": {"payloads": [{text, mediaUrl}], "meta": {...}}}. Bad: an error
response whose payload is {"runId", "status": "error" | "timeout", "summary", "stopReason"}, with `runId` in the error's
details; clients of the original read the state beside the error.
"""

from typing import Literal

import msgspec

from openclaw_gateway.dialects.gateway.outcome import stop_reason_of
from openclaw_gateway.dialects.gateway.silent_reply import is_silent_text
from openclaw_gateway.endpoints.table import Failure
from openclaw_gateway.errors import RunTimeout
from openclaw_gateway.events import (
    LastEvent,
    ModelFailedOver,
    ModelStarted,
    ReasoningDelta,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
)
from openclaw_gateway.messages import Usage
from openclaw_gateway.runs.run import Run
from openclaw_gateway.runs.showing import usage_line

RunStatus = Literal["ok", "error", "timeout"]


def status_of(last: LastEvent) -> RunStatus:
    """How a run ended, in one word."""
    if isinstance(last, RunFinished):
        return "ok"
    return "timeout" if isinstance(last.error, RunTimeout) else "error"


def final_answer(run: Run, last: LastEvent) -> dict[str, object] | Failure:
    """The last response of `agent` for a run that is over."""
    if isinstance(last, RunFailed):
        summary = last.error.message
        state = {"runId": run.id, "status": status_of(last), "summary": summary, "stopReason": stop_reason_of(last)}
        return Failure(last.error, payload=state, details={"runId": run.id})
    texts = collect_texts(run.log.events)
    payloads: list[dict[str, object]] = [{"text": text, "mediaUrl": None} for text in texts if not is_silent_text(text)]
    reasoning = _collect_reasoning(run) if run.showing.reasoning == "on" else ""
    if reasoning:
        payloads.insert(0, {"text": f"Reasoning:\n{reasoning}", "mediaUrl": None, "isReasoning": True})
    line = usage_line(run.showing, last.usage, run.session_key)
    if line is not None:
        payloads.append({"text": line, "mediaUrl": None})
    result = {"payloads": payloads, "meta": _tell_meta(run, last, texts)}
    return {"runId": run.id, "status": "ok", "summary": "completed", "result": result}


def collect_texts(events: list[RunEvent]) -> list[str]:
    """The visible text of each model call that wrote any, in order."""
    texts: list[str] = []
    pieces: list[str] = []
    for event in events:
        match event:
            case TextDelta(text):
                pieces.append(text)
            case ModelStarted() if pieces:
                texts.append("".join(pieces))
                pieces = []
            case _:
                pass
    if pieces:
        texts.append("".join(pieces))
    return texts


def _collect_reasoning(run: Run) -> str:
    """What the model thought, of all its calls."""
    calls: list[list[str]] = [[]]
    for event in run.log.events:
        if isinstance(event, ReasoningDelta):
            calls[-1].append(event.text)
        elif isinstance(event, ModelStarted):
            calls.append([])
    return "\n\n".join(["".join(pieces).strip() for pieces in calls if pieces])


def _tell_meta(run: Run, last: RunFinished, texts: list[str]) -> dict[str, object]:
    stop_reason = stop_reason_of(last)
    events = run.log.events
    failures = [event for event in events if isinstance(event, ModelFailedOver)]
    started = [event for event in events if isinstance(event, RunStarted)]
    rounds = {event.round for event in events if isinstance(event, ModelStarted)}
    return {
        "durationMs": max(0, last.ended_at_ms - run.accepted_at_ms),
        "agentMeta": {
            "sessionId": started[0].session_id if started else "",
            "sessionKey": run.order.session_key,
            "agentId": run.agent_id,
            "provider": last.provider,
            "model": last.model,
            "usage": _tell_usage(last.usage),
            "lastCallUsage": _tell_usage(last.last_usage),
            "promptTokens": last.last_usage.prompt,
            "assistantTurns": len(rounds),
            **({"costUsd": last.usage.cost.total} if last.usage.cost is not None else {}),
        },
        "aborted": False,
        "finalAssistantVisibleText": texts[-1] if texts else "",
        "stopReason": stop_reason,
        "completion": {"stopReason": stop_reason, "finishReason": last.finish_reason},
        "executionTrace": {
            "winnerProvider": last.provider,
            "winnerModel": last.model,
            "attempts": [
                {
                    "provider": failed.provider,
                    "model": failed.model,
                    "profileId": failed.profile,
                    "result": "skipped" if failed.is_skipped else "error",
                    "reason": failed.reason,
                }
                for failed in failures
            ],
            "fallbackUsed": bool(failures),
        },
    }


class _TokenCounts(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    # `estimated` is there only when it is true: the model's server did not count, we did.
    input: int
    output: int
    cache_read: int
    cache_write: int
    total: int
    estimated: bool = False


def _tell_usage(usage: Usage) -> _TokenCounts:
    return _TokenCounts(
        usage.input, usage.output, usage.cache_read, usage.cache_write, usage.total, estimated=usage.estimated
    )
