"""The estimate of a message's size in a prompt."""

import pytest

from openclaw_gateway.messages import (
    AssistantMessage,
    AudioPart,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
)
from openclaw_gateway.sessions.prompt_size import estimate_tokens


@pytest.mark.parametrize(
    ("message", "tokens"),
    [
        pytest.param(UserMessage("x" * 400), 104, id="text"),
        pytest.param(UserMessage("漢" * 400), 304, id="a script of three bytes a letter"),
        pytest.param(UserMessage("\ud800"), 4, id="half a surrogate pair"),
        pytest.param(UserMessage((TextPart("x" * 40), ImagePart("image/png", "A" * 10**6))), 1614, id="image"),
        pytest.param(UserMessage((AudioPart("A" * 5500, "mp3"),)), 14, id="a second of speech"),
        pytest.param(
            AssistantMessage((ThinkingPart("x" * 40), TextPart("x" * 40), ToolCall("i", "abcd", "x" * 36))),
            34,
            id="reply",
        ),
        pytest.param(ToolResultMessage("i", (TextPart("x" * 40),)), 14, id="result"),
        pytest.param(UserMessage(()), 4, id="nothing"),
    ],
)
def test_estimate(message: Message, tokens: int) -> None:
    """Four bytes are a token, a message has a few of its own, an image a price whatever its bytes, a recording one by
    its length.
    """
    assert estimate_tokens(message) == tokens
