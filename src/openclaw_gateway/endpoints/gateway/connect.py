"""Who is let in over WebSocket, and what it is told: the two decisions behind `connect`.

`admit` turns credentials into a principal, in the words and detail codes that clients of the original act on;
`build_hello` describes the gateway to that principal.
"""

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
    refuse_mismatch,
    refuse_without_secret,
)
from openclaw_gateway.endpoints.gateway.presence import list_presence
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import MethodTable
from openclaw_gateway.errors import AuthRateLimited
from openclaw_gateway.routing.session_key import main_session_key

# What we send. Clients decide by this list what they may wait for.
EVENTS = (
    "agent", "chat", "connect.challenge", "presence", "session.message", "sessions.changed", "shutdown", "tick",
)  # fmt: skip


def admit(
    authenticator: Authenticator, connect: ConnectParams, client: Client, *, origin: str | None = None
) -> Principal:
    """The principal of a client that asks to connect; origin: the `Origin` of the upgrade, None for programs.

    Raises a GatewayError for `Connection.refuse`. The grant is the server's; the scopes that the client declares narrow
    it, and a client that declares none keeps it whole.
    """
    try:
        principal = authenticator.authenticate_secret(connect.auth.token, connect.auth.password, client, origin=origin)
    except CredentialMissing as error:
        raise refuse_without_secret(connect) from error
    except CredentialMismatch as error:
        raise refuse_mismatch(authenticator.mode) from error
    except AuthRateLimited as error:
        raise AuthRateLimited(
            "unauthorized: too many failed authentication attempts (retry later)",
            retry_after_s=error.retry_after_s,
            details={"code": "AUTH_RATE_LIMITED", "recommendedNextStep": "wait_then_retry"},
        ) from error
    scopes = narrow(principal.scopes, connect.scopes)
    return Principal(principal.subject, principal.method, scopes, principal.client, principal.is_local)


def build_hello(
    services: Services,
    table: MethodTable,
    principal: Principal,
    *,
    connection_id: str,
    version: str,
    policy: Policy,
) -> HelloOk:
    """What an admitted client learns of the gateway: payload of the answer to `connect`."""
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
            auth_mode=principal.method,
        ),
        auth=HelloAuth("operator", tuple(sorted(principal.scopes))),
        policy=policy,
    )
