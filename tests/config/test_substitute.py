"""Variables in the texts of the config."""

from pathlib import Path

import pytest
from tests.config.folder import load_text

from openclaw_gateway.config.substitute import MAX_EXPANDED_CHARS, Substitution, Unusable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("${A}", "1", id="whole"),
        pytest.param("x${A}y${B}", "x1y2", id="inline"),
        pytest.param("$${A}", "${A}", id="escaped"),
        pytest.param("${a} $A {A}", "${a} $A {A}", id="other dollars"),
        pytest.param("${GONE}/v1", "${GONE}/v1", id="missing stays visible"),
        pytest.param("${EMPTY}", "${EMPTY}", id="empty is missing"),
        pytest.param("${NESTED}", "${A}", id="values are not filled in again"),
    ],
)
def test_variables_are_filled_in(text: str, expected: str) -> None:
    """`${NAME}` in any string, at any depth, is the variable's value."""
    substitution = Substitution({"A": "1", "B": "2", "EMPTY": "", "NESTED": "${A}"})
    assert substitution.apply({"k": [text]}) == {"k": [expected]}
    missing = [] if "GONE" not in text and "EMPTY" not in text else [(("k", 0), text[2:].partition("}")[0])]
    assert substitution.unresolved == missing


def test_substitution_has_a_bound() -> None:
    """A short file that names a long variable many times is refused, not expanded without end."""
    with pytest.raises(Unusable, match="Too big"):
        Substitution({"A": "x" * 1000}).apply("${A}" * (MAX_EXPANDED_CHARS // 1000 + 1))


def test_missing_variables_are_warned_of_where_they_matter(tmp_path: Path) -> None:
    """A missing variable is a warning with its place; in parts that have no effect it is none."""
    loaded = load_text(tmp_path, "{session: {store: '${GONE}/x'}, channels: {telegram: {botToken: '${GONE}'}}}")
    assert loaded.config.session.store == "${GONE}/x"
    assert [warning for warning in loaded.warnings if "GONE" in warning] == [
        "session.store: the variable GONE is not set"
    ]
