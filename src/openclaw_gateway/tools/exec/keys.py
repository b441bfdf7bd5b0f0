"""Keys by their names, as the bytes that a terminal sends for them. Pure."""

from collections.abc import Iterable

from openclaw_gateway.tools.tool import ToolFailure

_NAMED = {
    "enter": b"\r", "return": b"\r", "tab": b"\t", "btab": b"\x1b[Z", "escape": b"\x1b", "esc": b"\x1b",
    "space": b" ", "bspace": b"\x7f", "backspace": b"\x7f", "delete": b"\x1b[3~", "dc": b"\x1b[3~",
    "insert": b"\x1b[2~", "ic": b"\x1b[2~", "up": b"\x1b[A", "down": b"\x1b[B", "right": b"\x1b[C", "left": b"\x1b[D",
    "home": b"\x1b[H", "end": b"\x1b[F", "pageup": b"\x1b[5~", "ppage": b"\x1b[5~", "pgup": b"\x1b[5~",
    "pagedown": b"\x1b[6~", "npage": b"\x1b[6~", "pgdn": b"\x1b[6~",
    "f1": b"\x1bOP", "f2": b"\x1bOQ", "f3": b"\x1bOR", "f4": b"\x1bOS", "f5": b"\x1b[15~", "f6": b"\x1b[17~",
    "f7": b"\x1b[18~", "f8": b"\x1b[19~", "f9": b"\x1b[20~", "f10": b"\x1b[21~", "f11": b"\x1b[23~", "f12": b"\x1b[24~",
}  # fmt: skip

PASTE_BEGIN = b"\x1b[200~"
PASTE_END = b"\x1b[201~"


def encode_keys(keys: Iterable[str]) -> bytes:
    """`Enter`, `C-c`, `M-x`, `Up`, `F5` or a single character each. Raises ToolFailure for any other name."""
    return b"".join(map(_encode_key, keys))


def encode_hex(pieces: Iterable[str]) -> bytes:
    """Bytes in hexadecimal, `1b` or `0x1b` each. Raises ToolFailure."""
    try:
        return b"".join(bytes.fromhex(piece.lower().removeprefix("0x")) for piece in pieces)
    except ValueError as error:
        raise ToolFailure(f"hex: expected pairs of hexadecimal digits such as 1b or 0d ({error})") from None


def bracket_paste(text: str) -> bytes:
    """A text as a terminal hands over a paste; it cannot end its own brackets."""
    return PASTE_BEGIN + text.encode(errors="replace").replace(b"\x1b", b"") + PASTE_END


def _encode_key(key: str) -> bytes:
    named = _NAMED.get(key.lower())
    if named is not None:
        return named
    kind, _, rest = key.partition("-")
    if rest and kind in ("M", "A", "Alt", "Meta"):
        return b"\x1b" + _encode_key(rest)
    if rest and kind in ("C", "Ctrl", "^"):
        return _encode_control(key, rest)
    if len(key) == 2 and key[0] == "^":
        return _encode_control(key, key[1])
    if len(key) == 1:
        return key.encode(errors="replace")
    raise ToolFailure(
        f"keys: {key[:40]!r} is no key; expected a single character, C-<letter>, M-<key>, or one of "
        "Enter, Tab, Escape, Space, Backspace, Delete, Up, Down, Left, Right, Home, End, PageUp, PageDown, F1 to F12"
    )


def _encode_control(key: str, letter: str) -> bytes:
    if letter.lower() == "space":
        return b"\0"
    code = ord(letter.upper()) if len(letter) == 1 else 0
    if not 0x3F <= code <= 0x5F:
        raise ToolFailure(f"keys: {key[:40]!r} is no key; after C- comes a letter")
    return bytes([code ^ 0x40])
