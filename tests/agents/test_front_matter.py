"""The head of a Markdown file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.agents.front_matter import read_front_matter


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param(
            "name: trips\ndescription: Plan: well # or not", {"name": "trips", "description": "Plan: well"}, id="plain"
        ),
        pytest.param("a: 'it''s'\nb: \"say \\\"hi\\\"\"", {"a": "it's", "b": 'say "hi"'}, id="quoted"),
        pytest.param("a: >-\n  one\n  two\nb: |\n  one\n  two", {"a": "one two", "b": "one\ntwo"}, id="blocks"),
        pytest.param("a: one\n  two", {"a": "one two"}, id="a line goes on"),
        pytest.param('m: {"x": {"y": [1]}}', {"m": {"x": {"y": [1]}}}, id="an object"),
        pytest.param("m:\n  {\n    x: [1,],\n  }", {"m": {"x": [1]}}, id="an object of several lines"),
        pytest.param("m: {broken", {"m": {}}, id="no object"),
        pytest.param("m: {a: {b: " + "[" * 5000, {"m": {}}, id="endless nesting"),
        pytest.param("# a comment\n- a list", {}, id="nothing known"),
    ],
)
def test_head(head: str, expected: dict[str, object]) -> None:
    """Texts and objects are read; what is neither is left out."""
    assert read_front_matter(f"---\n{head}\n---\nbody: no") == expected


@pytest.mark.parametrize("text", ["", "name: x", "---\nname: x", "text\n---\nname: x\n---"])
def test_no_head(text: str) -> None:
    """A head begins with the file and has an end."""
    assert read_front_matter(text) == {}


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    """Whatever a file holds, reading it does not fail."""
    assert isinstance(read_front_matter(f"---\n{text}\n---\n"), dict)
