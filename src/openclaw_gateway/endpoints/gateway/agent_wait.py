"""`agent.wait`: wait for the end of a run. It never ends the run, and waiting in vain is an answer, not an error."""

import asyncio
from typing import Annotated

import msgspec

from openclaw_gateway.dialects.gateway.outcome import stop_reason_of
from openclaw_gateway.endpoints.gateway.agent_params import RunId
from openclaw_gateway.endpoints.gateway.agent_result import RunStatus, status_of
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.events import LastEvent, RunFailed, RunStarted
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
    """Wait for the run, which may be queued, going on or over."""
    params, runs = call.params, call.services.runs
    timeout_s = params.timeout_ms / 1000
    run = runs.find(params.run_id)
    if run is None:
        # The original waits here too: the run may be asked for in the meantime, on another socket.
        await asyncio.sleep(timeout_s)
        run = runs.find(params.run_id)
        last = run.log.last if run is not None else None
    else:
        last = await _wait_last(run, timeout_s)
    if run is None or last is None:
        return AgentWaitResult(params.run_id, "timeout")
    return _tell_end(run, last)


async def _wait_last(run: Run, timeout_s: float) -> LastEvent | None:
    if run.log.last is None:
        try:
            async with asyncio.timeout(timeout_s):
                return await run.log.wait_last()
        except TimeoutError:
            pass
    return run.log.last


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
