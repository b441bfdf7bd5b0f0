"""`sessions.cleanup`: sessions that nobody has used for long are put away, as `session.maintenance` says.

Nothing is removed: a session that is put away is archived, and can be brought back by `sessions.patch`. Main sessions,
pinned ones, those with a run and the one that is named stay.
"""

import re
from typing import Final

import msgspec

from openclaw_gateway.config.schema.session import Maintenance
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, choose_agent, find_address
from openclaw_gateway.endpoints.gateway.session_feed import tell_changed
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.routing.session_key import main_session_key
from openclaw_gateway.sessions.directory import RowFilter, SessionRow

PAGE: Final = 500
# Of one call; what is more is left to the next.
MAX_ARCHIVED: Final = 10_000
_DAY_MS: Final = 24 * 3600 * 1000
_UNIT_MS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": _DAY_MS, "w": 7 * _DAY_MS}

_PIECE: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])?")


class SessionsCleanupParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Whose sessions, all by default. enforce: also where the config only warns. active_key: stays in any case.

    dry_run: tell what would be done (ours: the original's command looks into the files for it).
    fix_missing, fix_dm_scope: there is nothing to mend, the store has no pointers that could lead nowhere.
    """

    agent: AgentIdText | None = None
    all_agents: bool = False
    enforce: bool = False
    dry_run: bool = False
    active_key: SessionKeyText | None = None
    fix_missing: bool = False
    fix_dm_scope: bool = False


class _Plan(msgspec.Struct):
    """What to put away: too old, or more than there may be. count: sessions that are not archived."""

    count: int = 0
    stale: list[SessionRow] = msgspec.field(default_factory=list)
    surplus: list[SessionRow] = msgspec.field(default_factory=list)


async def sessions_cleanup(call: Call[SessionsCleanupParams]) -> dict[str, object]:
    """Put away what is old or too much; where the config only warns, tell what would be, in the same numbers."""
    params, services = call.params, call.services
    maintenance = services.prepared.config.session.maintenance
    agent_id = None if params.agent is None else choose_agent(services.prepared.index, params.agent)
    plan = await _plan(services, maintenance, agent_id, params.active_key)
    is_dry_run = params.dry_run or (maintenance.mode == "warn" and not params.enforce)
    going = [*plan.stale, *plan.surplus][:MAX_ARCHIVED]
    if not is_dry_run:
        for row in going:
            await _archive(services, row)
    stale = min(len(plan.stale), len(going))
    return {
        "agentId": agent_id,
        "storePath": None,
        "mode": "enforce" if params.enforce else maintenance.mode,
        "dryRun": is_dry_run,
        "beforeCount": plan.count,
        "afterCount": plan.count - len(going),
        "missing": 0,
        "archived": stale,
        "capArchived": len(going) - stale,
        "pruned": 0,
        "capped": 0,
        "wouldMutate": bool(going),
    }


async def _plan(services: Services, maintenance: Maintenance, agent_id: str | None, active_key: str | None) -> _Plan:
    kept = {main_session_key(agent) for agent in services.prepared.agents}
    kept |= {run.session_key for run in services.runs.live}
    if active_key is not None:
        kept.add(find_address(services.prepared.index, active_key, None, field="activeKey").key)
    before_ms = services.now_ms() - read_duration_ms(maintenance.prune_after)
    plan = _Plan()
    fresh: list[SessionRow] = []
    while True:
        wanted = RowFilter(agent_id=agent_id, archived=False, limit=PAGE, offset=plan.count)
        rows, _ = await services.store.directory.list_rows(wanted)
        plan.count += len(rows)
        for row in rows:
            if row.key in kept or row.settings.pinned_at_ms is not None:
                continue
            (plan.stale if row.updated_at_ms < before_ms else fresh).append(row)
        if len(rows) < PAGE:
            break
    too_many = plan.count - len(plan.stale) - maintenance.max_entries
    plan.surplus = fresh[len(fresh) - too_many :] if too_many > 0 else []  # the oldest come last
    return plan


async def _archive(services: Services, row: SessionRow) -> None:
    now_ms = services.now_ms()
    settings = await services.store.directory.change_settings(
        row.key,
        lambda old: None if old.is_archived else msgspec.structs.replace(old, archived_at_ms=now_ms),
    )
    if settings is not None:
        tell_changed(services, row.key, reason="patch", row=msgspec.structs.replace(row, settings=settings))


def read_duration_ms(duration: str | float) -> int:
    """Milliseconds of "30d" or "1h30m"; a bare number counts days, as in the original."""
    if not isinstance(duration, str):
        return int(duration * _DAY_MS)
    pieces = _PIECE.findall(duration)
    return int(sum([float(number) * _UNIT_MS[unit or "d"] for number, unit in pieces]))
