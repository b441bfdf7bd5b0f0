"""Prompts that a chat program sends for itself: titles, tags, suggestions. They are no part of the chat they are about.

Open WebUI sends them under the chat's own id. In the chat's session they would be a turn that nobody said.
"""

from collections.abc import Sequence

from openclaw_gateway.messages import Message, UserMessage, visible_text

# Its templates begin with the first and quote the chat between the second. Its template for documents begins alike, but
# brings a real question, and does not quote the chat.
_BEGINNING = "### Task:"
_QUOTED_CHAT = "<chat_history>"


def is_helper_prompt(incoming: Sequence[Message]) -> bool:
    """Whether the conversation is one such prompt and nothing else."""
    if len(incoming) != 1 or type(incoming[0]) is not UserMessage:
        return False
    text = visible_text(incoming[0])
    return text.lstrip().startswith(_BEGINNING) and _QUOTED_CHAT in text
