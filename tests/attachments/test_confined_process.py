"""Processes that read strangers' files: they answer, or they end."""

import asyncio

import pytest

from openclaw_gateway.attachments.confined_process import ask_process


async def test_answer_comes_back() -> None:
    """What the module says on stdout is the answer; it is given the order and the file."""
    said = await ask_process("json.tool", b"-", b'{"a": 1}', timeout_s=20)
    assert said.decode().split() == ["{", '"a":', "1", "}"]


async def test_failure_is_no_answer() -> None:
    """A process that ends badly has said nothing, whatever it wrote before."""
    assert await ask_process("json.tool", b"-", b"{", timeout_s=20) == b""


async def test_time_is_bounded() -> None:
    """A process that does not end is killed at its limit."""
    with pytest.raises(TimeoutError):
        await ask_process("timeit", b"while True: pass", b"", timeout_s=0.2)


async def test_cancelling_kills_it() -> None:
    """Whoever waits and leaves takes the process along; nothing is waited for afterwards."""
    task = asyncio.create_task(ask_process("timeit", b"while True: pass", b"", timeout_s=60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(20):
            await task
