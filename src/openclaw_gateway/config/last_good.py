"""The last config that a gateway ran with, kept beside the config for the day when that one is broken.

The copy needs no other file: what was included stands in it. Secrets stay as the files say them, so it is no more
secret than they are, and as private as they should be (mode 600).
"""

import logging
from pathlib import Path

import msgspec

from openclaw_gateway.config.environment import Environment
from openclaw_gateway.config.files import Unreadable, read_regular, write_atomically
from openclaw_gateway.config.issues import ConfigInvalid, Issue
from openclaw_gateway.config.load import LaunchOptions, Loaded, build, load, locate
from openclaw_gateway.config.source import MAX_TOTAL_BYTES, Source, build_source

logger = logging.getLogger(__name__)


def last_good_path(config_path: Path) -> Path:
    """Where the copy is."""
    return config_path.with_name(f"{config_path.name}.last-good")


def keep_last_good(source: Source) -> None:
    """Keep a copy, unless it is there already; a folder that cannot be written to is told in the log. Blocking."""
    if not source.exists:
        return
    path, content = last_good_path(source.path), source.whole()
    try:
        if read_regular(path, MAX_TOTAL_BYTES) == content:
            return
    except Unreadable:
        pass  # none yet, or something in its place that the copy replaces
    try:
        write_atomically(path, content)
    except OSError as error:
        logger.warning("no copy of the working config could be kept in %s: %s", path.parent, error.strerror)


def load_or_last_good(options: LaunchOptions, environment: Environment) -> Loaded:
    """The config, or if it cannot be used, the last one that could.

    `refused` of what is returned says what is wrong with the config then, and so do its warnings. Raises ConfigInvalid
    for the config when there is no copy, or none that can be used.
    """
    try:
        loaded = load(options, environment)
        if loaded.exists or not last_good_path(loaded.path).exists():
            return loaded
        issue = Issue("<root>", "the file is gone", file=loaded.path.name)
        raise ConfigInvalid(loaded.path, (issue,))
    except ConfigInvalid as invalid:
        try:
            good = _load_copy(options, environment)
        except (Unreadable, ConfigInvalid):
            raise invalid from None
        refused = tuple(issue.for_person() for issue in invalid.issues)
        loud = (
            f"DEGRADED: {invalid.path} cannot be used; running with the last good config, {last_good_path(good.path)}"
        )
        return msgspec.structs.replace(good, refused=refused, warnings=(loud, *refused, *good.warnings))


def _load_copy(options: LaunchOptions, environment: Environment) -> Loaded:
    paths = locate(options, environment)
    raw = read_regular(last_good_path(paths.config_path), MAX_TOTAL_BYTES, is_private=True)
    return build(build_source(paths.config_path, raw, paths.include_roots), paths, options, environment)
