"""What commands in messages do through the methods of the protocol."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.commands.desk import Desk
from openclaw_gateway.endpoints.gateway.config_methods import loaded_of, require_hash, take_over, write_config
from openclaw_gateway.endpoints.gateway.session_feed import tell_changed
from openclaw_gateway.endpoints.gateway.sessions_patch import SessionsPatchParams, patch_session
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class CommandDeeds:
    """See `commands/desk.py`."""

    services: Services

    async def patch(self, key: str, agent_id: str, changes: Mapping[str, object]) -> None:
        """As `sessions.patch`."""
        try:
            params = msgspec.convert({"key": key, "agentId": agent_id, **changes}, SessionsPatchParams)
        except msgspec.ValidationError as error:
            raise InvalidRequest(str(error)) from error
        await patch_session(params, self.services)

    async def set_default_model(self, principal: Principal, agent_id: str | None, ref: str) -> None:
        """Write it, and wait until it is in force."""
        self.services.config_writes.admit("config.patch", principal)
        await asyncio.to_thread(self._write_model, agent_id, ref)
        await take_over(self.services, {})

    def tell_changed(self, key: str, reason: str) -> None:
        """As every change of a session is told."""
        tell_changed(self.services, key, reason=reason)

    def _write_model(self, agent_id: str | None, ref: str) -> None:
        from openclaw_gateway.config.source import read_source
        from openclaw_gateway.config.write import Change

        loaded = loaded_of(self.services)
        source = require_hash(loaded, read_source(loaded.path, loaded.paths.include_roots).raw_hash, "")
        config = loaded.config
        entry = config.agents.entries.get(agent_id) if agent_id is not None else None
        choice = config.agents.defaults.model if agent_id is None else entry.model if entry is not None else None
        path: tuple[str, ...] = ("agents", "defaults") if agent_id is None else ("agents", "entries", agent_id)
        # A choice with fallbacks keeps them.
        place = ("model", "primary") if choice is not None and choice.fallbacks else ("model",)
        write_config(self.services, source, [Change((*path, *place), ref)], may_replace=True, is_ours=False)


def make_desk(services: Services) -> Desk:
    """What commands reach of this gateway."""
    return Desk(services.runs, services.gate.book, CommandDeeds(services), services.started_at_ms, services.now_ms)
