"""Who is let in over WebSocket, and what it is told: the two decisions behind `connect`.

`admit` turns credentials into a principal, in the words and detail codes that clients of the original act on;
`build_hello` describes the gateway to that principal.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openclaw_gateway.auth.authenticate import Authenticator
from openclaw_gateway.auth.credentials import CredentialMismatch, CredentialMissing
from openclaw_gateway.auth.peer import Client
from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.auth.scopes import narrow
from openclaw_gateway.dialects.gateway.frames import StateVersion
from openclaw_gateway.dialects.gateway.handshake import (
    PROTOCOL_VERSION,
    ConnectParams,
    HelloAuth,
    HelloFeatures,
    HelloOk,
    HelloServer,
    Policy,
    SessionDefaults,
    Snapshot,
    refuse_lock_out,
    refuse_mismatch,
    refuse_without_secret,
)
from openclaw_gateway.endpoints.gateway.presence import list_presence
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import MethodTable
from openclaw_gateway.errors import AuthRateLimited
from openclaw_gateway.routing.session_key import main_session_key

if TYPE_CHECKING:
    from openclaw_gateway.auth.device_registry import IssuedToken

# What we send. Clients decide by this list what they may wait for.
EVENTS = (
    "agent", "chat", "config.changed", "connect.challenge", "device.pair.requested", "device.pair.resolved",
    "exec.approval.requested", "exec.approval.resolved", "presence", "session.message", "session.operation",
    "session.tool", "sessions.changed", "shutdown", "tick",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Admission:
    """A client that is let in. issued: the token that it is to keep, if it is a device that has none."""

    principal: Principal
    issued: "IssuedToken | None" = None


def admit(
    authenticator: Authenticator, connect: ConnectParams, client: Client, *, origin: str | None = None
) -> Principal:
    """The principal of a client without a device; origin: the `Origin` of the upgrade, None for programs.

    Raises a GatewayError for `Connection.refuse`. The grant is the server's; the scopes that the client declares narrow
    it, and a client that declares none keeps it whole.
    """
    try:
        principal = authenticator.authenticate_secret(connect.auth.token, connect.auth.password, client, origin=origin)
    except CredentialMissing as error:
        raise refuse_without_secret() from error
    except CredentialMismatch as error:
        raise refuse_mismatch(authenticator.mode) from error
    except AuthRateLimited as error:
        raise refuse_lock_out(error) from error
    scopes = narrow(principal.scopes, connect.scopes)
    return Principal(principal.subject, principal.method, scopes, principal.client, principal.is_local)


def build_hello(
    services: Services,
    table: MethodTable,
    admission: Admission,
    *,
    connection_id: str,
    version: str,
    policy: Policy,
    auth_mode: str,
) -> HelloOk:
    """What an admitted client learns of the gateway: payload of the answer to `connect`. auth_mode: of the gateway."""
    principal, issued = admission.principal, admission.issued
    default_id = services.prepared.index.default_id
    return HelloOk(
        type="hello-ok",
        protocol=PROTOCOL_VERSION,
        server=HelloServer(version, connection_id),
        features=HelloFeatures(table.names, EVENTS),
        snapshot=Snapshot(
            presence=list_presence(services.audience),
            health={},
            state_version=StateVersion(presence=services.presence_version, health=0),
            uptime_ms=services.uptime_ms(),
            session_defaults=SessionDefaults(default_id, main_session_key(default_id)) if default_id else None,
            auth_mode=auth_mode,
        ),
        auth=HelloAuth(
            "operator",
            tuple(sorted(principal.scopes)),
            issued.token if issued is not None else None,
            issued.issued_at_ms if issued is not None else None,
        ),
        policy=policy,
    )
