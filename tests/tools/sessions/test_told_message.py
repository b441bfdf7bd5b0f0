"""What a session is shown of another one's messages."""

import msgspec
import pytest

from openclaw_gateway.messages import (
    AssistantMessage,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from openclaw_gateway.sessions.session import Entry
from openclaw_gateway.tools.sessions.told_message import MAX_TEXT_CHARS, clean, tell_message

CALL = ToolCall("c", "exec", '{"command": "ls"}', thought_signature="opaque")
SECRET = "sk-" + "dummy0123456789abcdef"


def tell(message: Message, *, with_tools: bool) -> object:
    told = tell_message(Entry(7, None, message, "run", 1), with_tools=with_tools)
    return None if told is None else msgspec.to_builtins(told)["content"]


@pytest.mark.parametrize(
    ("message", "plain", "with_tools"),
    [
        pytest.param(UserMessage("/status", exclude_from_context=True), None, None, id="command"),
        pytest.param(UserMessage("hi"), [{"type": "text", "text": "hi"}], [{"type": "text", "text": "hi"}], id="text"),
        pytest.param(
            UserMessage((TextPart("see"), ImagePart("image/png", "AAAA"))),
            [{"type": "text", "text": "see"}, {"type": "text", "text": "[image]"}],
            [{"type": "text", "text": "see"}, {"type": "text", "text": "[image]"}],
            id="picture",
        ),
        pytest.param(
            AssistantMessage((ThinkingPart("hm", "opaque"), TextPart("so"), CALL)),
            [{"type": "text", "text": "so"}],
            [
                {"type": "text", "text": "so"},
                {"type": "toolCall", "name": "exec", "arguments": '{"command": "ls"}'},
            ],
            id="answer",
        ),
        pytest.param(AssistantMessage((ThinkingPart("hm"),)), None, None, id="only reasoning"),
        pytest.param(
            ToolResultMessage("c", (TextPart("out"),), "exec"), None, [{"type": "text", "text": "out"}], id="result"
        ),
    ],
)
def test_parts(message: Message, plain: object, with_tools: object) -> None:
    """Text is told, tools where they are wanted, reasoning and pictures never."""
    assert tell(message, with_tools=False) == plain
    assert tell(message, with_tools=True) == with_tools


def test_secrets_and_length() -> None:
    """What looks like a credential is hidden, and a long text is cut and says so."""
    assert SECRET not in clean(f"key {SECRET} end", 100)
    cut = clean("x" * (MAX_TEXT_CHARS + 1), MAX_TEXT_CHARS)
    assert cut.endswith(f"[cut: {MAX_TEXT_CHARS + 1} characters in all]")
