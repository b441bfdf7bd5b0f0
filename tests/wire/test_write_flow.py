"""Back-pressure of one connection."""

import asyncio

from openclaw_gateway.wire.write_flow import WriteFlow


async def test_waits_while_the_peer_is_behind() -> None:
    """A writer waits from the stall to the end of it, and not otherwise."""
    flow = WriteFlow(asyncio.get_running_loop())
    await flow.wait()
    flow.stall(1000)
    waiting = asyncio.create_task(flow.wait())
    await asyncio.sleep(0)
    assert flow.is_stalled
    assert not waiting.done()
    flow.resume()
    await waiting
    assert not flow.is_stalled
    flow.resume()


async def test_a_writer_that_was_cancelled_is_forgotten() -> None:
    """Resuming after the writer was cancelled harms nobody."""
    flow = WriteFlow(asyncio.get_running_loop())
    flow.stall(1000)
    waiting = asyncio.create_task(flow.wait())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    flow.resume()
    assert not flow.is_stalled


async def test_progress_is_what_was_taken_since_the_last_look() -> None:
    """Less to send than before is progress, as much is none."""
    flow = WriteFlow(asyncio.get_running_loop())
    flow.stall(1000)
    assert flow.has_progressed(900)
    assert not flow.has_progressed(900)
    assert flow.has_progressed(1)
