"""The streamed answer of `api: openai-responses`: response events in, a draft out.

An answer is a list of items (messages, reasoning, calls), each told by deltas and once more whole when it is done, and
all of them again at the end. What was said by deltas is not said twice; what came only whole is not lost. Events and
items that we do not know are passed over. Source: OpenAI API reference, "Streaming events" of responses.
"""

from typing import ClassVar

import msgspec

from openclaw_gateway.events import FinishReason
from openclaw_gateway.messages import Usage
from openclaw_gateway.models.answer import NOT_IN_FORM, ErrorInStream
from openclaw_gateway.models.draft import CallDraft, Draft, ThinkingDraft
from openclaw_gateway.models.model import Say
from openclaw_gateway.models.usage import Count

_NOTHING = msgspec.Raw()
_PARAGRAPH = "\n\n"


class _Part(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None
    refusal: str | None = None


class _Item(msgspec.Struct, gc=False):
    type: str
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    content: list[_Part] | None = None
    summary: list[_Part] | None = None
    encrypted_content: str | None = None


class _Why(msgspec.Struct, gc=False):
    reason: str | None = None


class _Response(msgspec.Struct, gc=False):
    status: str | None = None
    output: list[_Item] = []
    error: msgspec.Raw = _NOTHING
    incomplete_details: _Why | None = None
    # Kept as it is, so that a wrong number costs the count and not the answer.
    usage: msgspec.Raw = _NOTHING


class _Event(msgspec.Struct, gc=False):
    type: str = ""
    output_index: int = 0
    summary_index: int | None = None
    delta: str | None = None
    arguments: str | None = None
    item: _Item | None = None
    response: _Response | None = None


class _Whole(_Response, gc=False):
    """A response in place of a stream, or an error in the place of both."""

    object: str | None = None


class _InputDetails(msgspec.Struct, gc=False):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: Count | None = None


class _Usage(msgspec.Struct, gc=False):
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    input_tokens_details: _InputDetails | None = None
    output_tokens_details: _OutputDetails | None = None


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_whole = msgspec.json.Decoder(_Whole).decode
_decode_usage = msgspec.json.Decoder(_Usage | None).decode


class ResponsesStream:
    """See `answer.AnswerStream`."""

    __slots__ = ("_calls", "_said", "_thoughts", "_usage", "draft", "failure", "finish", "is_over")

    is_of_lines: ClassVar[bool] = False

    def __init__(self, say: Say) -> None:
        self.draft = Draft(say)
        self.finish: FinishReason | None = None
        self.failure: str | None = None
        self.is_over = False
        self._usage: msgspec.Raw = _NOTHING
        self._calls: dict[int, CallDraft] = {}
        self._thoughts: dict[int, ThinkingDraft] = {}
        # Items of which something was said, by their place in the output.
        self._said: set[int] = set()

    def feed(self, name: bytes, event: bytes) -> None:  # noqa: ARG002 - the type is in the event as well
        """One event."""
        if self.is_over or not event or event.strip() == b"[DONE]":
            return
        parsed = _decode_event(event)
        match parsed.type:
            case "response.output_text.delta" | "response.refusal.delta":
                self._said.add(parsed.output_index)
                self.draft.add_text(parsed.delta or "")
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                self._think(parsed.output_index, parsed.delta or "")
            case "response.reasoning_summary_part.added":
                self._begin_paragraph(parsed)
            case "response.function_call_arguments.delta":
                self._argue(parsed.output_index, parsed.delta or "")
            case "response.output_item.added":
                self._begin_item(parsed.output_index, parsed.item)
            case "response.output_item.done":
                self._finish_item(parsed.output_index, parsed.item)
            case "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled":
                self._end(parsed.response or _Response(), parsed.type.removeprefix("response."))
            case "error":
                raise ErrorInStream(event)
            case _:  # response.created, content parts, tools of the provider's own, and what is new
                pass

    def feed_whole(self, body: bytes) -> None:
        """A response object."""
        whole = _decode_whole(body)
        self._end(whole, whole.status or "completed")

    def usage(self) -> Usage | None:
        """Tokens as OpenAI counts them: cached ones are part of the input, reasoning of the output."""
        if not bytes(self._usage):
            return None
        try:
            counted = _decode_usage(self._usage)
        except NOT_IN_FORM:
            return None
        if counted is None:
            return None
        prompt, output = int(counted.input_tokens or 0), int(counted.output_tokens or 0)
        if not prompt and not output:
            return None  # a zero here is a number that nobody counted
        details = counted.input_tokens_details or _InputDetails()
        cached = min(int(details.cached_tokens or 0), prompt)
        written = min(int(details.cache_write_tokens or 0), prompt - cached)
        reasoning = counted.output_tokens_details or _OutputDetails()
        return Usage(
            input=prompt - cached - written,
            output=output,
            cache_read=cached,
            cache_write=written,
            reasoning=int(reasoning.reasoning_tokens or 0),
        )

    # --- items ------------------------------------------------------------------------------------------------------

    def _begin_item(self, place: int, item: _Item | None) -> None:
        if item is not None and item.type == "function_call" and place not in self._calls:
            self._begin_call(place, item)
        elif item is not None and item.type == "reasoning" and place not in self._thoughts:
            self._thoughts[place] = self.draft.thinking(is_new=True)

    def _begin_call(self, place: int, item: _Item) -> CallDraft:
        call = self._calls[place] = self.draft.begin_call(item.call_id or "", item.name or "")
        return call

    def _finish_item(self, place: int, item: _Item | None) -> None:
        """An item whole: what its deltas left unsaid. Its place is free then: some servers give all items the same."""
        if item is None:
            return
        match item.type:
            case "message" if place not in self._said:
                self.draft.add_text("".join([part.text or part.refusal or "" for part in item.content or ()]))
            case "function_call":
                call = self._calls.get(place) or self._begin_call(place, item)
                if place not in self._said:
                    self._argue(place, item.arguments or "")
                elif not call.name and item.name:
                    self.draft.start_call(call, item.name)
            case "reasoning":
                self._finish_reasoning(place, item)
            case _:
                pass
        self._said.discard(place)
        self._calls.pop(place, None)
        self._thoughts.pop(place, None)

    def _finish_reasoning(self, place: int, item: _Item) -> None:
        if place not in self._said:
            self._think(place, _PARAGRAPH.join([part.text for part in item.summary or item.content or () if part.text]))
        thinking = self._thoughts.get(place)
        if item.encrypted_content:
            self.draft.sign(thinking or self.draft.thinking(is_new=True), item.encrypted_content)

    def _think(self, place: int, text: str) -> None:
        thinking = self._thoughts.get(place)
        if thinking is None:
            thinking = self._thoughts[place] = self.draft.thinking(is_new=True)
        if text:
            self._said.add(place)
            self.draft.add_to_thinking(thinking, text)

    def _begin_paragraph(self, event: _Event) -> None:
        if event.summary_index and event.output_index in self._said:
            self._think(event.output_index, _PARAGRAPH)

    def _argue(self, place: int, text: str) -> None:
        call = self._calls.get(place)
        if call is not None and text:
            self._said.add(place)
            self.draft.add_arguments(call, text)

    def _end(self, response: _Response, status: str) -> None:
        if bytes(response.error) not in (b"", b"null"):
            raise ErrorInStream(b'{"error":%b}' % bytes(response.error))
        if not self.draft.parts:  # all of it at once, and nothing by events
            for place, item in enumerate(response.output):
                self._finish_item(place, item)
        self._usage = response.usage
        reason = response.incomplete_details.reason if response.incomplete_details else None
        if status in {"failed", "cancelled"}:
            self.failure = "error"
        elif reason == "content_filter":
            self.failure = "refusal"
        else:
            self.finish = "length" if status == "incomplete" else "stop"
        self.is_over = True
