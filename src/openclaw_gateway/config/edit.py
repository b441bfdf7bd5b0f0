"""Changing a JSON5 text so that it says something else, and leaving everything else in it as it is.

`rewrite` compares what the text says with what it shall say and touches only what differs: comments, order, quotes and
indentation elsewhere survive. It is text in, text out; validation and files are write.py's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from openclaw_gateway.config.document import Document, Node

_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*\Z")
_INDENT = "  "


class _Splice(NamedTuple):
    start: int
    end: int
    text: str


def rewrite(document: Document, value: object) -> str:
    """The document's text, changed to say `value`."""
    text = document.text
    editor = _Editor(text, document.root)
    editor.change(document.root, document.value, value)
    pieces: list[str] = []
    position = 0
    # Of splices at one place insertions come first, in the order they were asked for.
    for splice in sorted(editor.splices, key=lambda splice: (splice.start, splice.end)):
        pieces += text[position : splice.start], splice.text
        position = max(position, splice.end)
    return "".join(pieces) + text[position:]


def render(value: object, *, indent: str = "", quotes_keys: bool = True) -> str:
    """A value as text over several lines; indent is that of the line it begins in."""
    inner = indent + _INDENT
    if isinstance(value, Mapping) and value:
        members = [
            f"{inner}{_render_key(str(key), quotes_keys=quotes_keys)}: "
            f"{render(item, indent=inner, quotes_keys=quotes_keys)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value:
        items = [inner + render(item, indent=inner, quotes_keys=quotes_keys) for item in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]"
    return msgspec.json.encode(value).decode()


def _render_key(key: str, *, quotes_keys: bool) -> str:
    return key if not quotes_keys and _PLAIN_KEY.match(key) else msgspec.json.encode(key).decode()


class _Editor:
    """Collects the places to change."""

    def __init__(self, text: str, root: Node) -> None:
        self.splices: list[_Splice] = []
        self._text = text
        first = next((node for node in (root, *root.members) if node.opening == "{" and node.members), None)
        self._quotes_keys = first is None or text[first.members[0].key_start] in "\"'"

    def change(self, node: Node, old: object, new: object) -> None:
        """Make the part at `node`, which says `old`, say `new`."""
        if _same(old, new):
            return
        if isinstance(old, dict) and isinstance(new, Mapping):
            self._change_members(node, old, new)
        elif isinstance(old, list) and isinstance(new, list):
            self._change_members(node, dict(enumerate(old)), dict(enumerate(new)))
        else:
            self._replace(node, new)

    def _replace(self, node: Node, value: object) -> None:
        text = render(value, indent=self._line_indent(node.key_start), quotes_keys=self._quotes_keys)
        self.splices.append(_Splice(node.start, node.end, text))

    def _change_members(self, node: Node, old: Mapping[str | int, object], new: Mapping[str | int, object]) -> None:
        kept = [member for member in node.members if member.key in new]
        if node.members and not kept and not self._has_remark(node):
            self._replace(node, new if node.opening == "{" else list(new.values()))
            return
        for member in kept:
            if member is node.member(member.key):  # of duplicate keys the last counts
                self.change(member, old[member.key], new[member.key])
        for member in node.members:
            if member.key not in new:
                self._remove(member)
        added = {key: value for key, value in new.items() if key not in old}
        if added:
            self._add(node, kept, added)
        elif kept and node.members[-1] is not kept[-1] and node.members[-1].comma < 0:
            # Without this the list would end in a comma that its author did not write.
            self.splices.append(_Splice(kept[-1].comma, kept[-1].comma + 1, ""))

    def _remove(self, member: Node) -> None:
        """Take a member away with its comma, and with its line when nothing else stands there."""
        start, end = member.key_start, member.end
        line_start = self._text.rfind("\n", 0, start) + 1
        if member.comma >= 0:
            if self._text[end : member.comma].strip():  # a comment between value and comma stays
                self.splices.append(_Splice(member.comma, member.comma + 1, ""))
            else:
                end = member.comma + 1
        rest = re.compile(r"[ \t]*(\r?\n)?").match(self._text, end)
        if rest is not None and rest[1] and not self._text[line_start:start].strip() and line_start > 0:
            start, end = line_start, rest.end()
        elif before := self._text[line_start:start].rstrip(" \t"):
            start = line_start + len(before)
        self.splices.append(_Splice(start, end, ""))

    def _add(self, node: Node, kept: Sequence[Node], added: Mapping[str | int, object]) -> None:
        outer = self._line_indent(node.start)
        is_inline = "\n" not in self._text[node.start : node.end] and bool(node.members)
        inner = outer + _INDENT
        if node.members and not is_inline:
            inner = self._line_indent(node.members[0].key_start)
        lines = [self._member_text(node, key, value, "" if is_inline else inner) for key, value in added.items()]
        if not kept:
            self._fill(node, lines, inner, outer)
            return
        last = kept[-1]
        has_comma = last.comma >= 0
        if not has_comma:
            self.splices.append(_Splice(last.end, last.end, ","))
        place = last.comma + 1 if has_comma else last.end
        separator = ", " if is_inline else f",\n{inner}"
        text = separator.join(lines) + ("," if node.members[-1].comma >= 0 else "")
        if is_inline:
            self.splices.append(_Splice(place, place, f" {text}"))
        else:
            place = self._after_remark(place, node.end - 1)
            self.splices.append(_Splice(place, place, f"\n{inner}{text}"))

    def _fill(self, node: Node, lines: list[str], inner: str, outer: str) -> None:
        """Put members into an object or list that has none left; comments inside stay before them."""
        close = node.end - 1
        place = node.start + 1 + len(self._text[node.start + 1 : close].rstrip())
        comma = "," if node.members and node.members[-1].comma >= 0 else ""
        text = f"\n{inner}" + f",\n{inner}".join(lines) + f"{comma}\n{outer}"
        self.splices.append(_Splice(place, close, text))

    def _member_text(self, node: Node, key: str | int, value: object, indent: str) -> str:
        text = render(value, indent=indent, quotes_keys=self._quotes_keys)
        return f"{_render_key(str(key), quotes_keys=self._quotes_keys)}: {text}" if node.opening == "{" else text

    def _has_remark(self, node: Node) -> bool:
        """Whether there may be a comment inside; an address in a string counts too, which does no harm."""
        text = self._text[node.start : node.end]
        return "//" in text or "/*" in text

    def _after_remark(self, place: int, limit: int) -> int:
        """Past a comment that ends the line: it speaks of what stands before it."""
        match = re.compile(r"(?:[ \t]|/\*[^\n]*?\*/)*+(?://[^\r\n\u2028\u2029]*+)?").match(self._text, place, limit)
        end = match.end() if match is not None else place
        return end if self._text[place:end].strip() else place

    def _line_indent(self, offset: int) -> str:
        line_start = self._text.rfind("\n", 0, offset) + 1
        line = self._text[line_start:offset]
        return line[: len(line) - len(line.lstrip(" \t"))]


def _same(old: object, new: object) -> bool:
    """Equal, and of the same kind: 1, 1.0 and true are three different things in a file."""
    if isinstance(old, dict) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_same, old, new))
    return type(old) is type(new) and old == new
