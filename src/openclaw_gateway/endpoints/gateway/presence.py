"""Who is connected: `system-presence`, the `presence` of hello and the `presence` event.

The event holds everybody, so it is told at most once in a while however many come and go, and only the newest of a
crowd are named in it.
"""

import asyncio
from typing import Final

import msgspec

from openclaw_gateway.dialects.gateway.frames import StateVersion, encode_event
from openclaw_gateway.endpoints.audience import Audience
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call, Caller

# A thousand clients that come within a second are told of once, and a list of all of them would fill their outboxes.
SETTLE_S: Final = 1.0
MAX_ENTRIES: Final = 50


class PresenceEntry(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One client. ts and online_since: when it connected, ms since the epoch. Its address is nobody's business."""

    ts: int
    online_since: int
    version: str
    platform: str
    mode: str
    text: str
    reason: str
    roles: tuple[str, ...]
    host: str | None = None
    device_family: str | None = None
    model_identifier: str | None = None
    time_zone: str | None = None
    instance_id: str | None = None


class SystemPresenceParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing may be asked."""


async def system_presence(call: Call[SystemPresenceParams]) -> list[PresenceEntry]:
    """The clients that are connected, the newest first."""
    return list_presence(call.services.audience)


def list_presence(audience: Audience) -> list[PresenceEntry]:
    """The newest clients."""
    callers = sorted(audience.callers(), key=lambda caller: caller.connected_at_ms, reverse=True)
    return [_tell(caller) for caller in callers[:MAX_ENTRIES]]


def _tell(caller: Caller) -> PresenceEntry:
    client = caller.connect.client
    name = client.display_name or client.id
    return PresenceEntry(
        ts=caller.connected_at_ms,
        online_since=caller.connected_at_ms,
        version=client.version,
        platform=client.platform,
        mode=client.mode,
        reason="connect",
        roles=("operator",),
        text=f"{name} ({client.mode}, {client.platform})",
        host=name,
        device_family=client.device_family,
        model_identifier=client.model_identifier,
        time_zone=client.time_zone,
        instance_id=client.instance_id,
    )


class PresenceFeed:
    """Tells everybody when clients came or went."""

    def __init__(self, services: Services, settle_s: float = SETTLE_S) -> None:
        self._services = services
        self._settle_s = settle_s
        self._timer: asyncio.TimerHandle | None = None

    def note_change(self) -> None:
        """Somebody came or went: tell it soon, with whatever else happens until then."""
        self._services.presence_version += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._settle_s, self._tell)

    def stop(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tell(self) -> None:
        self._timer = None
        services = self._services
        payload = {"presence": list_presence(services.audience)}
        state_version = StateVersion(presence=services.presence_version, health=0)
        services.audience.publish(encode_event("presence", payload, is_droppable=True, state_version=state_version))
