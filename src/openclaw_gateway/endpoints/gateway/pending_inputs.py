"""What waits to be said in a session, as `chat.history` tells it: queued, or left waiting by an earlier gateway."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.events import MessageAdded
from openclaw_gateway.runs.run import Run
from openclaw_gateway.sessions.pending_input import PendingInput

# As many as the published schema lets into one answer.
MAX_ITEMS = 20


class PendingItem(msgspec.Struct, frozen=True, rename="camel"):
    """A message that was acknowledged. accepted_at: ms since the epoch. Interrupted ones are shown and never run."""

    id: str
    run_id: str
    message: object
    accepted_at: int
    state: Literal["queued", "interrupted"]


class PendingPage(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The newest of those before a place, the oldest first. next_before: what to ask with for those before them."""

    items: tuple[PendingItem, ...]
    total: int
    next_before: int | None = None


def list_pending(services: Services, key: str, left: Sequence[PendingInput]) -> list[PendingItem]:
    """All that wait in a session: what an earlier gateway left, then what is queued, each in its order."""
    return [
        *[_tell(each.run_id, each.message, each.accepted_at_ms, "interrupted") for each in left],
        *[
            _tell(run.id, run.order.incoming[-1], run.accepted_at_ms, "queued")
            for run in services.runs.live
            if run.session_key == key and _is_waiting(run) and run.order.incoming
        ],
    ]


def page_pending(pending: Sequence[PendingItem], before: int | None) -> PendingPage:
    """One page. before: a place in the whole list, from 1; None is its end."""
    end = len(pending) if before is None else min(before - 1, len(pending))
    begin = max(0, end - MAX_ITEMS)
    return PendingPage(tuple(pending[begin:end]), len(pending), begin + 1 if begin else None)


def _is_waiting(run: Run) -> bool:
    """Whether its message is not in the session yet, be it that the run has just begun."""
    return not run.has_started or (
        run.is_input_stored and not any(isinstance(event, MessageAdded) for event in run.log.events)
    )


def _tell(run_id: str, message: object, accepted_at: int, state: Literal["queued", "interrupted"]) -> PendingItem:
    return PendingItem(run_id, run_id, msgspec.to_builtins(message), accepted_at, state)
