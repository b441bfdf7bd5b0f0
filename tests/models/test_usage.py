"""Estimates where nobody counted."""

import msgspec

from openclaw_gateway.asking import ToolSpec
from openclaw_gateway.messages import (
    AssistantMessage,
    ImagePart,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from openclaw_gateway.models.model import ModelRequest
from openclaw_gateway.models.usage import TOKENS_PER_IMAGE, estimate_usage


def test_everything_that_is_sent_counts() -> None:
    """System, messages, calls, results, images and tools count on one side, text, calls and reasoning on the other."""
    request = ModelRequest(
        system=("s" * 40,),
        messages=(
            UserMessage("u" * 40),
            UserMessage((TextPart("p" * 40), ImagePart("image/png", "x" * 9999))),
            AssistantMessage((ThinkingPart("not sent"), TextPart("a" * 40), ToolCall("1", "look", "x" * 36))),
            ToolResultMessage("1", (TextPart("r" * 40),)),
        ),
        tools=(ToolSpec("look", "d" * 16, msgspec.Raw(b'"' + b"j" * 18 + b'"')),),
    )
    usage = estimate_usage(request, (ThinkingPart("t" * 40), TextPart("o" * 41)))
    assert usage == Usage(input=70 + TOKENS_PER_IMAGE, output=21, reasoning=10, estimated=True)


def test_nothing_said_is_never_zero_for_something() -> None:
    """One character is one token, not none."""
    usage = estimate_usage(ModelRequest((), (UserMessage("x"),)), (TextPart("y"),))
    assert (usage.input, usage.output) == (1, 1)
