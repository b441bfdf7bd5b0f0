"""A session's lane, held for a moment by something that is not a run: what writes a session must not meet one there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from openclaw_gateway.runs.lanes import Lanes, Ticket


class _Hold(Ticket):
    __slots__ = ("_place",)

    def __init__(self, session_key: str) -> None:
        super().__init__(session_key)
        self._place: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def grant(self) -> None:
        if not self._place.done():
            self._place.set_result(None)

    async def wait_place(self) -> None:
        if not self.has_started:
            await self._place


@asynccontextmanager
async def hold_lane(lanes: Lanes, session_key: str, *, timeout_s: float) -> AsyncIterator[None]:
    """Hold the lane of a session; runs that come meanwhile wait. Raises TimeoutError when it stays taken, and Busy."""
    hold = _Hold(session_key)
    lanes.admit(hold)
    try:
        async with asyncio.timeout(timeout_s):
            await hold.wait_place()
        yield
    finally:
        for ticket in lanes.leave(hold):
            ticket.grant()
