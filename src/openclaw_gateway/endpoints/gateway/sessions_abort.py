"""`sessions.abort`: end the run of a session, or one run wherever it is."""

import msgspec

from openclaw_gateway.endpoints.gateway.agent_params import RunId
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, find_address
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import InvalidRequest, RunCancelled
from openclaw_gateway.runs.run import Run


class SessionsAbortParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which run: by its id, or that of a session. clear_queued: withdraw what waits behind it, too."""

    key: SessionKeyText | None = None
    run_id: RunId | None = None
    agent_id: AgentIdText | None = None
    clear_queued: bool = False


class SessionsAbortResult(msgspec.Struct, frozen=True, rename="camel"):
    """aborted_run_id: the one that was going on, else the first that waited."""

    ok: bool
    aborted_run_id: str | None
    status: str


async def sessions_abort(call: Call[SessionsAbortParams]) -> SessionsAbortResult:
    """Withdraw what waits first, so that it does not start when the running one makes room."""
    concerned = _find_runs(call.params, call.services)
    error = RunCancelled("aborted by sessions.abort")
    ended = [run for run in concerned if run.cancel(error)]
    if not ended:
        return SessionsAbortResult(ok=True, aborted_run_id=None, status="no-active-run")
    # What was taken along ends with its host, which is the one to be named.
    hosts = [run for run in ended if run.host is None] or ended
    return SessionsAbortResult(ok=True, aborted_run_id=hosts[-1].id, status="aborted")


def _find_runs(params: SessionsAbortParams, services: Services) -> list[Run]:
    live = services.runs.live
    if params.key is None:
        if params.run_id is None:
            raise InvalidRequest("key or runId required", param="key")
        return [run for run in live if run.id == params.run_id]
    key = find_address(services.prepared.index, params.key, params.agent_id, field="key").key
    own = [run for run in live if run.session_key == key]
    if params.run_id is not None:
        return [run for run in own if run.id == params.run_id]
    running = [run for run in own if run.has_started]
    waiting = [run for run in own if not run.has_started]
    if params.clear_queued:
        return waiting + running
    return running or waiting[:1]
