"""Whether a peer reads as fast as we write, and whether one that is behind still reads at all."""

import asyncio


class WriteFlow:
    """One connection's outgoing side; sizes are those of the transport's buffer, in bytes."""

    __slots__ = ("_caught_up", "_loop", "_unsent_bytes")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._caught_up: asyncio.Future[None] | None = None
        self._unsent_bytes = 0

    @property
    def is_stalled(self) -> bool:
        """Whether the peer is behind."""
        return self._caught_up is not None

    def stall(self, unsent_bytes: int) -> None:
        """The buffer is over its mark."""
        self._caught_up = self._loop.create_future()
        self._unsent_bytes = unsent_bytes

    def resume(self) -> None:
        """The peer caught up, or is gone."""
        caught_up, self._caught_up = self._caught_up, None
        if caught_up is not None and not caught_up.done():
            caught_up.set_result(None)

    def has_progressed(self, unsent_bytes: int) -> bool:
        """Whether the peer took anything since the last look: slow is not stuck."""
        before, self._unsent_bytes = self._unsent_bytes, unsent_bytes
        return unsent_bytes < before

    async def wait(self) -> None:
        """Return when the peer is not behind."""
        if self._caught_up is not None:
            await self._caught_up
