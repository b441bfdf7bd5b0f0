"""Who is let in over WebSocket, and what it is told."""

import msgspec
import pytest

from openclaw_gateway.auth.authenticate import Authenticator, AuthMode
from openclaw_gateway.auth.peer import Client
from openclaw_gateway.auth.principal import DEFAULT_SCOPES
from openclaw_gateway.auth.rate_limit import RateLimits
from openclaw_gateway.dialects.gateway.handshake import (
    ConnectAuth,
    ConnectClient,
    ConnectParams,
    Policy,
)
from openclaw_gateway.endpoints.gateway.approval_feed import REQUESTED, RESOLVED
from openclaw_gateway.endpoints.gateway.connect import Admission, admit, build_hello
from openclaw_gateway.endpoints.gateway.methods import build_table
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError

SECRET = "a-secret-of-some-length"
STRANGER = Client("192.0.2.7", is_local=False)


def authenticator(mode: AuthMode) -> Authenticator:
    limits = RateLimits(max_attempts=2)
    return Authenticator.build(mode, token=SECRET, password=SECRET, limits=limits, clock=lambda: 0.0)


def connect(
    auth: ConnectAuth = ConnectAuth(),  # noqa: B008 - frozen
    *,
    scopes: tuple[str, ...] | None = None,
) -> ConnectParams:
    client = ConnectClient("cli", "1", "linux", "cli")
    return ConnectParams(4, 4, client, scopes=scopes, auth=auth)


@pytest.mark.parametrize(
    ("mode", "params"),
    [
        pytest.param("token", connect(ConnectAuth(token=SECRET)), id="token"),
        pytest.param("token", connect(ConnectAuth(password=SECRET)), id="token sent as password"),
        pytest.param("password", connect(ConnectAuth(password=SECRET)), id="password"),
        pytest.param("password", connect(ConnectAuth(token=SECRET)), id="password sent as token"),
        pytest.param("none", connect(), id="an open gateway"),
    ],
)
def test_who_brings_what_is_asked_for_is_admitted(mode: AuthMode, params: ConnectParams) -> None:
    """The shared secret opens, as token or as password, and grants the full default set."""
    assert admit(authenticator(mode), params, STRANGER).scopes == DEFAULT_SCOPES


@pytest.mark.parametrize(
    ("mode", "params", "frame_code", "detail_code"),
    [
        pytest.param("token", connect(), "NOT_PAIRED", "DEVICE_IDENTITY_REQUIRED", id="nothing"),
        pytest.param(
            "token", connect(ConnectAuth(device_token="x")), "NOT_PAIRED", "DEVICE_IDENTITY_REQUIRED", id="device token"
        ),
        pytest.param(
            "token", connect(ConnectAuth(token="wrong")), "INVALID_REQUEST", "AUTH_TOKEN_MISMATCH", id="wrong token"
        ),
        pytest.param(
            "password",
            connect(ConnectAuth(password="wrong")),
            "INVALID_REQUEST",
            "AUTH_PASSWORD_MISMATCH",
            id="wrong password",
        ),
    ],
)
def test_who_does_not_stays_outside(mode: AuthMode, params: ConnectParams, frame_code: str, detail_code: str) -> None:
    """Each refusal has the code and detail that clients of the original act on, and no secret in it."""
    with pytest.raises(GatewayError) as caught:
        admit(authenticator(mode), params, STRANGER)
    assert (caught.value.frame_code, (caught.value.details or {})["code"]) == (frame_code, detail_code)
    assert "wrong" not in caught.value.message


def test_guessing_is_locked_out() -> None:
    """After too many wrong secrets even the right one has to wait, and is told how long."""
    door = authenticator("token")
    for _ in range(2):
        with pytest.raises(GatewayError):
            admit(door, connect(ConnectAuth(token="wrong")), STRANGER)
    with pytest.raises(GatewayError) as caught:
        admit(door, connect(ConnectAuth(token=SECRET)), STRANGER)
    assert (caught.value.details or {})["code"] == "AUTH_RATE_LIMITED"
    assert caught.value.retryable
    assert (caught.value.retry_after_s or 0) > 0


@pytest.mark.parametrize(
    ("declared", "granted"),
    [
        pytest.param(("operator.read",), {"operator.read"}, id="less"),
        pytest.param((), set(), id="nothing"),
        pytest.param(("operator.read", "operator.read"), {"operator.read"}, id="twice"),
    ],
)
def test_declared_scopes_narrow_the_grant(declared: tuple[str, ...], granted: set[str]) -> None:
    """What a client declares is the most that it gets."""
    principal = admit(authenticator("token"), connect(ConnectAuth(token=SECRET), scopes=declared), STRANGER)
    assert principal.scopes == granted


async def test_hello_describes_the_gateway(services: Services) -> None:
    """The hello lists the table's methods, the grant and where a message without a selector goes."""
    principal = admit(authenticator("token"), connect(ConnectAuth(token=SECRET), scopes=("operator.read",)), STRANGER)
    hello = build_hello(
        services,
        build_table(),
        Admission(principal),
        connection_id="c1",
        version="1",
        policy=Policy(10, 20, 30_000),
        auth_mode="token",
    )
    told = msgspec.to_builtins(hello)
    assert (told["type"], told["protocol"], told["server"]["connId"]) == ("hello-ok", 4, "c1")
    assert told["features"]["methods"] == build_table().names
    assert {REQUESTED, RESOLVED} <= set(told["features"]["events"])
    assert told["auth"] == {"role": "operator", "scopes": ("operator.read",)}
    assert told["snapshot"]["authMode"] == "token"
    assert told["snapshot"]["sessionDefaults"] == {
        "defaultAgentId": "main",
        "mainSessionKey": "agent:main:main",
        "mainKey": "main",
    }
