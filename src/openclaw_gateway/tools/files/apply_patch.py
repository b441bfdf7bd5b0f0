"""`apply_patch`: several files added, changed, moved and deleted by one text.

All of it is checked and written beside its place before the first file is touched, so that a patch that cannot be
applied changes nothing. What then still fails is told with what was done and what was not.
"""

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Annotated, Final

from msgspec import Meta

from openclaw_gateway.config.schema.tools import ApplyPatch
from openclaw_gateway.tools.arguments import Arguments, read_arguments, schema_of
from openclaw_gateway.tools.files.patch import AddFile, DeleteFile, Section, UpdateFile, parse_patch
from openclaw_gateway.tools.files.patched_text import apply_hunks
from openclaw_gateway.tools.files.replacement import MAX_CHANGED_BYTES, Replacement, finish_in_thread, require_same
from openclaw_gateway.tools.files.root import (
    NotThere,
    Spot,
    open_spot,
    reach,
    refuse_others,
    require_writable,
    show_path,
    told_of,
)
from openclaw_gateway.tools.files.text_file import decode_text, read_whole
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import ToolContext, ToolFailure, ToolResult

# Each holds a directory open while it is written.
_MAX_FILES: Final = 100


class ApplyPatchArguments(Arguments, frozen=True):
    """The patch."""

    input: Annotated[str, Meta(description="The patch, from *** Begin Patch to *** End Patch.")]


class ApplyPatchTool:
    """Stays in the workspace unless its settings say otherwise."""

    name: Final = "apply_patch"
    description: Final = (
        "Add, change, move and delete files by one patch. Between `*** Begin Patch` and `*** End Patch` stand sections "
        "`*** Add File: path` (lines with +), `*** Delete File: path` and `*** Update File: path`, perhaps followed "
        "by `*** Move to: path`, with changes: `@@ line to find first` or `@@`, then lines that begin with a space "
        "(kept), - (removed) or + (added), then `*** End of File` if they are the last of the file. Give three kept "
        "lines around each change. Nothing is changed if one part does not fit."
    )
    parameters: Final = schema_of(ApplyPatchArguments)
    is_parallel: Final = False

    def __init__(self, settings: ApplyPatch) -> None:
        self._settings = settings

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """The files that were changed, one a line. Raises ToolFailure."""
        patch = read_arguments(ApplyPatchArguments, arguments).input
        _require_model(self._settings.allow_models, context.model)
        place = replace(context.place, is_contained=True) if self._settings.workspace_only else context.place
        done = await finish_in_thread(lambda: _apply(place, patch))
        return ToolResult.of_text("\n".join(["Success. Updated the following files:", *done]))


@dataclass(frozen=True, slots=True)
class _Change:
    """One file's part. letter: A, M or D. path: where the result is. line: of the patch. source, source_old: the file
    that goes away. content, old: what is put at path, and what was there. like: the file it becomes like.
    """

    letter: str
    path: str
    line: int
    source: str | None = None
    source_old: os.stat_result | None = None
    content: bytes | None = None
    old: os.stat_result | None = None
    like: os.stat_result | None = None

    def __str__(self) -> str:
        return f"{self.letter} {self.path}"


def _require_model(allowed: Sequence[str] | None, model: str) -> None:
    """Calls without a model are for whoever makes them."""
    if allowed is None or not model:
        return
    names = {model.lower(), model.lower().partition("/")[2]}
    if names.isdisjoint([name.strip().lower() for name in allowed]):
        raise ToolFailure(f"apply_patch is not for the model {model}; use edit and write")


def _apply(place: Place, patch: str) -> list[str]:
    require_writable(place)
    sections = parse_patch(patch)
    if len(sections) > _MAX_FILES:
        raise ToolFailure(f"The patch changes {len(sections)} files; at most {_MAX_FILES} at once")
    changes: list[_Change] = []
    bytes_left = MAX_CHANGED_BYTES
    for section in sections:
        changes.append(_plan(place, section))
        bytes_left -= len(changes[-1].content or b"")
        if bytes_left < 0:
            raise ToolFailure(
                f"The files of the patch are larger than {MAX_CHANGED_BYTES} bytes together; make it smaller"
            )
    _refuse_doubles(place, changes)
    with ExitStack() as stack:
        steps = [_prepare(place, change, stack) for change in changes]
        for index, (change, step) in enumerate(zip(changes, steps, strict=True)):
            try:
                with told_of(show_path(place, change.path)):
                    step()
            except ToolFailure as failure:
                told = f"Done before: {', '.join(map(str, changes[:index])) or 'nothing'}"
                left = f"not done: {', '.join(map(str, changes[index:]))}"
                raise ToolFailure(f"{failure}. {told}; {left}") from failure
    return [str(change) for change in changes]


def _plan(place: Place, section: Section) -> _Change:
    """What a section comes to, from the files as they are. Nothing is changed yet."""
    try:
        match section:
            case AddFile(line, path, content):
                _require_absent(place, path)
                return _Change("A", path, line, content=content.encode())
            case DeleteFile(line, path):
                with reach(place, path, follows_last=False) as spot:
                    found = _require_file_or_link(spot)
                return _Change("D", path, line, source=path, source_old=found)
            case UpdateFile(line, path, moved_to):
                patched, old = _patch_file(place, section)
                if moved_to is None:
                    return _Change("M", path, line, content=patched, old=old, like=old)
                _require_absent(place, moved_to)
                return _Change("M", moved_to, line, source=path, source_old=old, content=patched, like=old)
    except ToolFailure as failure:
        told = str(failure)
        raise ToolFailure(
            told if told.startswith("Line ") else f"Line {section.line} of the patch: {told}"
        ) from failure


def _patch_file(place: Place, section: UpdateFile) -> tuple[bytes, os.stat_result]:
    with reach(place, section.path) as spot, open_spot(spot) as (file, old):
        content = read_whole(file, spot.shown)
        if not section.hunks:
            return content, old
        mark, text = decode_text(content, spot.shown)
        return mark + apply_hunks(text, section.hunks, spot.shown).encode(), old


def _require_absent(place: Place, path: str) -> None:
    try:
        with reach(place, path) as spot:
            found = spot.look()
    except NotThere:
        return  # not even its directory
    if found is not None:
        raise ToolFailure(f"{spot.shown} is there already")


def _require_file_or_link(spot: Spot) -> os.stat_result:
    found = spot.look()
    if found is None:
        raise NotThere(f"File not found: {spot.shown}.")
    if not stat.S_ISLNK(found.st_mode):
        refuse_others(found, spot.shown)
    return found


def _refuse_doubles(place: Place, changes: Sequence[_Change]) -> None:
    """Raises ToolFailure for a file that two sections speak of, by whatever names."""
    seen: set[object] = set()
    for change in changes:
        files = [found for found in (change.source_old, change.old) if found is not None]
        names = {show_path(place, path) for path in (change.path, change.source) if path is not None}
        keys = names | {(found.st_dev, found.st_ino) for found in files}
        if not seen.isdisjoint(keys):
            raise ToolFailure(
                f"Line {change.line} of the patch: {change.path} is in the patch twice; make one section of it"
            )
        seen |= keys


def _prepare(place: Place, change: _Change, stack: ExitStack) -> Callable[[], None]:
    """Write beside its place what a change needs; returns the step that makes it true."""
    replacement: Replacement | None = None
    source: Spot | None = None
    if change.source is not None:
        source = stack.enter_context(reach(place, change.source, follows_last=change.letter != "D"))
    if change.content is not None:
        target = stack.enter_context(reach(place, change.path, makes_parents=True))
        replacement = Replacement(target, change.content, change.old, change.like)
        stack.callback(replacement.drop)
        with told_of(target.shown):
            replacement.prepare()

    def make_true() -> None:
        if source is not None:
            require_same(change.source_old, source)
        if replacement is not None:
            replacement.put()
        if source is not None:
            os.unlink(source.name, dir_fd=source.directory)

    return make_true
