"""Places of one kind in a tree, named by patterns: ("models", "providers", "*", "apiKey").

"*" stands for every key of an object and every index of a list. What a pattern does not find is not there.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from openclaw_gateway.config.key_path import KeyPath

Pattern = tuple[str, ...]


class Slot:
    """A place in a tree: its path, its value, and the means to put another value there."""

    __slots__ = ("_container", "path")

    def __init__(self, path: KeyPath, container: dict[str, object] | list[object]) -> None:
        self.path = path
        # A list takes its index as a dict takes its key; the last segment fits the container.
        self._container = cast("dict[str | int, object]", container)

    @property
    def value(self) -> object:
        """What stands there."""
        return self._container[self.path[-1]]

    def replace(self, value: object) -> None:
        """Put another value there."""
        self._container[self.path[-1]] = value

    def remove(self) -> None:
        """Leave nothing there."""
        del self._container[self.path[-1]]


def find_slots(tree: object, patterns: Iterable[Pattern]) -> Iterator[Slot]:
    """Every place that a pattern names and the tree has."""
    for pattern in patterns:
        yield from _find(tree, pattern, ())


def _find(tree: object, pattern: Pattern, path: KeyPath) -> Iterator[Slot]:
    head, rest = pattern[0], pattern[1:]
    if isinstance(tree, dict):
        items = list(tree.items()) if head == "*" else [(head, tree[head])] if head in tree else []
    elif isinstance(tree, list) and head == "*":
        items = list(enumerate(tree))
    else:
        return
    for key, value in items:
        if rest:
            yield from _find(value, rest, (*path, key))
        else:
            yield Slot((*path, key), tree)
