"""What holds a session's lane without being a run."""

import asyncio

import pytest

from openclaw_gateway.runs.lane_hold import hold_lane
from openclaw_gateway.runs.lanes import Lanes, Ticket

KEY = "agent:main:chat"


class Started(Ticket):
    """A run that notes that its turn has come."""

    def __init__(self) -> None:
        super().__init__(KEY)
        self.began = False

    def grant(self) -> None:
        self.began = True


async def test_run_waits_for_the_holder() -> None:
    """A run that comes while the lane is held starts when it is let go."""
    lanes = Lanes(max_running=2)
    run = Started()
    async with hold_lane(lanes, KEY, timeout_s=5):
        lanes.admit(run)
        assert not run.has_started
    assert run.began
    assert lanes.leave(run) == []
    assert (lanes.running, lanes.waiting) == (0, 0)


async def test_holder_waits_for_the_run() -> None:
    """A holder gets its turn when the run before it leaves."""
    lanes = Lanes(max_running=2)
    run = Started()
    lanes.admit(run)

    async def hold() -> bool:
        async with hold_lane(lanes, KEY, timeout_s=5):
            return run.is_over

    holding = asyncio.create_task(hold())
    while not lanes.waiting:  # noqa: ASYNC110  (nobody tells that somebody waits)
        await asyncio.sleep(0)
    for ticket in lanes.leave(run):
        ticket.grant()
    assert await holding
    assert (lanes.running, lanes.waiting) == (0, 0)


async def test_holder_gives_up() -> None:
    """A lane that stays taken is not waited for longer than asked, and the holder leaves nothing behind."""
    lanes = Lanes(max_running=2)
    run = Started()
    lanes.admit(run)
    with pytest.raises(TimeoutError):
        async with hold_lane(lanes, KEY, timeout_s=0.01):
            pass
    assert (lanes.running, lanes.waiting) == (1, 0)
