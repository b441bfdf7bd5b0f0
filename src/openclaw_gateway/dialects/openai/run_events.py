"""A run's events as `GET /v1/runs/{id}/events` streams them: named, one JSON object each, in the run's own words.

Reasoning and the agent's tools are shown to those who ask (`visible_work.py`). Calls of the caller's tools belong to
the answer: whoever needs them resumes that.
"""

from typing import Final, assert_never

import msgspec

from openclaw_gateway.dialects.openai.chat_reply import SSE_DONE, ReplyUsage, read_usage
from openclaw_gateway.dialects.openai.error_body import encode_error_object, replace_surrogates
from openclaw_gateway.dialects.openai.line_json import escape_breaks
from openclaw_gateway.dialects.openai.visible_work import ToolStep, VisibleWork, show_tool
from openclaw_gateway.events import (
    ApprovalRequested,
    ApprovalResolved,
    CompactionFinished,
    CompactionStarted,
    MessageAdded,
    ModelFailedOver,
    ModelStarted,
    ReasoningDelta,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)

NOTHING_MORE: Final = VisibleWork()


class _Started(msgspec.Struct, frozen=True, tag_field="type", tag="run.started"):
    run_id: str
    agent_id: str
    session_key: str
    at_ms: int


class _Model(msgspec.Struct, frozen=True, tag_field="type", tag="model.started"):
    provider: str
    model: str
    round: int


class _FailedOver(msgspec.Struct, frozen=True, tag_field="type", tag="model.failed_over"):
    provider: str
    model: str
    reason: str
    profile: str
    skipped: bool


class _Text(msgspec.Struct, frozen=True, tag_field="type", tag="text.delta"):
    text: str


class _Reasoning(msgspec.Struct, frozen=True, tag_field="type", tag="reasoning.delta"):
    text: str


class _Tool(msgspec.Struct, frozen=True, tag_field="type", tag="openclaw.tool"):
    tool: ToolStep


class _ApprovalRequested(msgspec.Struct, frozen=True, tag_field="type", tag="approval.requested"):
    id: str
    tool_call_id: str
    command: str
    cwd: str
    created_at_ms: int
    expires_at_ms: int


class _ApprovalResolved(msgspec.Struct, frozen=True, tag_field="type", tag="approval.resolved"):
    id: str
    decision: str | None


class _Finished(msgspec.Struct, frozen=True, tag_field="type", tag="run.finished"):
    finish_reason: str
    usage: ReplyUsage
    ended_at_ms: int


class _Failed(msgspec.Struct, frozen=True, tag_field="type", tag="run.failed"):
    error: msgspec.Raw
    ended_at_ms: int


_Approval = _ApprovalRequested | _ApprovalResolved
_Told = _Started | _Model | _FailedOver | _Text | _Reasoning | _Tool | _Approval | _Finished | _Failed


class RunEventEncoder:
    """Events as they are told to whoever asks for the run."""

    __slots__ = ("_visible",)

    def __init__(self, visible: VisibleWork | None) -> None:
        self._visible = visible or NOTHING_MORE

    def holds(self, event: RunEvent) -> bool:  # noqa: ARG002  (nothing waits for anything here)
        """Whether nothing is shown of this event yet."""
        return False

    def encode(self, event: RunEvent, number: int) -> bytes:  # noqa: ARG002  (wire numbers what comes of it)
        """The bytes for one event, b"" for none; `data: [DONE]` follows the last one."""
        told = self._translate(event)
        if told is None:
            return b""
        name = str(told.__struct_config__.tag).encode()
        part = b"event: %b\ndata: %b\n\n" % (name, escape_breaks(msgspec.json.encode(told)))
        return part + SSE_DONE if isinstance(told, (_Finished, _Failed)) else part

    def _translate(self, event: RunEvent) -> _Told | None:
        match event:
            case TextDelta():
                return _Text(replace_surrogates(event.text))
            case ReasoningDelta() if self._visible.reasoning:
                return _Reasoning(replace_surrogates(event.text))
            case ToolStarted() | ToolFinished() if self._visible.tools:
                return _Tool(show_tool(event))
            case RunStarted():
                return _Started(event.run_id, event.agent_id, replace_surrogates(event.session_key), event.at_ms)
            case ModelStarted():
                return _Model(event.provider, event.model, event.round)
            case ModelFailedOver():
                return _FailedOver(event.provider, event.model, event.reason, event.profile, skipped=event.is_skipped)
            case RunFinished():
                return _Finished(event.finish_reason, read_usage(event.usage), event.ended_at_ms)
            case RunFailed():
                return _Failed(msgspec.Raw(encode_error_object(event.error)), event.ended_at_ms)
            case ApprovalRequested() | ApprovalResolved():
                return _tell_approval(event)
            case ReasoningDelta() | ToolStarted() | ToolFinished() | ToolProgress():  # not asked for
                return None
            case ToolCallStarted() | ToolCallDelta() | MessageAdded() | CompactionStarted() | CompactionFinished():
                return None
            case _:
                assert_never(event)


def _tell_approval(event: ApprovalRequested | ApprovalResolved) -> _Approval:
    if isinstance(event, ApprovalResolved):
        return _ApprovalResolved(event.approval_id, event.decision)
    return _ApprovalRequested(
        event.approval_id,
        replace_surrogates(event.tool_call_id),
        replace_surrogates(event.command),
        replace_surrogates(event.cwd),
        event.created_at_ms,
        event.expires_at_ms,
    )
