"""The place of a value in the config: a tuple of keys and indexes, and its spelling.

`models.providers["a/b"].models[0].id` is ("models", "providers", "a/b", "models", 0, "id").
"""

import re

KeyPath = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_$][\w$-]*\Z", re.ASCII)
_SEGMENT = re.compile(r"""\.?(?:\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')\]|([^.\[\]"'\s]+))""")
MAX_LENGTH = 4096


def format_key_path(path: KeyPath) -> str:
    """The spelling that `parse_key_path` reads back; the whole file is "<root>"."""
    if not path:
        return "<root>"
    return "".join(_format_segment(segment) for segment in path).removeprefix(".")


def _format_segment(segment: str | int) -> str:
    if isinstance(segment, int):
        return f"[{segment}]"
    if _PLAIN.match(segment):
        return f".{segment}"
    quoted = segment.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{quoted}"]'


def parse_key_path(text: str) -> KeyPath:
    """Read a path of dots and brackets; a bare number after a dot stays text and is an index where a list is.

    Raises ValueError saying what is wrong.
    """
    if not text or len(text) > MAX_LENGTH:
        raise ValueError(f"a config path has 1 to {MAX_LENGTH} characters, got {len(text)}")
    path: list[str | int] = []
    position = 0
    while position < len(text):
        match = _SEGMENT.match(text, position)
        if match is None or (position == 0 and text[0] == ".") or (position and text[position] not in ".["):
            raise ValueError(f"cannot read the config path {text!r} at character {position + 1}")
        index, quoted, plain = match.groups()
        path.append(int(index) if index else plain or re.sub(r"\\(.)", r"\1", quoted[1:-1]))
        position = match.end()
    return tuple(path)


def step(tree: object, segment: str | int) -> tuple[bool, object]:
    """Go one segment down: whether there is something, and what."""
    if isinstance(tree, dict):
        key = str(segment)
        return key in tree, tree.get(key)
    if isinstance(tree, list) and str(segment).isdecimal():
        index = int(segment)
        return (True, tree[index]) if index < len(tree) else (False, None)
    return False, None


def look_up(tree: object, path: KeyPath) -> tuple[bool, object]:
    """Follow a path: whether there is something, and what."""
    found = True
    for segment in path:
        found, tree = step(tree, segment)
        if not found:
            break
    return found, tree
