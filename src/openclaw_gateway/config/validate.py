"""From a tree to a `Config`, or to everything that is wrong with it.

msgspec decides and is fast, but stops at the first fault. Only after it refused, the tree is walked along the schema to
say all faults at once, in the original's words.
"""

import functools
import math
from collections.abc import Iterable, Iterator
from typing import Literal, get_args, get_origin

import msgspec
from msgspec import inspect

from openclaw_gateway.config.issues import Issue
from openclaw_gateway.config.key_path import KeyPath, format_key_path
from openclaw_gateway.config.schema import AgentEntry, Config, ModelChoice, Section

# A file with more faults than this is not a config file.
MAX_ISSUES = 100
_MAX_GOT_CHARS = 80
# Keys that older versions or other programs have here, and where the same thing is said now.
_ELSEWHERE: dict[tuple[type, str], str] = {(AgentEntry, "default"): "agents.defaults.systemAgent.agentId"}


class Fault(Exception):
    """One thing that is wrong at a path of the tree. key: the unknown key, when that is what is wrong."""

    def __init__(
        self,
        path: KeyPath,
        message: str,
        *,
        key: str | None = None,
        expected: str | None = None,
        nearest: str | None = None,
        allowed_values: tuple[str | int | bool, ...] | None = None,
        got: str | None = None,
    ) -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.key = key
        self.expected = expected
        self.nearest = nearest
        self.allowed_values = allowed_values
        self.got = got

    def issue(self, file: str | None = None, place: tuple[int, int] | None = None) -> Issue:
        """What a person is told, with the place in the file if there is one."""
        line, column = place or (None, None)
        return Issue(
            path=format_key_path(self.path),
            message=self.message,
            file=file,
            line=line,
            column=column,
            expected=self.expected,
            nearest=self.nearest,
            allowed_values=self.allowed_values,
            got=self.got,
        )


def validate(tree: dict[str, object]) -> Config | list[Fault]:
    """The config that a tree says, or all its faults (at least one, at most MAX_ISSUES)."""
    try:
        return msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        faults: list[Fault] = []
        for fault in find_faults(inspect.type_info(Config), tree, ()):
            faults.append(fault)
            if len(faults) == MAX_ISSUES:
                break
        # The walk follows msgspec's rules; should they ever differ, msgspec's own words are better than none.
        return faults or [Fault((), str(error))]


def find_faults(kind: inspect.Type, value: object, path: KeyPath, *, is_secret: bool = False) -> Iterator[Fault]:
    """Walk a value along its type."""
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            yield from find_faults(inner, value, path, is_secret=is_secret or bool(extra and extra.get("secret")))
        case inspect.UnionType():
            yield from _union_faults(kind, value, path, is_secret=is_secret)
        case inspect.StructType():
            yield from _struct_faults(kind, value, path)
        case inspect.DictType(value_type=inner):
            if not isinstance(value, dict):
                yield _wrong_type("object", value, path)
                return
            for key, item in value.items():
                yield from find_faults(inner, item, (*path, str(key)))
        case inspect.VarTupleType(item_type=inner):
            if not isinstance(value, list):
                yield _wrong_type("array", value, path)
                return
            for index, item in enumerate(value):
                yield from find_faults(inner, item, (*path, index))
        case inspect.LiteralType(values=values):
            if not any(value == allowed and type(value) is type(allowed) for allowed in values):
                yield _not_allowed(values, value, path)
        case _:
            yield from _scalar_faults(kind, value, path, is_secret=is_secret)


def _struct_faults(kind: inspect.StructType, value: object, path: KeyPath) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _wrong_type("a string or an object" if kind.cls is ModelChoice else "object", value, path)
        return
    fields = {field.encode_name: field for field in kind.fields}
    for key, item in value.items():
        if field := fields.get(key):
            yield from find_faults(field.type, item, (*path, key))
        elif key != kind.tag_field:
            yield unknown_key(kind, str(key), path)
    for name, field in fields.items():
        if field.required and name not in value:
            expected = _describe(field.type)
            message = f"Invalid input: expected {expected}, received undefined"
            yield Fault((*path, name), message, expected=expected)


def _union_faults(kind: inspect.UnionType, value: object, path: KeyPath, *, is_secret: bool) -> Iterator[Fault]:
    if value is None and any(isinstance(option, inspect.NoneType) for option in kind.types):
        return
    options = [option for option in kind.types if not isinstance(option, inspect.NoneType)]
    tagged = [option for option in options if isinstance(option, inspect.StructType) and option.tag_field]
    if tagged and isinstance(value, dict):
        yield from _tagged_faults(tagged, value, path)
        return
    attempts = [list(find_faults(option, value, path, is_secret=is_secret)) for option in options]
    if len(attempts) == 1:
        yield from attempts[0]
    elif all(attempts):
        # The option that the value came deepest into is the one that was meant.
        deepest = max(attempts, key=lambda faults: max(len(fault.path) for fault in faults))
        if any(len(fault.path) > len(path) for fault in deepest) or any(fault.key for fault in deepest):
            yield from deepest
        elif allowed := tuple(
            v for option in options if isinstance(option, inspect.LiteralType) for v in option.values
        ):
            yield from [_not_allowed(allowed, value, path)] if len(allowed) > 1 else attempts[0]
        else:
            yield attempts[0][0]


def _tagged_faults(options: list[inspect.StructType], value: dict[str, object], path: KeyPath) -> Iterator[Fault]:
    tag_field = str(options[0].tag_field)
    for option in options:
        if option.tag == value.get(tag_field):
            yield from _struct_faults(option, value, path)
            return
    yield _not_allowed(tuple(str(option.tag) for option in options), value.get(tag_field), (*path, tag_field))


def _scalar_faults(kind: inspect.Type, value: object, path: KeyPath, *, is_secret: bool) -> Iterator[Fault]:
    match kind:
        case inspect.BoolType():
            if not isinstance(value, bool):
                yield _wrong_type("boolean", value, path, is_secret=is_secret)
        case inspect.IntType() | inspect.FloatType():
            yield from _number_faults(kind, value, path)
        case inspect.StrType(min_length=min_length, max_length=max_length, pattern=pattern):
            if not isinstance(value, str):
                yield _wrong_type("string", value, path, is_secret=is_secret)
            elif min_length is not None and len(value) < min_length:
                message = f"Too small: expected string to have >={min_length} characters"
                yield Fault(path, message, expected=f"at least {min_length} characters")
            elif max_length is not None and len(value) > max_length:
                message = f"Too big: expected string to have <={max_length} characters"
                yield Fault(path, message, expected=f"at most {max_length} characters")
            elif pattern is not None and not _matches(kind, value):
                message = f"Invalid string: must match pattern /{pattern}/"
                yield Fault(path, message, expected=f"text that matches {pattern}", got=_got(value))
        case inspect.NoneType():
            if value is not None:
                yield _wrong_type("null", value, path)


def _number_faults(kind: inspect.IntType | inspect.FloatType, value: object, path: KeyPath) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield _wrong_type("number", value, path)
    elif isinstance(kind, inspect.IntType) and not isinstance(value, int):
        yield Fault(path, "Invalid input: expected int, received number", expected="a whole number", got=_got(value))
    else:
        for sign, bound, holds in (
            (">=", kind.ge, kind.ge is None or value >= kind.ge),
            (">", kind.gt, kind.gt is None or value > kind.gt),
            ("<=", kind.le, kind.le is None or value <= kind.le),
            ("<", kind.lt, kind.lt is None or value < kind.lt),
        ):
            if not holds:
                size = "Too small" if sign[0] == ">" else "Too big"
                message = f"{size}: expected number to be {sign}{bound}"
                yield Fault(path, message, expected=f"a number {sign} {bound}", got=_got(value))


def _matches(kind: inspect.StrType, value: str) -> bool:
    import re

    return re.search(kind.pattern or "", value) is not None


def _wrong_type(expected: str, value: object, path: KeyPath, *, is_secret: bool = False) -> Fault:
    message = f"Invalid input: expected {expected}, received {_name(value)}"
    # Text in the place of an object may be a credential that slipped a level, so it is not repeated.
    is_shown = not is_secret and expected in ("number", "boolean", "string")
    return Fault(path, message, expected=expected, got=_got(value) if is_shown else None)


def _not_allowed(values: Iterable[str | int | bool | None], value: object, path: KeyPath) -> Fault:
    allowed = tuple(item for item in values if item is not None)
    allowed = _declared_orders().get(frozenset(allowed), allowed)  # msgspec sorts them
    listed = ", ".join(msgspec.json.encode(item).decode() for item in allowed)
    nearest = nearest_of(value, [str(item) for item in allowed]) if isinstance(value, str) else None
    message = f"Invalid input (allowed: {listed})"
    return Fault(path, message, expected=f"one of {listed}", nearest=nearest, allowed_values=allowed, got=_got(value))


@functools.cache
def _declared_orders() -> dict[frozenset[object], tuple[str | int | bool, ...]]:
    """The values of every closed set of the schema, in the order in which it lists them."""
    orders = {}
    pending: list[object] = [note for section in _sections(Section) for note in section.__annotations__.values()]
    while pending:
        note = pending.pop()
        if get_origin(note) is Literal:
            orders[frozenset(get_args(note))] = get_args(note)
        else:
            pending.extend(get_args(note))
    return orders


def _sections(root: type[Section]) -> list[type[Section]]:
    return [root, *(section for child in root.__subclasses__() for section in _sections(child))]


def unknown_key(kind: inspect.StructType, key: str, path: KeyPath) -> Fault:
    """A key that the section at the path does not have. kind: the section."""
    valid = [field.encode_name for field in kind.fields]
    shown = ", ".join(sorted(valid)[:8]) + (f" and {len(valid) - 8} more" if len(valid) > 8 else "")
    return Fault(
        path,
        f"Unrecognized key: {msgspec.json.encode(key[:_MAX_GOT_CHARS]).decode()}",
        key=key,
        expected=f"one of the keys {shown}",
        nearest=_ELSEWHERE.get((kind.cls, key)) or nearest_of(key, valid),
    )


def nearest_of(word: str, valid: Iterable[str]) -> str | None:
    """The valid word that was probably meant."""
    import difflib

    folded = {name.casefold(): name for name in valid}
    close = difflib.get_close_matches(word.casefold()[:_MAX_GOT_CHARS], list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def _describe(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata(type=inner):
            return _describe(inner)
        case inspect.IntType() | inspect.FloatType():
            return "number"
        case inspect.BoolType():
            return "boolean"
        case inspect.StructType() | inspect.DictType():
            return "object"
        case inspect.VarTupleType():
            return "array"
        case inspect.LiteralType(values=values):
            return " or ".join(msgspec.json.encode(value).decode() for value in values)
        case inspect.UnionType(types=types):
            return " or ".join(_describe(option) for option in types if not isinstance(option, inspect.NoneType))
        case _:
            return "string"


def _name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def _got(value: object) -> str | None:
    """The value as JSON when it is short and a scalar; objects and long texts help nobody."""
    if isinstance(value, str | int | float | bool) and (not isinstance(value, float) or math.isfinite(value)):
        text = msgspec.json.encode(value).decode() if not isinstance(value, int) or value.bit_length() < 64 else ""
        return text if 0 < len(text) <= _MAX_GOT_CHARS else None
    return None
