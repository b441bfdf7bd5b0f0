"""Bytes of the web as text: in whatever charset their server or the page itself names. Never fails."""

import codecs
from typing import Final

# What browsers know under these names, as far as Python does. Others, and codecs that are none (zip, rot13), are UTF-8.
_CHARSETS: Final = frozenset(
    (
        "ascii", "big5", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
        "cp866", "cp874", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "iso2022_jp", "iso8859-1", "iso8859-2",
        "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-9", "iso8859-10",
        "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "koi8-r", "koi8-u", "shift_jis", "utf-16",
        "utf-16-be", "utf-16-le", "utf-8",
    )
)  # fmt: skip


def decode_web_text(content: bytes, charset: str) -> str:
    """The text, by its byte order mark, else by the named charset, else as UTF-8; what does not fit is U+FFFD."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    elif content.startswith(codecs.BOM_UTF8):
        name = "utf-8-sig"
    else:
        name = _find_codec(charset)
    return content.decode(name, "replace").replace("\0", "\ufffd")


def _find_codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name if charset.isascii() and charset else "utf-8"
    except (LookupError, ValueError):
        return "utf-8"
    if name not in _CHARSETS:
        return "utf-8"
    # Pages that say Latin-1 mean Microsoft's; browsers read them so.
    return "cp1252" if name in ("iso8859-1", "ascii") else name
