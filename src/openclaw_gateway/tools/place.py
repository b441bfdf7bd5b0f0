"""Where the files and commands of a session are: a workspace on this machine, or what a sandbox shows of it."""

from dataclasses import dataclass
from pathlib import Path

from openclaw_gateway.config.schema.sandbox import Sandbox
from openclaw_gateway.tools.closed import Closed


@dataclass(frozen=True, slots=True)
class Place:
    """The working directory of one session's tools.

    folder: the directory on this machine. shown_as: its path as the agent and its commands know it. is_contained: a
    path that leads out of it is refused. is_writable: files in it may be changed. sandbox: what commands run in, None
    for this machine itself. closed: what no file tool reaches, even inside of the folder.
    """

    folder: Path
    shown_as: str
    is_contained: bool = False
    is_writable: bool = True
    sandbox: Sandbox | None = None
    closed: Closed | None = None

    @classmethod
    def of_host(cls, folder: Path, *, is_contained: bool = False) -> "Place":
        """A directory of this machine, under its own name."""
        return cls(folder, str(folder), is_contained)

    @property
    def is_own_folder(self) -> bool:
        """Whether the folder is the sandbox's alone: nobody else makes it, so the first tool that needs it does."""
        return self.sandbox is not None and self.sandbox.workspace_access == "none"
