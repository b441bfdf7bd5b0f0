"""Prompts of chat programs for themselves."""

import pytest

from openclaw_gateway.messages import AssistantMessage, Message, TextPart, UserMessage
from openclaw_gateway.routing.helper_prompt import is_helper_prompt

TITLE = "### Task:\nGenerate a title.\n### Chat History:\n<chat_history>\nUSER: hi\n</chat_history>"


@pytest.mark.parametrize(
    ("incoming", "expected"),
    [
        pytest.param([UserMessage(TITLE)], True, id="title"),
        pytest.param([UserMessage((TextPart("\n" + TITLE),))], True, id="as a part"),
        pytest.param([UserMessage("### Task:\nAnswer with the <context>.\nhi")], False, id="documents"),
        pytest.param([UserMessage("what is <chat_history>?")], False, id="a question about it"),
        pytest.param(
            [UserMessage("hi"), AssistantMessage((TextPart("hello"),)), UserMessage(TITLE)], False, id="inside a chat"
        ),
        pytest.param([], False, id="nothing"),
    ],
)
def test_helper_prompts_are_known(incoming: list[Message], expected: bool) -> None:
    """Only a conversation that is nothing but such a prompt is one."""
    assert is_helper_prompt(incoming) is expected
