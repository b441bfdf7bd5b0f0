"""What of the gateway itself no agent's file tool reads or changes: its secrets, and what decides over its commands."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# In the state folder, and yet for agents: their workspaces, and the skills that their prompts name.
_OPEN: Final = re.compile(r"/(?:skills|workspace|workspace-[^/]*)(?:/.*)?", re.DOTALL).fullmatch

# Of processes: the gateway's own environment holds its keys, and what commands must not see no file tool shows.
_PROCESS: Final = re.compile(r"/proc/[0-9]+(?:/.*)?", re.DOTALL).fullmatch


@dataclass(frozen=True, slots=True)
class Closed:
    """state_dir: the folder of everything that the gateway keeps. files: its config, wherever that lies."""

    state_dir: Path
    files: tuple[Path, ...] = ()

    def holds(self, path: str, folder: str) -> bool:
        """Whether this absolute path without links is closed to a session that works in this folder. Looks at links.

        What differs in case alone counts as the same: on some disks it is.
        """
        if _PROCESS(path):
            return True
        path, folder = path.casefold(), os.path.realpath(folder).casefold()
        if path in [os.path.realpath(file).casefold() for file in self.files]:
            return True
        state = os.path.realpath(self.state_dir).casefold()
        if not _is_within(path, state) or _OPEN(path[len(state) :]):
            return False
        # Sandboxes have their folders in the state; one that is the state, or around it, opens nothing.
        return folder == state or not (_is_within(folder, state) and _is_within(path, folder))


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
