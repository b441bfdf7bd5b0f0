"""Counting tokens: what a provider's usage means, and an estimate where there is none."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from openclaw_gateway.events import FinishReason
from openclaw_gateway.messages import (
    AssistantPart,
    AudioPart,
    ImagePart,
    Message,
    StopReason,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
    UserPart,
    visible_text,
)
from openclaw_gateway.models.model import ModelRequest

STOP_REASONS: Mapping[FinishReason, StopReason] = {"stop": "stop", "length": "length", "tool_calls": "toolUse"}

CHARS_PER_TOKEN = 4
# What providers charge for an image of about 1,000 by 1,000 pixels; between theirs, and said to be an estimate.
TOKENS_PER_IMAGE = 1_000
# Of base64, at 10 tokens and 4 KB a second.
AUDIO_CHARS_PER_TOKEN = 550

# A number of tokens as a provider writes it: some write 12.0. What JSON's readers would round, and less than nothing,
# nobody counted.
Count = Annotated[float, msgspec.Meta(ge=0, le=2**53 - 1)]


def estimate_usage(request: ModelRequest, answer: Sequence[AssistantPart]) -> Usage:
    """A quarter of the characters, flagged as estimated; never zero for something that was said."""
    prompt = sum(map(len, request.system)) + sum(map(_message_chars, request.messages))
    prompt += sum(
        len(tool.name) + len(tool.description or "") + len(bytes(tool.parameters or b"")) for tool in request.tools
    )
    reasoning = sum(len(part.thinking) for part in answer if isinstance(part, ThinkingPart))
    return Usage(
        input=_tokens(prompt),
        output=_tokens(sum(map(_part_chars, answer))),
        reasoning=_tokens(reasoning),
        estimated=True,
    )


def _tokens(chars: int) -> int:
    return -(-chars // CHARS_PER_TOKEN)


def _message_chars(message: Message) -> int:
    match message:
        case UserMessage(content=str() as text):
            return len(text)
        case UserMessage(content=parts) | ToolResultMessage(content=parts):
            return sum(map(_part_chars, parts)) if not isinstance(parts, str) else len(parts)
        case _:
            return len(visible_text(message)) + sum(map(_part_chars, message.tool_calls))


def _part_chars(part: AssistantPart | UserPart) -> int:
    match part:
        case TextPart(text=text):
            return len(text)
        case ThinkingPart(thinking=text):
            return len(text)
        case ToolCall(name=name, arguments=arguments):
            return len(name) + len(arguments)
        case ImagePart():
            return TOKENS_PER_IMAGE * CHARS_PER_TOKEN
        case AudioPart(data=data):
            return len(data) // AUDIO_CHARS_PER_TOKEN * CHARS_PER_TOKEN
