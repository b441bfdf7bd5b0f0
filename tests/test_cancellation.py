"""A run may be ended at every one of its awaits: it always ends in one last event and leaves nothing behind."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from tests.running import Running, running_gateway, texts_of
from tests.upstream import Upstream

from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.events import RunFailed, RunFinished
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.tools.tool import ToolContext, ToolResult

KEY = "agent:main:cancelled"

# After each of the first iterations, then further and further apart: a loaded machine's disk takes its time.
STEPS = (*range(200), *[200 * 2**doubling for doubling in range(12)])


@dataclass
class Waiter:
    """A tool that takes a few turns of the loop."""

    name: str = "wait"
    description: str = "Waits a little."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b'{"type":"object"}'))
    is_parallel: bool = True

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        for _ in range(3):
            await asyncio.sleep(0)
        return ToolResult.of_text("waited")


@pytest.mark.parametrize(
    "stores_first", [pytest.param(True, id="input first"), pytest.param(False, id="all at the end")]
)
async def test_every_step_may_be_the_last(tmp_path: Path, upstream: Upstream, stores_first: bool) -> None:
    """Cancelled after any number of loop iterations: one last event, lanes free, the session readable and whole."""
    options = GatewayOptions(tools={"wait": Waiter()})
    async with running_gateway(tmp_path, upstream, options=options) as gateway:
        finished = 0
        for steps in STEPS:
            if await run_and_cancel(gateway, upstream, steps, stores_first=stores_first):
                finished += 1
                if finished == 3:
                    break
        assert finished == 3, "the run never came to its end"
        runs = gateway.gateway.services.runs
        assert (runs.live, runs.lanes.running, runs.lanes.waiting) == ((), 0, 0)
        upstream.plan()
        assert (await gateway.chat("still well", headers={"x-openclaw-session-key": KEY})).status_code == 200
        check_whole(texts_of(await gateway.history(KEY)))


async def run_and_cancel(gateway: Running, upstream: Upstream, steps: int, *, stores_first: bool) -> bool:
    """Start a run with a tool round, cancel it after so many iterations; True if it was over before."""
    upstream.forget_plans()
    upstream.call("wait")
    upstream.say("done", " now")
    order = RunOrder(
        run_id=f"run-{steps}-{stores_first}",
        agent_id="main",
        session_key=KEY,
        is_ephemeral=False,
        incoming=(UserMessage(f"step {steps}"),),
        history="append",
        stores_input_first=stores_first,
    )
    run = gateway.gateway.services.runs.start(order)
    for _ in range(steps):
        await asyncio.sleep(0)
    was_over = run.is_done
    run.cancel(RunCancelled("enough"))
    async with asyncio.timeout(5):
        last = await run.log.wait_last()
        await run.wait_stored()
    assert isinstance(last, (RunFinished, RunFailed))
    assert run.log.events[-1] is last
    assert [event for event in run.log.events if isinstance(event, (RunFinished, RunFailed))] == [last]
    while gateway.gateway.services.runs.live:  # noqa: ASYNC110  (its task has one more step to take)
        await asyncio.sleep(0)
    return was_over and isinstance(last, RunFinished)


def check_whole(stored: list[tuple[str, str]]) -> None:
    """No call without its result, no answer to nobody."""
    for (role, _), (following, _) in pairwise(stored):
        assert (role, following) in {
            ("user", "user"), ("user", "assistant"), ("assistant", "user"), ("assistant", "toolResult"),
            ("toolResult", "assistant"), ("toolResult", "user"),
        }  # fmt: skip
