"""Messages that were acknowledged and wait for the run before them: they must survive the end of the gateway."""

from collections.abc import Collection
from typing import Protocol

import msgspec

from openclaw_gateway.messages import UserMessage


class PendingInput(msgspec.Struct, frozen=True):
    """One message that waits. accepted_at_ms: since the epoch."""

    run_id: str
    session_key: str
    accepted_at_ms: int
    message: UserMessage


class PendingInputs(Protocol):
    """Promises: what `add` returned from is on disk, and stays there until the commit that adds the message to its
    session, or until `remove`. What is found at the start waited when an earlier gateway ended: it is shown, never run.

    Every coroutine raises StoreUnavailable when disk or database refuse.
    """

    async def add(self, pending: PendingInput) -> None:
        """Keep a message that waits; one of the same run is replaced."""
        ...

    async def remove(self, run_ids: Collection[str]) -> None:
        """Forget messages that were withdrawn."""
        ...

    async def list_interrupted(self, session_key: str) -> list[PendingInput]:
        """Messages for a session that an earlier gateway left, the oldest first."""
        ...

    def is_interrupted(self, run_id: str, session_key: str) -> bool:
        """Whether an earlier gateway left this message of this session."""
        ...

    async def forget_interrupted(self, session_key: str) -> None:
        """Forget all that an earlier gateway left for a session: it was reset or deleted."""
        ...
