"""A JSON5 text: its value, and where in the text each part of it stands.

pyjson5 alone decides what is valid JSON5 and what it means. The scan below reads a text that is known to be valid, only
to find where its parts begin and end; it runs for errors, edits and duplicate keys.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import pyjson5

from openclaw_gateway.config.key_path import KeyPath

# The original's parser has no limit; real files stay below 20, and JSON Schemas inside them below 50.
MAX_DEPTH = 100

_PARTS = r"""(?:[\s\ufeff]++|//[^\n\r\u2028\u2029]*+|/\*.*?\*/)++
    |(?P<token>"[^"\\]*+(?:\\.[^"\\]*+)*+"|'[^'\\]*+(?:\\.[^'\\]*+)*+'|[{}\[\]:,]|[^\s\ufeff{}\[\]:,"'/]++)"""
_NAMED = {"colon": '":"', "comma": '","', "JSON5Value": "a value", "IdentifierStart": "a key"}
_UNCLOSED = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "comment": "a comment",
    "NumericLiteral": "a number (or it is out of range)",
}


class NotJson5(Exception):
    """The text is not JSON5. line and column count from 1."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class Node:
    """A value in the text: text[start:end]. The root's key is "".

    key_start: where the key begins, in a list where the value begins. comma: where the comma after it is, or -1.
    opening: "{" of an object, "[" of a list, "" otherwise.
    """

    __slots__ = ("comma", "end", "key", "key_start", "members", "opening", "start")

    def __init__(self, key: str | int, key_start: int, start: int, end: int, opening: str) -> None:
        self.key = key
        self.key_start = key_start
        self.start = start
        self.end = end
        self.opening = opening
        self.comma = -1
        self.members: list[Node] = []

    def member(self, segment: str | int) -> "Node | None":
        """The member of that key or index; of duplicate keys the last, which is the one that counts."""
        wanted = segment if self.opening == "{" else str(segment)
        for node in reversed(self.members):
            if (node.key if self.opening == "{" else str(node.key)) == wanted:
                return node
        return None


class Document:
    """One config text. path: the file it came from. Raises NotJson5."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self.value: object = _parse(text)

    @cached_property
    def root(self) -> Node:
        """The parts of the text."""
        return _scan(self.text)

    def find(self, path: KeyPath) -> Node | None:
        """The part at a path, or None."""
        node: Node | None = self.root
        for segment in path:
            node = node.member(segment) if node is not None else None
        return node

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        return _place(self.text, offset)

    def duplicates(self) -> Iterator[tuple[KeyPath, Node]]:
        """Members that a later one of the same key hides."""
        pending: list[tuple[KeyPath, Node]] = [((), self.root)]
        while pending:
            path, node = pending.pop()
            seen: set[str | int] = set()
            for member in reversed(node.members):
                if member.key in seen:
                    yield (*path, member.key), member
                seen.add(member.key)
                if member.members:
                    pending.append(((*path, member.key), member))


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _parse(text: str) -> object:
    try:
        value: object = pyjson5.decode(text, maxdepth=MAX_DEPTH)
    except pyjson5.Json5DecoderException as error:
        raw = str(error.args[0]) if error.args else ""
        near = re.search(r"near (\d+)", raw)
        offset = max(int(near[1]) - 1, 0) if near else 0
        if isinstance(error, pyjson5.Json5ExtraData):  # its number does not lead to what follows the value
            offset = _end_of_value(text)
        raise NotJson5(_explain(error, raw), *_place(text, min(offset, len(text)))) from None
    return value


def _explain(error: pyjson5.Json5DecoderException, raw: str) -> str:
    """Say in words what pyjson5 says in tokens: "Expected b'colon' near 6, found U+0031"."""
    found = ""
    if match := re.search(r"(?:found|data) U\+([0-9a-fA-F]+)", raw):
        found = f", found {_quote(match[1])}"
    if isinstance(error, pyjson5.Json5NestingTooDeep):
        return f"Invalid JSON5: nested deeper than {MAX_DEPTH} levels"
    if isinstance(error, pyjson5.Json5EOF):
        name = re.search(r"Unclosed b'(\w+)'", raw)
        if name is None:
            return "Invalid JSON5: the file is empty, expected an object"
        return f"Invalid JSON5: {_UNCLOSED.get(name[1], 'something')} begins here and does not end"
    if isinstance(error, pyjson5.Json5ExtraData):
        return f"Invalid JSON5: expected nothing more after the value{found}"
    names = [_NAMED.get(name, name) for name in re.findall(r"b'(\w+)'", raw)]
    if raw.startswith("Stray"):
        return f"Invalid JSON5: there is a {' or '.join(names)} too many"
    names += [_quote(code) for code in re.findall(r"(?:Expected|or) U\+([0-9a-fA-F]+)", raw)]
    return f"Invalid JSON5: expected {' or '.join(names) or 'something else'}{found}"


def _end_of_value(text: str) -> int:
    """Where something stands that has no place behind the first value."""
    depth = 0
    has_value = False
    for match in re.finditer(_PARTS, text, re.DOTALL | re.VERBOSE):
        part = match["token"]
        if part is None:
            continue
        if has_value and depth == 0:
            return match.start()
        has_value = True
        depth += (part in "[{") - (part in "]}")
    return len(text)


def _quote(code_point: str) -> str:
    character = chr(int(code_point, 16))
    return f'"{character}"' if character.isprintable() else f"U+{code_point}"


def _scan(text: str) -> Node:
    holder = Node("", 0, 0, len(text), "[")
    stack = [holder]
    key: str | None = None
    key_start = 0
    for match in re.finditer(_PARTS, text, re.DOTALL | re.VERBOSE):
        token = match["token"]
        if token is None:
            continue
        parent = stack[-1]
        sign = token[0]
        if sign == ":":
            continue
        if sign in "}]":
            stack.pop().end = match.end()
        elif sign == ",":
            parent.members[-1].comma = match.start()
        elif parent.opening == "{" and key is None:
            key, key_start = _decode_key(token), match.start()
        else:
            opening = sign if sign in "{[" else ""
            name: str | int = key if key is not None else len(parent.members)
            node = Node(name, match.start() if key is None else key_start, match.start(), match.end(), opening)
            parent.members.append(node)
            key = None
            if opening:
                stack.append(node)
    root = holder.members[0]
    root.key = ""
    return root


def _decode_key(token: str) -> str:
    if "\\" in token:
        return str(next(iter(pyjson5.decode(f"{{{token}:0}}"))))
    return token[1:-1] if token[0] in "\"'" else token
