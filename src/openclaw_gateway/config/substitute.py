"""`${NAME}` in any string of the config, from the environment.

`$${NAME}` is the text `${NAME}`. A variable that is missing or empty leaves its text in place: the file still loads,
the caller warns, and whoever needs the value cannot work.
"""

import math
import re
from collections.abc import Iterator, Mapping

from openclaw_gateway.config.key_path import KeyPath

_VARIABLE = re.compile(r"\$(\$?)\{([A-Z_][A-Z0-9_]*)\}")
# A short file may name a long variable many times.
MAX_EXPANDED_CHARS = 1_048_576


class Unusable(Exception):
    """A scalar that no config value can be; message completes "<path>: "."""

    def __init__(self, path: KeyPath, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


class Substitution:
    """One pass over a tree. unresolved: the paths and names of variables that were missing."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.unresolved: list[tuple[KeyPath, str]] = []

    def apply(self, tree: object, path: KeyPath = ()) -> object:
        """The tree with its variables filled in; whole numbers in the form 1e4 or 3.0 become int.

        Objects and lists are changed in place. Raises Unusable for a number that is not finite and text with NUL.
        """
        if isinstance(tree, str):
            return self._text(tree, path)
        if isinstance(tree, float):
            return _number(tree, path)
        for key, value in _items(tree):
            if isinstance(value, str | float | dict | list):
                replaced = self.apply(value, (*path, key))
                if replaced is not value:
                    tree[key] = replaced  # type: ignore[index] # _items yields keys of dicts and lists only
        return tree

    def _text(self, text: str, path: KeyPath) -> str:
        if "\0" in text:
            raise Unusable(path, "Invalid input: text must not hold a NUL character")
        if "${" not in text:
            return text

        def fill(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return match[0][1:]
            value = self._variables.get(name, "")
            if not value:
                self.unresolved.append((path, name))
                return match[0]
            return value

        filled = _VARIABLE.sub(fill, text)
        if len(filled) > max(MAX_EXPANDED_CHARS, len(text)):
            raise Unusable(path, f"Too big: more than {MAX_EXPANDED_CHARS} characters after substitution")
        return filled


def _items(tree: object) -> Iterator[tuple[str | int, object]]:
    if isinstance(tree, dict):
        yield from tree.items()
    elif isinstance(tree, list):
        yield from enumerate(tree)


def _number(number: float, path: KeyPath) -> float | int:
    if not math.isfinite(number):
        name = "NaN" if math.isnan(number) else "Infinity"
        raise Unusable(path, f"Invalid input: expected number, received {name}")
    return int(number) if number.is_integer() else number
