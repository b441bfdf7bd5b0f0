"""A response while its run goes on: the run's events become output items.

One item is open for text or reasoning at a time: what begins after it closes it. Calls stay open until the run's end,
because their arguments may come by turns. Ids of items are made from the run's, so that every reading of the same run
gives the same ones.
"""

from collections.abc import Iterable

from openclaw_gateway.dialects.openai.error_body import replace_surrogates
from openclaw_gateway.dialects.openai.reply_reading import ReplyReading
from openclaw_gateway.dialects.openai.responses_object import (
    CallOutput,
    ItemStatus,
    MessageOutput,
    OutputItem,
    OutputText,
    ReasoningOutput,
    ResponseState,
    SummaryText,
    read_error,
    read_usage,
    render_response,
)
from openclaw_gateway.dialects.openai.responses_request import response_id
from openclaw_gateway.dialects.openai.responses_terms import ResponseTerms
from openclaw_gateway.errors import GatewayError, RunCancelled
from openclaw_gateway.events import (
    FinishReason,
    ReasoningDelta,
    RunEvent,
    RunFinished,
)
from openclaw_gateway.messages import Usage


class Growing:
    """An output item and the pieces of its text that have come. place: how events name it, as JSON."""

    __slots__ = ("item", "pieces", "place")

    def __init__(self, index: int, item: OutputItem) -> None:
        self.item = item
        self.place = b'"item_id":"%b","output_index":%d' % (item.id.encode(), index)
        self.pieces: list[str] = []

    def gather(self) -> str:
        """Put the text that has come into the item."""
        text = replace_surrogates("".join(self.pieces))
        match self.item:
            case MessageOutput(content=[part]):
                part.text = text
            case CallOutput():
                self.item.arguments = text
            case ReasoningOutput(summary=[summary]):
                summary.text = text
        return text


class ResponseDraft(ReplyReading):
    """The reading of one run. failure: the error it ended with, if it did."""

    __slots__ = (
        "_calls", "_created_at_s", "_ended_at_ms", "_growing", "_open", "_run_id", "_state", "_terms", "failure",
    )  # fmt: skip

    def __init__(self, terms: ResponseTerms, run_id: str, created_at_ms: int) -> None:
        super().__init__(terms.caller_tools, terms.tool_choice)
        self.failure: GatewayError | None = None
        self._terms = terms
        self._run_id = run_id
        self._created_at_s = created_at_ms // 1000
        self._ended_at_ms = 0
        self._state = ResponseState()
        self._growing: list[Growing] = []
        self._open: Growing | None = None
        self._calls: list[Growing] = []

    def read_all(self, events: Iterable[RunEvent]) -> None:
        """Read what was said so far."""
        for number, event in enumerate(events):
            self.encode(event, number)

    def render(self) -> bytes:
        """The response as it is now."""
        for growing in self._growing:
            growing.gather()
        output = [growing.item for growing in self._growing]
        return render_response(self._terms, response_id(self._run_id), self._created_at_s, self._state, output)

    # --- What the run says -------------------------------------------------------------------------------------------

    def _start(self) -> bytes:
        self._state.status = "in_progress"
        return self._tell_start()

    def _text(self, text: str) -> bytes:
        growing, told = self._open, b""
        if growing is None or type(growing.item) is not MessageOutput:
            message = MessageOutput(self._new_id("msg"), "in_progress", [OutputText("")], "assistant")
            told, growing = self._begin(message)
        growing.pieces.append(text)
        return told + self._tell_text(growing, text)

    def _work(self, event: RunEvent) -> bytes:
        if not isinstance(event, ReasoningDelta) or not self._terms.shows_reasoning:
            return b""
        growing, told = self._open, b""
        if growing is None or type(growing.item) is not ReasoningOutput:
            told, growing = self._begin(ReasoningOutput(self._new_id("rs"), [SummaryText("")]))
        growing.pieces.append(event.text)
        return told + self._tell_reasoning(growing, event.text)

    def _call(self, place: int, call_id: str, name: str) -> bytes:  # noqa: ARG002  (calls come in their order)
        told, growing = self._begin(CallOutput(self._new_id("fc"), call_id, name, "", "in_progress"))
        self._open = None
        self._calls.append(growing)
        return told

    def _arguments(self, place: int, arguments: str) -> bytes:
        growing = self._calls[place]
        growing.pieces.append(arguments)
        return self._tell_arguments(growing, arguments)

    def _read_end(self, event: RunFinished) -> bytes:
        self._ended_at_ms = event.ended_at_ms
        return super()._read_end(event)

    def _finish(self, reason: FinishReason, usage: Usage) -> bytes:
        is_whole = reason != "length"
        told = self._close_open("completed" if is_whole else "incomplete", is_last=not self._calls)
        for growing in self._calls:
            told += self._close(growing, "completed")
        self._state.status = "completed" if is_whole else "incomplete"
        self._state.usage = read_usage(usage)
        self._state.completed_at_s = self._ended_at_ms // 1000 if is_whole else None
        return told + self._tell_end()

    def _failure(self, error: GatewayError) -> bytes:
        self.failure = error
        for growing in [*self._calls, *([self._open] if self._open else [])]:
            if not isinstance(growing.item, ReasoningOutput):
                growing.item.status = "incomplete"
        if isinstance(error, RunCancelled):
            self._state.status = "cancelled"
        else:
            self._state.status = "failed"
            self._state.error = read_error(error)
        return self._tell_failure(error)

    # --- Items -------------------------------------------------------------------------------------------------------

    def _new_id(self, kind: str) -> str:
        return f"{kind}_{self._run_id}-{len(self._growing)}"

    def _begin(self, item: OutputItem) -> tuple[bytes, Growing]:
        told = self._close_open("completed", is_last=False)
        growing = self._open = Growing(len(self._growing), item)
        self._growing.append(growing)
        return told + self._tell_begin(growing), growing

    def _close_open(self, status: ItemStatus, *, is_last: bool) -> bytes:
        growing, self._open = self._open, None
        if growing is None:
            return b""
        if isinstance(growing.item, MessageOutput):
            growing.item.phase = "final_answer" if is_last else "commentary"
        return self._close(growing, status)

    def _close(self, growing: Growing, status: ItemStatus) -> bytes:
        if not isinstance(growing.item, ReasoningOutput):
            growing.item.status = status
        return self._tell_close(growing)

    # --- What a stream tells of it; a collected answer tells nothing before it is whole -------------------------------

    def _tell_start(self) -> bytes:
        return b""

    def _tell_begin(self, growing: Growing) -> bytes:  # noqa: ARG002
        return b""

    def _tell_text(self, growing: Growing, text: str) -> bytes:  # noqa: ARG002
        return b""

    def _tell_reasoning(self, growing: Growing, text: str) -> bytes:  # noqa: ARG002
        return b""

    def _tell_arguments(self, growing: Growing, arguments: str) -> bytes:  # noqa: ARG002
        return b""

    def _tell_close(self, growing: Growing) -> bytes:  # noqa: ARG002
        return b""

    def _tell_end(self) -> bytes:
        return b""

    def _tell_failure(self, error: GatewayError) -> bytes:  # noqa: ARG002
        return b""


def collect_response(events: Iterable[RunEvent], terms: ResponseTerms, run_id: str, created_at_ms: int) -> bytes:
    """The body of an answer that is not streamed, from all events of a run that is over.

    Raises the run's error if it failed, ToolChoiceUnsatisfied if a required call is missing.
    """
    draft = ResponseDraft(terms, run_id, created_at_ms)
    draft.read_all(events)
    if draft.failure is not None:
        raise draft.failure
    return draft.render()
