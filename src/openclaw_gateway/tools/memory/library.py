"""The indexes of all folders with notes, shared by the agents of one gateway; nothing is opened before a search."""

import threading
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path

from openclaw_gateway.memory.index import IndexTrouble, can_index, search_notes
from openclaw_gateway.memory.ranking import Found
from openclaw_gateway.tools.memory.notes import list_notes, read_note
from openclaw_gateway.tools.tool import ToolFailure


@dataclass(frozen=True, slots=True)
class Library:
    """One index for each folder, in a folder of the state, named by a digest: no agent meets another's."""

    state_dir: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def search(self, folder: Path, query: str, today: date) -> list[Found]:
        """Pieces of the folder's notes, the best first. Blocks. Raises ToolFailure when the index cannot be used."""
        if not can_index():
            raise ToolFailure("this Python's SQLite was built without full-text search (FTS5); read the notes instead")
        digest = sha256(str(folder).encode(errors="surrogateescape")).hexdigest()[:32]

        def read(name: str) -> str:
            try:
                return read_note(folder, name)
            except ToolFailure:  # it went between listing and reading
                return ""

        with self._lock:
            try:
                file = self.state_dir / "memory" / f"{digest}.sqlite"
                return search_notes(file, list_notes(folder), read, query, today)
            except IndexTrouble as error:
                raise ToolFailure("the index of the notes cannot be used; read the notes instead") from error
