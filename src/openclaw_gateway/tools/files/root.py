"""From a path that a model wrote to a name in an opened directory, without a gap between looking and using.

The path is walked one name at a time, each from the directory that was opened before, and no step follows a link:
a link is read and its target is walked in turn. So whatever is swapped on the way, a contained walk never stands
outside of its place, and links of `/proc` that lead elsewhere than they say are only texts. Where everything may be
reached, the same walk starts at `/`.
"""

import errno
import os
import posixpath
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import ToolFailure

# Linux passes through a directory that may be searched but not listed; elsewhere it must be readable, too.
_DIRECTORY: Final = os.O_DIRECTORY | os.O_CLOEXEC | getattr(os, "O_PATH", os.O_RDONLY)
# A pipe or a terminal that takes the file's place between two steps neither blocks nor becomes ours.
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
# Names walked for one path, those of links included; ends loops.
_MAX_STEPS: Final = 1_024
_KINDS: Final = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class NotThere(ToolFailure):
    """There is no such file."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A name in an opened directory. The name is no link, as far as the walk saw. shown: the path for people."""

    directory: int
    name: str
    shown: str

    def look(self) -> os.stat_result | None:
        """What is there; None if nothing is. Raises OSError."""
        try:
            return os.stat(self.name, dir_fd=self.directory, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def look_for_file(self) -> os.stat_result | None:
        """The regular file that is there; None if nothing is. Raises ToolFailure for anything else."""
        found = self.look()
        if found is not None:
            refuse_others(found, self.shown)
        return found


@contextmanager
def reach(place: Place, path: str, *, makes_parents: bool = False, follows_last: bool = True) -> Iterator[Spot]:
    """Where a path of the model leads, for as long as the block lasts; nothing needs to be there.

    makes_parents: missing directories on the way are made. follows_last: a link at the end is followed, too. Blocks on
    the disk. Raises ToolFailure for a path that leads out of a contained place or that cannot be walked, and turns what
    the system refuses in the block into one.
    """
    shown = show_path(place, path)
    with told_of(shown):
        walk = _Walk(place, path)
        try:
            yield walk.go(shown, makes_parents=makes_parents, follows_last=follows_last)
        finally:
            walk.close()


@contextmanager
def open_file(place: Place, path: str) -> Iterator[tuple[int, os.stat_result]]:
    """A regular file, opened for reading; nobody is waited for. Raises ToolFailure; NotThere if there is none."""
    with reach(place, path) as spot, open_spot(spot) as opened:
        yield opened


@contextmanager
def open_spot(spot: Spot) -> Iterator[tuple[int, os.stat_result]]:
    """The regular file of a spot, opened for reading; otherwise as `open_file`."""
    if spot.look_for_file() is None:
        raise NotThere(f"File not found: {spot.shown}.")
    file = os.open(spot.name, _FILE, dir_fd=spot.directory)
    try:
        # What was looked at may have been replaced since.
        opened = os.fstat(file)
        refuse_others(opened, spot.shown)
        yield file, opened
    finally:
        os.close(file)


def show_path(place: Place, path: str) -> str:
    """The path as the agent and its commands know it: absolute and tidied; links are not looked at."""
    return posixpath.normpath(posixpath.join(place.shown_as, os.path.expanduser(path)))  # noqa: PTH111 - a text


def require_writable(place: Place) -> None:
    """Raises ToolFailure where files may only be read."""
    if not place.is_writable:
        raise ToolFailure(f"{place.shown_as} is read-only here: files may be read, but not changed")


def refuse_others(found: os.stat_result, shown: str) -> None:
    """Raises ToolFailure unless it is a regular file."""
    if stat.S_ISREG(found.st_mode):
        return
    kind = next((kind for is_kind, kind in _KINDS if is_kind(found.st_mode)), "no file")
    hint = "; list it with ls" if kind == "a directory" else ""
    raise ToolFailure(f"{shown} is {kind}, not a regular file{hint}")


@contextmanager
def told_of(shown: str) -> Iterator[None]:
    """What the system refuses, in words for the model."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotThere(f"File not found: {shown}.") from error
    except OSError as error:
        raise ToolFailure(f"{os.strerror(error.errno or errno.EIO)}: {shown}") from error


class _Walk:
    """One walk; holds one open directory at a time.

    _top: where it begins and what it never leaves. _names: the directories from there to where it stands, none of them
    a link. _ahead: the names still to go, the next one last.
    """

    def __init__(self, place: Place, path: str) -> None:
        self._place = place
        self._path = path
        self._names: list[str] = []
        self._steps = 0
        self._top = str(place.folder) if place.is_contained else "/"
        expanded = os.path.expanduser(path)  # noqa: PTH111 - a text, perhaps with `..` that Path would keep too
        if "\0" in path or not _is_encodable(path):
            raise ToolFailure(f"{path!r} cannot be the path of a file")
        if expanded.startswith("/"):
            self._ahead = self._from_top(expanded)
        else:
            self._ahead = [*_split(expanded), *([] if place.is_contained else _split(str(place.folder)))]
        self._directory = -1

    def go(self, shown: str, *, makes_parents: bool, follows_last: bool) -> Spot:
        if self._place.is_contained and (makes_parents or self._place.is_own_folder):
            os.makedirs(self._top, exist_ok=True)  # noqa: PTH103 - the folder of the place itself, from the config
        self._return_to_top()
        while self._ahead:
            self._steps += 1
            if self._steps > _MAX_STEPS:
                raise ToolFailure(f"{self._path}: too many levels, or links that lead in a circle")
            name = self._ahead.pop()
            if name == "..":
                self._go_up()
            elif self._ahead:
                self._enter(name, makes_parents=makes_parents)
            elif not (follows_last and self._follow(name)):
                self._refuse_closed(name)
                return Spot(self._directory, name, shown)
        self._refuse_closed("")
        return Spot(self._directory, ".", shown)

    def close(self) -> None:
        if self._directory >= 0:
            os.close(self._directory)
            self._directory = -1

    def _enter(self, name: str, *, makes_parents: bool) -> None:
        try:
            self._step_into(name)
        except FileNotFoundError:
            if not makes_parents:
                raise
            self._refuse_closed(name)
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=self._directory)
            self._step_into(name)
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.ELOOP) or not self._follow(name):
                raise
            return
        self._names.append(name)

    def _step_into(self, name: str) -> None:
        opened = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=self._directory)
        self.close()
        self._directory = opened

    def _follow(self, name: str) -> bool:
        """Put what a link says onto the way; False if it is none."""
        try:
            target = os.readlink(name, dir_fd=self._directory)
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno == errno.EINVAL:
                return False
            raise
        if target.startswith("/"):
            self._ahead += self._from_top(target)
            self._names.clear()
            self._return_to_top()
        else:
            self._ahead += _split(target)
        return True

    def _go_up(self) -> None:
        if self._names:
            self._names.pop()
        elif self._place.is_contained:
            raise self._refusal()
        # Not by the directory's own `..`, which leads elsewhere once somebody has moved it.
        self._return_to_top()
        for name in self._names:
            self._step_into(name)

    def _return_to_top(self) -> None:
        self.close()
        self._directory = os.open(self._top, _DIRECTORY)

    def _from_top(self, path: str) -> list[str]:
        """The names from the top to an absolute path, which may be written with any name of the place's folder."""
        names = _split(path)
        folder = str(self._place.folder)
        for alias in (self._place.shown_as, folder, os.path.realpath(folder)):
            root = _split(alias)
            if names[len(names) - len(root) :] == root and len(root) <= len(names):
                inside = names[: len(names) - len(root)]
                return inside if self._place.is_contained else [*inside, *_split(folder)]
        if self._place.is_contained:
            raise self._refusal()
        return names

    def _refuse_closed(self, name: str) -> None:
        """Raises ToolFailure if this name, where the walk stands, is one of the gateway's own."""
        closed = self._place.closed
        if closed is None:
            return
        path = posixpath.normpath(posixpath.join(os.path.realpath(self._top), *self._names, name))
        if closed.holds(path, str(self._place.folder)):
            raise ToolFailure(f"{self._path} belongs to the gateway itself, and is closed to agents")

    def _refusal(self) -> ToolFailure:
        return ToolFailure(f"{self._path} leads out of {self._place.shown_as}, the only place for files here")


def _split(path: str) -> list[str]:
    """Its names, the last one first."""
    return [name for name in path.split("/")[::-1] if name not in ("", ".")]


def _is_encodable(path: str) -> bool:
    try:
        os.fsencode(path)
    except UnicodeError:
        return False
    return True
