"""A run's events as an answer of POST /v1/chat/completions: as server-sent events, or collected into one body.

What is shown is decided by `reply_reading.py`, once for both forms; here is how it is spelled.
Source: OpenAI's API reference, "Chat completion object" and "Chat completion chunk object".
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from openclaw_gateway.dialects.openai.error_body import encode_error_body, replace_surrogates
from openclaw_gateway.dialects.openai.line_json import encode_text, escape_breaks
from openclaw_gateway.dialects.openai.reply_reading import ReplyReading
from openclaw_gateway.dialects.openai.visible_work import VisibleWork, show_tool
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import (
    ApprovalRequested,
    ApprovalResolved,
    FinishReason,
    ReasoningDelta,
    RunEvent,
    ToolFinished,
    ToolStarted,
)
from openclaw_gateway.messages import Usage

SSE_DONE: Final = b"data: [DONE]\n\n"

_encode = msgspec.json.encode


class ReplyTerms(msgspec.Struct, frozen=True, gc=False):
    """What an answer repeats of its request, and what it depends on.

    id: "chatcmpl_" and a uuid. created_s: seconds since the epoch. model: as the caller spelled it. caller_tools: names
    of the tools the caller brought. tool_choice: as in a model request. visible: what is to be seen beside the answer.
    """

    id: str
    created_s: int
    model: str
    wants_usage: bool = False
    caller_tools: frozenset[str] = frozenset()
    tool_choice: str = "auto"
    visible: VisibleWork | None = None


class ReplyUsage(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """`usage` of an answer. estimated: nobody counted, the gateway guessed from the length of the texts."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: "PromptTokensDetails"
    completion_tokens_details: "CompletionTokensDetails"
    estimated: bool = False


class PromptTokensDetails(msgspec.Struct, frozen=True, gc=False):
    """Parts of the prompt; cached_tokens were read from the provider's cache."""

    cached_tokens: int


class CompletionTokensDetails(msgspec.Struct, frozen=True, gc=False):
    """Parts of the completion."""

    reasoning_tokens: int


class _Function(msgspec.Struct, frozen=True, gc=False):
    name: str
    arguments: str


class _CallOfTool(msgspec.Struct, frozen=True, gc=False):
    id: str
    type: str
    function: _Function


class _Message(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    role: str
    content: str | None
    refusal: None
    tool_calls: list[_CallOfTool] | None = None


class _Choice(msgspec.Struct, frozen=True, gc=False):
    index: int
    message: _Message
    logprobs: None
    finish_reason: str


class Completion(msgspec.Struct, frozen=True, gc=False):
    """The whole answer."""

    id: str
    object: str
    created: int
    model: str
    choices: tuple[_Choice]
    usage: ReplyUsage


def read_usage(usage: Usage) -> ReplyUsage:
    """A run's count in OpenAI's words, where prompt_tokens includes what came from a cache."""
    return ReplyUsage(
        usage.prompt,
        usage.output,
        usage.total,
        PromptTokensDetails(usage.cache_read),
        CompletionTokensDetails(usage.reasoning),
        usage.estimated,
    )


class ChatReplyEncoder(ReplyReading):
    """The answer as server-sent events, ending in `data: [DONE]` whatever happens.

    A chunk costs about a microsecond: all that is the same in every chunk is encoded once.
    """

    __slots__ = ("_choice", "_head", "_tail", "_text_head", "_visible", "_wants_usage")

    def __init__(self, terms: ReplyTerms) -> None:
        super().__init__(terms.caller_tools, terms.tool_choice)
        self._wants_usage = terms.wants_usage
        self._visible = terms.visible
        same = (
            f'data: {{"id":{_quote(terms.id)},"object":"chat.completion.chunk","created":{terms.created_s},'
            f'"model":{_quote(terms.model)},"choices":['
        )
        self._head = same.encode()
        self._choice = self._head + b'{"index":0,"delta":{'
        self._text_head = self._choice + b'"content":'
        # With include_usage every chunk has the field, null in all but the one that counts.
        self._tail = b'},"finish_reason":null}]%b}\n\n' % (b',"usage":null' if terms.wants_usage else b"")

    def _start(self) -> bytes:
        return self._choice + b'"role":"assistant"' + self._tail

    def _text(self, text: str) -> bytes:
        return self._text_head + encode_text(text) + self._tail

    def _call(self, place: int, call_id: str, name: str) -> bytes:
        call = (
            f'"tool_calls":[{{"index":{place},"id":{_quote(call_id)},"type":"function",'
            f'"function":{{"name":{_quote(name)},"arguments":""}}}}]'
        )
        return self._choice + call.encode() + self._tail

    def _arguments(self, place: int, arguments: str) -> bytes:
        head = b'"tool_calls":[{"index":%d,"function":{"arguments":' % place
        return self._choice + head + encode_text(arguments) + b"}}]" + self._tail

    def _finish(self, reason: FinishReason, usage: Usage) -> bytes:
        finish = self._choice + self._tail.replace(b"null", b'"%b"' % reason.encode(), 1)
        if not self._wants_usage:
            return finish + SSE_DONE
        return finish + self._head + b'],"usage":' + _encode(read_usage(usage)) + b"}\n\n" + SSE_DONE

    def _work(self, event: RunEvent) -> bytes:
        visible = self._visible
        if visible is None:
            return b""
        match event:
            case ReasoningDelta() if visible.reasoning:
                return self._choice + b'"reasoning_content":' + encode_text(event.text) + self._tail
            case ToolStarted() | ToolFinished() | ApprovalRequested() | ApprovalResolved() if visible.tools:
                # OpenAI's SDKs take the data of every event for a chunk, whatever its name: to them this one is empty.
                step = escape_breaks(_encode(show_tool(event)))
                return b"event: openclaw.tool\n" + self._choice + self._tail[:-3] + b',"openclaw":' + step + b"}\n\n"
            case _:
                return b""

    def _failure(self, error: GatewayError) -> bytes:
        return b"data: " + encode_error_body(error) + b"\n\n" + SSE_DONE


class _Collector(ReplyReading):
    """The same reading, kept until the run is over."""

    __slots__ = ("_calls", "_pieces", "_terms")

    def __init__(self, terms: ReplyTerms) -> None:
        super().__init__(terms.caller_tools, terms.tool_choice)
        self._terms = terms
        self._pieces: list[str] = []
        self._calls: list[tuple[str, str, list[str]]] = []

    def _start(self) -> bytes:
        return b""

    def _text(self, text: str) -> bytes:
        self._pieces.append(text)
        return b""

    def _call(self, place: int, call_id: str, name: str) -> bytes:  # noqa: ARG002  (calls come in their order)
        self._calls.append((call_id, name, []))
        return b""

    def _arguments(self, place: int, arguments: str) -> bytes:
        self._calls[place][2].append(arguments)
        return b""

    def _finish(self, reason: FinishReason, usage: Usage) -> bytes:
        text = replace_surrogates("".join(self._pieces))
        calls = [_CallOfTool(id_, "function", _Function(name, "".join(parts))) for id_, name, parts in self._calls]
        message = _Message("assistant", text if text or not calls else None, None, calls or None)
        choices = (_Choice(0, message, None, reason),)
        terms = self._terms
        return _encode(
            Completion(terms.id, "chat.completion", terms.created_s, terms.model, choices, read_usage(usage))
        )

    def _failure(self, error: GatewayError) -> bytes:
        raise error


def collect_chat_reply(events: Iterable[RunEvent], terms: ReplyTerms) -> bytes:
    """The body of an answer that is not streamed, from all events of a run that is over.

    Raises the run's error if it failed, ToolChoiceUnsatisfied if a required call is missing.
    """
    collector = _Collector(terms)
    for event in events:
        if body := collector.encode(event, 0):
            return body
    raise GatewayError("The run is not over.")


def _quote(text: str) -> str:
    return encode_text(text).decode()
