"""The devices that a gateway knows: who is paired, who waits, and what happens to their tokens.

A change is decided in one step and in force at once; then it is written. What takes rights away stays in force even
when it cannot be written, what gives some is taken back then. A token is made when it is handed over, and only then:
what is kept is its digest, so nobody can be given the same one twice.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from openclaw_gateway.auth.device_proof import ProvenDevice
from openclaw_gateway.auth.device_records import (
    MAX_DEVICES,
    OPERATOR,
    Approval,
    Device,
    DeviceFile,
    PairingRequest,
    TokenSlot,
)
from openclaw_gateway.auth.pairing_requests import PairingRequests
from openclaw_gateway.auth.scopes import covers, is_granted
from openclaw_gateway.errors import Busy, InvalidRequest, MissingScope, StoreUnavailable

logger = logging.getLogger(__name__)

# A device that was approved a moment ago may not be connected yet (OpenClaw docs/gateway/pairing.md, "supersede").
_FRESH_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Applicant:
    """A proven device and what it said of itself; every text is bounded by the handshake."""

    proven: ProvenDevice
    scopes: tuple[str, ...]
    client_id: str
    client_mode: str
    display_name: str | None
    platform: str
    device_family: str | None
    address: str
    origin: str | None


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token on its way to its device, the only time that it is readable."""

    token: str
    scopes: tuple[str, ...]
    issued_at_ms: int


class DeviceRegistry:
    """All devices of one gateway; `open` it before use.

    tell: says an event (name, payload) to those who may pair devices. disconnect: closes a device's sockets, with a
    reason. end_runs: ends what it ordered and is not done. connected: ids of devices that have a socket.
    """

    def __init__(
        self,
        path: Path | None,
        now_ms: Callable[[], int],
        *,
        tell: Callable[[str, object], None],
        disconnect: Callable[[str, str], None],
        end_runs: Callable[[str], None],
        connected: Callable[[], frozenset[str]],
    ) -> None:
        self._file = DeviceFile(path)
        self._now_ms = now_ms
        self._tell = tell
        self._disconnect = disconnect
        self._end_runs = end_runs
        self._connected = connected
        self._devices: dict[str, Device] = {}
        self._is_open = False
        self._revision = 0
        self._changing = asyncio.Lock()
        self._requests = PairingRequests(now_ms)

    async def open(self) -> "DeviceRegistry":
        """Read the file, the first time. Raises StoreUnavailable."""
        if not self._is_open:
            async with self._changing:
                if not self._is_open:
                    self._devices = await asyncio.to_thread(self._file.read)
                    self._is_open = True
        return self

    # --- Looking ------------------------------------------------------------------------------------------------------

    def find(self, device_id: str) -> Device | None:
        """A paired device."""
        return self._devices.get(device_id)

    def get(self, device_id: str) -> Device:
        """The same; raises InvalidRequest for one that is not paired."""
        device = self._devices.get(device_id)
        if device is None:
            raise InvalidRequest("unknown deviceId")
        return device

    def devices(self) -> list[Device]:
        """The paired ones, the latest approval first."""
        return sorted(self._devices.values(), key=lambda device: device.approved_at_ms, reverse=True)

    def requests(self) -> list[PairingRequest]:
        """Those who wait, the newest first."""
        return self._requests.all()

    def get_request(self, request_id: str) -> PairingRequest:
        """A request that still waits; raises InvalidRequest."""
        request = self._requests.get(request_id)
        if request is None:
            raise InvalidRequest("unknown requestId")
        return request

    def connected_ids(self) -> frozenset[str]:
        """The devices that have a socket."""
        return self._connected()

    # --- Asking to be let in ------------------------------------------------------------------------------------------

    def request(self, applicant: Applicant, *, is_stranger: bool) -> tuple[PairingRequest, bool]:
        """Let a person decide; returns the request and whether it is a new one. Raises Busy when too many wait."""
        request = PairingRequest(
            request_id=secrets.token_hex(16),
            device_id=applicant.proven.device_id,
            public_key=applicant.proven.public_key,
            role=OPERATOR,
            roles=(OPERATOR,),
            scopes=applicant.scopes,
            ts=self._now_ms(),
            display_name=applicant.display_name,
            platform=applicant.platform,
            device_family=applicant.device_family,
            client_id=applicant.client_id,
            client_mode=applicant.client_mode,
            browser_origin=applicant.origin[:256] if applicant.origin else None,
            remote_ip=applicant.address or None,
            is_repair=applicant.proven.device_id in self._devices,
        )
        filed = self._requests.file(request, is_stranger=is_stranger)
        for displaced in filed.displaced:
            self._tell_resolved(displaced, "rejected")
        if filed.is_new:
            logger.info("device %s asks to be paired", request.device_id)
            self._tell("device.pair.requested", request)
        return filed.request, filed.is_new

    async def pair_silently(self, applicant: Applicant) -> Device:
        """Pair, or widen, a device of this machine whose user showed the shared secret."""
        async with self._changing:
            device = self._paired(applicant, "silent")
            connected = self._connected()
            kept = {
                key: one
                for key, one in self._devices.items()
                if key in connected or not self._is_superseded(one, device)
            }
            await self._give({**kept, device.device_id: device})
        logger.info("device %s of this machine is paired", device.device_id)
        return device

    async def note_machine(self, applicant: Applicant) -> None:
        """Take over what a device says of its machine, and nothing else: its own token is no reason to give more."""
        async with self._changing:
            device = msgspec.structs.replace(
                self.get(applicant.proven.device_id),
                platform=applicant.platform,
                device_family=applicant.device_family,
            )
            await self._give({**self._devices, device.device_id: device})
        logger.info("device %s of this machine tells another platform", device.device_id)

    async def claim(self, device_id: str, *, by_key: bool) -> IssuedToken | None:
        """Hand over the token that waits for this device, if one does.

        by_key: the device showed nothing but its key, which is enough once after an approval, also for a new token in
        place of a lost one. With the shared secret it gets a token as long as it has none.
        """
        async with self._changing:
            device = self._devices.get(device_id)
            if device is None or device.token.revoked_at_ms is not None:
                return None
            if not (device.token.is_claimable if by_key else device.token.digest is None):
                return None
            issued, slot = _mint(device.token, self._now_ms())
            await self._give({**self._devices, device_id: msgspec.structs.replace(device, token=slot)})
        return issued

    # --- Deciding -----------------------------------------------------------------------------------------------------

    async def approve(self, request_id: str, granted: frozenset[str]) -> Device:
        """Pair the device; granted: the scopes of who decides, which must cover all that the device gets."""
        async with self._changing:
            request = self.get_request(request_id)
            device = self._paired(_applicant_of(request), "owner")
            _demand(granted, device.scopes)
            await self._give({**self._devices, device.device_id: device})
            self._requests.discard(request_id)
        logger.info("device %s is approved", device.device_id)
        self._tell_resolved(request, "approved")
        return device

    def reject(self, request_id: str) -> PairingRequest:
        """Send the device away; it may ask again."""
        request = self.get_request(request_id)
        self._requests.discard(request_id)
        self._tell_resolved(request, "rejected")
        return request

    async def remove(self, device_id: str) -> Device:
        """Forget the device; its token, its sockets and its runs are gone."""
        async with self._changing:
            device = self.get(device_id)
            kept = {key: one for key, one in self._devices.items() if key != device_id}
            await self._take_away(kept, device_id, for_good=True)
        waiting = self._requests.of_device(device_id)
        if waiting is not None:
            self.reject(waiting.request_id)
        logger.info("device %s is removed", device_id)
        return device

    async def rename(self, device_id: str, label: str) -> Device:
        """Give the device a name of the operator's."""
        async with self._changing:
            device = msgspec.structs.replace(self.get(device_id), operator_label=label)
            await self._give({**self._devices, device_id: device})
        return device

    async def rotate(
        self, device_id: str, scopes: Iterable[str] | None, granted: frozenset[str], *, hands_over: bool
    ) -> tuple[TokenSlot, IssuedToken | None]:
        """End the device's token and its sockets. The next token has these scopes, or those of the last one.

        hands_over: the next token goes out now; else the device fetches it when it shows the shared secret.
        """
        async with self._changing:
            device = self.get(device_id)
            wanted = device.token.scopes if scopes is None else tuple(sorted(set(scopes)))
            if device.token.revoked_at_ms is not None or not covers(frozenset(device.scopes), wanted):
                raise InvalidRequest("device token rotation denied")
            _demand(granted, wanted)
            slot = TokenSlot(OPERATOR, wanted, device.token.created_at_ms, rotated_at_ms=self._now_ms())
            issued = None
            if hands_over:
                issued, slot = _mint(slot, self._now_ms())
            device = msgspec.structs.replace(device, token=slot)
            await self._take_away({**self._devices, device_id: device}, device_id)
        logger.info("the token of device %s is rotated", device_id)
        return slot, issued

    async def revoke(self, device_id: str, granted: frozenset[str]) -> int:
        """End the device's token, its sockets and its runs; returns when, ms. Only an approval gives it another one."""
        async with self._changing:
            device = self.get(device_id)
            _demand(granted, device.token.scopes)
            now_ms = self._now_ms()
            slot = TokenSlot(OPERATOR, device.token.scopes, device.token.created_at_ms, revoked_at_ms=now_ms)
            device = msgspec.structs.replace(device, token=slot)
            await self._take_away({**self._devices, device_id: device}, device_id, for_good=True)
        logger.info("the token of device %s is revoked", device_id)
        return now_ms

    # --- Changing -----------------------------------------------------------------------------------------------------

    def _paired(self, applicant: Applicant, via: Approval) -> Device:
        """The device as it will be: what it had, and what it asked for."""
        device_id, now_ms = applicant.proven.device_id, self._now_ms()
        earlier = self._devices.get(device_id)
        if earlier is None and len(self._devices) >= MAX_DEVICES:
            raise Busy(f"{MAX_DEVICES} devices are paired: remove some", retry_after_s=60)
        # A revoked device begins anew: what it had is not given back with what it asks for now.
        has_rights = earlier is not None and earlier.token.revoked_at_ms is None
        had, could = (earlier.token, earlier.scopes) if earlier and has_rights else (None, ())
        scopes = tuple(sorted({*applicant.scopes, *could}))
        # A token that was rotated to less keeps to that, beside what is asked for now.
        token_scopes = tuple(sorted({*applicant.scopes, *(had.scopes if had else ())}))
        digest = had.digest if had else None
        slot = TokenSlot(OPERATOR, token_scopes, now_ms, digest=digest, is_claimable=via == "owner")
        if earlier is not None and not has_rights and via == "silent":
            slot = earlier.token  # what a person has ended only a person gives again
        return Device(
            device_id=device_id,
            public_key=applicant.proven.public_key,
            scopes=scopes,
            token=slot,
            created_at_ms=earlier.created_at_ms if earlier else now_ms,
            approved_at_ms=now_ms,
            approved_via=earlier.approved_via if earlier and via == "silent" else via,
            display_name=applicant.display_name,
            platform=applicant.platform,
            device_family=applicant.device_family,
            client_id=applicant.client_id,
            client_mode=applicant.client_mode,
            remote_ip=applicant.address or None,
            operator_label=earlier.operator_label if earlier else None,
        )

    def _is_superseded(self, one: Device, newcomer: Device) -> bool:
        """Whether a new local device stands in for this one: programs without a home make a key for each start."""
        return (
            newcomer.device_id not in self._devices
            and one.approved_via == "silent"
            and (one.client_id, one.client_mode, one.display_name)
            == (newcomer.client_id, newcomer.client_mode, newcomer.display_name)
            and one.approved_at_ms <= self._now_ms() - _FRESH_MS
        )

    async def _give(self, devices: dict[str, Device]) -> None:
        before = self._devices
        try:
            await self._write(devices)
        except StoreUnavailable:
            self._devices = before
            raise

    async def _take_away(self, devices: dict[str, Device], device_id: str, *, for_good: bool = False) -> None:
        # The sockets go one step later than the answer, which may be for one of them; none asks anything in between.
        try:
            await self._write(devices)
        finally:
            if for_good:
                self._end_runs(device_id)
            asyncio.get_running_loop().call_soon(self._disconnect, device_id, "the device's token has ended")

    async def _write(self, devices: dict[str, Device]) -> None:
        self._devices = devices
        self._revision += 1
        await asyncio.to_thread(self._file.write, devices, self._revision)

    def _tell_resolved(self, request: PairingRequest, decision: str) -> None:
        self._tell(
            "device.pair.resolved",
            {
                "requestId": request.request_id,
                "deviceId": request.device_id,
                "decision": decision,
                "ts": self._now_ms(),
            },
        )


def _applicant_of(request: PairingRequest) -> Applicant:
    return Applicant(
        proven=ProvenDevice(request.device_id, request.public_key),
        scopes=request.scopes,
        client_id=request.client_id or "",
        client_mode=request.client_mode or "",
        display_name=request.display_name,
        platform=request.platform or "",
        device_family=request.device_family,
        address=request.remote_ip or "",
        origin=request.browser_origin,
    )


def _mint(slot: TokenSlot, now_ms: int) -> tuple[IssuedToken, TokenSlot]:
    token = secrets.token_urlsafe(32)
    digest = sha256(token.encode()).hexdigest()
    return (
        IssuedToken(token, slot.scopes, now_ms),
        msgspec.structs.replace(slot, digest=digest, is_claimable=False),
    )


def _demand(granted: frozenset[str], scopes: Iterable[str]) -> None:
    """Nobody gives what they do not have. Raises MissingScope."""
    for scope in scopes:
        if not is_granted(granted, scope):
            raise MissingScope(scope)
