"""Who is let in over WebSocket with a device identity, and what of it becomes a request that a person decides.

A device always proves its key first; a proof that does not hold is refused whatever else was brought. Then the best of
what it brought counts: the shared secret, its own token, or an approval that nobody has used yet. Beyond what it was
approved for it has to ask again, unless the user of this machine showed the shared secret here.
"""

from dataclasses import dataclass
from typing import Literal

from openclaw_gateway.auth.authenticate import Authenticator
from openclaw_gateway.auth.credentials import CredentialMismatch, CredentialMissing
from openclaw_gateway.auth.device_proof import DeviceRefused, Proof, ProvenDevice, verify_proof
from openclaw_gateway.auth.device_records import OPERATOR, Device
from openclaw_gateway.auth.device_registry import Applicant, DeviceRegistry
from openclaw_gateway.auth.origin import parse_authority
from openclaw_gateway.auth.peer import Client, parse_ip
from openclaw_gateway.auth.principal import DEFAULT_SCOPES, DEVICE_TOKEN, Principal
from openclaw_gateway.auth.scopes import KNOWN, covers, narrow
from openclaw_gateway.client.device_identity import Claim, normal_metadata
from openclaw_gateway.dialects.gateway.handshake import (
    ConnectDevice,
    ConnectParams,
    refuse_device_token,
    refuse_lock_out,
    refuse_mismatch,
    refuse_scopes,
    refuse_unpaired,
)
from openclaw_gateway.endpoints.gateway.connect import Admission
from openclaw_gateway.errors import AuthRateLimited, GatewayError

# Classes of attempts that the limiter counts by themselves (OpenClaw docs/gateway/authentication.md).
_PROOF, _TOKEN, _PAIRING = "device", "device-token", "pairing"

Gap = Literal["not-paired", "scope-upgrade", "metadata-upgrade"]


@dataclass(frozen=True, slots=True)
class Knock:
    """A client with a device at the door. nonce: of its connection's challenge. origin: `Origin`, None for programs."""

    connect: ConnectParams
    device: ConnectDevice
    client: Client
    origin: str | None
    nonce: str

    @property
    def is_at_this_machine(self) -> bool:
        """A direct local peer: a program, or a page that was loaded from this machine too."""
        return self.client.is_local and (self.origin is None or _is_local_page(self.origin))


async def admit_device(
    registry: DeviceRegistry, authenticator: Authenticator, knock: Knock, *, now_ms: int
) -> Admission:
    """The principal of a client with a device, and the token that it is to keep.

    Raises the GatewayError to refuse with: a proof that does not hold, a wrong credential, or PAIRING_REQUIRED, whose
    details name the request that now waits for a person.
    """
    try:
        proven = _prove(authenticator, knock, now_ms)
        if authenticator.mode == "none":
            # Nobody is asked for anything here, so nothing was shown that would last beyond this mode.
            anybody = authenticator.authenticate_secret(None, None, knock.client)
            return Admission(_narrowed(anybody, narrow(anybody.scopes, knock.connect.scopes), None))
        await registry.open()
        device = registry.find(proven.device_id)
        own_token = _find_own_token(authenticator, knock, device)
        owner = _recognize_owner(authenticator, knock, device, own_token)
        return await _admit(registry, authenticator, knock, _applicant(knock, proven, device), owner, own_token)
    except AuthRateLimited as error:
        raise refuse_lock_out(error) from error


async def _admit(
    registry: DeviceRegistry,
    authenticator: Authenticator,
    knock: Knock,
    applicant: Applicant,
    owner: Principal | None,
    own_token: str | None,
) -> Admission:
    """owner: set when the shared secret was shown; own_token: the device's, when that was."""
    device_id = applicant.proven.device_id
    has_credential = owner is not None or own_token is not None
    gap = _find_gap(registry.find(device_id), applicant, has_credential=has_credential)
    if gap is not None:
        if not _may_close_silently(knock, gap, owner, own_token):
            raise _ask(registry, authenticator, knock, applicant, gap, is_stranger=not has_credential)
        if owner is not None:
            await registry.pair_silently(applicant)
        else:
            await registry.note_machine(applicant)
    if owner is None:
        scopes = registry.get(device_id).token.scopes
        if not covers(frozenset(scopes), applicant.scopes):
            raise refuse_scopes(scopes, applicant.scopes)
    issued = None if own_token else await registry.claim(device_id, by_key=owner is None)
    # Others may have decided while we wrote: whoever was sent away meanwhile is not let in.
    device = registry.find(device_id)
    if device is None or (owner is None and not device.token.matches(own_token or (issued.token if issued else ""))):
        raise _ask(registry, authenticator, knock, applicant, "not-paired", is_stranger=not has_credential)
    if owner is not None:
        return Admission(_narrowed(owner, narrow(owner.scopes, applicant.scopes), device_id), issued)
    granted = narrow(frozenset(device.token.scopes), applicant.scopes)
    address, is_local = knock.client.address, knock.client.is_local
    return Admission(Principal(device_id, DEVICE_TOKEN, granted, address, is_local, device_id), issued)


# --- What was shown ---------------------------------------------------------------------------------------------------


def _prove(authenticator: Authenticator, knock: Knock, now_ms: int) -> ProvenDevice:
    connect, device = knock.connect, knock.device
    auth = connect.auth
    claim = Claim(
        device_id=device.id,
        client_id=connect.client.id,
        client_mode=connect.client.mode,
        role=connect.role or OPERATOR,
        scopes=connect.scopes or (),
        signed_at_ms=device.signed_at,
        token=auth.token or auth.device_token or auth.bootstrap_token or "",
        nonce=device.nonce,
        platform=connect.client.platform,
        device_family=connect.client.device_family or "",
    )
    attempts = authenticator.attempts(_PROOF, knock.client, knock.origin)
    attempts.check()
    try:
        return verify_proof(Proof(device.public_key, device.signature, claim), nonce=knock.nonce, now_ms=now_ms)
    except DeviceRefused:
        attempts.count_failure()
        raise


def _find_own_token(authenticator: Authenticator, knock: Knock, device: Device | None) -> str | None:
    """The device's token, if it was shown as one or in the place of the shared token."""
    auth = knock.connect.auth
    attempts = authenticator.attempts(_TOKEN, knock.client, knock.origin)
    if auth.device_token:
        attempts.check()
    elif not auth.token or attempts.is_locked_out():
        return None
    if device is not None:
        for token in (auth.device_token, auth.token):
            if token and device.token.matches(token):
                attempts.forget()
                return token
    if auth.device_token:
        attempts.count_failure()
    return None


def _recognize_owner(
    authenticator: Authenticator, knock: Knock, device: Device | None, own_token: str | None
) -> Principal | None:
    """The principal of the shared secret, if that was shown too.

    A wrong secret counts beside the right device token as well, or that would be the place to guess at.
    """
    auth = knock.connect.auth
    token = None if auth.token in (own_token, auth.device_token) else auth.token
    try:
        return authenticator.authenticate_secret(token, auth.password, knock.client, origin=knock.origin)
    except CredentialMissing:
        if auth.device_token and own_token is None:
            raise refuse_device_token() from None
    except (CredentialMismatch, AuthRateLimited) as error:
        if own_token is None:
            if isinstance(error, AuthRateLimited):
                raise
            if auth.device_token:
                raise refuse_device_token() from error
            has_token = device is not None and device.token.digest is not None
            raise refuse_mismatch(authenticator.mode, has_device_token=has_token) from error
    return None


# --- What it means ----------------------------------------------------------------------------------------------------


def _applicant(knock: Knock, proven: ProvenDevice, device: Device | None) -> Applicant:
    client, declared = knock.connect.client, knock.connect.scopes
    if declared is None:
        scopes = device.token.scopes if device is not None else tuple(sorted(DEFAULT_SCOPES))
    else:
        scopes = tuple(sorted(KNOWN.intersection(declared)))
    return Applicant(
        proven=proven,
        scopes=scopes,
        client_id=client.id,
        client_mode=client.mode,
        display_name=client.display_name,
        platform=client.platform,
        device_family=client.device_family,
        address=knock.client.address,
        origin=knock.origin,
    )


def _find_gap(device: Device | None, applicant: Applicant, *, has_credential: bool) -> Gap | None:
    """What a person would have to approve before the device comes in as it asks to."""
    if device is None or not (has_credential or (device.token.is_claimable and device.token.revoked_at_ms is None)):
        return "not-paired"
    if not covers(frozenset(device.scopes), applicant.scopes):
        return "scope-upgrade"
    pinned_and_said = ((device.platform, applicant.platform), (device.device_family, applicant.device_family))
    for pinned, said in pinned_and_said:
        if pinned and said and normal_metadata(pinned) != normal_metadata(said):
            return "metadata-upgrade"
    return None


def _may_close_silently(knock: Knock, gap: Gap, owner: Principal | None, own_token: str | None) -> bool:
    """Whether nobody has to be asked: the user of this machine has the secret that opens everything here anyway.

    Source: OpenClaw docs/gateway/pairing.md, "Silent local pairing" and "Metadata-upgrade auto-approval".
    """
    if owner is not None:
        return knock.is_at_this_machine
    return own_token is not None and gap == "metadata-upgrade" and knock.client.is_local and knock.origin is None


def _ask(
    registry: DeviceRegistry,
    authenticator: Authenticator,
    knock: Knock,
    applicant: Applicant,
    gap: Gap,
    *,
    is_stranger: bool,
) -> GatewayError:
    """File the request and say so. A stranger's requests are counted like guesses, so that nobody floods the list: also
    on this machine, where other people's programs may run.
    """
    attempts = authenticator.attempts(_PAIRING, knock.client, knock.origin, may_exempt=False)
    if is_stranger:
        attempts.check()
    request, is_new = registry.request(applicant, is_stranger=is_stranger)
    if is_stranger and is_new:
        attempts.count_failure()
    device = registry.find(request.device_id)
    return refuse_unpaired(
        gap,
        request_id=request.request_id,
        device_id=request.device_id,
        requested=request.scopes,
        approved=None if device is None else device.scopes,
    )


def _narrowed(principal: Principal, scopes: frozenset[str], device_id: str | None) -> Principal:
    return Principal(principal.subject, principal.method, scopes, principal.client, principal.is_local, device_id)


def _is_local_page(origin: str) -> bool:
    authority = parse_authority(origin.partition("://")[2])
    if authority is None:
        return False
    address = parse_ip(authority.name)
    return authority.name == "localhost" or (address is not None and address.is_loopback)
