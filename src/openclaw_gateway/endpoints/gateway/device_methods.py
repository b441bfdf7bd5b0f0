"""`device.pair.*` and `device.token.*`: who may connect as a device, and with which token.

Whoever came with a device's own token manages that device alone, unless it is an admin; nobody gives, keeps alive or
takes away what they do not have themselves.
Source: OpenClaw docs/gateway/operator-scopes.md, "Device pairing approvals".
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from openclaw_gateway.auth.device_records import OPERATOR, Device, PairingRequest, TokenSlot
from openclaw_gateway.auth.device_registry import DeviceRegistry
from openclaw_gateway.auth.principal import DEVICE_TOKEN, Principal
from openclaw_gateway.auth.scopes import ADMIN, KNOWN
from openclaw_gateway.dialects.gateway.handshake import Word, Words
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import InvalidRequest, StoreUnavailable

IDENTITY_FILE: Final = "gateway-device-key"


class NoDeviceParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing may be asked."""


class RequestParams(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which request of a device that waits."""

    request_id: Word


class DeviceParams(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which paired device."""

    device_id: Word


class RenameParams(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What a device is called from now on."""

    device_id: Word
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class RotateParams(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which token ends, and what the next one may do; without scopes as much as the last one."""

    device_id: Word
    role: Word
    scopes: Words | None = None


class RevokeParams(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Which token ends."""

    device_id: Word
    role: Word


class TokenSummary(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What is told of a token: never the token."""

    role: str
    scopes: tuple[str, ...]
    created_at_ms: int
    rotated_at_ms: int | None = None
    revoked_at_ms: int | None = None


class DeviceSummary(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A paired device as people see it. connected: None where it was not looked up."""

    device_id: str
    public_key: str
    role: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    tokens: tuple[TokenSummary, ...]
    created_at_ms: int
    approved_at_ms: int
    approved_via: str
    display_name: str | None = None
    operator_label: str | None = None
    platform: str | None = None
    device_family: str | None = None
    client_id: str | None = None
    client_mode: str | None = None
    remote_ip: str | None = None
    connected: bool | None = None


class PairingList(msgspec.Struct, frozen=True):
    """Who waits and who is paired, the newest first."""

    pending: list[PairingRequest]
    paired: list[DeviceSummary]


async def device_pair_list(call: Call[NoDeviceParams]) -> PairingList:
    """Devices and requests; of its own only, for a device that is no admin."""
    registry, own_id = await _opened(call.services), _confined_to(call.caller.principal)
    connected = registry.connected_ids()
    return PairingList(
        [request for request in registry.requests() if own_id in (None, request.device_id)],
        [
            _summary(device, is_connected=device.device_id in connected)
            for device in registry.devices()
            if own_id in (None, device.device_id)
        ],
    )


async def device_pair_approve(call: Call[RequestParams]) -> Mapping[str, object]:
    """Pair the device that asked."""
    registry, principal = await _opened(call.services), call.caller.principal
    request = registry.get_request(call.params.request_id)
    _demand_own(principal, request.device_id, "device pairing approval denied")
    device = await registry.approve(request.request_id, principal.scopes)
    return {"requestId": request.request_id, "device": _summary(device)}


async def device_pair_reject(call: Call[RequestParams]) -> PairingRequest:
    """Send the device that asked away."""
    registry = await _opened(call.services)
    request = registry.get_request(call.params.request_id)
    _demand_own(call.caller.principal, request.device_id, "device pairing rejection denied")
    return registry.reject(request.request_id)


async def device_pair_remove(call: Call[DeviceParams]) -> DeviceSummary:
    """Forget a device and close its sockets."""
    registry = await _opened(call.services)
    _demand_own(call.caller.principal, call.params.device_id, "device pairing removal denied")
    return _summary(await registry.remove(call.params.device_id))


async def device_pair_rename(call: Call[RenameParams]) -> Mapping[str, object]:
    """Give a device a name of the operator's."""
    registry = await _opened(call.services)
    _demand_own(call.caller.principal, call.params.device_id, "device pairing rename denied")
    label = call.params.label.strip()
    if not label:
        raise InvalidRequest("label required")
    await registry.rename(call.params.device_id, label)
    return {"deviceId": call.params.device_id, "label": label}


async def device_token_rotate(call: Call[RotateParams]) -> Mapping[str, object]:
    """End a device's token. The next one goes out here only to the device itself, which showed the one that ends."""
    params, principal, denied = call.params, call.caller.principal, "device token rotation denied"
    registry = await _opened(call.services)
    _demand_own(principal, params.device_id, denied)
    is_known = params.scopes is None or KNOWN.issuperset(params.scopes)
    if params.role != OPERATOR or not is_known:
        raise InvalidRequest(denied)
    is_own = principal.method == DEVICE_TOKEN and principal.device_id == params.device_id
    slot, issued = await registry.rotate(params.device_id, params.scopes, principal.scopes, hands_over=is_own)
    return {
        "deviceId": params.device_id,
        "role": slot.role,
        "scopes": slot.scopes,
        "rotatedAtMs": slot.rotated_at_ms,
        "tokenDelivery": "in-band" if issued is not None else "withheld-cross-device",
        **({"token": issued.token} if issued is not None else {}),
    }


async def device_token_revoke(call: Call[RevokeParams]) -> Mapping[str, object]:
    """End a device's token; it needs a new approval."""
    params, denied = call.params, "device token revocation denied"
    registry = await _opened(call.services)
    _demand_own(call.caller.principal, params.device_id, denied)
    if params.role != OPERATOR:
        raise InvalidRequest(denied)
    revoked_at_ms = await registry.revoke(params.device_id, call.caller.principal.scopes)
    return {"deviceId": params.device_id, "role": OPERATOR, "revokedAtMs": revoked_at_ms}


async def gateway_identity_get(call: Call[NoDeviceParams]) -> Mapping[str, object]:
    """Who this gateway is: the id and public key of its own key pair, made at the first question."""
    device_id, public_key = await asyncio.to_thread(_read_identity, call.services.state_dir)
    return {"deviceId": device_id, "publicKey": public_key}


def _read_identity(state_dir: Path | None) -> tuple[str, str]:
    from openclaw_gateway.client.device_identity import DeviceIdentity
    from openclaw_gateway.client.failures import KeyUnusable

    if state_dir is None:
        raise InvalidRequest("this gateway keeps no state, so it has no key")
    try:
        identity = DeviceIdentity.load(state_dir / "state" / IDENTITY_FILE)
    except KeyUnusable as error:
        raise StoreUnavailable("the gateway's key cannot be used; the log says why") from error
    return identity.device_id, identity.public_key


async def _opened(services: Services) -> DeviceRegistry:
    return await services.devices.open()


def _confined_to(principal: Principal) -> str | None:
    """The one device that this caller may see and manage; None for all of them."""
    is_confined = principal.method == DEVICE_TOKEN and ADMIN not in principal.scopes
    return principal.device_id if is_confined else None


def _demand_own(principal: Principal, device_id: str, denied: str) -> None:
    if _confined_to(principal) not in (None, device_id):
        raise InvalidRequest(denied)


def _summary(device: Device, *, is_connected: bool | None = None) -> DeviceSummary:
    return DeviceSummary(
        device_id=device.device_id,
        public_key=device.public_key,
        role=OPERATOR,
        roles=(OPERATOR,),
        scopes=device.scopes,
        tokens=(_token_summary(device.token),),
        created_at_ms=device.created_at_ms,
        approved_at_ms=device.approved_at_ms,
        approved_via=device.approved_via,
        display_name=device.display_name,
        operator_label=device.operator_label,
        platform=device.platform,
        device_family=device.device_family,
        client_id=device.client_id,
        client_mode=device.client_mode,
        remote_ip=device.remote_ip,
        connected=is_connected,
    )


def _token_summary(slot: TokenSlot) -> TokenSummary:
    return TokenSummary(slot.role, slot.scopes, slot.created_at_ms, slot.rotated_at_ms, slot.revoked_at_ms)
