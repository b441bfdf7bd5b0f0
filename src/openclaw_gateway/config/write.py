"""Changing the config file: checked before it is written, written whole or not at all, with the last versions kept.

Comments and everything that was not changed stay as they are. A value that an include brought is changed in that file,
when all changes belong to the same one.
"""

import contextlib
import fcntl
import glob
import itertools
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from openclaw_gateway import __version__
from openclaw_gateway.config.document import Document
from openclaw_gateway.config.edit import render, rewrite
from openclaw_gateway.config.environment import Environment
from openclaw_gateway.config.files import Unreadable, read_regular, write_atomically
from openclaw_gateway.config.key_path import KeyPath, format_key_path, look_up
from openclaw_gateway.config.load import LaunchOptions, Loaded, Paths, build, locate
from openclaw_gateway.config.redact import NothingStored, restore
from openclaw_gateway.config.slots import find_slots
from openclaw_gateway.config.source import INCLUDE, MAX_FILE_BYTES, Source, build_source

BACKUPS = 5
REJECTED = 5
# Below this size half of a file is a line or two.
MIN_SHRINK_BYTES = 512
# Maps that grew by hand over time: replacing one whole is more often a slip than a wish.
PROTECTED = (
    ("agents", "defaults", "models"),
    ("agents", "entries"),
    ("models", "providers"),
    ("models", "providers", "*"),
    ("models", "providers", "*", "models"),
    ("plugins", "entries"),
    ("auth", "profiles"),
)


class WriteRefused(Exception):
    """The file was not touched; the text says why and what to do."""


class FileChanged(WriteRefused):
    """The file is not the one that the writer has read."""


class Change(NamedTuple):
    """One thing to change. is_removal: take the path away; value does not count then."""

    path: KeyPath
    value: object = None
    is_removal: bool = False


class Written(NamedTuple):
    """What a write came to. file: the one that changed. loaded: the config as it is now. is_changed: False if the file
    said all that already.
    """

    file: Path
    loaded: Loaded
    is_changed: bool


def write_changes(
    changes: Sequence[Change],
    options: LaunchOptions,
    environment: Environment,
    *,
    may_replace: bool = False,
    is_dry_run: bool = False,
    expected_hash: str | None = None,
) -> Written:
    """Make the changes, all of them or none.

    may_replace: a map of PROTECTED may lose entries by being replaced. is_dry_run: stop before writing. expected_hash:
    SHA-256 in hex of the main file that the changes are meant for, "" for none; another file is left as it is.
    Raises WriteRefused, ConfigInvalid (what the file would be is not valid) and OSError (disk full).
    """
    _refuse_readonly(environment)
    paths = locate(options, environment)
    with _locked(paths.config_path.parent, is_dry_run=is_dry_run):
        raw = _read(paths.config_path)
        source = _open(paths, raw)
        if expected_hash is not None and source.raw_hash != expected_hash:
            raise FileChanged("config changed since last load; re-run config.get and retry")
        plan = _Plan(source, paths)
        for change in changes:
            plan.add(change, may_replace=may_replace)
        document, text = plan.finish()
        loaded = _validate(document, text, source, paths, options, environment)
        is_changed = text != document.text
        if is_changed and not is_dry_run:
            _refuse_loss(source, loaded.source, document, text)
            _replace(document.path, text, _backup_of(document))
    return Written(document.path, loaded, is_changed)


def write_new(path: Path, content: Mapping[str, object], environment: Environment) -> None:
    """Write a first config file. Raises WriteRefused if there is one already, ConfigInvalid, OSError."""
    _refuse_readonly(environment)
    text = render({**content, "meta": _stamp()}) + "\n"
    paths = Paths(config_path=path, state_dir=path.parent, profile=None, include_roots=())
    build(build_source(path, text.encode()), paths, LaunchOptions(), environment, wanted=())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(path.parent):
        if os.path.lexists(path):
            raise WriteRefused(f"{path} exists already; change it with: openclaw config set")
        _replace(path, text, None)


class _Plan:
    """Collects changes to one file. Which file that is follows from the first change."""

    def __init__(self, source: Source, paths: Paths) -> None:
        self._source = source
        self._texts = {document.path: document.text for _, document in source.mounts}
        self._main = Document(paths.config_path, self._texts.get(paths.config_path, "{}\n"))
        self._target: Document | None = None
        self._value: object = None

    def add(self, change: Change, *, may_replace: bool) -> None:
        """Apply one change to the file's value."""
        _refuse_dropping(change, self._source.tree, may_replace=may_replace)
        document, path = self._locate(self._main, change.path)
        if self._target is None:
            self._target = document
            self._value = Document(document.path, document.text).value
        elif document.path != self._target.path:
            raise WriteRefused("The changes belong to different files of $include; make them one file at a time")
        if change.is_removal:
            _remove(self._value, path, change.path)
            return
        try:
            value = restore(change.value, self._source.tree, change.path)
        except NothingStored as error:
            place = format_key_path(error.path)
            raise WriteRefused(f"{place}: the placeholder stands for a stored secret, and none is stored") from None
        self._value = _put(self._value, path, value, change.path)

    def finish(self) -> tuple[Document, str]:
        """The file to write and its new text."""
        document = self._target or self._main
        if self._target is None:
            return document, document.text
        text = rewrite(document, self._value)
        if text != document.text and document.path == self._main.path and isinstance(self._value, dict):
            meta = self._value.get("meta")
            kept = meta if isinstance(meta, dict) and INCLUDE not in meta else {}
            if meta is None or kept:
                self._value["meta"] = {**kept, **_stamp()}
            text = rewrite(document, self._value)
        return document, text

    def _locate(self, document: Document, path: KeyPath) -> tuple[Document, KeyPath]:
        """The file that a path belongs to, and the path inside it."""
        value = document.value
        for position, segment in enumerate(path):
            if isinstance(value, dict) and INCLUDE in value and segment not in value:
                named = value[INCLUDE]
                if not isinstance(named, str):
                    place = format_key_path(path[:position])
                    raise WriteRefused(
                        f"{place} is merged from several files by $include; change the right one by hand"
                    )
                included = Path(os.path.realpath(document.path.parent / named))
                return self._locate(Document(included, self._texts[included]), path[position:])
            value = look_up(value, (segment,))[1]
        if _has_include(value):
            raise WriteRefused(f"{format_key_path(path)} holds a $include; change what is in the included file instead")
        return document, path


def _has_include(value: object) -> bool:
    if isinstance(value, dict):
        return INCLUDE in value or any(map(_has_include, value.values()))
    return isinstance(value, list) and any(map(_has_include, value))


def _put(tree: object, path: KeyPath, value: object, whole: KeyPath) -> object:
    """Put the value at the path of the tree, in place; missing objects on the way are made. Returns the tree."""
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(tree, list):
        index = int(head) if str(head).isdecimal() else -1
        if not 0 <= index <= len(tree):
            raise WriteRefused(f"{format_key_path(whole)}: the list has {len(tree)} items, and {head} is none of them")
        tree[index : index + 1] = [_put(tree[index] if index < len(tree) else None, rest, value, whole)]
        return tree
    if tree is None and isinstance(head, int):
        return _put([], path, value, whole)
    if tree is None or isinstance(tree, dict):
        holder = {} if tree is None else tree
        holder[str(head)] = _put(holder.get(str(head)), rest, value, whole)
        return holder
    raise WriteRefused(f"{format_key_path(whole)}: there is a plain value on the way, so nothing can be put below it")


def _remove(tree: object, path: KeyPath, whole: KeyPath) -> None:
    found, holder = look_up(tree, path[:-1])
    if not path or not found or not look_up(holder, path[-1:])[0]:
        raise WriteRefused(f"Config path not found: {format_key_path(whole)}. Nothing was changed.")
    if isinstance(holder, dict):
        del holder[str(path[-1])]
    elif isinstance(holder, list):
        del holder[int(path[-1])]


def _refuse_readonly(environment: Environment) -> None:
    if environment.is_on("OPENCLAW_CONFIG_READONLY"):
        raise WriteRefused("The config is read-only here (OPENCLAW_CONFIG_READONLY is set). Nothing was changed.")


def _refuse_dropping(change: Change, tree: dict[str, object], *, may_replace: bool) -> None:
    if may_replace or change.is_removal:
        return
    for slot in find_slots(tree, PROTECTED):
        if slot.path[: len(change.path)] == change.path:
            found, new = look_up(change.value, slot.path[len(change.path) :])
            lost = _names(slot.value) - (_names(new) if found else frozenset())
            if lost:
                listed = ", ".join(sorted(lost)[:5])
                place = format_key_path(slot.path)
                raise WriteRefused(f"{place} would lose {listed}. Use --merge to keep them, --replace to drop them.")


def _names(value: object) -> frozenset[str]:
    if isinstance(value, list):
        return frozenset(str(item["id"]) for item in value if isinstance(item, dict) and "id" in item)
    return frozenset(value) if isinstance(value, dict) else frozenset()


def _refuse_loss(old: Source, new: Source, document: Document, text: str) -> None:
    """Keep what a slip, ours or a script's, would throw away."""
    reason = None
    if look_up(old.tree, ("gateway", "mode"))[0] and not look_up(new.tree, ("gateway", "mode"))[0]:
        reason = "it would drop gateway.mode"
    old_size, new_size = len(document.text.encode()), len(text.encode())
    if old_size >= MIN_SHRINK_BYTES and new_size * 2 < old_size:
        reason = f"it would shrink from {old_size} to {new_size} bytes"
    if reason is not None:
        kept = document.path.with_name(
            f"{document.path.name}.rejected.{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        )
        write_atomically(kept, text.encode())
        # The time in the name sorts them.
        for old_one in sorted(kept.parent.glob(f"{glob.escape(document.path.name)}.rejected.*"))[:-REJECTED]:
            old_one.unlink(missing_ok=True)
        raise WriteRefused(f"{document.path} was not changed: {reason}. What was to be written is in {kept}")


def _validate(
    document: Document, text: str, source: Source, paths: Paths, options: LaunchOptions, environment: Environment
) -> Loaded:
    if document.path == paths.config_path:
        new = build_source(paths.config_path, text.encode(), paths.include_roots)
    else:
        main = next(mounted.text for prefix, mounted in source.mounts if not prefix)
        changed = Document(document.path, text)
        new = build_source(paths.config_path, main.encode(), paths.include_roots, override=changed)
    return build(new, paths, options, environment, wanted=())


def _stamp() -> dict[str, str]:
    return {
        "lastTouchedVersion": __version__,
        "lastTouchedAt": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
    }


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except Unreadable as error:
        if error.is_missing:
            return b""
        raise WriteRefused(f"Cannot change {path}: {error}") from None


def _open(paths: Paths, raw: bytes) -> Source:
    if not raw:
        return Source(paths.config_path)
    return build_source(paths.config_path, raw, paths.include_roots)


def _backup_of(document: Document) -> str | None:
    return document.text if document.path.exists() else None


@contextlib.contextmanager
def _locked(folder: Path, *, is_dry_run: bool = False) -> Iterator[None]:
    """Let one writer in at a time. The folder itself is locked, so that no lock file stays behind."""
    if is_dry_run and not folder.exists():
        yield
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, text: str, backup: str | None) -> None:
    """Put the new text in the place of the old one, which moves into the ring of backups."""
    if path.is_symlink():
        raise WriteRefused(f"{path} is a symbolic link; config is written to regular files only")
    if backup is not None:
        names = [path.with_name(f"{path.name}.bak{f'.{number}' if number else ''}") for number in range(BACKUPS)]
        for newer, older in reversed(list(itertools.pairwise(names))):
            with contextlib.suppress(FileNotFoundError):
                newer.replace(older)
        write_atomically(names[0], backup.encode())
    write_atomically(path, text.encode())
