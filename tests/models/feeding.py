"""Feeding an answer's bytes to a reader without a network, and what was said meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openclaw_gateway.events import FinishReason, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStarted
from openclaw_gateway.messages import AssistantPart, Usage
from openclaw_gateway.models.answer import AnswerReader, AnswerStream
from openclaw_gateway.models.anthropic_stream import AnthropicStream
from openclaw_gateway.models.google_stream import GoogleStream
from openclaw_gateway.models.model import ModelEvent, Say
from openclaw_gateway.models.ollama_stream import OllamaStream
from openclaw_gateway.models.openai_stream import OpenAiStream
from openclaw_gateway.models.responses_stream import ResponsesStream

FORMS: dict[str, Callable[[Say], AnswerStream]] = {
    "openai": OpenAiStream,
    "anthropic": AnthropicStream,
    "anthropic-messages": AnthropicStream,
    "google-generative-ai": GoogleStream,
    "ollama": OllamaStream,
    "openai-completions": OpenAiStream,
    "openai-responses": ResponsesStream,
}


@dataclass
class Fed:
    """What came of an answer. said: the deltas, neighbours of one kind joined, so that splits do not show."""

    parts: tuple[AssistantPart, ...]
    finish: FinishReason
    usage: Usage | None
    said: list[tuple[object, ...]]


def feed(form: str, pieces: Sequence[bytes], *, is_whole: bool = True, status: int = 200) -> Fed:
    """Read an answer whose body comes in these pieces. Raises what the reader raises."""
    said: list[ModelEvent] = []
    stream = FORMS[form](said.append)
    reader = AnswerReader(stream, lambda: 0.0)
    reader.begin(status, [])
    for piece in pieces:
        reader.feed(piece)
    parts, finish = reader.finish(is_whole=is_whole)
    return Fed(parts, finish, stream.usage(), join(said))


def join(said: Sequence[ModelEvent]) -> list[tuple[object, ...]]:
    """Deltas as tuples, neighbours of one kind joined."""
    joined: list[tuple[object, ...]] = []
    for event in said:
        match event:
            case TextDelta(text=text):
                entry: tuple[object, ...] = ("text", text)
            case ReasoningDelta(text=text):
                entry = ("reasoning", text)
            case ToolCallDelta(index=index, arguments=text):
                entry = ("arguments", index, text)
            case ToolCallStarted(index=index, id=call_id, name=name):
                joined.append(("call", index, call_id, name))
                continue
        if joined and joined[-1][:-1] == entry[:-1]:
            joined[-1] = (*entry[:-1], f"{joined[-1][-1]}{entry[-1]}")
        else:
            joined.append(entry)
    return joined
