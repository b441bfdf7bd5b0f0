"""The streamed answer of `api: google-generative-ai`: whole small answers in, each with the next parts; a draft out.

There is no last event: the stream ends with its body, after one that gives a finish reason. A call comes whole in one
part. Source: Gemini API reference, "GenerateContentResponse" and "Thought signatures".
"""

from typing import ClassVar, Literal

import msgspec

from openclaw_gateway.events import FinishReason
from openclaw_gateway.messages import Usage
from openclaw_gateway.models.answer import NOT_IN_FORM, ErrorInStream
from openclaw_gateway.models.draft import Draft
from openclaw_gateway.models.model import Say
from openclaw_gateway.models.usage import Count

_NOTHING = msgspec.Raw()


class _Call(msgspec.Struct, gc=False):
    name: str = ""
    id: str | None = None
    args: msgspec.Raw = _NOTHING


class _Part(msgspec.Struct, rename="camel", gc=False):
    text: str | None = None
    thought: bool = False
    thought_signature: str | None = None
    function_call: _Call | None = None


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, rename="camel", gc=False):
    index: int = 0
    content: _Content | None = None
    finish_reason: str | None = None


class _Feedback(msgspec.Struct, rename="camel", gc=False):
    block_reason: str | None = None


class _Answer(msgspec.Struct, rename="camel", gc=False):
    candidates: list[_Candidate] | None = None
    prompt_feedback: _Feedback | None = None
    # Kept as it is, so that a wrong number costs the count and not the answer.
    usage_metadata: msgspec.Raw = _NOTHING
    error: msgspec.Raw = _NOTHING


class _Usage(msgspec.Struct, rename="camel", gc=False):
    prompt_token_count: Count | None = None
    tool_use_prompt_token_count: Count | None = None
    cached_content_token_count: Count | None = None
    candidates_token_count: Count | None = None
    thoughts_token_count: Count | None = None


_decode_answer = msgspec.json.Decoder(_Answer).decode
_decode_answers = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_usage = msgspec.json.Decoder(_Usage | None).decode

_FAILURES: dict[str, Literal["refusal", "error"]] = {
    **dict.fromkeys(
        ("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"), "refusal"
    ),
    **dict.fromkeys(("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER"), "error"),
}


class GoogleStream:
    """See `answer.AnswerStream`."""

    __slots__ = ("_usage", "draft", "failure", "finish", "is_over")

    is_of_lines: ClassVar[bool] = False

    def __init__(self, say: Say) -> None:
        self.draft = Draft(say)
        self.finish: FinishReason | None = None
        self.failure: str | None = None
        self.is_over = False
        self._usage: msgspec.Raw = _NOTHING

    def feed(self, name: bytes, event: bytes) -> None:  # noqa: ARG002 - events have no names
        """The next parts."""
        if not event.strip() or event.strip() == b"[DONE]":
            return
        answer = _decode_answer(event)
        if bytes(answer.error) not in (b"", b"null"):
            raise ErrorInStream(event)
        if answer.usage_metadata is not _NOTHING:
            self._usage = answer.usage_metadata  # each is the count until now
        if answer.prompt_feedback is not None and answer.prompt_feedback.block_reason:
            self.failure = "refusal"
        for candidate in answer.candidates or ():
            if candidate.index == 0:  # we ask for one; another one is not ours
                self._add_candidate(candidate)

    def feed_whole(self, body: bytes) -> None:
        """One answer with everything in it, or the array that the stream is without `alt=sse`."""
        for answer in _decode_answers(body) if body.lstrip().startswith(b"[") else [body]:
            self.feed(b"", bytes(answer))
        if self.finish is None and self.draft.parts:
            self.finish = "stop"
        self.is_over = True

    def usage(self) -> Usage | None:
        """Tokens as Google counts them: cached ones are part of the prompt, thoughts stand beside the answer."""
        if not bytes(self._usage):
            return None
        try:
            counted = _decode_usage(self._usage)
        except NOT_IN_FORM:
            return None
        if counted is None:
            return None
        prompt = int(counted.prompt_token_count or 0) + int(counted.tool_use_prompt_token_count or 0)
        thoughts = int(counted.thoughts_token_count or 0)
        output = int(counted.candidates_token_count or 0) + thoughts
        if not prompt and not output:
            return None  # a zero here is a number that nobody counted
        cached = min(int(counted.cached_content_token_count or 0), prompt)
        return Usage(input=prompt - cached, output=output, cache_read=cached, reasoning=thoughts)

    def _add_candidate(self, candidate: _Candidate) -> None:
        for part in (candidate.content.parts if candidate.content else None) or ():
            self._add_part(part)
        word = candidate.finish_reason
        if word in _FAILURES:
            self.failure = _FAILURES[word]
        elif word and word != "FINISH_REASON_UNSPECIFIED":
            self.finish = "length" if word == "MAX_TOKENS" else "stop"

    def _add_part(self, part: _Part) -> None:
        draft, proof = self.draft, part.thought_signature or ""
        if part.function_call is not None:
            asked = part.function_call
            call = draft.begin_call(asked.id or "", asked.name)
            draft.sign(call, proof)
            arguments = bytes(asked.args)
            draft.add_arguments(call, "" if arguments == b"null" else arguments.decode("utf-8", "replace"))
        elif part.thought:
            draft.add_reasoning(part.text or "")
            if proof:
                draft.sign(draft.thinking(), proof)
        else:
            draft.add_text(part.text or "")
            if proof:
                # The proof of a text is kept as reasoning without words behind it, and goes back as a part of its own.
                draft.sign(draft.thinking(is_new=True), proof)
