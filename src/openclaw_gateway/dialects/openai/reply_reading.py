"""What a caller of an OpenAI endpoint sees of a run, decided once for streamed and collected answers.

- Text of all model rounds is one message; a blank line parts a round's text from that of the round before.
- Calls of the caller's own tools are shown, calls of the agent's tools never.
- Where the caller required a call, text is held back until that call begins, and a run without it is an error.
- Reasoning and the progress of tools are not content.
"""

from abc import ABC, abstractmethod
from typing import assert_never

from openclaw_gateway.errors import GatewayError, ToolChoiceUnsatisfied
from openclaw_gateway.events import (
    EVENTS_BESIDE_REPLY,
    ApprovalRequested,
    ApprovalResolved,
    CompactionFinished,
    CompactionStarted,
    FinishReason,
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
from openclaw_gateway.messages import Usage


class ReplyReading(ABC):
    """What the caller sees of a run, event by event; a subclass says in which form."""

    __slots__ = ("_call_count", "_caller_tools", "_has_text", "_held", "_is_gap_due", "_is_over", "_places", "_wanted")

    def __init__(self, caller_tools: frozenset[str], tool_choice: str) -> None:
        """caller_tools: names of the tools the caller brought. tool_choice: as in a model request."""
        self._caller_tools = caller_tools
        self._wanted = tool_choice[1:] if tool_choice.startswith("=") else None
        # Text that waits for a required call; None where nothing is required, or no longer.
        self._held: list[str] | None = [] if self._wanted or tool_choice == "required" else None
        self._has_text = False
        self._is_gap_due = False
        self._is_over = False
        # Place in the model's reply -> place among the calls that are shown.
        self._places: dict[int, int] = {}
        self._call_count = 0

    def holds(self, event: RunEvent) -> bool:
        """Whether nothing of this event is shown as long as a required call has not begun."""
        if self._held is None or isinstance(event, (RunFinished, RunFailed)):
            return False
        return not isinstance(event, ToolCallStarted) or event.name not in self._caller_tools

    def encode(self, event: RunEvent, number: int) -> bytes:  # noqa: ARG002  (wire numbers what comes of it)
        """The bytes for one event, b"" for none; with the last event all that closes the answer."""
        if self._is_over:
            return b""
        # Asked first, because an answer is mostly made of text and of these.
        if type(event) in EVENTS_BESIDE_REPLY:
            return self._work(event)
        match event:
            case TextDelta():
                return self._read_text(event.text)
            case ToolCallDelta():
                place = self._places.get(event.index)
                return b"" if place is None else self._arguments(place, event.arguments)
            case ToolCallStarted():
                return self._read_call(event) if event.name in self._caller_tools else b""
            case RunStarted():
                return self._start()
            case ModelStarted():
                self._is_gap_due = self._has_text
                self._places = {}
            case RunFinished():
                self._is_over = True
                return self._read_end(event)
            case RunFailed():
                self._is_over = True
                return self._failure(event.error)
            case (
                ModelFailedOver() | ReasoningDelta() | ToolStarted() | ToolProgress() | ToolFinished() | MessageAdded()
            ):
                pass
            case ApprovalRequested() | ApprovalResolved() | CompactionStarted() | CompactionFinished():
                pass
            case _:
                assert_never(event)
        return b""

    def _read_text(self, text: str) -> bytes:
        if self._is_gap_due:
            self._is_gap_due = False
            text = "\n\n" + text
        self._has_text = True
        if self._held is None:
            return self._text(text)
        self._held.append(text)
        return b""

    def _read_call(self, event: ToolCallStarted) -> bytes:
        place = self._places[event.index] = self._call_count
        self._call_count += 1
        told = b""
        if self._held is not None and (self._wanted is None or event.name == self._wanted):
            held, self._held = "".join(self._held), None
            told = self._text(held) if held else b""
        return told + self._call(place, event.id, event.name)

    def _read_end(self, event: RunFinished) -> bytes:
        if self._held is not None:
            return self._failure(ToolChoiceUnsatisfied("tool_choice=required was not satisfied by the agent response"))
        reason = event.finish_reason
        if reason != "length":
            reason = "tool_calls" if self._call_count else "stop"
        return self._finish(reason, event.usage)

    def _work(self, event: RunEvent) -> bytes:  # noqa: ARG002  (most callers see none of it)
        """What is no part of the answer, for callers who asked to see it."""
        return b""

    @abstractmethod
    def _start(self) -> bytes:
        """The run was admitted."""

    @abstractmethod
    def _text(self, text: str) -> bytes:
        """More of the one visible text."""

    @abstractmethod
    def _call(self, place: int, call_id: str, name: str) -> bytes:
        """A call of a caller's tool begins; place: 0, 1, … among all that are shown."""

    @abstractmethod
    def _arguments(self, place: int, arguments: str) -> bytes:
        """More JSON text of that call's arguments."""

    @abstractmethod
    def _finish(self, reason: FinishReason, usage: Usage) -> bytes:
        """The run ended well: all that closes the answer."""

    @abstractmethod
    def _failure(self, error: GatewayError) -> bytes:
        """The run did not end well, or not as the caller required."""
