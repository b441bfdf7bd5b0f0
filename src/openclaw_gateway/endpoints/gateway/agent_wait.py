"""`agent.wait`: wait for the end of a run. It never ends the run, and waiting in vain is an answer, not an error."""

import asyncio
from typing import Annotated

import msgspec

from openclaw_gateway.dialects.gateway.outcome import stop_reason_of
from openclaw_gateway.endpoints.gateway.agent_params import RunId
from openclaw_gateway.endpoints.gateway.agent_result import RunStatus, status_of
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.events import LastEvent, RunEvent, RunFailed, RunStarted
from openclaw_gateway.runs.in_flight import Runs
from openclaw_gateway.runs.run import Run

DEFAULT_TIMEOUT_MS = 30_000
# What the loop's timer takes in 32 bits: 24 days.
MAX_TIMEOUT_MS = 2_147_483_647


class AgentWaitParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """timeout_ms: how long to wait at most; 0 only looks."""

    run_id: RunId
    timeout_ms: Annotated[int, msgspec.Meta(ge=0, le=MAX_TIMEOUT_MS)] = DEFAULT_TIMEOUT_MS


class AgentWaitResult(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """How the run ended; only run_id and status "timeout" while it goes on, or when nobody knows it."""

    run_id: str
    status: RunStatus
    started_at: int | None = None
    ended_at: int | None = None
    stop_reason: str | None = None
    error: str | None = None


async def agent_wait(call: Call[AgentWaitParams]) -> AgentWaitResult:
    """Wait for the run, which may be over, going on, queued, or not even asked for yet, on another socket."""
    params = call.params
    try:
        async with asyncio.timeout(params.timeout_ms / 1000):
            run = await _wait_known(call.services.runs, params.run_id)
            return _tell_end(run, await run.log.wait_last())
    except TimeoutError:
        return AgentWaitResult(params.run_id, "timeout")


async def _wait_known(runs: Runs, run_id: str) -> Run:
    """The run of that id, once it says something; at once if it is known already."""
    run = runs.find(run_id)
    if run is not None:
        return run
    begun: asyncio.Future[Run] = asyncio.get_running_loop().create_future()

    def notice(run: Run, _: RunEvent) -> None:
        if run.id == run_id and not begun.done():
            begun.set_result(run)

    stop_watching = runs.watch(notice)
    try:
        return await begun
    finally:
        stop_watching()


def _tell_end(run: Run, last: LastEvent) -> AgentWaitResult:
    started = [event.at_ms for event in run.log.events if isinstance(event, RunStarted)]
    return AgentWaitResult(
        run_id=run.id,
        status=status_of(last),
        started_at=started[0] if started else None,
        ended_at=last.ended_at_ms,
        stop_reason=stop_reason_of(last),
        error=last.error.message if isinstance(last, RunFailed) else None,
    )
