"""A response as server-sent events, numbered from 0 by `sequence_number` and ending in `data: [DONE]`.

The same run gives the same events with the same numbers at every reading, so that a client can come back for the rest.
Source: OpenAI's API reference, "Streaming events".
"""

from typing import Final

import msgspec

from openclaw_gateway.dialects.openai.error_body import replace_surrogates
from openclaw_gateway.dialects.openai.line_json import encode_text, escape_breaks
from openclaw_gateway.dialects.openai.responses_draft import Growing, ResponseDraft
from openclaw_gateway.dialects.openai.responses_object import CallOutput, MessageOutput, ReasoningOutput
from openclaw_gateway.dialects.openai.responses_terms import ResponseTerms
from openclaw_gateway.dialects.openai.visible_work import ShownEvent, show_tool
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import RunEvent

SSE_DONE: Final = b"data: [DONE]\n\n"
FROM_THE_START: Final = -1

_encode = msgspec.json.encode


class ResponseStream(ResponseDraft):
    """The events of one response.

    starting_after: the number of the last event that the client has. shows_tools: whether the agent's own tools are
    seen at work, by events that are no part of the response and have no number.
    """

    __slots__ = ("_number", "_shows_tools", "_starting_after")

    def __init__(
        self,
        terms: ResponseTerms,
        run_id: str,
        created_at_ms: int,
        *,
        starting_after: int = FROM_THE_START,
        shows_tools: bool = False,
    ) -> None:
        super().__init__(terms, run_id, created_at_ms)
        self._number = 0
        self._starting_after = starting_after
        self._shows_tools = shows_tools

    @property
    def count(self) -> int:
        """How many events there have been, the ones that the client has among them."""
        return self._number

    def tell_ending(self, number: int) -> bytes:
        """The end alone, of a response that was read before, with this number."""
        self._number = number
        return self._tell_end() if self.failure is None else self._tell_failure(self.failure)

    def _work(self, event: RunEvent) -> bytes:
        if self._shows_tools and isinstance(event, ShownEvent):
            return b'event: openclaw.tool\ndata: {"type":"openclaw.tool","openclaw":%b}\n\n' % escape_breaks(
                _encode(show_tool(event))
            )
        return super()._work(event)

    def _event(self, name: bytes, rest: bytes) -> bytes:
        number = self._number
        self._number = number + 1
        if number <= self._starting_after:
            return b""
        return b'event: %b\ndata: {"type":"%b","sequence_number":%d,%b}\n\n' % (name, name, number, rest)

    def _tell_response(self, name: bytes) -> bytes:
        return self._event(name, b'"response":' + escape_breaks(self.render()))

    def _tell_start(self) -> bytes:
        return self._tell_response(b"response.created") + self._tell_response(b"response.in_progress")

    def _tell_begin(self, growing: Growing) -> bytes:
        item = growing.item
        if isinstance(item, MessageOutput):
            content, item.content = item.content, []
            added = self._tell_item(b"response.output_item.added", growing)
            item.content = content
            return added + self._tell_part(b"response.content_part.added", growing)
        if isinstance(item, ReasoningOutput):
            summary, item.summary = item.summary, []
            added = self._tell_item(b"response.output_item.added", growing)
            item.summary = summary
            return added + self._tell_part(b"response.reasoning_summary_part.added", growing)
        return self._tell_item(b"response.output_item.added", growing)

    def _tell_text(self, growing: Growing, text: str) -> bytes:
        rest = b'%b,"content_index":0,"logprobs":[],"delta":%b' % (growing.place, encode_text(text))
        return self._event(b"response.output_text.delta", rest)

    def _tell_reasoning(self, growing: Growing, text: str) -> bytes:
        rest = b'%b,"summary_index":0,"delta":%b' % (growing.place, encode_text(text))
        return self._event(b"response.reasoning_summary_text.delta", rest)

    def _tell_arguments(self, growing: Growing, arguments: str) -> bytes:
        rest = b'%b,"delta":%b' % (growing.place, encode_text(arguments))
        return self._event(b"response.function_call_arguments.delta", rest)

    def _tell_close(self, growing: Growing) -> bytes:
        text = encode_text(growing.gather())
        place = growing.place
        match growing.item:
            case MessageOutput():
                rest = b'%b,"content_index":0,"logprobs":[],"text":%b' % (place, text)
                told = self._event(b"response.output_text.done", rest)
                told += self._tell_part(b"response.content_part.done", growing)
            case ReasoningOutput():
                rest = b'%b,"summary_index":0,"text":%b' % (place, text)
                told = self._event(b"response.reasoning_summary_text.done", rest)
                told += self._tell_part(b"response.reasoning_summary_part.done", growing)
            case CallOutput():
                rest = b'%b,"name":%b,"arguments":%b' % (place, encode_text(growing.item.name), text)
                told = self._event(b"response.function_call_arguments.done", rest)
        return told + self._tell_item(b"response.output_item.done", growing)

    def _tell_end(self) -> bytes:
        return self._tell_response(b"response." + self._state.status.encode()) + SSE_DONE

    def _tell_failure(self, error: GatewayError) -> bytes:
        """An `error` event, which SDKs raise, then the failed response, for those that read on."""
        message = replace_surrogates(error.message)
        param = None if error.param is None else replace_surrogates(error.param)
        inner = {"message": message, "type": error.type, "param": param, "code": error.code}
        rest = _encode({"code": error.code, "message": message, "param": param, "error": inner})[1:-1]
        told = self._event(b"error", escape_breaks(rest))
        return told + self._tell_response(b"response.failed") + SSE_DONE

    def _tell_item(self, name: bytes, growing: Growing) -> bytes:
        return self._event(name, b'%b,"item":%b' % (growing.place, escape_breaks(_encode(growing.item))))

    def _tell_part(self, name: bytes, growing: Growing) -> bytes:
        match growing.item:
            case MessageOutput(content=[text]):
                rest = b'%b,"content_index":0,"part":%b' % (growing.place, escape_breaks(_encode(text)))
            case ReasoningOutput(summary=[summary]):
                rest = b'%b,"summary_index":0,"part":%b' % (growing.place, escape_breaks(_encode(summary)))
            case _:
                return b""
        return self._event(name, rest)
