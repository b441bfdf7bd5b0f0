"""What is told of a text in which something was not found."""

import pytest

from openclaw_gateway.tools.files.nearest import show_nearest

LONG = "\n".join([f"line {number} of many that all differ a little: {number * 7}" for number in range(1, 101)])


@pytest.mark.parametrize(
    ("text", "wanted", "told"),
    [
        pytest.param("", "x", "It is empty.", id="empty"),
        pytest.param("a\nb", "x", "It holds:\n1: a\n2: b", id="short"),
        pytest.param(LONG, "\n \n", "Read it again.", id="nothing to look for"),
        pytest.param(LONG, "entirely other", "No line of it is like the first one; read it again.", id="nothing near"),
    ],
)
def test_what_helps_is_told(text: str, wanted: str, told: str) -> None:
    """A short text as a whole."""
    assert show_nearest(text, wanted) == told


def test_of_a_long_text_the_nearest_lines_are_told() -> None:
    """With their numbers, and never more than some lines."""
    told = show_nearest(LONG, "line 50 of many\nline 51").split("\n")
    assert told[0] == "Nearest to it:"
    assert [line.split(":", 1)[0] for line in told[1:]] == ["48", "49", "50", "51", "52", "53"]
    assert len(show_nearest(LONG.replace("\n", "x" * 9_999 + "\n"), LONG)) < 10_000
