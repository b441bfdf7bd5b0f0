"""What stands between the `---` lines at the beginning of a Markdown file: the small part of YAML that skills use.

Texts, plain, quoted or in blocks, and objects in braces. Anything else is left out: a reader of all of YAML is a large
thing to put before files that a model may have written. Pure.
"""

import re

_KEY = re.compile(r"([A-Za-z][\w-]*):(?:\s+(.*))?")
_FENCE = re.compile(r"---\s*")
_BLOCK = re.compile(r"[>|][+-]?\d?")


def read_front_matter(text: str) -> dict[str, object]:
    """Top-level keys: text, or an object of JSON5 in braces; empty without front matter or without its end."""
    lines = text.splitlines()
    if not lines or not _FENCE.fullmatch(lines[0]):
        return {}
    end = next((place for place, line in enumerate(lines[1:], 1) if _FENCE.fullmatch(line)), None)
    found: dict[str, list[str]] = {}
    key = ""
    for line in lines[1:end] if end is not None else ():
        match = _KEY.fullmatch(line)
        if match is not None:
            key = match[1]
            found[key] = [match[2] or ""]
        elif key and (not line.strip() or line[0] in " \t"):
            found[key].append(line.strip())
    return {key: _read_value(value) for key, value in found.items()}


def _read_value(lines: list[str]) -> object:
    first = lines[0].strip()
    if _BLOCK.fullmatch(first):
        return ("\n" if first[0] == "|" else " ").join(lines[1:]).strip()
    text = " ".join([first, *lines[1:]]).strip()
    if text.startswith("{"):
        return _read_object(text)
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text.partition(" #")[0].rstrip()


def _read_object(text: str) -> object:
    import pyjson5  # for the few files that need it

    try:
        return pyjson5.decode(text)
    except (pyjson5.Json5Exception, RecursionError, UnicodeError):
        return {}
