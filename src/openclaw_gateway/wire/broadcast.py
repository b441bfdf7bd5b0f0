"""The live sockets: an event is encoded once and offered to each, which gives it its own number."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.dialects.gateway.frames import EncodedEvent

if TYPE_CHECKING:
    from openclaw_gateway.endpoints.table import Caller


class Listener(Protocol):
    """An admitted socket."""

    @property
    def principal(self) -> Principal | None:
        """Whose it is."""
        ...

    @property
    def caller(self) -> "Caller | None":
        """The client, as methods know it."""
        ...

    def offer(self, event: EncodedEvent) -> None:
        """Send it, if this client may hear it and keeps up."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Let the client go."""
        ...


def _nothing() -> None:
    """Nobody asked to be told."""


class Broadcast:
    """All admitted sockets of one server. Nobody waits for anybody: a slow one is its own outbox's matter."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._on_first: Callable[[], None] = _nothing
        self._on_empty: Callable[[], None] = _nothing
        self._on_change: Callable[[], None] = _nothing

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Listener) -> None:
        """From now on it hears events."""
        self._listeners.add(listener)
        if len(self._listeners) == 1:
            self._on_first()
        self._on_change()

    def discard(self, listener: Listener) -> None:
        """It is gone; may be said twice."""
        if listener in self._listeners:
            self._listeners.discard(listener)
            if not self._listeners:
                self._on_empty()
            self._on_change()

    def watch_audience(self, on_first: Callable[[], None], on_empty: Callable[[], None]) -> None:
        """Tell when somebody begins to listen and when nobody does any more, so that nothing is made for nobody."""
        self._on_first, self._on_empty = on_first, on_empty

    def watch_members(self, on_change: Callable[[], None]) -> None:
        """Tell when a socket comes or goes."""
        self._on_change = on_change

    def callers(self) -> "list[Caller]":
        """All clients that are connected, in no order."""
        return [listener.caller for listener in self._listeners if listener.caller is not None]

    def has_subscriber(self, topics: frozenset[str]) -> bool:
        """Whether any client subscribed to one of these, so that it is worth saying something about them."""
        for listener in self._listeners:
            caller = listener.caller
            if caller is not None and not topics.isdisjoint(caller.topics):
                return True
        return False

    def publish(self, event: EncodedEvent) -> None:
        """Offer the event to every socket."""
        # A copy, because an outbox that is over its bound closes its socket on the way.
        for listener in tuple(self._listeners):
            listener.offer(event)

    def close_where(self, is_concerned: Callable[[Principal], bool], code: int, reason: str) -> int:
        """Let go of the sockets whose principal is concerned (a credential was rotated); returns how many."""
        concerned = [
            listener
            for listener in self._listeners
            if listener.principal is not None and is_concerned(listener.principal)
        ]
        for listener in concerned:
            listener.close(code, reason)
        return len(concerned)
