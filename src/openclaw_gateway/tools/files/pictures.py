"""Pictures for a model that sees: passed on as they are. They are never decoded here, only their size is told.

A decoder before files of strangers is a large risk; the providers scale what is too large for them.
"""

import os
from base64 import b64encode
from typing import Final

from openclaw_gateway.messages import ImagePart, TextPart
from openclaw_gateway.tools.tool import ToolFailure, ToolResult

PICTURE_TYPES: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
# Base64 makes a third more of it; providers take 5 MB of that and more.
MAX_PICTURE_BYTES: Final = 3_750_000


def read_picture(file: int, beginning: bytes, mime_type: str, shown: str, max_bytes: int) -> ImagePart:
    """The rest of an opened picture, after its beginning. Raises ToolFailure for one that is too large, OSError."""
    pieces = [beginning]
    size = len(beginning)
    while size <= max_bytes and (piece := os.read(file, 256 * 1024)):
        pieces.append(piece)
        size += len(piece)
    if size > max_bytes:
        raise ToolFailure(f"{shown} is a picture of more than {max_bytes} bytes; make it smaller with a command")
    return ImagePart(mime_type, b64encode(b"".join(pieces)).decode("ascii"))


def show_pictures(captioned: tuple[tuple[str, ImagePart], ...]) -> ToolResult:
    """Each picture with its path before it."""
    parts = [part for path, image in captioned for part in (TextPart(f"{path} [{image.mime_type}]"), image)]
    return ToolResult(tuple(parts))


def refuse_blind(shown: str, mime_type: str) -> ToolFailure:
    """For a model that sees nothing."""
    return ToolFailure(f"{shown} is a picture ({mime_type}), and this model cannot see pictures")
