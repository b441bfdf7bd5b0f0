"""JSON for one line of an event stream: no character in it at which some client's reader would break the line.

Server-sent events break lines at CR and LF alone, which JSON escapes; readers built on `str.splitlines` break at these
as well.
"""

from typing import Final

import msgspec

from openclaw_gateway.dialects.openai.error_body import replace_surrogates

_LINE_BREAKS: Final = (("\u2028".encode(), b"\\u2028"), ("\u2029".encode(), b"\\u2029"), ("\x85".encode(), b"\\u0085"))

_encode = msgspec.json.encode


def encode_text(text: str) -> bytes:
    """A JSON string; halves of surrogate pairs become question marks."""
    if text.isascii():
        return _encode(text)
    try:
        line = _encode(text)
    except UnicodeEncodeError:
        line = _encode(replace_surrogates(text))
    return escape_breaks(line)


def escape_breaks(json: bytes) -> bytes:
    """Any JSON text, as one line for all readers."""
    if json.isascii():
        return json
    for character, escape in _LINE_BREAKS:
        json = json.replace(character, escape)
    return json
