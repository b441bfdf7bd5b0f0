"""`status`: what the gateway is and does. Keys of sessions are for admins; paths are for nobody."""

import msgspec

from openclaw_gateway import COMPATIBLE_VERSION
from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.config.reload import ConfigState
from openclaw_gateway.endpoints.gateway.session_counts import MAX_RECENT, RecentSession, tell_sessions
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import GatewayError


class StatusParams(msgspec.Struct, frozen=True):
    """Nothing that matters here. The published schema has no params for this method, so any are taken."""


class SessionDefaults(msgspec.Struct, frozen=True, rename="camel"):
    """What a new session of the default agent gets; None where no model is configured."""

    model: str | None
    context_tokens: int | None


class SessionsStatus(msgspec.Struct, frozen=True):
    """All sessions that are not ephemeral."""

    paths: tuple[str, ...]
    count: int
    defaults: SessionDefaults
    recent: tuple[RecentSession, ...]


class HeartbeatStatus(msgspec.Struct, frozen=True, rename="camel"):
    """Agents with regular turns of their own: none."""

    default_agent_id: str
    agents: tuple[str, ...] = ()


class TaskCounts(msgspec.Struct, frozen=True, rename="camel"):
    """Background tasks: that part does not exist, so there are none."""

    total: int = 0
    active: int = 0
    terminal: int = 0
    failures: int = 0
    by_status: dict[str, int] = {}
    by_runtime: dict[str, int] = {}


class TaskAudit(msgspec.Struct, frozen=True, rename="camel"):
    """Complaints about background tasks: none."""

    total: int = 0
    warnings: int = 0
    errors: int = 0
    by_code: dict[str, int] = {}


class StatusResult(msgspec.Struct, frozen=True, rename="camel"):
    """The projection. live_runs: queued or going on. config: ours, absent where no file is watched."""

    runtime_version: str
    uptime_ms: int
    live_runs: int
    heartbeat: HeartbeatStatus
    sessions: SessionsStatus
    channel_summary: tuple[str, ...] = ()
    queued_system_events: tuple[str, ...] = ()
    tasks: TaskCounts = TaskCounts()
    task_audit: TaskAudit = TaskAudit()
    config: ConfigState | msgspec.UnsetType = msgspec.UNSET


async def status(call: Call[StatusParams]) -> StatusResult:
    """Tell what is known without asking anybody else."""
    services = call.services
    now_ms = services.now_ms()
    shows_keys = is_granted(call.caller.principal.scopes, ADMIN)
    newest = await services.store.list_sessions(limit=MAX_RECENT)
    counts = tell_sessions(await services.store.session_count(), newest, now_ms, shows_keys=shows_keys)
    return StatusResult(
        runtime_version=COMPATIBLE_VERSION,
        uptime_ms=max(0, now_ms - services.started_at_ms),
        live_runs=len(services.runs.live),
        heartbeat=HeartbeatStatus(services.prepared.index.default_id or ""),
        sessions=SessionsStatus((), counts.count, _find_defaults(services), counts.recent),
        config=services.config_state() or msgspec.UNSET,
    )


def _find_defaults(services: Services) -> SessionDefaults:
    prepared = services.prepared
    agent = prepared.agents.get(prepared.index.default_id or "")
    if agent is None:
        return SessionDefaults(None, None)
    try:
        model = prepared.catalog.candidates(agent.model, None, agent.id)[0]
    except GatewayError:  # a reference that leads nowhere: every turn will say so; a report just has no model
        return SessionDefaults(None, None)
    return SessionDefaults(f"{model.provider}/{model.id}", model.context_window)
