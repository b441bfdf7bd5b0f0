"""The streamed answer of `api: openai-completions`: chat completion chunks in, a draft out.

Source: OpenAI API reference, "The chat completion chunk object", and what servers that imitate it send instead:
fragments of tool calls without index, without id, with the id repeated or changed, a legacy `function_call` beside,
usage in any chunk or in none, reasoning under two names, content as parts, errors as events.
"""

from typing import ClassVar, Literal

import msgspec

from openclaw_gateway.events import FinishReason
from openclaw_gateway.messages import Usage
from openclaw_gateway.models.answer import NOT_IN_FORM, ErrorInStream, mend
from openclaw_gateway.models.draft import CallDraft, Draft
from openclaw_gateway.models.model import Say
from openclaw_gateway.models.usage import Count

_NOTHING = msgspec.Raw()
_EMPTY = (b"", b"null", b"false")


class _Part(msgspec.Struct, gc=False):
    type: str = ""
    text: str | None = None
    thinking: "list[_Part] | None" = None


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    # Text as the interface says, an object as some servers send it.
    arguments: msgspec.Raw = _NOTHING


class _Fragment(msgspec.Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct, gc=False):
    """A delta, or the whole message of an answer that is not streamed."""

    content: str | list[_Part] | None = None
    reasoning_content: str | None = None
    reasoning: msgspec.Raw = _NOTHING
    refusal: str | None = None
    tool_calls: list[_Fragment] | None = None


class _Choice(msgspec.Struct, gc=False):
    index: int | None = None
    delta: _Delta | None = None
    message: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    usage: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING
    object: str | None = None
    type: str | None = None


class _PromptDetails(msgspec.Struct, gc=False):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: Count | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _OutputDetails | None = None
    # DeepSeek's name for the cached part of the prompt.
    prompt_cache_hit_tokens: Count | None = None


_decode_chunk = msgspec.json.Decoder(_Chunk).decode
_decode_usage = msgspec.json.Decoder(_Usage).decode
_decode_text = msgspec.json.Decoder(str).decode

# Words for the end; what is not here ("eos", "end_turn", "STOP") is an ordinary end.
_FINISHES: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "MAX_TOKENS": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
}
_FAILURES: dict[str, Literal["refusal", "error"]] = {"content_filter": "refusal", "error": "error"}


class OpenAiStream:
    """See `answer.AnswerStream`."""

    __slots__ = ("_by_id", "_by_index", "_usage", "draft", "failure", "finish", "is_over")

    is_of_lines: ClassVar[bool] = False

    def __init__(self, say: Say) -> None:
        self.draft = Draft(say)
        self.finish: FinishReason | None = None
        self.failure: str | None = None
        self.is_over = False
        self._usage: msgspec.Raw = _NOTHING
        self._by_index: dict[int, CallDraft] = {}
        self._by_id: dict[str, CallDraft] = {}

    def feed(self, name: bytes, event: bytes) -> None:  # noqa: PLR0912 - flat, because every chunk passes here
        """One chunk, or `[DONE]`."""
        if self.is_over:
            return
        if event[:1] != b"{":
            word = event.strip()
            if word == b"[DONE]":
                self.is_over = True
                return
            if not word:
                return
        chunk = _decode_chunk(event)
        choices = chunk.choices
        if choices:
            choice = choices[0]
            if not choice.index:  # we ask for one choice; another one is not ours
                delta = choice.message if choice.delta is None else choice.delta
                if delta is not None:
                    content = delta.content
                    if (
                        type(content) is str
                        and delta.tool_calls is None
                        and delta.reasoning_content is None
                        and delta.reasoning is _NOTHING
                        and delta.refusal is None
                    ):
                        self.draft.add_text(content)  # nearly every chunk
                    else:
                        self._add(delta)
                if choice.finish_reason:
                    self._note_finish(choice.finish_reason)
        elif name == b"error" or chunk.object == "error" or chunk.type == "error":
            raise ErrorInStream(event)
        # What was not sent is this very object, and most chunks send neither.
        if chunk.error is not _NOTHING and bytes(chunk.error) not in _EMPTY:
            raise ErrorInStream(event)
        if chunk.usage is not _NOTHING and bytes(chunk.usage) not in _EMPTY:
            self._usage = chunk.usage

    def feed_whole(self, body: bytes) -> None:
        """A chat completion object."""
        self.feed(b"", body)
        if self.finish is None and (self.draft.parts or self.draft.calls):
            self.finish = "stop"
        self.is_over = True

    def usage(self) -> Usage | None:
        """Tokens as OpenAI counts them: cached ones are part of the prompt, reasoning of the completion."""
        if not bytes(self._usage):
            return None
        try:
            counted = _decode_usage(self._usage)
        except NOT_IN_FORM:
            return None
        prompt, output = int(counted.prompt_tokens or 0), int(counted.completion_tokens or 0)
        if not prompt and not output:
            return None  # a zero here is a number that nobody counted
        details = counted.prompt_tokens_details or _PromptDetails()
        cached = min(int(details.cached_tokens or counted.prompt_cache_hit_tokens or 0), prompt)
        written = min(int(details.cache_write_tokens or 0), prompt - cached)
        reasoning = counted.completion_tokens_details or _OutputDetails()
        return Usage(
            input=prompt - cached - written,
            output=output,
            cache_read=cached,
            cache_write=written,
            reasoning=int(reasoning.reasoning_tokens or 0),
        )

    def _add(self, delta: _Delta) -> None:
        draft = self.draft
        if delta.reasoning_content:
            draft.add_reasoning(delta.reasoning_content)
        elif delta.reasoning is not _NOTHING and bytes(delta.reasoning).startswith(b'"'):
            draft.add_reasoning(_read_text(bytes(delta.reasoning)))
        content = delta.content
        if type(content) is str:
            draft.add_text(content)
        elif content:
            self._add_parts(content)
        if delta.refusal:
            draft.add_text(delta.refusal)
        if delta.tool_calls:
            for fragment in delta.tool_calls:
                self._add_fragment(fragment)

    def _add_parts(self, parts: "list[_Part] | str") -> None:
        for part in parts:
            if isinstance(part, str):
                continue
            if part.thinking:
                self.draft.add_reasoning("".join([thought.text or "" for thought in part.thinking]))
            elif part.text:
                self.draft.add_text(part.text)

    def _add_fragment(self, fragment: _Fragment) -> None:
        function = fragment.function or _Function()
        name = function.name or ""
        call = self._find_call(fragment, name)
        if call is None:
            call = self.draft.begin_call(fragment.id or "", name)
            self._by_id[call.id] = call
        elif name and not call.name:
            self.draft.start_call(call, name)
        if fragment.index is not None:
            self._by_index[fragment.index] = call
        self.draft.add_arguments(call, _read_arguments(bytes(function.arguments)))

    def _find_call(self, fragment: _Fragment, name: str) -> CallDraft | None:
        """The call that a fragment belongs to; None when it begins a new one.

        An id decides where it is known. An unknown id with a name is a new call even under an old index (all calls have
        index 0 at some servers); an unknown id without a name is a server that makes up an id for each fragment.
        """
        if fragment.id and fragment.id in self._by_id:
            return self._by_id[fragment.id]
        found = None
        if fragment.index is not None:
            found = self._by_index.get(fragment.index)
        elif self.draft.calls and not name:
            found = self.draft.calls[-1]
        if found is None or not name or not found.name:
            return found
        is_repeated = not fragment.id and name == found.name
        return found if is_repeated else None

    def _note_finish(self, word: str) -> None:
        failure = _FAILURES.get(word)
        if failure is not None:
            self.failure = failure
        else:
            self.finish = _FINISHES.get(word, "stop")


def _read_arguments(raw: bytes) -> str:
    if raw in _EMPTY:
        return ""
    return _read_text(raw) if raw.startswith(b'"') else raw.decode("utf-8", "replace")


def _read_text(raw: bytes) -> str:
    """Text that was kept raw; it is mended here, because half of its event has been used already."""
    try:
        return _decode_text(raw)
    except NOT_IN_FORM:
        return _decode_text(mend(raw))
