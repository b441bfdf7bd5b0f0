"""Callers become principals, or are refused and counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.auth.authenticate import Authenticator, AuthMode
from openclaw_gateway.auth.credentials import CredentialMismatch, CredentialMissing
from openclaw_gateway.auth.peer import Client
from openclaw_gateway.auth.principal import DEFAULT_SCOPES
from openclaw_gateway.auth.rate_limit import RateLimits
from openclaw_gateway.auth.scopes import is_granted
from openclaw_gateway.errors import AuthRateLimited

REMOTE = Client("203.0.113.9", is_local=False)
LOCAL = Client("127.0.0.1", is_local=True)
SECRET = "correct-horse-battery"


def build(mode: AuthMode = "token", attempts: int = 10) -> Authenticator:
    return Authenticator.build(
        mode, token=SECRET, password="pass-" + SECRET, limits=RateLimits(max_attempts=attempts), clock=lambda: 0.0
    )


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


@pytest.mark.parametrize(
    ("mode", "secret", "method"),
    [
        pytest.param("token", SECRET, "token", id="token"),
        pytest.param("password", "pass-" + SECRET, "password", id="password"),
    ],
)
def test_right_secret(mode: AuthMode, secret: str, method: str) -> None:
    """The owner of the shared secret is an operator with the default scopes, whatever scopes it declares."""
    principal = build(mode).authenticate_http({**bearer(secret), "x-openclaw-scopes": ""}, REMOTE)
    assert (principal.method, principal.scopes, principal.client) == (method, DEFAULT_SCOPES, REMOTE.address)


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        pytest.param({}, CredentialMissing, id="missing"),
        pytest.param({"authorization": "Bearer "}, CredentialMissing, id="blank"),
        pytest.param({"x-api-key": SECRET}, CredentialMissing, id="another header"),
        pytest.param(bearer("wrong"), CredentialMismatch, id="wrong"),
        pytest.param(bearer("pass-" + SECRET), CredentialMismatch, id="secret of another mode"),
        pytest.param(bearer(SECRET + "x"), CredentialMismatch, id="longer"),
        pytest.param(bearer(SECRET[:-1]), CredentialMismatch, id="shorter"),
        pytest.param(bearer(SECRET.upper()), CredentialMismatch, id="another case"),
    ],
)
@pytest.mark.parametrize("client", [REMOTE, LOCAL], ids=["remote", "local"])
def test_p05_present_is_not_right(headers: dict[str, str], error: type[Exception], client: Client) -> None:
    """Only the right secret makes a principal; an address never does."""
    with pytest.raises(error):
        build().authenticate_http(headers, client)


def test_p11_every_way_counts() -> None:
    """HTTP, public routes and WebSocket, alone or with extra credentials, feed one counter."""
    authenticator = build(attempts=4)
    with pytest.raises(CredentialMismatch):
        authenticator.authenticate_http(bearer("wrong"), REMOTE)
    authenticator.recognize_http(bearer("wrong"), REMOTE)
    with pytest.raises(CredentialMismatch):
        authenticator.authenticate_secret("wrong", None, REMOTE)
    with pytest.raises(CredentialMismatch):
        authenticator.authenticate_secret("wrong", "wrong too", REMOTE)
    with pytest.raises(AuthRateLimited):
        authenticator.authenticate_http(bearer(SECRET), REMOTE)


def test_missing_credentials_do_not_count() -> None:
    """Asking without a credential never locks anybody out."""
    authenticator = build(attempts=2)
    for _ in range(20):
        with pytest.raises(CredentialMissing):
            authenticator.authenticate_http({}, REMOTE)
        with pytest.raises(CredentialMissing):
            authenticator.authenticate_secret(None, "", REMOTE)
    assert authenticator.authenticate_http(bearer(SECRET), REMOTE).method == "token"


def test_public_route_while_locked_out() -> None:
    """On a public route a locked-out caller is a stranger, with the right secret too."""
    authenticator = build(attempts=1)
    authenticator.recognize_http(bearer("wrong"), REMOTE)
    principal = authenticator.recognize_http(bearer(SECRET), REMOTE)
    assert (principal.method, principal.scopes) == ("none", frozenset())


@pytest.mark.parametrize(
    ("token", "password"),
    [
        pytest.param(SECRET, None, id="as token"),
        pytest.param(None, SECRET, id="as password"),
        pytest.param("stale", SECRET, id="beside a stale one"),
    ],
)
def test_socket_secret(token: str | None, password: str | None) -> None:
    """Over WebSocket the secret may come in either field."""
    assert build().authenticate_secret(token, password, REMOTE).scopes == DEFAULT_SCOPES


@given(st.none() | st.text(max_size=60) | st.sampled_from(["operator.read", "operator.admin,operator.write", "*"]))
def test_p06_header_only_narrows(header: str | None) -> None:
    """Without a credential the scope header takes away and never adds."""
    headers = {} if header is None else {"x-openclaw-scopes": header}
    principal = build("none").authenticate_http(headers, LOCAL)
    assert all(is_granted(DEFAULT_SCOPES, scope) for scope in principal.scopes)
    if header is None:
        assert principal.scopes == DEFAULT_SCOPES


def test_p09_rebuilt_takes_the_new_secret_only() -> None:
    """After a rotation the old secret is wrong and lock-outs last."""
    authenticator = build(attempts=1)
    with pytest.raises(CredentialMismatch):
        authenticator.authenticate_http(bearer("wrong"), Client("198.51.100.1", is_local=False))
    rotated = authenticator.rebuilt("token", token="a-new-and-long-secret", limits=RateLimits())
    with pytest.raises(CredentialMismatch):
        rotated.authenticate_http(bearer(SECRET), REMOTE)
    assert rotated.authenticate_http(bearer("a-new-and-long-secret"), REMOTE).method == "token"
    with pytest.raises(AuthRateLimited):
        rotated.authenticate_http(bearer("a-new-and-long-secret"), Client("198.51.100.1", is_local=False))


@pytest.mark.parametrize("mode", ["token", "password"])
def test_mode_without_its_secret_cannot_be_built(mode: AuthMode) -> None:
    """There is no authenticator that forgets to ask."""
    with pytest.raises(ValueError, match="do not fit"):
        Authenticator.build(mode, clock=lambda: 0.0)
