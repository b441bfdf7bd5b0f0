"""The bytes of a text file as text and back, byte for byte where nothing is changed."""

import os
from typing import Final

from openclaw_gateway.attachments.media_type import sniff
from openclaw_gateway.tools.files.replacement import MAX_CHANGED_BYTES
from openclaw_gateway.tools.tool import ToolFailure

UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_READ_BYTES: Final = 1024 * 1024


def name_binary(beginning: bytes) -> str | None:
    """What a file is that is not shown as text, by its first bytes; None for text."""
    if (found := sniff(beginning)) is not None:
        return found
    if beginning[:2] in _UTF16_MARKS:
        return "text in UTF-16"
    return "binary" if b"\0" in beginning else None


def read_whole(file: int, shown: str) -> bytes:
    """All of an opened file that is to be changed. Raises ToolFailure for one that is too large, OSError."""
    pieces: list[bytes] = []
    size = 0
    while piece := os.read(file, _READ_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_CHANGED_BYTES:
            raise ToolFailure(
                f"{shown} is larger than {MAX_CHANGED_BYTES} bytes, the most that is edited; use a command"
            )
    return b"".join(pieces)


def decode_text(content: bytes, shown: str) -> tuple[bytes, str]:
    """The byte order mark, if any, and the text. Raises ToolFailure for what would not come back as it was."""
    mark = UTF8_MARK if content.startswith(UTF8_MARK) else b""
    kind = name_binary(content)
    if kind is not None:
        raise ToolFailure(f"{shown} is not edited: it is {kind}")
    try:
        return mark, content[len(mark) :].decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start + len(mark)) + 1
        raise ToolFailure(f"{shown} is not edited: line {line} is not UTF-8, and its bytes would be lost") from error


def is_mostly_crlf(text: str) -> bool:
    """Whether most lines end with CR and LF."""
    return 2 * text.count("\r\n") > text.count("\n")
