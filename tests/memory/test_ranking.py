"""What is shown first: what fits, what is new, and what was not said yet."""

from datetime import date

import pytest

from openclaw_gateway.memory.ranking import Found, choose, fade, score

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("memory/2026-03-31.md", 1.0, id="today"),
        pytest.param("memory/2026-03-01.md", 0.5, id="a half-life ago"),
        pytest.param("memory/work/2026-01-30-slug.md", 0.25, id="two, in a folder, with a name"),
        pytest.param("memory/2016-01-30.md", 0.1, id="long ago"),
        pytest.param("memory/2027-01-01.md", 1.0, id="in the future"),
        pytest.param("memory/2026-99-99.md", 1.0, id="no date"),
        pytest.param("memory/people.md", 1.0, id="undated"),
        pytest.param("MEMORY.md", 1.0, id="the curated one"),
    ],
)
def test_dated_notes_fade(path: str, expected: float) -> None:
    """After 30 days a dated note counts half; others do not age."""
    assert fade(path, TODAY) == expected


def test_score_is_the_share_of_words() -> None:
    """A piece with all the words goes before one with a rare one of them."""
    assert score("the cat sat", ["cat", "sat"], 1.0) == 1.0
    assert score("the cat sat", ["cat", "dog"], 1.0) == 0.5
    assert score("the cat sat", ["cat", "sat"], 0.0) == 0.5


def test_the_same_is_not_shown_twice() -> None:
    """A copy of what is shown already comes after something else that fits a little less."""
    first, copy = Found("a", 1, 1, "deploy on friday", 0.9), Found("b", 1, 1, "deploy on friday", 0.89)
    other = Found("c", 1, 1, "friday is payday", 0.7)
    assert choose([first, copy, other], 2) == [first, other]
    assert choose([first, copy, other], 9) == [first, other, copy]
    assert choose([], 3) == []
