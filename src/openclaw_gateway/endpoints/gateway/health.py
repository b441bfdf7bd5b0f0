"""`health`: is the gateway well, and what runs in it (health snapshot of the published schema)."""

import time

import msgspec

from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.config.reload import ConfigState
from openclaw_gateway.endpoints.gateway.session_counts import MAX_ROWS, SessionCounts, tell_sessions
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call


class HealthParams(msgspec.Struct, frozen=True):
    """Nothing that matters here: `probe` would look at channels, and there are none. The published schema has no
    params for this method, so any are taken.
    """


class Heartbeat(msgspec.Struct, frozen=True, rename="camel"):
    """An agent's regular self-made turns; off, as that part does not exist."""

    enabled: bool = False
    every: str = "off"
    every_ms: int | None = None
    prompt: str = ""
    target: str = "none"
    ack_max_chars: int = 0


class AgentHealth(msgspec.Struct, frozen=True, rename="camel"):
    """One agent."""

    agent_id: str
    name: str
    is_default: bool
    sessions: SessionCounts
    heartbeat: Heartbeat = Heartbeat()


class Plugins(msgspec.Struct, frozen=True):
    """There are none."""

    loaded: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


class HealthResult(msgspec.Struct, frozen=True, rename="camel"):
    """The snapshot. duration_ms: what it took to make. config: ours, absent where no file is watched."""

    ok: bool
    ts: int
    duration_ms: int
    config_reload: dict[str, str]
    default_agent_id: str
    agents: tuple[AgentHealth, ...]
    sessions: SessionCounts
    heartbeat_seconds: int = 0
    plugins: Plugins = Plugins()
    channels: dict[str, str] = {}
    channel_order: tuple[str, ...] = ()
    channel_labels: dict[str, str] = {}
    config: ConfigState | msgspec.UnsetType = msgspec.UNSET


async def health(call: Call[HealthParams]) -> HealthResult:
    """Count what there is. It reads the store, so an answer also says that the store can be read."""
    started = time.perf_counter()
    services = call.services
    prepared, now_ms = services.prepared, services.now_ms()
    shows_keys = is_granted(call.caller.principal.scopes, ADMIN)
    rows = await services.store.list_sessions(limit=MAX_ROWS)
    agents: list[AgentHealth] = []
    for agent in prepared.agents.values():
        own = [row for row in rows if row.agent_id == agent.id]
        sessions = tell_sessions(len(own), own, now_ms, shows_keys=shows_keys)
        agents.append(AgentHealth(agent.id, agent.name, agent.id == prepared.index.default_id, sessions))
    total = await services.store.session_count()
    return HealthResult(
        ok=True,
        ts=now_ms,
        duration_ms=round((time.perf_counter() - started) * 1000),
        config_reload={"hotReloadStatus": "active" if _reloads(services) else "disabled"},
        default_agent_id=prepared.index.default_id or "",
        agents=tuple(agents),
        sessions=tell_sessions(total, rows, now_ms, shows_keys=shows_keys),
        config=services.config_state() or msgspec.UNSET,
    )


def _reloads(services: Services) -> bool:
    return services.config_watch is not None and services.prepared.config.gateway.reload.mode != "off"
