"""Answers that say that there is nothing to say: the model answers `NO_REPLY` alone then, and nobody is shown it.

Source: OpenClaw docs/concepts/messages.md, "Silent replies".
"""

from typing import Final

from openclaw_gateway.messages import AssistantMessage, Message

SILENT_REPLY: Final = "NO_REPLY"


def is_silent_text(text: str) -> bool:
    """Whether the text is nothing but the mark."""
    return text.strip() == SILENT_REPLY


def may_become_silent(text: str) -> bool:
    """Whether a text that is still growing could be the mark in the end, so that it is held back."""
    return SILENT_REPLY.startswith(text.strip())


def is_silent(message: Message) -> bool:
    """Whether a stored message is such an answer."""
    return isinstance(message, AssistantMessage) and not message.tool_calls and is_silent_text(message.text)
