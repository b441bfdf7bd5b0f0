"""The matrix of bind and auth at start."""

import pytest

from openclaw_gateway.auth.start_check import UnsafeStart, check_start, is_placeholder

LOOPBACK = ["127.0.0.1", "::1"]
OPEN = ["0.0.0.0"]
STRONG = "nQ7vY2kLwX4tR9bC"
SHORT = "nQ7vY2k"


@pytest.mark.parametrize(
    ("mode", "token", "password", "hosts", "decided", "warns"),
    [
        pytest.param(None, STRONG, None, LOOPBACK, "token", False, id="token decides"),
        pytest.param(None, None, STRONG, LOOPBACK, "password", False, id="password decides"),
        pytest.param("token", STRONG, STRONG, LOOPBACK, "token", False, id="both with a mode"),
        pytest.param("token", STRONG, None, OPEN, "token", False, id="open with a strong token"),
        pytest.param("token", SHORT, None, LOOPBACK, "token", True, id="short on loopback warns"),
        pytest.param("none", None, None, LOOPBACK, "none", True, id="no auth on loopback warns"),
        pytest.param("none", STRONG, None, ["localhost"], "none", True, id="no auth on localhost"),
    ],
)
def test_p22_safe_starts(
    mode: str | None, token: str | None, password: str | None, hosts: list[str], decided: str, warns: bool
) -> None:
    """These may start, in this mode."""
    verdict = check_start(mode=mode, token=token, password=password, bind_hosts=hosts)
    assert (verdict.mode, bool(verdict.warnings)) == (decided, warns)


@pytest.mark.parametrize(
    ("mode", "token", "password", "hosts", "reason"),
    [
        pytest.param(None, STRONG, STRONG, LOOPBACK, "set gateway.auth.mode", id="both without mode"),
        pytest.param(None, None, None, LOOPBACK, "gateway.auth.token is not set", id="nothing set"),
        pytest.param("token", None, STRONG, LOOPBACK, "gateway.auth.token is not set", id="mode without its secret"),
        pytest.param("password", STRONG, None, LOOPBACK, "gateway.auth.password is not set", id="mode of the other"),
        pytest.param("none", None, None, OPEN, "without auth", id="open without auth"),
        pytest.param("none", None, None, ["127.0.0.1", "192.168.1.5"], "192.168.1.5", id="one open address"),
        pytest.param("none", None, None, ["::"], "without auth", id="open over IPv6"),
        pytest.param("token", SHORT, None, OPEN, "shorter than 16", id="open with a short token"),
        pytest.param("token", "", None, LOOPBACK, "blank", id="empty"),
        pytest.param("token", "   ", None, LOOPBACK, "blank", id="whitespace"),
        pytest.param("token", f" {STRONG}", None, LOOPBACK, "spaces", id="space before"),
        pytest.param("token", f"{STRONG}\n", None, LOOPBACK, "spaces", id="line break after"),
        pytest.param("token", "nQ7v\x00Y2kLwX4tR9bC", None, LOOPBACK, "unprintable", id="NUL inside"),
        pytest.param("token", "changeme", None, LOOPBACK, "placeholder", id="placeholder on loopback"),
        pytest.param("password", None, "Your-Password-Here", OPEN, "", id="placeholder on open"),
        pytest.param("token", "${OPENCLAW_GATEWAY_TOKEN}", None, LOOPBACK, "placeholder", id="unresolved variable"),
        pytest.param("trusted-proxy", None, None, LOOPBACK, "not supported", id="trusted-proxy"),
        pytest.param("bogus", STRONG, None, LOOPBACK, "expected none, token or password", id="unknown mode"),
    ],
)
def test_p18_unsafe_starts(
    mode: str | None, token: str | None, password: str | None, hosts: list[str], reason: str
) -> None:
    """These are refused, with a reason that tells what to set and never the secret."""
    with pytest.raises(UnsafeStart) as refusal:
        check_start(mode=mode, token=token, password=password, bind_hosts=hosts)
    assert reason in refusal.value.reason
    assert SHORT not in refusal.value.reason


def test_a_refusal_names_where_the_secret_came_from() -> None:
    """Who set a short token by hand or by a variable is not sent to the config file."""
    places = {"token": "OPENCLAW_GATEWAY_TOKEN", "password": "--password"}
    with pytest.raises(UnsafeStart, match="OPENCLAW_GATEWAY_TOKEN is shorter"):
        check_start(mode=None, token=SHORT, password=None, bind_hosts=OPEN, places=places)
    verdict = check_start(mode="password", token=None, password=SHORT, bind_hosts=LOOPBACK, places=places)
    assert verdict.warnings[0].startswith("--password is shorter")


@pytest.mark.parametrize(
    "secret",
    [
        *("changeme", "CHANGE-ME", "change_me", "<your token>", "your-token", "password", "secret123"),
        *("aaaaaaaaaaaaaaaa", "changeme-changeme", "changemechangeme", "secret-token-password", "test_test_test_1"),
    ],
)
def test_p18_placeholders(secret: str) -> None:
    """What examples use is no secret."""
    assert is_placeholder(secret)


@pytest.mark.parametrize(
    "secret", [STRONG, "token-8391028374651029", "correct horse battery staple", "hunter2", "83910283746510298"]
)
def test_real_secrets_are_no_placeholders(secret: str) -> None:
    """A secret that somebody chose passes."""
    assert not is_placeholder(secret)
