"""A run as an answer is made of it: one in flight, or one that is over and was read back from the store."""

from typing import Final

import msgspec

from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.runs.event_log import EventLog
from openclaw_gateway.runs.run import Run

# Why a run ends whose client is gone.
LEFT: Final = "the client closed its connection"


class SeenRun(msgspec.Struct, frozen=True, eq=False):
    """What may be known of a run. accepted_at_ms: since the epoch. session_source: how the session was chosen.

    live: the run itself, None for one that was read back; its log holds what was kept, and ends. digest: of the request
    that started it, None for a run that is not kept.
    """

    id: str
    agent_id: str
    session_key: str
    session_source: str
    accepted_at_ms: int
    log: EventLog
    live: Run | None
    digest: bytes | None = None

    def cancel(self, reason: str) -> bool:
        """End the run, if it is in flight; False if it was over."""
        return self.live is not None and self.live.cancel(RunCancelled(reason))


def see(run: Run, session_source: str) -> SeenRun:
    """A run in flight that is not kept."""
    order = run.order
    return SeenRun(run.id, order.agent_id, order.session_key, session_source, run.accepted_at_ms, run.log, run)
