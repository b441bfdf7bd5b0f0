"""What is wrong with params, in the words that clients of the original know.

The original names a place as a JSON pointer and a fault as its JSON Schema validator does:
`at /client/id: must be equal to one of the allowed values`, `at root: unexpected property 'bogus'`.
"""

import re
from typing import Final

import msgspec

# A property's name is the peer's text and as long as it likes.
MAX_NAME_CHARS: Final = 100

_PLACE: Final = re.compile(r"^(?P<fault>.*?)(?: - at `(?P<key>key in )?\$(?P<path>.*?)`)?$", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")
_UNKNOWN: Final = "Object contains unknown field "
_MISSING: Final = "Object missing required field "
_TYPE: Final = re.compile(r"^Expected `([^`]+)`(?:, got `[^`]+`)?$")
_BOUND: Final = re.compile(r"^Expected `(str|array|int|float)`(?: of length)? (>=|<=) (\d+)$")
_JSON_TYPES: Final = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_LENGTHS: Final = {
    ("str", ">="): "must NOT have fewer than {} characters",
    ("str", "<="): "must NOT have more than {} characters",
    ("array", ">="): "must NOT have fewer than {} items",
    ("array", "<="): "must NOT have more than {} items",
}


def explain_invalid(error: msgspec.ValidationError) -> str:
    """One sentence about the first fault, with its place."""
    matched = _PLACE.match(str(error))
    assert matched is not None
    fault, pointer = matched["fault"], _pointer(matched["path"] or "")
    if fault.startswith(_UNKNOWN):
        name = fault[len(_UNKNOWN) :].strip("`")[:MAX_NAME_CHARS]
        return f"at {pointer or 'root'}: unexpected property '{name}'"
    if fault.startswith(_MISSING):
        told = f"must have required property '{fault[len(_MISSING) :].strip('`')}'"
    else:
        told = _tell(fault)
    return f"at {pointer}: {told}" if pointer else told


def _pointer(path: str) -> str:
    return "".join([f"/{name or index}" for name, index in _STEP.findall(path)])


def _tell(fault: str) -> str:
    if bound := _BOUND.match(fault):
        kind, sign, limit = bound.groups()
        return _LENGTHS.get((kind, sign), f"must be {sign} {{}}").format(limit)
    if fault.startswith(("Invalid enum value", "Invalid value")):
        return "must be equal to one of the allowed values"
    if expected := _TYPE.match(fault):
        kinds = [_JSON_TYPES.get(kind, kind) for kind in expected[1].split(" | ") if kind != "null"]
        return "must be " + ",".join(kinds)
    # Numbers out of range and the like: the parser's own sentence tells it, and holds nothing of ours.
    return fault
