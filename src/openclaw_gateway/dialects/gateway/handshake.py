"""The first request of a client and the answer to it.

The server sends `connect.challenge`, the client asks `connect` with who it is and what it knows, the server answers
`hello-ok` or refuses and closes.
Source: OpenClaw docs/gateway/protocol.md, "Handshake (connect)"; ConnectParams and HelloOk of the published schema.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from openclaw_gateway.dialects.gateway.frames import EncodedEvent, StateVersion, encode_event
from openclaw_gateway.dialects.gateway.validation import explain_invalid
from openclaw_gateway.errors import AuthRateLimited, GatewayError, InvalidRequest, NotPaired, Unauthorized

PROTOCOL_VERSION = 4
# Probes only look whether a gateway is there, so they may be one version behind.
MIN_PROBE_PROTOCOL_VERSION = 3

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
# Scopes, capabilities and commands: real clients send a dozen.
Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=256)]
Protocol = Annotated[int, msgspec.Meta(ge=1)]

ClientId = Literal[
    "webchat-ui", "openclaw-control-ui", "openclaw-browser-copilot", "openclaw-tui", "webchat", "cli", "gateway-client",
    "openclaw-macos", "openclaw-linux", "openclaw-ios", "openclaw-watchos", "openclaw-android", "node-host",
    "openclaw-worker", "test", "fingerprint", "openclaw-probe",
]  # fmt: skip
ClientMode = Literal["webchat", "cli", "ui", "backend", "node", "worker", "probe", "test"]


# --- What the client says ------------------------------------------------------------------------------------------


class ConnectClient(msgspec.Struct, frozen=True, rename="camel"):
    """The program that connects. Newer clients send more fields than we read."""

    id: ClientId
    version: Word
    platform: Word
    mode: ClientMode
    display_name: Word | None = None
    device_family: Word | None = None
    model_identifier: Word | None = None
    time_zone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None
    instance_id: Word | None = None


class ConnectDevice(msgspec.Struct, frozen=True, rename="camel"):
    """A signed device identity. signed_at: ms, the challenge's `ts`; nonce: the challenge's, or blank."""

    id: Word
    public_key: Word
    signature: Word
    signed_at: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    nonce: Annotated[str, msgspec.Meta(max_length=512)] = ""


class ConnectAuth(msgspec.Struct, frozen=True, rename="camel"):
    """Credentials. The shared secret may come as token or as password, whichever the gateway is set to."""

    token: str | None = None
    password: str | None = None
    device_token: str | None = None
    bootstrap_token: str | None = None

    def __repr__(self) -> str:  # a log line or an assertion may print it
        return "ConnectAuth(…)"


class ConnectParams(msgspec.Struct, frozen=True, rename="camel"):
    """Params of `connect`. scopes: None when the client did not narrow its grant; () when it wants none."""

    min_protocol: Protocol
    max_protocol: Protocol
    client: ConnectClient
    caps: Words = ()
    role: Word | None = None
    scopes: Words | None = None
    device: ConnectDevice | None = None
    auth: ConnectAuth = ConnectAuth()
    locale: str | None = None
    user_agent: str | None = None


class ProtocolMismatch(InvalidRequest):
    """No version that both sides speak; the socket is closed with 1002, not 1008."""


_decode_connect = msgspec.json.Decoder(ConnectParams).decode


def parse_connect(params: msgspec.Raw) -> ConnectParams:
    """Check the params of `connect`: {"minProtocol": int, "maxProtocol": int, "client": {...}, "auth"?: {...}, ...}.

    Raises InvalidRequest in the original's words ("invalid connect params: at /client/id: must be equal to one of the
    allowed values"), and ProtocolMismatch.
    """
    try:
        connect = _decode_connect(params)
    except msgspec.ValidationError as error:
        raise InvalidRequest(f"invalid connect params: {explain_invalid(error)}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("invalid connect params: malformed JSON") from error
    _check_version(connect)
    if connect.role not in (None, "operator"):
        raise InvalidRequest(f"invalid role: expected operator, got '{connect.role[:200]}'")
    return connect


def _check_version(connect: ConnectParams) -> None:
    least = MIN_PROBE_PROTOCOL_VERSION if connect.client.mode == "probe" else PROTOCOL_VERSION
    if connect.min_protocol <= PROTOCOL_VERSION and connect.max_protocol >= least:
        return
    raise ProtocolMismatch(
        "protocol mismatch",
        details={
            "code": "PROTOCOL_MISMATCH",
            "clientMinProtocol": connect.min_protocol,
            "clientMaxProtocol": connect.max_protocol,
            "expectedProtocol": PROTOCOL_VERSION,
            "minimumProbeProtocol": MIN_PROBE_PROTOCOL_VERSION,
        },
    )


def refuse_without_secret() -> GatewayError:
    """Why a client that brought neither the shared secret nor a device stays outside, where a secret is asked for."""
    return NotPaired("device identity required", details={"code": "DEVICE_IDENTITY_REQUIRED"})


def refuse_mismatch(mode: str, *, has_device_token: bool = False) -> GatewayError:
    """Why a client with a wrong shared secret stays outside. mode: what the gateway asks for, token or password.

    has_device_token: it proved to be a device that was given a token, and did not show that.
    """
    return Unauthorized(
        f"unauthorized: gateway {mode} mismatch (provide gateway auth {mode})",
        details={
            "code": f"AUTH_{mode.upper()}_MISMATCH",
            "authReason": f"{mode}_mismatch",
            "canRetryWithDeviceToken": has_device_token,
            "recommendedNextStep": "retry_with_device_token" if has_device_token else "update_auth_credentials",
        },
    )


def refuse_lock_out(error: AuthRateLimited) -> GatewayError:
    """Why a client that was wrong too often has to wait."""
    return AuthRateLimited(
        "unauthorized: too many failed authentication attempts (retry later)",
        retry_after_s=error.retry_after_s,
        details={"code": "AUTH_RATE_LIMITED", "recommendedNextStep": "wait_then_retry"},
    )


def refuse_device_token() -> GatewayError:
    """Why a device with a token that is not (or no longer) its own stays outside."""
    return Unauthorized(
        "unauthorized: device token mismatch (rotate or approve the device again)",
        details={
            "code": "AUTH_DEVICE_TOKEN_MISMATCH",
            "authReason": "device_token_mismatch",
            "canRetryWithDeviceToken": False,
            "recommendedNextStep": "update_auth_credentials",
        },
    )


def refuse_scopes(granted: Sequence[str], requested: Sequence[str]) -> GatewayError:
    """Why a device stays outside whose token, by a rotation, has less than was approved for the device."""
    return Unauthorized(
        "unauthorized: device token scope mismatch (ask for the scopes of the token, or rotate it)",
        details={
            "code": "AUTH_SCOPE_MISMATCH",
            "authReason": "scope_mismatch",
            "requestedScopes": list(requested),
            "approvedScopes": list(granted),
            "recommendedNextStep": "review_auth_configuration",
        },
    )


_UNPAIRED = {
    "not-paired": "this device is not approved",
    "scope-upgrade": "this device asks for more than it was approved for",
    "metadata-upgrade": "this device says that it is another machine than the approved one",
}


def refuse_unpaired(
    reason: Literal["not-paired", "scope-upgrade", "metadata-upgrade"],
    *,
    request_id: str,
    device_id: str,
    requested: Sequence[str],
    approved: Sequence[str] | None,
) -> GatewayError:
    """Why a proven device has to wait for a person, and for which request. approved: None if it is not paired."""
    known = {} if approved is None else {"approvedRoles": ["operator"], "approvedScopes": list(approved)}
    return NotPaired(
        f"pairing required: {_UNPAIRED[reason]} (requestId: {request_id})",
        details={
            "code": "PAIRING_REQUIRED",
            "reason": reason,
            "requestId": request_id,
            "deviceId": device_id,
            "requestedRole": "operator",
            "requestedScopes": list(requested),
            **known,
            "remediationHint": f"run on the gateway's machine: openclaw devices approve {request_id}",
        },
    )


# --- What the server says ------------------------------------------------------------------------------------------


def encode_challenge(nonce: str, now_ms: int) -> EncodedEvent:
    """The first frame on every socket; sent without `seq`."""
    return encode_event("connect.challenge", {"nonce": nonce, "ts": now_ms})


class HelloServer(msgspec.Struct, frozen=True, rename="camel"):
    """This gateway; conn_id names the socket."""

    version: str
    conn_id: str


class HelloFeatures(msgspec.Struct, frozen=True):
    """What may be asked and what may be heard; advisory, clients try other methods too."""

    methods: tuple[str, ...]
    events: tuple[str, ...]


class SessionDefaults(msgspec.Struct, frozen=True, rename="camel"):
    """Where a message without a selector goes."""

    default_agent_id: str
    main_session_key: str
    main_key: str = "main"


class Snapshot(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """State at the moment of the hello. session_defaults: None when no agent is the default."""

    presence: Sequence[msgspec.Struct]
    health: dict[str, object]
    state_version: StateVersion
    uptime_ms: int
    auth_mode: str
    session_defaults: SessionDefaults | None = None


class HelloAuth(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """What was granted; scopes sorted. device_token: a new one, to be kept by the device, issued then (epoch, ms)."""

    role: str
    scopes: tuple[str, ...]
    device_token: str | None = None
    issued_at_ms: int | None = None

    def __repr__(self) -> str:  # a log line or an assertion may print it
        return "HelloAuth(…)"


class Attachments(msgspec.Struct, frozen=True, rename="camel"):
    """Caps of one attachment, decoded."""

    max_bytes: int
    max_image_bytes: int


class Policy(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Bounds of this socket that its client should keep, and how often it will hear of us."""

    max_payload: int
    max_buffered_bytes: int
    tick_interval_ms: int
    attachments: Attachments | None = None


class HelloOk(msgspec.Struct, frozen=True):
    """The payload of the good answer to `connect`."""

    type: Literal["hello-ok"]
    protocol: int
    server: HelloServer
    features: HelloFeatures
    snapshot: Snapshot
    auth: HelloAuth
    policy: Policy
