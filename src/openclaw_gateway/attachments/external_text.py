"""Text that strangers wrote, marked as such before a model reads it.

The marks carry an id made from the text itself: a text cannot hold its own digest, so nobody can close the marks from
within, and the same file gives the same text again, by which a resent conversation is recognised.
"""

import codecs
import re
from hashlib import sha256
from secrets import token_hex

# Whatever brackets are around it, and however a model may overlook what is between its words.
_MARK = re.compile(r"EXTERNAL[\W_]{0,4}(UNTRUSTED)[\W_]{0,4}CONTENT", re.IGNORECASE)
MAX_NAME_CHARS = 200

# Charsets that a caller may name. Others, and the codecs of Python that are none (zip, rot13), are not asked for.
_CHARSETS = frozenset(
    (
        "ascii", "us-ascii", "utf-8", "utf8", "utf-16", "utf-16le", "utf-16be",
        "latin-1", "iso-8859-1", "iso-8859-15", "windows-1252", "cp1252",
    )
)  # fmt: skip


class NotTextError(Exception):
    """Bytes that are no text; the text says why."""


def decode_text(content: bytes, charset: str | None) -> str:
    """The text of a file: by its byte order mark, else by the declared charset, else UTF-8. Raises NotTextError."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        charset = "utf-16"
    elif content.startswith(codecs.BOM_UTF8) or charset is None:
        charset = "utf-8-sig"
    elif charset not in _CHARSETS:
        raise NotTextError("its charset is not supported; send it as UTF-8")
    try:
        text = content.decode(charset)
    except UnicodeDecodeError as error:
        raise NotTextError(f"byte {error.start} is not {charset.removesuffix('-sig')} text") from None
    if "\0" in text:
        raise NotTextError("it holds NUL bytes, so it is not text")
    return text


def cut_text(text: str, max_chars: int) -> str:
    """The text within its bound; what was cut is said at the end."""
    if len(text) <= max_chars:
        return text
    return f"{text[:max_chars]}\n[cut: {len(text)} characters in all, {max_chars} shown]"


def wrap_file(text: str, *, filename: str | None, mime_type: str) -> str:
    """A file as a model reads it: between marks, with its source and name."""
    printable = "".join([letter for letter in (filename or "")[:MAX_NAME_CHARS] if letter.isprintable()])
    name = _disarm(printable) or "unnamed"
    body = f"Source: External\nFile: {name} ({mime_type})\n---\n{_disarm(text)}"
    mark = sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return _frame(mark, body)


def wrap_found(text: str, *, source: str, notice: str = "") -> str:
    """What a tool found elsewhere, between marks of an id that nobody can know before; another one each time.

    notice: what the model is told before it, in our voice.
    """
    mark = token_hex(8)
    before = f"{notice}\n\n" if notice else ""
    body = f"Source: {source}\n---\n{_disarm(text)}"
    return f"{before}{_frame(mark, body)}"


def _frame(mark: str, body: str) -> str:
    return f'<<<EXTERNAL_UNTRUSTED_CONTENT id="{mark}">>>\n{body}\n<<<END_EXTERNAL_UNTRUSTED_CONTENT id="{mark}">>>'


def _disarm(text: str) -> str:
    """Marks inside the text lose their form."""
    return _MARK.sub(r"[\1]", text)
