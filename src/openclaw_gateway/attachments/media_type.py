"""What a file really is, told by its first bytes and its name; what it was declared to be is a hint."""

from typing import Final

SNIFFED_BYTES: Final = 16

_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_HEIF_BRANDS: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_BY_SUFFIX: Final = {
    "txt": "text/plain",
    "text": "text/plain",
    "log": "text/plain",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "html": "text/html",
    "htm": "text/html",
    "csv": "text/csv",
    "json": "application/json",
    "pdf": "application/pdf",
}
_ALIASES: Final = {
    "text/x-markdown": "text/markdown",
    "application/csv": "text/csv",
    "text/json": "application/json",
    "application/x-pdf": "application/pdf",
}
_SAYS_NOTHING: Final = frozenset(("", "application/octet-stream", "binary/octet-stream", "application/binary"))


def sniff(beginning: bytes) -> str | None:
    """The type that the first bytes betray; None for text and all else."""
    for magic, mime_type in _BEGINNINGS:
        if beginning.startswith(magic):
            return mime_type
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    if beginning[4:8] == b"ftyp" and beginning[8:12] in _HEIF_BRANDS:
        return "image/heic" if beginning[8:11] == b"hei" else "image/heif"
    return None


def name_file_type(beginning: bytes, declared: str | None, filename: str | None) -> str:
    """The type of a file in lower case without parameters: its own bytes first, then what was declared, then its name.

    A file that is declared to be what its bytes contradict is what its bytes say; "" where nothing tells.
    """
    if (found := sniff(beginning)) is not None:
        return found
    plain = (declared or "").partition(";")[0].strip().lower()
    plain = _ALIASES.get(plain, plain)
    if plain not in _SAYS_NOTHING:
        return plain
    return _BY_SUFFIX.get((filename or "").rpartition(".")[2].lower(), "")


def read_charset(declared: str | None) -> str | None:
    """The charset of a declared type: "latin-1" of "text/plain; charset=latin-1"."""
    for parameter in (declared or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return None
