"""Whether a request may hold a command: the question every request is asked."""

import pytest

from openclaw_gateway.commands.spotting import first_text, may_hold_command
from openclaw_gateway.messages import AssistantMessage, ImagePart, Message, TextPart, UserMessage


@pytest.mark.parametrize(
    ("incoming", "may"),
    [
        pytest.param([UserMessage("hi")], False, id="text"),
        pytest.param([UserMessage("/status")], True, id="slash"),
        pytest.param([UserMessage("\n  /status")], True, id="spaces before"),
        pytest.param([UserMessage("/new"), UserMessage("hi")], True, id="earlier one"),
        pytest.param([AssistantMessage((TextPart("/status"),))], False, id="of the model"),
        pytest.param(
            [UserMessage((TextPart("/think high"), ImagePart("image/png", "AA==")))], True, id="with a picture"
        ),
        pytest.param([UserMessage((ImagePart("image/png", "AA=="),))], False, id="only a picture"),
        pytest.param([UserMessage(())], False, id="nothing"),
    ],
)
def test_slash_is_seen(incoming: list[Message], may: bool) -> None:
    """Only a user's message that begins with a slash may hold a command."""
    assert may_hold_command(incoming) is may


def test_first_text() -> None:
    """A command stands in the first part."""
    assert first_text(UserMessage((TextPart("a"), TextPart("b")))) == "a"
