"""What the model's server of tests may be told to answer, and the form that each answer takes on the wire."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Step(Enum):
    """What an answer may do between two writes."""

    PAUSE = "wait until go_on()"
    HANG = "wait until the client leaves"
    CUT = "abort the connection"


PAUSE, HANG, CUT = Step.PAUSE, Step.HANG, Step.CUT
Piece = str | Step
WireStep = bytes | Step


@dataclass(frozen=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Call:
    """A tool call of an answer; fragments are joined to the arguments."""

    name: str
    fragments: tuple[str, ...]
    id: str = "call_1"


@dataclass(frozen=True)
class Answer:
    """A good answer in whatever form the request asks for."""

    pieces: tuple[Piece, ...] = ()
    reasoning: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    usage: tuple[int, int, int] | None = (11, 7, 0)
    finish: str | None = None

    @property
    def text(self) -> str:
        """The visible text, joined."""
        return "".join(piece for piece in self.pieces if isinstance(piece, str))


@dataclass(frozen=True)
class Raw:
    """An answer given as bytes. With is_chunked each bytes step is one HTTP chunk; otherwise the end is the EOF."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[WireStep, ...] = ()
    is_chunked: bool = True
    repeat_last: int = 1


@dataclass(frozen=True)
class HangBeforeHead:
    """Nothing at all is answered."""


@dataclass(frozen=True)
class Verbatim:
    """Bytes in place of an answer, HTTP or not; then the connection is left open, or closed if there are none."""

    content: bytes


Planned = Answer | Raw | HangBeforeHead | Verbatim


def as_raw(answer: Answer, seen: Seen) -> Raw:
    """The answer in the form that the request asks for."""
    request = seen.json
    is_anthropic = "/messages" in seen.path
    if request.get("stream"):
        wants_usage = bool((request.get("stream_options") or {}).get("include_usage"))
        stream = anthropic_stream(answer) if is_anthropic else openai_stream(answer, wants_usage=wants_usage)
        return Raw(200, {"content-type": "text/event-stream; charset=utf-8"}, tuple(stream))
    body = anthropic_message(answer) if is_anthropic else openai_completion(answer)
    steps = [step for step in answer.pieces if isinstance(step, Step)]
    return Raw(200, {"content-type": "application/json"}, (*steps, json.dumps(body).encode()))


def sse(payload: Mapping[str, object], event: str | None = None) -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(payload)}\n\n".encode()


def openai_chunk(delta: Mapping[str, object], finish: str | None = None, **more: object) -> bytes:
    """One chat completion chunk."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return sse({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "choices": [choice], **more})


def openai_usage(usage: tuple[int, int, int]) -> dict[str, object]:
    """Usage in OpenAI's form."""
    prompt, completion, cached = usage
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def openai_stream(answer: Answer, *, wants_usage: bool) -> Iterator[WireStep]:
    """The chunks of a chat completion."""
    yield openai_chunk({"role": "assistant", "content": ""})
    for thought in answer.reasoning:
        yield openai_chunk({"reasoning_content": thought})
    for piece in answer.pieces:
        yield openai_chunk({"content": piece}) if isinstance(piece, str) else piece
    for index, call in enumerate(answer.calls):
        function = {"name": call.name, "arguments": ""}
        yield openai_chunk({"tool_calls": [{"index": index, "id": call.id, "type": "function", "function": function}]})
        for fragment in call.fragments:
            yield openai_chunk({"tool_calls": [{"index": index, "function": {"arguments": fragment}}]})
    yield openai_chunk({}, answer.finish or ("tool_calls" if answer.calls else "stop"))
    if wants_usage and answer.usage:
        yield sse({"id": "chatcmpl-1", "choices": [], "usage": openai_usage(answer.usage)})
    yield b"data: [DONE]\n\n"


def openai_completion(answer: Answer) -> dict[str, object]:
    """The chat completion as one JSON document."""
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": "".join(call.fragments)}}
        for call in answer.calls
    ]
    message = {"role": "assistant", "content": answer.text, **({"tool_calls": calls} if calls else {})}
    finish = answer.finish or ("tool_calls" if calls else "stop")
    body: dict[str, object] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }
    return {**body, "usage": openai_usage(answer.usage)} if answer.usage else body


def anthropic_event(kind: str, **fields: object) -> bytes:
    """One event of a message stream."""
    return sse({"type": kind, **fields}, kind)


def anthropic_stream(answer: Answer) -> Iterator[WireStep]:
    """The events of a message."""
    prompt, completion, cached = answer.usage or (0, 0, 0)
    usage = {"input_tokens": prompt - cached, "cache_read_input_tokens": cached, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "tiny", "usage": usage}
    yield anthropic_event("message_start", message=message)
    index = 0
    if answer.reasoning:
        yield anthropic_event("content_block_start", index=index, content_block={"type": "thinking", "thinking": ""})
        for thought in answer.reasoning:
            delta = {"type": "thinking_delta", "thinking": thought}
            yield anthropic_event("content_block_delta", index=index, delta=delta)
        yield anthropic_event(
            "content_block_delta", index=index, delta={"type": "signature_delta", "signature": "sig-1"}
        )
        yield anthropic_event("content_block_stop", index=index)
        index += 1
    if answer.pieces:
        yield anthropic_event("content_block_start", index=index, content_block={"type": "text", "text": ""})
        yield anthropic_event("ping")
        for piece in answer.pieces:
            if isinstance(piece, str):
                delta = {"type": "text_delta", "text": piece}
                yield anthropic_event("content_block_delta", index=index, delta=delta)
            else:
                yield piece
        yield anthropic_event("content_block_stop", index=index)
        index += 1
    for call in answer.calls:
        block = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        yield anthropic_event("content_block_start", index=index, content_block=block)
        for fragment in call.fragments:
            delta = {"type": "input_json_delta", "partial_json": fragment}
            yield anthropic_event("content_block_delta", index=index, delta=delta)
        yield anthropic_event("content_block_stop", index=index)
        index += 1
    stop = answer.finish or ("tool_use" if answer.calls else "end_turn")
    yield anthropic_event("message_delta", delta={"stop_reason": stop}, usage={"output_tokens": completion})
    yield anthropic_event("message_stop")


def anthropic_message(answer: Answer) -> dict[str, object]:
    """The message as one JSON document."""
    prompt, completion, cached = answer.usage or (0, 0, 0)
    blocks: list[dict[str, object]] = [{"type": "text", "text": answer.text}] if answer.pieces else []
    for call in answer.calls:
        arguments = json.loads("".join(call.fragments))
        blocks.append({"type": "tool_use", "id": call.id, "name": call.name, "input": arguments})
    usage = {"input_tokens": prompt - cached, "cache_read_input_tokens": cached, "output_tokens": completion}
    stop = answer.finish or ("tool_use" if answer.calls else "end_turn")
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": blocks,
        "stop_reason": stop,
        "usage": usage,
    }
