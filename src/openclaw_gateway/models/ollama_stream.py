"""The streamed answer of `api: ollama`: lines of JSON in, a draft out.

Each line is the next piece of a message, a tool call comes whole in one of them, and the last says `done` and counts.
Source: Ollama API reference, "Generate a chat message" and "Streaming".
"""

from typing import ClassVar

import msgspec

from openclaw_gateway.events import FinishReason
from openclaw_gateway.messages import Usage
from openclaw_gateway.models.answer import NOT_IN_FORM, ErrorInStream
from openclaw_gateway.models.draft import Draft
from openclaw_gateway.models.model import Say
from openclaw_gateway.models.usage import Count

_NOTHING = msgspec.Raw()


class _Function(msgspec.Struct, gc=False):
    name: str = ""
    arguments: msgspec.Raw = _NOTHING


class _Call(msgspec.Struct, gc=False):
    id: str | None = None
    function: _Function | None = None


class _Message(msgspec.Struct, gc=False):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None


class _Line(msgspec.Struct, gc=False):
    message: _Message | None = None
    done: bool = False
    done_reason: str | None = None
    # Kept as they are, so that a wrong number costs the count and not the answer.
    prompt_eval_count: msgspec.Raw = _NOTHING
    eval_count: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


_decode_line = msgspec.json.Decoder(_Line).decode
_decode_count = msgspec.json.Decoder(Count).decode
_decode_text = msgspec.json.Decoder(str).decode


class OllamaStream:
    """See `answer.AnswerStream`. Its events are lines."""

    __slots__ = ("_counted", "draft", "failure", "finish", "is_over")

    is_of_lines: ClassVar[bool] = True

    def __init__(self, say: Say) -> None:
        self.draft = Draft(say)
        self.finish: FinishReason | None = None
        self.failure: str | None = None
        self.is_over = False
        self._counted: tuple[msgspec.Raw, msgspec.Raw] = (_NOTHING, _NOTHING)

    def feed(self, name: bytes, event: bytes) -> None:  # noqa: ARG002 - lines have no names
        """One line."""
        if self.is_over:
            return
        line = _decode_line(event)
        if bytes(line.error) not in (b"", b"null"):
            raise ErrorInStream(event)
        if line.message is not None:
            self._add(line.message)
        if line.done:
            self._counted = (line.prompt_eval_count, line.eval_count)
            self.finish = "length" if line.done_reason == "length" else "stop"
            self.is_over = True

    def feed_whole(self, body: bytes) -> None:
        """An answer that is not streamed: one line with everything in it."""
        self.feed(b"", body)

    def usage(self) -> Usage | None:
        """Tokens as Ollama counts them: thinking is part of the output; what it had in its cache it does not tell."""
        try:
            prompt, output = [int(_decode_count(raw)) for raw in self._counted]
        except NOT_IN_FORM:
            return None  # or it did not count, as older ones do with a prompt they know already
        return Usage(input=prompt, output=output) if prompt or output else None

    def _add(self, message: _Message) -> None:
        draft = self.draft
        draft.add_reasoning(message.thinking or "")
        draft.add_text(message.content or "")
        for asked in message.tool_calls or ():
            function = asked.function or _Function()
            call = draft.begin_call(asked.id or "", function.name)
            draft.add_arguments(call, _read_arguments(bytes(function.arguments)))


def _read_arguments(raw: bytes) -> str:
    """An object as published; text as some imitations write it."""
    if raw in (b"", b"null"):
        return ""
    return _decode_text(raw) if raw.startswith(b'"') else raw.decode("utf-8", "replace")
