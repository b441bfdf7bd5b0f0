"""The stricter of two terms."""

import itertools

import pytest

from openclaw_gateway.config.schema.tools import Exec
from openclaw_gateway.tools.permission.terms import Ask, Terms, combine_terms

LOOSE = Terms("full", "off")


@pytest.mark.parametrize(
    ("mode", "terms"),
    [
        ("deny", Terms("deny", "off")),
        ("allowlist", Terms("allowlist", "off")),
        ("ask", Terms("allowlist", "on-miss")),
        ("auto", Terms("allowlist", "on-miss")),
        ("full", Terms("full", "off")),
    ],
)
def test_modes(mode: str, terms: Terms) -> None:
    """Each mode has its terms; a record that demands nothing changes none of them."""
    assert combine_terms(Exec(mode=mode), LOOSE, None) == terms  # type: ignore[arg-type]  # one of the five


def test_unset_mode_asks() -> None:
    """An installation that says nothing asks a person."""
    assert combine_terms(Exec(), LOOSE, None) == Terms("allowlist", "on-miss")


def test_record_and_call_only_tighten() -> None:
    """Neither the record nor the call makes anything looser than the config has it."""
    strictness, asking = ["deny", "allowlist", "full"], ["always", "on-miss", "off"]
    calls: list[Ask | None] = [None, "off", "on-miss", "always"]
    for mode, security, ask, call in itertools.product(["deny", "allowlist", "ask", "full"], strictness, asking, calls):
        settings = Exec(mode=mode)  # type: ignore[arg-type]  # one of the five
        alone = combine_terms(settings, LOOSE, None)
        terms = combine_terms(settings, Terms(security, ask), call)  # type: ignore[arg-type]  # of the lists above
        assert strictness.index(terms.security) <= min(strictness.index(alone.security), strictness.index(security))
        assert asking.index(terms.ask) <= min(asking.index(alone.ask), asking.index(ask), asking.index(call or "off"))
