"""What a run says, as `chat` events: status, delta, then exactly one of final, aborted and error.

One translator for each run. A delta carries what is new and the whole message so far, so that a reader that missed one
is right again with the next. Source: ChatEvent of the published schema.
"""

from functools import partial
from typing import assert_never

import msgspec

from openclaw_gateway.dialects.gateway.outcome import error_detail_of, error_kind_of, stop_reason_of
from openclaw_gateway.dialects.gateway.silent_reply import is_silent_text, may_become_silent
from openclaw_gateway.errors import RunCancelled
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
from openclaw_gateway.messages import TextPart, Usage


class ChatMessage(msgspec.Struct, frozen=True):
    """The assistant's message so far, or whole. timestamp: ms since the epoch."""

    role: str
    content: tuple[TextPart, ...]
    timestamp: int


class ChatUsage(msgspec.Struct, frozen=True, rename="camel"):
    """Tokens of the run."""

    input: int
    output: int
    cache_read: int
    cache_write: int
    total_tokens: int


class ChatEvent(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Payload of a `chat` event; which fields are there depends on `state`."""

    run_id: str
    session_key: str
    agent_id: str
    seq: int
    state: str
    phase: str | None = None
    delta_text: str | None = None
    message: ChatMessage | None = None
    replace: bool = False
    usage: ChatUsage | None = None
    stop_reason: str | None = None
    error_message: str | None = None
    error_kind: str | None = None
    error_detail: dict[str, object] | None = None


class ChatEvents:
    """The translator of one run. The message shown is that of the latest model call that wrote text.

    _held: new text that is not told yet, because it may become the mark of a silent reply.
    """

    __slots__ = ("_event", "_held", "_is_rewriting", "_seq", "text")

    def __init__(self, run_id: str, session_key: str, agent_id: str) -> None:
        self._event = partial(ChatEvent, run_id, session_key, agent_id)
        self._seq = 0
        self._is_rewriting = False
        self._held = ""
        self.text = ""

    def translate(self, event: RunEvent, now_ms: int) -> ChatEvent | None:
        """The event for one event of the run, if there is one.

        Deltas that a reader has not had yet may be joined into one before they come here.
        """
        match event:
            case TextDelta(text):
                return self._delta(text, now_ms)
            case RunStarted():
                return self._event(self._next_seq(), "status", phase="preparing_context")
            case ModelStarted(round=number):
                self._is_rewriting = bool(self.text)
                self._held = ""
                return self._event(self._next_seq(), "status", phase="starting_model") if number == 0 else None
            case RunFinished(usage=usage):
                return self._event(
                    self._next_seq(),
                    "final",
                    message=self._message(now_ms),
                    usage=_tell_usage(usage),
                    stop_reason=stop_reason_of(event),
                )
            case RunFailed(error=RunCancelled() as error):
                return self._event(
                    self._next_seq(),
                    "aborted",
                    message=self._message(now_ms),
                    error_message=error.message,
                    stop_reason="rpc",
                )
            case RunFailed(error=error):
                return self._event(
                    self._next_seq(),
                    "error",
                    message=self._message(now_ms),
                    stop_reason=stop_reason_of(event),
                    error_message=error.message,
                    error_kind=error_kind_of(error),
                    error_detail=error_detail_of(error),
                )
            case ToolCallStarted() | ToolCallDelta() | ToolStarted() | ToolProgress() | ToolFinished():
                return None  # a chat shows what is said, not what is done
            case ApprovalRequested() | ApprovalResolved() | CompactionStarted() | CompactionFinished():
                return None
            case ReasoningDelta() | MessageAdded() | ModelFailedOver():
                return None
            case _:
                assert_never(event)

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def _delta(self, text: str, now_ms: int) -> ChatEvent | None:
        is_rewriting = self._is_rewriting
        if is_rewriting and not self._held:
            self.text = ""
        self.text += text
        if may_become_silent(self.text):
            self._held += text
            return None
        text, self._held, self._is_rewriting = self._held + text, "", False
        return self._event(
            self._next_seq(), "delta", delta_text=text, message=self._message(now_ms), replace=is_rewriting
        )

    def _message(self, now_ms: int) -> ChatMessage | None:
        if not self.text or is_silent_text(self.text):
            return None
        return ChatMessage("assistant", (TextPart(self.text),), now_ms)


def with_usage_line(event: ChatEvent, line: str | None, now_ms: int) -> ChatEvent:
    """The end of an answer with a line below it, as a part of its own: it is no part of what was said."""
    if line is None:
        return event
    said = event.message.content if event.message is not None else ()
    return msgspec.structs.replace(event, message=ChatMessage("assistant", (*said, TextPart(line)), now_ms))


def _tell_usage(usage: Usage) -> ChatUsage:
    return ChatUsage(usage.input, usage.output, usage.cache_read, usage.cache_write, usage.total)
