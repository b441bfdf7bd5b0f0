"""Taking a credential out of a request, and comparing it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.auth.credentials import SharedSecret, read_bearer


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        pytest.param({}, None, id="no header"),
        pytest.param({"authorization": "Bearer abc"}, "abc", id="bearer"),
        pytest.param({"authorization": "bearer   abc "}, "abc", id="case and spaces"),
        pytest.param({"authorization": "Bearer"}, None, id="scheme alone"),
        pytest.param({"authorization": "Bearer "}, None, id="blank"),
        pytest.param({"authorization": "abc"}, None, id="secret alone"),
        pytest.param({"authorization": "Basic abc"}, None, id="another scheme"),
        pytest.param({"authorization": "Bearerabc"}, None, id="run together"),
        pytest.param({"x-api-key": "abc"}, None, id="another header"),
        pytest.param({"proxy-authorization": "Bearer abc"}, None, id="proxy header"),
        pytest.param({"cookie": "token=abc"}, None, id="cookie"),
    ],
)
def test_p17_one_extractor(headers: dict[str, str], secret: str | None) -> None:
    """Only `Authorization: Bearer` carries a credential."""
    assert read_bearer(headers) == secret


@given(st.text(), st.text())
def test_p15_matches_exactly(secret: str, candidate: str) -> None:
    """Only the secret itself matches, whatever characters there are."""
    assert SharedSecret(secret).matches(secret)
    assert SharedSecret(secret).matches(candidate) is (secret == candidate)


@pytest.mark.parametrize("candidate", ["", "\0", "\ud800", "x" * 1_000_000, "sécret"])
def test_p15_odd_candidates(candidate: str) -> None:
    """A lone surrogate, NUL or a megabyte is a wrong secret and nothing worse."""
    assert not SharedSecret("secret").matches(candidate)


def test_secret_is_not_kept() -> None:
    """The object holds a digest: no attribute of it is the secret."""
    secret = SharedSecret("correct-horse")
    assert "correct-horse" not in repr([getattr(secret, name) for name in secret.__slots__])
