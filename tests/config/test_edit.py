"""Edits of a JSON5 text: they say what was asked for, and leave the rest alone."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.config.json5_texts import OBJECTS, say

from openclaw_gateway.config.document import Document
from openclaw_gateway.config.edit import render, rewrite

TEXT = """// head
{
  // about a
  a: 1, // one
  /* about b */ b: { c: [1, 2], d: 'x' },
  e: {
    f: true // last
  }
}
// foot
"""


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [
        pytest.param({"a": 2}, "a: 1,", "a: 2,", id="replace"),
        pytest.param({"b": {"c": [1, 3], "d": "x"}}, "[1, 2]", "[1, 3]", id="replace in a list"),
        pytest.param({"b": {"c": [1, 2, 3], "d": "x"}}, "[1, 2]", "[1, 2, 3]", id="append to a list"),
        pytest.param({"b": {"c": [1], "d": "x"}}, "[1, 2]", "[1]", id="shorten a list"),
        pytest.param({"b": {"c": [1, 2], "d": "x", "n": 0}}, "'x' }", "'x', n: 0 }", id="add on one line"),
        pytest.param({"b": {"d": "x"}}, " c: [1, 2], d", " d", id="take away on one line"),
        pytest.param({"b": {"c": [1, 2]}}, "[1, 2], d: 'x' }", "[1, 2] }", id="take the last away"),
        pytest.param(
            {"e": {"f": True, "g": "y"}},
            "true // last\n",
            'true, // last\n    g: "y"\n',
            id="add after a remark that stays with its line",
        ),
        pytest.param({"z": {"y": 1}}, "  }\n}", "  },\n  z: {\n    y: 1\n  }\n}", id="add an object at the end"),
        pytest.param({"e": {}}, "f: true // last", " // last", id="take everything away"),
    ],
)
def test_only_what_differs_is_touched(value: dict[str, object], before: str, after: str) -> None:
    """A change is one replacement in the text; every comment and blank elsewhere stays."""
    document = Document(Path("x"), TEXT)
    assert isinstance(document.value, dict)
    assert rewrite(document, {**document.value, **value}) == TEXT.replace(before, after)


def test_a_key_leaves_with_its_line() -> None:
    """Taking a key away takes its line, and the remark about it is left for its author."""
    text = "{\n  a: 1,\n  // about b\n  b: 2,\n  c: 3,\n}\n"
    assert rewrite(Document(Path("x"), text), {"a": 1, "c": 3}) == "{\n  a: 1,\n  // about b\n  c: 3,\n}\n"


@pytest.mark.parametrize(
    ("text", "members", "expected"),
    [
        pytest.param('{"a": {}}', {"n": 1}, '{"a": {\n  "n": 1\n}}', id="quoted file"),
        pytest.param("{a: {}}", {"n": 1}, "{a: {\n  n: 1\n}}", id="bare file"),
        pytest.param(
            "{\n\ta: {\n\t\tb: 1,\n\t}\n}",
            {"b": 1, "n": 1},
            "{\n\ta: {\n\t\tb: 1,\n\t\tn: 1,\n\t}\n}",
            id="tabs and trailing comma",
        ),
        pytest.param("{a: { /* why */ }}", {"n": 1}, "{a: { /* why */\n  n: 1\n}}", id="comment in an empty object"),
        pytest.param('{"a": {"b": 1}}', {"c": 2}, '{"a": {\n  "c": 2\n}}', id="nothing of the old is left"),
    ],
)
def test_new_keys_look_like_the_old_ones(text: str, members: dict[str, object], expected: str) -> None:
    """Quotes, indentation and trailing commas follow what the file does already."""
    assert rewrite(Document(Path("x"), text), {"a": members}) == expected


@given(OBJECTS, OBJECTS, st.randoms(use_true_random=False))
def test_a_rewritten_text_says_what_was_asked_for(
    old: dict[str, object], new: dict[str, object], chance: random.Random
) -> None:
    """Whatever a text says and however it is laid out, it can be made to say anything else."""
    mixed = new | {key: value for key, value in old.items() if chance.random() < 0.6}
    document = Document(Path("x"), say(old, chance))
    assert Document(Path("x"), rewrite(document, mixed)).value == mixed


@given(OBJECTS, st.randoms(use_true_random=False))
def test_nothing_to_change_changes_nothing(old: dict[str, object], chance: random.Random) -> None:
    """A text that says it already stays as it is, byte for byte."""
    text = say(old, chance)
    document = Document(Path("x"), text)
    assert rewrite(document, Document(Path("x"), text).value) == text


@given(OBJECTS)
def test_a_rendered_value_reads_back(value: dict[str, object]) -> None:
    """A value written as text is that value, with bare keys and with quoted ones."""
    assert Document(Path("x"), render(value)).value == value
    assert Document(Path("x"), render(value, quotes_keys=False)).value == value
