"""A run as `GET /v1/runs/{id}` tells it: what it is doing or came to, and its text so far."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from openclaw_gateway.dialects.openai.chat_reply import ReplyUsage, read_usage
from openclaw_gateway.dialects.openai.error_body import encode_error_object, replace_surrogates
from openclaw_gateway.errors import RunCancelled, RunInterrupted
from openclaw_gateway.events import ModelStarted, RunEvent, RunFailed, RunFinished, RunStarted, TextDelta

RunStatus = Literal["queued", "in_progress", "completed", "failed", "cancelled", "interrupted"]


class RunFacts(msgspec.Struct, frozen=True):
    """What is known of a run beside its events. accepted_at_ms: since the epoch."""

    id: str
    agent_id: str
    session_key: str
    accepted_at_ms: int


class RunObject(msgspec.Struct, frozen=True):
    """A run as a body. Times are seconds since the epoch."""

    id: str
    status: RunStatus
    agent_id: str
    session_key: str
    model: str | None
    created_at: int
    started_at: int | None
    ended_at: int | None
    text: str
    finish_reason: str | None
    usage: ReplyUsage | None
    error: msgspec.Raw | None
    last_event_id: str | None
    object: str = "openclaw.run"


def encode_run(facts: RunFacts, events: Sequence[RunEvent]) -> bytes:
    """The object, after these events. Times are seconds since the epoch, as in OpenAI's objects."""
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    model = next((event for event in reversed(events) if isinstance(event, ModelStarted)), None)
    last = events[-1] if events else None
    finished = last if isinstance(last, RunFinished) else None
    failed = last if isinstance(last, RunFailed) else None
    ended_at_ms = finished.ended_at_ms if finished else failed.ended_at_ms if failed else None
    return msgspec.json.encode(
        RunObject(
            id=facts.id,
            status=_status(last),
            agent_id=facts.agent_id,
            session_key=replace_surrogates(facts.session_key),
            model=f"{model.provider}/{model.model}" if model else None,
            created_at=facts.accepted_at_ms // 1000,
            started_at=started.at_ms // 1000 if started else None,
            ended_at=None if ended_at_ms is None else ended_at_ms // 1000,
            text=replace_surrogates(read_text(events)),
            finish_reason=finished.finish_reason if finished else None,
            usage=read_usage(finished.usage) if finished else None,
            error=msgspec.Raw(encode_error_object(failed.error)) if failed else None,
            last_event_id=f"{facts.id}:{len(events) - 1}" if events else None,
        )
    )


def read_text(events: Sequence[RunEvent]) -> str:
    """The visible text; a blank line parts the text of one model round from that of the round before."""
    pieces: list[str] = []
    is_gap_due = False
    for event in events:
        if isinstance(event, TextDelta):
            if is_gap_due:
                pieces.append("\n\n")
                is_gap_due = False
            pieces.append(event.text)
        elif isinstance(event, ModelStarted):
            is_gap_due = bool(pieces)
    return "".join(pieces)


def _status(last: RunEvent | None) -> RunStatus:
    match last:
        case None:
            return "queued"
        case RunFinished():
            return "completed"
        case RunFailed(error=RunCancelled()):
            return "cancelled"
        case RunFailed(error=RunInterrupted()):
            return "interrupted"
        case RunFailed():
            return "failed"
        case _:
            return "in_progress"
