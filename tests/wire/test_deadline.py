"""The one deadline that moves."""

import asyncio

from openclaw_gateway.wire.deadline import Deadline


async def test_rings_once_when_due() -> None:
    """It calls when the time set has passed, and once."""
    rung = asyncio.Queue[float]()
    loop = asyncio.get_running_loop()
    deadline = Deadline(loop, lambda: rung.put_nowait(loop.time()))
    began = loop.time()
    deadline.set(0.05)
    async with asyncio.timeout(5):
        assert await rung.get() - began >= 0.045
        # Whatever it might still ring for comes before this.
        done = asyncio.Event()
        Deadline(loop, done.set).set(0.1)
        await done.wait()
    assert rung.empty()


async def test_last_setting_counts() -> None:
    """Pushed back it waits longer, pulled forward shorter, cleared or stopped for ever."""
    loop = asyncio.get_running_loop()
    rung: list[str] = []
    done = asyncio.Event()
    later = Deadline(loop, lambda: rung.append("later"))
    sooner = Deadline(loop, lambda: rung.append("sooner"))
    cleared = Deadline(loop, lambda: rung.append("cleared"))
    stopped = Deadline(loop, lambda: rung.append("stopped"))
    last = Deadline(loop, done.set)
    for deadline in (later, cleared, stopped):
        deadline.set(0.02)
    later.set(0.1)
    sooner.set(10)
    sooner.set(0.05)
    cleared.clear()
    stopped.stop()
    last.set(0.2)
    async with asyncio.timeout(5):
        await done.wait()
    assert rung == ["sooner", "later"]


async def test_bounded_from_above() -> None:
    """A pause may be allowed only up to a point in time."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    deadline = Deadline(loop, done.set)
    deadline.set(100, at_most=loop.time() + 0.02)
    async with asyncio.timeout(5):
        await done.wait()


async def test_can_be_set_again_after_it_rang() -> None:
    """Whoever is called may set it anew."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    rings: list[float] = []

    def ring() -> None:
        rings.append(loop.time())
        if len(rings) < 3:
            deadline.set(0.01)
        else:
            done.set()

    deadline = Deadline(loop, ring)
    deadline.set(0.01)
    async with asyncio.timeout(5):
        await done.wait()
    assert len(rings) == 3
