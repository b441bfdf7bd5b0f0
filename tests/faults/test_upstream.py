"""Upstreams that die, flood or never end a line."""

import asyncio
from collections.abc import Callable

import pytest
from bench.processes import Gateway, Upstream
from tests.faults.client import ask, calling, turn

# What one run may hold of an answer before it is cut, with room for the allocator.
FLOOD_ROOM_MB = 40.0


@pytest.mark.parametrize("stream", [pytest.param(False, id="JSON"), pytest.param(True, id="streamed")])
async def test_upstream_dies(start: Callable[[], Gateway], stream: bool) -> None:
    """An upstream lost in the middle of its answer is an error of the turn; the next turn works."""
    gateway = start()
    answer = await ask(gateway.port, "hello", agent="dies", key="agent:dies:a", stream=stream)
    assert answer.error is not None
    assert answer.status == (200 if stream else 502)
    assert not stream or answer.events[-1] == "[DONE]"
    assert (await ask(gateway.port, "hello", key="agent:main:a", stream=stream)).is_acknowledged


@pytest.mark.parametrize("behaviour", ["flood", "line"])
@pytest.mark.parametrize("stream", [pytest.param(False, id="JSON"), pytest.param(True, id="streamed")])
async def test_flood_costs_a_fixed_buffer(
    start: Callable[[], Gateway],
    upstream: Upstream,
    behaviour: str,
    stream: bool,
) -> None:
    """50 MB of answer, or of one line, end in an error, a cut connection and a bounded peak of memory, every time."""
    gateway = start()
    assert (await ask(gateway.port, "hello")).is_acknowledged
    before = gateway.rss_mb
    for _ in range(4):
        answer = await ask(gateway.port, "hello", agent=behaviour, stream=stream)
        assert answer.error is not None
        assert answer.error["code"] == "upstream_too_large"
    assert gateway.peak_rss_mb - before < FLOOD_ROOM_MB
    async with asyncio.timeout(1):
        while await asyncio.to_thread(lambda: upstream.stats()["cut"]) < 4:
            assert gateway.process.poll() is None
    assert (await ask(gateway.port, "hello")).is_acknowledged


async def test_client_leaves_and_upstream_is_cut(start: Callable[[], Gateway], upstream: Upstream) -> None:
    """When the client of a stream leaves, the upstream's answer is cut too, within a second."""
    gateway = start()
    async with calling(gateway.port, "/v1/chat/completions", turn("go on", agent="endless", stream=True)) as call:
        await call.read_until(b"a few words")
        call.leave()
    async with asyncio.timeout(1):
        while await asyncio.to_thread(lambda: upstream.stats()["cut"]) == 0:
            assert gateway.process.poll() is None
