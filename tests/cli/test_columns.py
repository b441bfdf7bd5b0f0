"""Lists for a person."""

import pytest

from openclaw_gateway.cli.columns import columns, one_line, several_lines


def test_columns_are_aligned() -> None:
    """Each column is as wide as its widest cell, and no line ends in blanks."""
    assert columns([["a", "long cell", "x"], ["bbb", "", ""]]) == ["a    long cell  x", "bbb"]
    assert columns([]) == []


@pytest.mark.parametrize(
    ("text", "line", "lines"),
    [
        pytest.param("plain \u00fc", "plain \u00fc", "plain \u00fc", id="plain"),
        pytest.param("\x1b[2Jgone", "?[2Jgone", "?[2Jgone", id="escape sequence"),
        pytest.param("a\nb\tc\rd", "a?b?c?d", "a\nb\tc?d", id="line ends"),
        pytest.param("\u202eright to left", "?right to left", "?right to left", id="direction override"),
    ],
)
def test_nothing_steers_the_terminal(text: str, line: str, lines: str) -> None:
    """Control characters of a peer's text are shown as question marks; line ends stay where they are meant."""
    assert (one_line(text), several_lines(text)) == (line, lines)
