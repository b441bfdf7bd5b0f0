"""The configuration file as commands write it: a first one, or changes to one that exists."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from openclaw_gateway.cli.console import CommandFailed
from openclaw_gateway.cli.first_config import Section
from openclaw_gateway.cli.foresight import Foresight, foresee_start
from openclaw_gateway.cli.launch import config_failure, launch_options
from openclaw_gateway.config.edit import render
from openclaw_gateway.config.issues import ConfigInvalid
from openclaw_gateway.config.load import Loaded, Paths, build, locate, read_environment
from openclaw_gateway.config.source import Source, build_source, read_source
from openclaw_gateway.config.write import Change, WriteRefused, Written, write_changes, write_new


class ConfigFile:
    """The file that a command's options name. What goes wrong with it is raised as CommandFailed."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._options = launch_options(args)
        self._environment = read_environment()
        try:
            self.paths: Paths = locate(self._options, self._environment)
        except ConfigInvalid as invalid:
            raise config_failure(invalid) from invalid

    @property
    def path(self) -> Path:
        """Where it is, or will be."""
        return self.paths.config_path

    @property
    def exists(self) -> bool:
        """Whether there is one already."""
        return self.path.exists()

    def read(self) -> Loaded:
        """What it says, without its secrets; the defaults while there is none."""
        try:
            source = read_source(self.path, self.paths.include_roots)
            return build(source, self.paths, self._options, self._environment, wanted=())
        except ConfigInvalid as invalid:
            raise config_failure(invalid) from invalid

    def foresee(self, patch: Section) -> Foresight:
        """Whether a gateway would start once the file says the patch too; nothing is written."""
        with _told(self.path):
            return foresee_start(self._patched(patch), self.paths, self._options, self._environment)

    def imagine(self, patch: Section) -> Loaded:
        """What the configuration would be with the patch, with the keys of providers; nothing is written."""
        with _told(self.path):
            wanted = (("models", "providers", "*", "apiKey"),)
            return build(self._patched(patch), self.paths, self._options, self._environment, wanted=wanted)

    def _patched(self, patch: Section) -> Source:
        if not self.exists:
            source = build_source(self.path, render(patch).encode())
            build(source, self.paths, self._options, self._environment, wanted=())
            return source
        changes = list(_changes((), patch, self.read().source.tree))
        written = write_changes(changes, self._options, self._environment, may_replace=True, is_dry_run=True)
        return written.loaded.source

    def merge(self, patch: Section, *, may_replace: bool = False) -> None:
        """Make it say what the patch says, and keep the rest with its comments. may_replace: lists may lose entries."""
        with _told(self.path):
            if self.exists:
                changes = list(_changes((), patch, self.read().source.tree))
                write_changes(changes, self._options, self._environment, may_replace=may_replace)
            else:
                write_new(self.path, patch, self._environment)

    def change(self, changes: Sequence[Change]) -> Written:
        """Make single changes, all of them or none."""
        with _told(self.path):
            return write_changes(changes, self._options, self._environment)

    def make_folders(self, workspace: Path | None = None) -> None:
        """The state folder and the workspace, for this user alone. Those that exist stay as they are."""
        for folder in (self.paths.state_dir, workspace or self.paths.state_dir / "workspace"):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise CommandFailed(f"cannot make the folder {folder}: {error.strerror or error}") from error


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What can go wrong with a write, as CommandFailed."""
    try:
        yield
    except ConfigInvalid as invalid:
        raise config_failure(invalid) from invalid
    except WriteRefused as refused:
        raise CommandFailed(str(refused)) from refused
    except OSError as error:
        raise CommandFailed(f"cannot write {path}: {error.strerror or error}") from error


def _changes(path: tuple[str, ...], patch: Mapping[str, object], tree: Mapping[str, object]) -> Iterator[Change]:
    """One change for each part of the patch that meets no object; objects are gone into."""
    for key, value in patch.items():
        old = tree.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            yield from _changes((*path, key), value, old)
        else:
            yield Change((*path, key), value)
