"""The connected clients, as endpoints see them: who is there, who subscribed to what, and how to tell them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.dialects.gateway.frames import EncodedEvent

if TYPE_CHECKING:
    from openclaw_gateway.endpoints.table import Caller

# Everything about sessions; and everything about one of them.
ALL_SESSIONS = "sessions"


def session_topic(key: str) -> str:
    """The topic of one session's messages."""
    return f"session:{key}"


class Audience(Protocol):
    """All clients of one gateway."""

    def publish(self, event: EncodedEvent) -> None:
        """Offer the event to every client; who may not hear it does not."""
        ...

    def has_subscriber(self, topics: frozenset[str]) -> bool:
        """Whether any client subscribed to one of these topics."""
        ...

    def callers(self) -> "Sequence[Caller]":
        """Who is connected, in no order."""
        ...

    def close_where(self, is_concerned: Callable[[Principal], bool], code: int, reason: str) -> int:
        """Let go of the clients whose principal is concerned; returns how many."""
        ...


class Nobody:
    """An audience of none."""

    def publish(self, event: EncodedEvent) -> None:
        """Nobody hears it."""

    def has_subscriber(self, topics: frozenset[str]) -> bool:  # noqa: ARG002
        """No."""
        return False

    def callers(self) -> "Sequence[Caller]":
        """None."""
        return ()

    def close_where(self, is_concerned: Callable[[Principal], bool], code: int, reason: str) -> int:  # noqa: ARG002
        """None."""
        return 0
