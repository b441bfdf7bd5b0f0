"""Entries of the allowlist: which program with which arguments may run unasked."""

import os
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openclaw_gateway.tools.permission.executables import Executable
    from openclaw_gateway.tools.permission.programs import Words


@dataclass(frozen=True, slots=True)
class AllowEntry:
    """What may run unasked. pattern: a glob of paths: `*` stays within a folder, `**` does not, `~/` is the home.

    arguments: a regular expression for all arguments, as a shell would quote them; None for any.
    """

    pattern: str
    arguments: str | None = None


def find_entry(allowlist: Iterable[AllowEntry], words: "Words", executable: "Executable") -> AllowEntry | None:
    """The first entry that allows this program with these arguments."""
    arguments = _spell(words[1:])
    return next((entry for entry in allowlist if _matches(entry, executable, arguments)), None)


def entry_for(words: "Words", executable: "Executable") -> AllowEntry | None:
    """The narrowest entry that allows this again: the same program with the same arguments."""
    arguments = _spell(words[1:])
    if arguments is None or re.search(r"[*?\[\]]", executable.found):
        return None
    # Not re.escape, which would put a backslash before each blank: people read these.
    return AllowEntry(executable.found, re.sub(r"[\\^$.|?*+()\[\]{}]", r"\\\g<0>", arguments))


def _spell(arguments: "Words") -> str | None:
    """All arguments as one text, quoted where they would be ambiguous; None if one is known only when it runs."""
    return None if None in arguments else shlex.join([word or "" for word in arguments])


def _matches(entry: AllowEntry, executable: "Executable", arguments: str | None) -> bool:
    glob = _glob(entry.pattern)
    if not glob.fullmatch(executable.found) and not glob.fullmatch(executable.real):
        return False
    if entry.arguments is None:
        return True
    return arguments is not None and re.fullmatch(entry.arguments, arguments, re.DOTALL) is not None


@lru_cache(maxsize=512)
def _glob(pattern: str) -> re.Pattern[str]:
    """A pattern of paths as a regular expression; one that is neither absolute nor begins with ~/ or ** is nobody's."""
    if pattern.startswith("~/"):
        pattern = os.path.expanduser("~") + pattern[1:]  # noqa: PTH111
    if not pattern.startswith(("/", "**")):
        return re.compile(r"(?!)")
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    meaning = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join([meaning.get(part, re.escape(part)) for part in parts]), re.DOTALL)
