"""Writes the tables of docs/reference/config.md from the schema: `python -m tests.config.reference`."""

import inspect as python_inspect
import re
from pathlib import Path

import msgspec
from msgspec import NODEFAULT, inspect

from openclaw_gateway.config.schema import Config

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "config.md"
_NO_EFFECT = "no effect"
START = "<!-- The tables below are made from the schema by: python -m tests.config.reference -->"


def render_tables() -> str:
    """One section per object of the file, with a row per key; an object that stands in several places is shown once."""
    blocks: list[str] = []
    _render(inspect.type_info(Config), "", blocks, {})
    return "\n".join(blocks) + "\n"


def render_page(page: str) -> str:
    """The page with its tables made anew."""
    return page[: page.index(START)] + START + "\n\n" + render_tables()


def _render(section: inspect.StructType, path: str, blocks: list[str], shown: dict[type, str]) -> None:
    if section.cls in shown:
        blocks += [f"### `{path}`", "", f"As `{shown[section.cls]}`.", ""]
        return
    shown[section.cls] = path
    rows, without_effect = [], []
    below: list[tuple[inspect.StructType, str]] = []
    for field in section.fields:
        name = f"{path}.{field.encode_name}".removeprefix(".")
        found = _sections(field.type, name)
        below += found
        if _text(field.type) == _NO_EFFECT:
            without_effect.append(f"`{field.encode_name}`")
        elif not found or _text(field.type) != "object":
            rows.append(f"| `{name}` | {_text(field.type)} | {_default(field)} |")
    blocks += [
        f"### `{path}`" if path else "### The file",
        "",
        _describe(section),
        "",
    ]
    if rows:
        blocks += ["| Key | Value | Default |", "|---|---|---|", *rows, ""]
    if without_effect:
        blocks += [f"No effect: {', '.join(without_effect)}.", ""]
    for kind, place in below:
        _render(kind, place, blocks, shown)


def _describe(section: inspect.StructType) -> str:
    """The docstring, with the keys and values as the file spells them."""
    text = " ".join((python_inspect.getdoc(section.cls) or "").split())
    for field in section.fields:
        text = re.sub(rf"\b{field.name}\b", field.encode_name, text) if "_" in field.name else text
    text = re.sub(r"(^|\. )None\b", r"\1Unset", text)
    return re.sub(r"\bNone\b", "unset", text).replace(" ()", " `[]`")


def _sections(kind: inspect.Type, path: str) -> list[tuple[inspect.StructType, str]]:
    match kind:
        case inspect.Metadata(type=inner):
            return _sections(inner, path)
        case inspect.UnionType(types=types):
            return [found for option in types for found in _sections(option, path)]
        case inspect.StructType():
            return [(kind, path)]
        case inspect.DictType(value_type=inner):
            return _sections(inner, f"{path}.<name>")
        case inspect.VarTupleType(item_type=inner):
            return _sections(inner, f"{path}[]")
        case _:
            return []


def _text(kind: inspect.Type) -> str:
    match kind:
        case inspect.Metadata(extra={"effect": False}):
            return _NO_EFFECT
        case inspect.Metadata(extra={"secret": True}):
            return "secret"
        case inspect.Metadata(type=inner):
            return _text(inner)
        case inspect.UnionType(types=types):
            texts = [_text(option) for option in types if not isinstance(option, inspect.NoneType)]
            return " or ".join(dict.fromkeys(texts))
        case inspect.StructType(cls=cls):
            return '"provider/model" or object' if cls.__name__ == "ModelChoice" else "object"
        case inspect.DictType(value_type=inner):
            return f"map of {_text(inner)}"
        case inspect.VarTupleType(item_type=inner):
            return f"list of {_text(inner)}"
        case inspect.LiteralType(values=values):
            return ", ".join(f"`{msgspec.json.encode(value).decode()}`" for value in values)
        case inspect.BoolType():
            return "true, false"
        case inspect.IntType(ge=low, le=high) | inspect.FloatType(ge=low, le=high):
            return "number" + (f" ≥ {low}" if low is not None else "") + (f" ≤ {high}" if high is not None else "")
        case inspect.StrType():
            return "text"
        case _:
            return "anything"


def _default(field: inspect.Field) -> str:
    if field.required:
        return "required"
    if field.default is NODEFAULT:
        return "`{}`"
    if field.default is None or isinstance(field.default, msgspec.Struct):
        return "-"
    return f"`{msgspec.json.encode(field.default).decode()}`"


if __name__ == "__main__":
    PAGE.write_text(render_page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
