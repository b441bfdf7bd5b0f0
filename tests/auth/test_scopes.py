"""The scope rules as tables, and the property that nothing a caller declares widens its grant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.auth.principal import DEFAULT_SCOPES
from openclaw_gateway.auth.scopes import is_granted, narrow, parse_scopes

KNOWN = [
    "operator.read",
    "operator.write",
    "operator.admin",
    "operator.approvals",
    "operator.questions",
    "operator.pairing",
    "operator.talk",
    "operator.talk.secrets",
    "operator.sessions.read",
    "made.up",
]


@pytest.mark.parametrize(
    ("granted", "needed", "verdict"),
    [
        pytest.param("operator.read", "operator.read", True, id="itself"),
        pytest.param("operator.write", "operator.read", True, id="write reads"),
        pytest.param("operator.write", "operator.talk", True, id="write talks"),
        pytest.param("operator.write", "operator.talk.secrets", False, id="write does not tell secrets"),
        pytest.param("operator.write", "operator.admin", False, id="write is not admin"),
        pytest.param("operator.read", "operator.write", False, id="read does not write"),
        pytest.param("operator.admin", "operator.pairing", True, id="admin does everything"),
        pytest.param("operator.admin", "made.up", True, id="admin does what nobody knows"),
        pytest.param("operator.write", "made.up", False, id="unknown needs an exact match"),
        pytest.param("made.up", "made.up", True, id="unknown matches itself"),
    ],
)
def test_implication(granted: str, needed: str, verdict: bool) -> None:
    """A grant covers what the table of implications says and nothing else."""
    assert is_granted(frozenset([granted]), needed) is verdict


def test_empty_grant_covers_nothing() -> None:
    """Without scopes nothing is allowed."""
    assert not any(is_granted(frozenset(), needed) for needed in KNOWN)


@pytest.mark.parametrize(
    ("header", "scopes"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param("", [], id="empty"),
        pytest.param(" , ,", [], id="only commas"),
        pytest.param("operator.read", ["operator.read"], id="one"),
        pytest.param(" operator.read ,operator.write", ["operator.read", "operator.write"], id="two with spaces"),
    ],
)
def test_header_forms(header: str | None, scopes: list[str] | None) -> None:
    """An absent header declares nothing, an empty one declares no scope."""
    assert parse_scopes(header) == scopes


@given(st.frozensets(st.sampled_from(KNOWN)), st.lists(st.sampled_from(KNOWN) | st.text(max_size=20)))
def test_p06_declared_scopes_only_narrow(granted: frozenset[str], declared: list[str]) -> None:
    """Whatever is declared, what is in effect is declared and covered by the grant."""
    effective = narrow(granted, declared)
    assert effective <= set(declared)
    for needed in KNOWN:
        assert is_granted(granted, needed) or not is_granted(effective, needed)


def test_p06_nothing_declared_keeps_the_grant() -> None:
    """A caller that declares nothing has the whole grant, one that declares an empty list none of it."""
    assert narrow(DEFAULT_SCOPES, None) == DEFAULT_SCOPES
    assert narrow(DEFAULT_SCOPES, []) == frozenset()


def test_p06_unknown_scopes_are_not_granted() -> None:
    """A scope that does not exist is nobody's, also where the grant is for everything."""
    assert narrow(DEFAULT_SCOPES, ["made.up", "operator.everything", "operator.read"]) == {"operator.read"}
