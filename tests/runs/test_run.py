"""The handle of a run: how it ends, and that nothing of it stays behind."""

import asyncio
import gc

import pytest
from tests.running import Running
from tests.upstream import Upstream

from openclaw_gateway.runs.run import Run


@pytest.mark.parametrize("is_stream", [pytest.param(False, id="json"), pytest.param(True, id="stream")])
@pytest.mark.parametrize(
    "misbehave",
    [
        pytest.param(lambda upstream: upstream.fail(400), id="refused"),
        pytest.param(lambda upstream: upstream.cut_mid_stream("so far "), id="cut"),
        pytest.param(lambda upstream: upstream.flood(20), id="flood"),
        pytest.param(lambda upstream: upstream.send_endless_line(), id="endless line"),
    ],
)
async def test_failed_run_leaves_nothing_to_collect(
    gateway: Running, upstream: Upstream, misbehave: object, is_stream: bool
) -> None:
    """A failed run is gone when it is over, without the garbage collector: neither its log nor what it heard stays."""
    assert callable(misbehave)
    misbehave(upstream)
    gc.collect()
    # The loop of the test before may still hold runs that can be asked for a while after their end.
    before = [thing for thing in gc.get_objects() if isinstance(thing, Run)]
    gc.disable()
    try:
        await gateway.chat("hi", stream=is_stream)
        for _ in range(20):
            await asyncio.sleep(0)
        assert [thing for thing in gc.get_objects() if isinstance(thing, Run) and thing not in before] == []
    finally:
        gc.enable()
