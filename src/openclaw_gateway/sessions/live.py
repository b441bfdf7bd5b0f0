"""Sessions in memory: the store's side of a `Session`, and the bound on how many are kept."""

from collections import OrderedDict
from collections.abc import Sequence
from weakref import WeakValueDictionary

from openclaw_gateway.sessions.session import Entry, Session
from openclaw_gateway.sessions.settings import NO_SETTINGS


class LiveSession(Session, weakref=True, eq=False):
    """A session that the store opened; there is one object for each key for as long as anybody holds it.

    row_id: its row. is_stored: the row exists. is_in_flight: an append was handed to the writer and is not settled.
    size: bytes of its stored bodies. cut: entries that a branch took off the path and that no append has confirmed.
    borrowed: how many entries at the end of the path are of another stored branch, until an append makes it the path.
    """

    row_id: int = 0
    is_stored: bool = False
    is_in_flight: bool = False
    size: int = 0
    cut: Sequence[Entry] = ()
    borrowed: int = 0

    def cut_path(self, keep: int) -> None:
        """Take off all but the first `keep` entries, until an append confirms it."""
        own = len(self.path) - self.borrowed
        self.cut = [*self.path[keep:own], *self.cut]
        self.borrowed = max(0, keep - own)
        del self.path[keep:]

    def take_branch(self, path: Sequence[Entry]) -> None:
        """Make another stored branch the path, until an append confirms it."""
        shared = 0
        for ours, theirs in zip(self.path, path, strict=False):
            if ours.id != theirs.id:
                break
            shared += 1
        self.cut_path(shared)
        self.path.extend(path[shared:])
        self.borrowed += len(path) - shared
        self.context_start, self.context_tokens = 0, -1

    def restore_path(self) -> None:
        """Put back what was cut and give back what was borrowed: the branch came to nothing."""
        if self.cut or self.borrowed:
            del self.path[len(self.path) - self.borrowed :]
            self.path.extend(self.cut)
            self.cut, self.borrowed = (), 0
            self.context_start, self.context_tokens = 0, -1

    def start_anew(self, row_id: int) -> None:
        """Be an empty session that nothing is stored of; its row was deleted."""
        self.path.clear()
        self.cut, self.borrowed = (), 0
        self.row_id, self.is_stored, self.size, self.settings = row_id, False, 0, NO_SETTINGS
        self.compactions, self.cost_nano_usd = (), None
        self.context_start, self.context_tokens = 0, -1

    def copy(self) -> Session:
        """The session as it is now, for reading."""
        return Session(
            key=self.key,
            agent_id=self.agent_id,
            session_id=self.session_id,
            is_ephemeral=self.is_ephemeral,
            created_at_ms=self.created_at_ms,
            updated_at_ms=self.updated_at_ms,
            path=[*self.path[: len(self.path) - self.borrowed], *self.cut],
            settings=self.settings,
            compactions=self.compactions,
            cost_nano_usd=self.cost_nano_usd,
        )


class LiveSessions:
    """Finds the live session of a key; keeps the most recently used ones alive, within a bound of count and bytes.

    Ephemeral sessions are found while their run holds them and are kept no longer.
    """

    def __init__(self, *, max_count: int, max_bytes: int) -> None:
        self._max_count = max_count
        self._max_bytes = max_bytes
        self._all: WeakValueDictionary[str, LiveSession] = WeakValueDictionary()
        self._kept: OrderedDict[str, LiveSession] = OrderedDict()
        self._kept_bytes = 0

    def find(self, key: str) -> LiveSession | None:
        """The live session of that key, now the most recently used."""
        session = self._all.get(key)
        if session is not None and key in self._kept:
            self._kept.move_to_end(key)
        return session

    def add(self, session: LiveSession) -> None:
        """Make a session known; the caller has found none of that key."""
        self._all[session.key] = session
        self.keep(session)

    def keep(self, session: LiveSession) -> None:
        """Hold on to a session after its run, unless it is ephemeral."""
        if session.is_ephemeral or session.key in self._kept:
            return
        self._kept[session.key] = session
        self._kept_bytes += session.size
        self._shrink()

    def grow(self, session: LiveSession, size: int) -> None:
        """Count the bodies that an append adds."""
        session.size += size
        if session.key in self._kept:
            self._kept_bytes += size
            self._shrink()

    def forget(self, key: str) -> LiveSession | None:
        """Let go of a session; returns it if it was live."""
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._kept_bytes -= kept.size
        return self._all.pop(key, None)

    def row_ids(self) -> frozenset[int]:
        """The rows of all live sessions, ephemeral ones included."""
        return frozenset([session.row_id for session in self._all.values()])

    def _shrink(self) -> None:
        # The session in use stays even if it alone is over the bound: without it each turn would load it again.
        while len(self._kept) > 1 and (len(self._kept) > self._max_count or self._kept_bytes > self._max_bytes):
            _, session = self._kept.popitem(last=False)
            self._kept_bytes -= session.size
