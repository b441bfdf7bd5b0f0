"""The streamed answer of `api: anthropic-messages`: message events in, a draft out.

Source: Anthropic API reference, "Streaming messages". Event types and block types that we do not know are passed over,
as it asks for. What imitations send instead: usage only at the end, one block per fragment of a tool call.
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


class _Usage(msgspec.Struct, gc=False):
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None


class _Block(msgspec.Struct, gc=False):
    type: str
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: msgspec.Raw = _NOTHING


class _Delta(msgspec.Struct, gc=False):
    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class _Message(msgspec.Struct, gc=False):
    usage: msgspec.Raw = _NOTHING


class _Event(msgspec.Struct, gc=False):
    type: str
    index: int | None = None
    message: _Message | None = None
    content_block: _Block | None = None
    delta: _Delta | None = None
    # Kept as it is, so that a wrong number costs the count and not the answer.
    usage: msgspec.Raw = _NOTHING


class _Whole(msgspec.Struct, gc=False):
    """A message, or an error in its place."""

    type: str
    content: list[_Block] = []
    stop_reason: str | None = None
    usage: msgspec.Raw = _NOTHING


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_whole = msgspec.json.Decoder(_Whole).decode
_decode_usage = msgspec.json.Decoder(_Usage | None).decode

# What is not here ("end_turn", "stop_sequence", "pause_turn") is an ordinary end.
_FINISHES: dict[str, FinishReason] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}


class AnthropicStream:
    """See `answer.AnswerStream`."""

    __slots__ = ("_blocks", "_counted", "_is_miscounted", "draft", "failure", "finish", "is_over")

    is_of_lines: ClassVar[bool] = False

    def __init__(self, say: Say) -> None:
        self.draft = Draft(say)
        self.finish: FinishReason | None = None
        self.failure: str | None = None
        self.is_over = False
        self._blocks: dict[int, CallDraft | ThinkingDraft] = {}
        self._counted = _Usage()
        self._is_miscounted = False

    def feed(self, name: bytes, event: bytes) -> None:  # noqa: ARG002 - the type is in the event as well
        """One event."""
        if self.is_over or not event or event == b"[DONE]":
            return
        parsed = _decode_event(event)
        match parsed.type:
            case "content_block_delta":
                if parsed.delta is not None:
                    self._add(parsed.index, parsed.delta)
            case "content_block_start":
                if parsed.content_block is not None:
                    self._begin_block(parsed.index, parsed.content_block)
            case "message_start":
                if parsed.message is not None:
                    self._count(parsed.message.usage)
            case "message_delta":
                self._count(parsed.usage)
                if parsed.delta is not None and parsed.delta.stop_reason:
                    self._note_finish(parsed.delta.stop_reason)
            case "message_stop":
                self.is_over = True
            case "error":
                raise ErrorInStream(event)
            case _:  # ping, content_block_stop, and what is new
                pass

    def feed_whole(self, body: bytes) -> None:
        """A message object."""
        whole = _decode_whole(body)
        if whole.type == "error":
            raise ErrorInStream(body)
        for index, block in enumerate(whole.content):
            self._begin_block(index, block)
        self._count(whole.usage)
        self._note_finish(whole.stop_reason or "end_turn")
        self.is_over = True

    def usage(self) -> Usage | None:
        """Tokens as Anthropic counts them: cached ones beside the input, thinking in the output and not told apart."""
        if self._is_miscounted:
            return None
        counted = self._counted
        usage = Usage(
            input=int(counted.input_tokens or 0),
            output=int(counted.output_tokens or 0),
            cache_read=int(counted.cache_read_input_tokens or 0),
            cache_write=int(counted.cache_creation_input_tokens or 0),
        )
        return usage if usage.total else None  # a zero here is a number that nobody counted

    def _begin_block(self, index: int | None, block: _Block) -> None:
        draft = self.draft
        match block.type:
            case "text":
                draft.add_text(block.text or "")
            case "thinking":
                thinking = draft.thinking(is_new=True)
                draft.sign(thinking, block.signature or "")
                draft.add_reasoning(block.thinking or "")
                self._blocks[index or 0] = thinking
            case "redacted_thinking":
                thinking = draft.thinking(is_new=True)
                thinking.redacted = True
                draft.sign(thinking, block.data or "")
            case "tool_use":
                self._begin_call(index, block)
            case _:
                pass

    def _begin_call(self, index: int | None, block: _Block) -> None:
        last = self.draft.calls[-1] if self.draft.calls else None
        # A new block with the id of the call before is more of that call, and not another one.
        is_same = last is not None and bool(block.id) and last.id == block.id
        call = last if is_same and last is not None else self.draft.begin_call(block.id or "", block.name or "")
        self._blocks[index or 0] = call
        if bytes(block.input).strip() not in {b"", b"{}", b"null"}:
            self.draft.add_arguments(call, bytes(block.input).decode())

    def _add(self, index: int | None, delta: _Delta) -> None:
        if delta.text:
            self.draft.add_text(delta.text)
        elif delta.partial_json:
            call = self._blocks.get(index or 0)
            if isinstance(call, CallDraft):
                self.draft.add_arguments(call, delta.partial_json)
        elif delta.thinking:
            self.draft.add_reasoning(delta.thinking)
        elif delta.signature:
            thinking = self._blocks.get(index or 0)
            if isinstance(thinking, ThinkingDraft):
                self.draft.sign(thinking, delta.signature)

    def _count(self, raw: msgspec.Raw) -> None:
        """Later numbers are the newer ones; a zero does not take back what was counted."""
        if raw is _NOTHING:
            return
        try:
            usage = _decode_usage(raw)
        except NOT_IN_FORM:
            self._is_miscounted = True
            return
        if usage is not None:
            counted = self._counted
            counted.input_tokens = usage.input_tokens or counted.input_tokens
            counted.output_tokens = usage.output_tokens or counted.output_tokens
            counted.cache_read_input_tokens = usage.cache_read_input_tokens or counted.cache_read_input_tokens
            counted.cache_creation_input_tokens = (
                usage.cache_creation_input_tokens or counted.cache_creation_input_tokens
            )

    def _note_finish(self, word: str) -> None:
        if word == "refusal":
            self.failure = "refusal"
        else:
            self.finish = _FINISHES.get(word, "stop")
