"""From the bytes of a body to a struct, and from a decoder's complaint to a sentence that names the field.

The happy path is one call of a typed decoder. Only a refused body pays for wording: the decoder's text is taken apart
and said again in the form that clients of the original know ("stream: Invalid input: expected boolean, received
string"). Twice the same key in an object: the last one counts, as in JavaScript's parser.
"""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec

from openclaw_gateway.errors import InvalidRequest

T = TypeVar("T")

# A field that is absent or null: SDKs send null for every optional field that the program left alone.
ABSENT = msgspec.Raw(b"null")

# What is passed on unread may not nest deeper than this: the next reader's stack is not ours to risk.
MAX_DEPTH = 64

_MISMATCH = re.compile(r"Expected `(?P<expected>[^`]*)`(?:, got `(?P<received>[^`]*)`)?")
_TOO_LONG = re.compile(r"Expected `array` of length <= (?P<most>\d+)")
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]*)`")
_UNEXPECTED = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`")
_UNKNOWN_VALUES = ("Invalid value ", "Invalid enum value ")
_MAX_SHOWN_CHARS = 80
_MAX_EXAMINED_BYTES = 1024 * 1024
_BYTE = re.compile(r"\(byte (?P<byte>\d+)\)")
_JSON_NAMES = {"int": "number", "float": "number", "str": "string", "bool": "boolean"}
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_PARENTHESES = bytes.maketrans(b"{[]}", b"(())")
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"{}[]")

Rephrase = Callable[[str, str | None], InvalidRequest | None]


def decode_body(decoder: "msgspec.json.Decoder[T]", body: bytes, *, rephrase: Rephrase | None = None) -> T:
    """The body as the decoder's type.

    rephrase: given a field's path and, if it held a value outside its closed set, the start of that value; answers with
    the better error of its dialect, or None. Raises InvalidRequest with `param`.
    """
    try:
        if not body.isascii():
            str(body, "utf-8")  # the decoder does not look into what it skips or passes on
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _refuse_value(str(error), "", rephrase) from None
    except msgspec.DecodeError as error:
        raise InvalidRequest(_say_malformed(str(error), body), code="invalid_json") from None
    except UnicodeDecodeError as error:
        message = f"Invalid JSON: the body must be UTF-8, but byte {error.start} is not."
        raise InvalidRequest(message, code="invalid_json") from None
    except RecursionError:
        raise InvalidRequest("Invalid JSON: the body is nested too deeply.", code="invalid_json") from None


def decode_field(decoder: "msgspec.json.Decoder[T]", raw: msgspec.Raw, param: str) -> T:
    """One field that was kept as JSON text, as the decoder's type. Raises InvalidRequest whose param starts there."""
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise _refuse_value(str(error), param, None) from None


def refuse_deep(raw: msgspec.Raw, param: str) -> None:
    """Raise InvalidRequest if a valid JSON text nests deeper than `MAX_DEPTH`; cheap for all that do not."""
    text = bytes(raw)
    if text.count(b"{") + text.count(b"[") <= MAX_DEPTH:
        return
    skeleton = _STRING.sub(b"", text).translate(_PARENTHESES, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        skeleton = skeleton.replace(b"()", b"")  # takes the innermost level away, everywhere at once
    if skeleton:
        raise InvalidRequest(f"{param}: nested deeper than {MAX_DEPTH} levels.", param=param)


def _refuse_value(complaint: str, root: str, rephrase: Rephrase | None) -> InvalidRequest:
    # No regular expression here: the complaint may quote megabytes of what the caller sent.
    what, at, path = complaint.rpartition(" - at `$")
    if not at:
        what, path = complaint, ""
    place = (root + path.removesuffix("`")).removeprefix(".")
    if missing := _MISSING.fullmatch(what):
        place = f"{place}.{missing['field']}".removeprefix(".")
    if unexpected := _UNEXPECTED.fullmatch(what):
        key = unexpected["key"][:_MAX_SHOWN_CHARS]
        return InvalidRequest(f'{place}: Unrecognized key: "{key}"', param=f"{place}.{key}".removeprefix("."))
    unknown = None
    if what.startswith(_UNKNOWN_VALUES):
        unknown = what[what.index("value ") + len("value ") :][:_MAX_SHOWN_CHARS]
    if rephrase is not None and (better := rephrase(place, unknown)):
        return better
    if missing:
        reason = "expected a value, received undefined"
    elif mismatch := _MISMATCH.fullmatch(what):
        reason = f"expected {_name_types(mismatch['expected'])}"
        if mismatch["received"]:
            reason += f", received {_name_types(mismatch['received'])}"
    elif too_long := _TOO_LONG.fullmatch(what):
        reason = f"expected at most {too_long['most']} entries"
    elif unknown:
        reason = f"unexpected value {unknown}"
    else:
        reason = "the value is out of range"
    param = place.replace("[...]", "")  # how the decoder writes "some key of this object"
    return InvalidRequest(f"{place}: Invalid input: {reason}", param=param or None)


def _name_types(names: str) -> str:
    words = [_JSON_NAMES.get(name, name) for name in names.split(" | ")]
    if len(words) > 1:
        words = [word for word in dict.fromkeys(words) if word != "null"]
    return " or ".join(words)


def _say_malformed(complaint: str, body: bytes) -> str:
    if not body.strip():
        return "Invalid JSON: the body is empty; expected a JSON object."
    if body.startswith(b"\xef\xbb\xbf"):
        return "Invalid JSON: the body starts with a byte order mark; send it without one."
    if place := _BYTE.search(complaint):
        return f"Invalid JSON: unexpected character near byte {place['byte']}."
    import json  # needed for this one sentence

    try:
        json.loads(body[:_MAX_EXAMINED_BYTES])
    except (ValueError, RecursionError):
        return "Invalid JSON: the body ends before its value does."
    return "Invalid JSON: a string holds half of a surrogate pair."
