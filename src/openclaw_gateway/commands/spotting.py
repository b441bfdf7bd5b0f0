"""Whether a request may hold a command at all: asked for every request, so that the rest of the room costs nothing."""

from collections.abc import Sequence

from openclaw_gateway.messages import Message, TextPart, UserMessage

SLASH = "/"


def may_hold_command(incoming: Sequence[Message]) -> bool:
    """Whether any message of the caller begins with a slash."""
    for message in incoming:  # noqa: SIM110 -- any() costs a generator for each request
        if type(message) is UserMessage and begins_with_slash(message):
            return True
    return False


def begins_with_slash(message: UserMessage) -> bool:
    """Whether the message's first words could be a command."""
    text = first_text(message)
    return text[:1] == SLASH or (text[:1].isspace() and text.lstrip()[:1] == SLASH)


def first_text(message: UserMessage) -> str:
    """The text that a command would stand in."""
    content = message.content
    if isinstance(content, str):
        return content
    first = content[0] if content else None
    return first.text if isinstance(first, TextPart) else ""
