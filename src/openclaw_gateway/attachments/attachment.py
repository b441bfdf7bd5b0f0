"""What a request brings that cannot be read while it is parsed, and its way back into the conversation.

A dialect leaves an empty text part where an attachment was and says here what belongs there; `reader.py` reads it, and
`fill` puts it in place.
"""

from collections.abc import Sequence

import msgspec

from openclaw_gateway.messages import Message, TextPart, UserMessage, UserPart

PLACEHOLDER = TextPart("")


class ImageAttachment(msgspec.Struct, frozen=True, gc=False):
    """An image at an address. refusal: what its dialect says of any image that it cannot take."""

    message: int
    part: int
    param: str
    url: str
    refusal: str
    detail: str | None = None


class FileAttachment(msgspec.Struct, frozen=True, gc=False):
    """A file: inside the request as base64, or at an address if `url` is there.

    message and part say where it belongs in the conversation, `param` where it was in the request. mime_type: as the
    caller declared it, perhaps with a charset; None where only the name and the first bytes can tell.
    """

    message: int
    part: int
    param: str
    base64: str = ""
    url: str | None = None
    mime_type: str | None = None
    filename: str | None = None


Attachment = ImageAttachment | FileAttachment


def fill(
    messages: Sequence[Message], attachments: Sequence[Attachment], readings: Sequence[tuple[UserPart, ...]]
) -> tuple[Message, ...]:
    """The conversation with each placeholder replaced by what was read for it."""
    by_place = {(at.message, at.part): reading for at, reading in zip(attachments, readings, strict=True)}
    touched = {at.message for at in attachments}
    return tuple(
        [
            _fill_message(message, place, by_place) if place in touched else message
            for place, message in enumerate(messages)
        ]
    )


def _fill_message(message: Message, place: int, by_place: dict[tuple[int, int], tuple[UserPart, ...]]) -> UserMessage:
    if not isinstance(message, UserMessage) or isinstance(message.content, str):
        raise TypeError("attachments are parts of user messages")
    parts: list[UserPart] = []
    for at, part in enumerate(message.content):
        parts.extend(by_place.get((place, at), (part,)))
    return msgspec.structs.replace(message, content=tuple(parts))
