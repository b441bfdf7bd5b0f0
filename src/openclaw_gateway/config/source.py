"""The config as its files say it: one tree out of the main file and what it includes, and where each part stands.

`{"$include": "./agents.json5"}` is replaced by that file; a list of files is merged in order; keys beside `$include`
override what it brings. Merging joins objects, appends lists, and replaces anything else.
Source: OpenClaw docs/gateway/configuration.md, "Split config into multiple files ($include)".
"""

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from msgspec import json

from openclaw_gateway.config.document import MAX_DEPTH, Document, Node, NotJson5
from openclaw_gateway.config.files import Unreadable, read_regular
from openclaw_gateway.config.issues import ConfigInvalid, Issue
from openclaw_gateway.config.key_path import KeyPath, format_key_path
from openclaw_gateway.config.validate import Fault

INCLUDE = "$include"
MAX_FILE_BYTES = 2 * 1024 * 1024
# Ten levels of lists of files could name the same file thousands of times.
MAX_TOTAL_BYTES = 16 * 1024 * 1024
MAX_INCLUDE_DEPTH = 10
MAX_INCLUDE_PATH = 4096


class Source:
    """A config as its files say it, before variables and secrets are filled in.

    path: the main file. exists: False stands for an empty file. tree: all files merged. mounts: which file brought the
    part at a path, the main file first.
    """

    def __init__(self, path: Path, raw: bytes | None = None) -> None:
        self.path = path
        self.exists = raw is not None
        self.tree: dict[str, object] = {}
        self.mounts: list[tuple[KeyPath, Document]] = []
        self._raw = raw

    @cached_property
    def raw_hash(self) -> str:
        """SHA-256 of the main file's bytes in hex, "" without a file."""
        import hashlib

        return "" if self._raw is None else hashlib.sha256(self._raw).hexdigest()

    @cached_property
    def revision(self) -> str:
        """What tells this config from every other: `raw_hash`, or with includes a digest of all files."""
        import hashlib

        if not self.included:
            return self.raw_hash
        return hashlib.sha256("\0".join(document.text for _, document in self.mounts).encode()).hexdigest()

    @property
    def included(self) -> tuple[Path, ...]:
        """The files that the main file brought with it, in the order of reading."""
        return tuple(document.path for _, document in self.mounts[1:])

    def whole(self) -> bytes:
        """A file that says the same without including any other; the main file itself if it includes none."""
        if self._raw is not None and not self.included:
            return self._raw
        return json.format(json.encode(self.tree), indent=2) + b"\n"

    def place(self, path: KeyPath, key: str | None = None) -> tuple[str, int, int]:
        """File, line and column of a path, or of the nearest part around it that a file has.

        key: point at this member of the path instead. The last file that has the whole path is the one that decided.
        """
        best: tuple[int, str, int, int] = (-1, self.path.name, 1, 1)
        for prefix, document in self.mounts:
            if path[: len(prefix)] == prefix:
                depth, node = _descend(document, path[len(prefix) :], key)
                if len(prefix) + depth >= best[0]:
                    best = (len(prefix) + depth, self._name(document), *document.place(node.key_start))
        return best[1:]

    def issue(self, fault: Fault, moved_from: KeyPath | None = None) -> Issue:
        """A fault with its place. moved_from: where the part stood before it was brought into its one form."""
        fault.path = moved_from if moved_from is not None else fault.path
        if not self.mounts:
            return fault.issue()
        file, line, column = self.place(fault.path, fault.key)
        return fault.issue(file, (line, column))

    def duplicates(self) -> list[str]:
        """A warning for every key that a later one of the same name hides."""
        return [
            f"{self._name(document)}:{line}:{column} — {format_key_path(prefix + path)}: the same key below hides it"
            for prefix, document in self.mounts
            for path, node in document.duplicates()
            for line, column in [document.place(node.key_start)]
        ]

    def _name(self, document: Document) -> str:
        return document.path.name if document.path == self.path else os.path.relpath(document.path, self.path.parent)


def _descend(document: Document, path: KeyPath, key: str | None) -> tuple[int, Node]:
    node = document.root
    depth = 0
    for segment in (*path, key) if key is not None else path:
        member = node.member(segment)
        if member is None:
            break
        node, depth = member, depth + 1
    return depth, node


def read_source(path: Path, include_roots: Sequence[Path] = ()) -> Source:
    """Read the main file and its includes; a missing main file is an empty config. Raises ConfigInvalid."""
    try:
        raw = read_regular(path, MAX_FILE_BYTES)
    except Unreadable as error:
        if error.is_missing:
            return Source(path)
        raise ConfigInvalid(path, (Issue("<root>", f"Cannot read the file: {error}", file=path.name),)) from None
    return build_source(path, raw, include_roots)


def build_source(
    path: Path, raw: bytes, include_roots: Sequence[Path] = (), override: Document | None = None
) -> Source:
    """The source whose main file has these bytes. override: stands in for the include of the same path, unwritten yet.

    Raises ConfigInvalid.
    """
    source = Source(path, raw)
    reader = _Reader(source, include_roots, override)
    tree = reader.read_main(raw)
    if not isinstance(tree, dict):
        fault = Fault((), "Invalid input: expected object", expected="object")
        raise ConfigInvalid(path, (source.issue(fault),))
    source.tree = tree
    return source


class _Reader:
    """Reads one config. The chain is what is being read now: a file in it must not be included again."""

    def __init__(self, source: Source, roots: Sequence[Path], override: Document | None) -> None:
        self._source = source
        self._roots = [Path(os.path.realpath(root)) for root in (source.path.parent, *roots)]
        self._override = override
        self._chain: list[Path] = []
        self._total_bytes = 0

    def read_main(self, raw: bytes) -> object:
        """The main file's value with everything it includes."""
        path = self._source.path
        return self._expand(self._parse(path, raw, ()), path, ())

    def _parse(self, path: Path, raw: bytes, prefix: KeyPath) -> object:
        try:
            text = raw.decode("utf-8-sig")
            document = self._override if self._override and self._override.path == path else Document(path, text)
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            column = error.start - before.rfind(b"\n")
            raise self._invalid("Invalid text: not UTF-8", path, before.count(b"\n") + 1, column) from None
        except NotJson5 as error:
            raise self._invalid(error.message, path, error.line, error.column) from None
        self._source.mounts.append((prefix, document))
        return document.value

    def _invalid(self, message: str, path: Path, line: int, column: int) -> ConfigInvalid:
        name = path.name if path == self._source.path else os.path.relpath(path, self._source.path.parent)
        return ConfigInvalid(self._source.path, (Issue("<root>", message, file=name, line=line, column=column),))

    def _expand(self, value: object, path: Path, place: KeyPath) -> object:
        """The value with its includes replaced; objects and lists are changed in place."""
        if len(place) > MAX_DEPTH:
            raise self._refused(place, f"Include files are nested deeper than {MAX_DEPTH} levels together")
        if isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict | list):
                    value[index] = self._expand(item, path, (*place, index))
        elif isinstance(value, dict):
            for key, item in value.items():
                if isinstance(item, dict | list) and key != INCLUDE:
                    value[key] = self._expand(item, path, (*place, key))
            if INCLUDE in value:
                return self._include(value, path, place)
        return value

    def _include(self, holder: dict[str, object], path: Path, place: KeyPath) -> object:
        named = holder.pop(INCLUDE)
        names = named if isinstance(named, list) else [named]
        merged: object = None
        for index, name in enumerate(names):
            if not isinstance(name, str):
                raise self._refused(place, "Invalid input: $include expects a path or a list of paths")
            brought = self._bring(name, path, place)
            merged = brought if index == 0 else _merge(merged, brought)
        if (holder or len(names) > 1) and not isinstance(merged, dict):
            raise self._refused(place, "An included file must hold an object to be merged with anything")
        return _merge(merged, holder) if holder else merged

    def _bring(self, name: str, includer: Path, place: KeyPath) -> object:
        if "\0" in name or not 0 < len(name) < MAX_INCLUDE_PATH:
            raise self._refused(place, "Invalid include path: NUL, empty, or 4096 characters and more")
        resolved = Path(os.path.realpath(includer.parent / name))
        if not any(resolved.is_relative_to(root) for root in self._roots):
            raise self._refused(place, f"Include path is outside of the config folder: {name} (resolved: {resolved})")
        if resolved in self._chain or resolved == Path(os.path.realpath(self._source.path)):
            raise self._refused(place, f"Include files go round in a circle: {name} (resolved: {resolved})")
        if len(self._chain) == MAX_INCLUDE_DEPTH:
            raise self._refused(place, f"Include files are nested deeper than {MAX_INCLUDE_DEPTH}: {name}")
        try:
            raw = read_regular(resolved, MAX_FILE_BYTES)
        except Unreadable as error:
            reason = "" if error.is_missing else f": {error}"
            message = f"Failed to read include file: {name} (resolved: {resolved}){reason}"
            raise self._refused(place, message) from None
        self._total_bytes += len(raw)
        if self._total_bytes > MAX_TOTAL_BYTES:
            raise self._refused(place, f"Include files are larger than {MAX_TOTAL_BYTES} bytes together")
        self._chain.append(resolved)
        value = self._expand(self._parse(resolved, raw, place), resolved, place)
        self._chain.pop()
        return value

    def _refused(self, place: KeyPath, message: str) -> ConfigInvalid:
        """The original tells include faults at the root; the line says which include it is."""
        file, line, column = self._source.place(place, INCLUDE)
        return ConfigInvalid(self._source.path, (Issue("<root>", message, file=file, line=line, column=column),))


def _merge(below: object, above: object) -> object:
    if isinstance(below, dict) and isinstance(above, dict):
        merged = dict(below)
        for key, value in above.items():
            merged[key] = _merge(below[key], value) if key in below else value
        return merged
    if isinstance(below, list) and isinstance(above, list):
        return below + above
    return above
