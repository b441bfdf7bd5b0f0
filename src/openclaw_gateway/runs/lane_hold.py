"""A session's lane, held for a moment by something that is not a run: what writes a session must not meet one there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from openclaw_gateway.runs.lanes import Lanes, Ticket


class _Hold(Ticket):
    __slots__ = ("_turn",)

    def __init__(self, session_key: str) -> None:
        super().__init__(session_key)
        self._turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        if not self._turn.done():
            self._turn.set_result(None)

    async def wait_turn(self) -> None:
        if not self.has_started:
            await self._turn


@asynccontextmanager
async def hold_lane(lanes: Lanes, session_key: str, *, timeout_s: float) -> AsyncIterator[None]:
    """Hold the lane of a session; runs that come meanwhile wait. Raises TimeoutError when it stays taken, and Busy."""
    hold = _Hold(session_key)
    lanes.admit(hold)
    try:
        async with asyncio.timeout(timeout_s):
            await hold.wait_turn()
        yield
    finally:
        for ticket in lanes.leave(hold):
            ticket.start()
