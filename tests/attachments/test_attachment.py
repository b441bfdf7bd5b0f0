"""Attachments find their way back into the conversation."""

import pytest

from openclaw_gateway.attachments.attachment import PLACEHOLDER, FileAttachment, fill
from openclaw_gateway.messages import ImagePart, TextPart, UserMessage


def test_placeholders_are_replaced() -> None:
    """Each placeholder becomes what was read for it, one part or several; everything else stays the same object."""
    first = UserMessage("hi")
    second = UserMessage((TextPart("see"), PLACEHOLDER, TextPart("and"), PLACEHOLDER), name="ann")
    attachments = [FileAttachment(1, 3, "later"), FileAttachment(1, 1, "sooner")]
    image = ImagePart("image/png", "AAAA")
    filled = fill([first, second], attachments, [(TextPart("b"), image), (TextPart("a"),)])
    assert filled[0] is first
    assert filled[1] == UserMessage((TextPart("see"), TextPart("a"), TextPart("and"), TextPart("b"), image), name="ann")


def test_attachments_belong_to_users() -> None:
    """A place that holds no parts is a mistake of the dialect, not of the caller."""
    with pytest.raises(TypeError):
        fill([UserMessage("hi")], [FileAttachment(0, 0, "x")], [(TextPart("a"),)])
