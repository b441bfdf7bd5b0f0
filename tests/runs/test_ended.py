"""Ended runs: for how long, how many and how large ones are kept."""

import asyncio

import pytest
from tests.running import Running, eventually
from tests.upstream import Upstream

from openclaw_gateway.errors import Busy, RunCancelled
from openclaw_gateway.events import TextDelta
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.runs.ended import BYTES_PER_EVENT, MAX_ENDED, EndedRuns, weigh
from openclaw_gateway.runs.in_flight import MAX_ORDER_BYTES
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.run import Run


def order(run_id: str, byte_count: int = 0) -> RunOrder:
    return RunOrder(
        run_id, "main", f"agent:main:{run_id}", is_ephemeral=False, incoming=(UserMessage("hi"),), byte_count=byte_count
    )


def run(run_id: str, byte_count: int = 0) -> Run:
    return Run(order(run_id, byte_count), lambda: 0, ())


async def test_bytes_are_bounded() -> None:
    """The oldest go when the runs hold too much together; the newest stays, however large it is."""
    ended = EndedRuns(asyncio.get_running_loop(), max_bytes=100)
    for run_id in ("a", "b", "c"):
        ended.keep(run(run_id, 40))
    assert [run_id for run_id in "abc" if ended.find(run_id)] == ["b", "c"]
    ended.keep(run("huge", 1000))
    assert [run_id for run_id in ("b", "c", "huge") if ended.find(run_id)] == ["huge"]
    ended.keep(run("d", 40))
    assert (len(ended), ended.find("huge")) == (1, None)


async def test_count_is_bounded() -> None:
    """So many are kept, small as they may be; one that is kept again counts once."""
    ended = EndedRuns(asyncio.get_running_loop())
    for number in range(MAX_ENDED + 5):
        ended.keep(run(str(number)))
        ended.keep(run(str(number)))
    assert (len(ended), ended.find("4")) == (MAX_ENDED, None)
    assert ended.find("5") is not None


async def test_time_is_bounded() -> None:
    """Runs are let go when their time is over, although nobody asks for any."""
    ended = EndedRuns(asyncio.get_running_loop(), keep_s=0.02)
    ended.keep(run("a"))
    await asyncio.sleep(0)
    ended.keep(run("b"))
    await eventually(lambda: len(ended) == 0)


async def test_weight_counts_question_and_answer() -> None:
    """What a run was asked and what it said is counted, many small pieces for what they really take."""
    heavy = run("a", 500)
    for _ in range(10):
        heavy.say(TextDelta("ab"))
    assert weigh(heavy) == 500 + 10 * (BYTES_PER_EVENT + 2)


async def test_orders_in_flight_are_bounded(gateway: Running, upstream: Upstream) -> None:
    """Requests that are too large together are refused with the time to come back, until one of them is over."""
    upstream.hang_before_head()
    runs = gateway.gateway.services.runs
    first = runs.start(order("a", MAX_ORDER_BYTES))
    with pytest.raises(Busy, match="too large together") as refused:
        runs.start(order("b", 1))
    assert refused.value.retry_after_s
    first.cancel(RunCancelled("enough"))
    await eventually(lambda: not runs.live)
    upstream.forget_plans()
    await runs.start(order("b", 1)).log.wait_last()
