"""Blocks of a text replaced: what must be so, and what is told when it is not."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from openclaw_gateway.tools.files.replaced_blocks import Block, replace_blocks
from openclaw_gateway.tools.tool import ToolFailure


@pytest.mark.parametrize(
    ("text", "blocks", "changed"),
    [
        pytest.param("a b c", [("b", "x")], "a x c", id="one"),
        pytest.param("a b c", [("c", "z"), ("a", "x")], "x b z", id="in any order"),
        pytest.param("a b c", [("a", "b"), ("b", "a")], "b a c", id="against the old text"),
        pytest.param("ab", [("a", "x"), ("b", "y")], "xy", id="side by side"),
        pytest.param("a\nb\n", [("a\n", "")], "b\n", id="removed"),
        pytest.param("a\r\nb\r\nc\r\n", [("a\nb", "x\ny")], "x\r\ny\r\nc\r\n", id="CRLF stays"),
        pytest.param("a\r\nb\r\nc\r\n", [("b\n", "")], "a\r\nc\r\n", id="CRLF goes with its line"),
        pytest.param("a\nb\n", [("a\r\nb", "x\r\ny")], "x\ny\n", id="LF stays"),
        pytest.param("a\r\nb\r\nc\nd", [("c\nd", "x\ny")], "a\r\nb\r\nx\r\ny", id="mixed: what most lines have"),
        pytest.param("a\rb", [("a\rb", "c")], "c", id="a lone CR is a letter"),
        pytest.param("😀é", [("é", "e")], "😀e", id="beyond ASCII"),
    ],
)
def test_blocks_are_replaced(text: str, blocks: list[tuple[str, str]], changed: str) -> None:
    """Each is found in the old text, and the rest stays as it was."""
    assert replace_blocks(text, [Block(*block) for block in blocks], "a.txt") == changed


@pytest.mark.parametrize(
    ("text", "blocks", "message"),
    [
        pytest.param("a", [("a", "b"), ("x", "y")], "edits[1].oldText was not found in a.txt;", id="missing"),
        pytest.param("one two", [("one  two", "y")], "It holds:\n1: one two", id="with what is there"),
        pytest.param("a\nb\na", [("a", "b")], "not unique in a.txt: it begins in lines 1, 3. Take more", id="twice"),
        pytest.param("aaa", [("aa", "b")], "lines 1, 1.", id="twice, overlapping"),
        pytest.param("a" * 99, [("a", "b")], "1, 1 and more.", id="very often"),
        pytest.param("a", [("", "b")], "edits[0].oldText is empty", id="nothing"),
        pytest.param("abc", [("bc", "x"), ("ab", "y")], "edits[0] and edits[1] overlap in a.txt", id="overlap"),
        pytest.param("abc", [("b", "x"), ("b", "y")], "edits[0] and edits[1] overlap", id="the same twice"),
        pytest.param("abc", [("b", "b")], "change nothing in a.txt", id="no change"),
    ],
)
def test_what_does_not_fit_is_told(text: str, blocks: list[tuple[str, str]], message: str) -> None:
    """With the number of the edit, so that it can be mended."""
    with pytest.raises(ToolFailure, match=re.escape(message)):
        replace_blocks(text, [Block(*block) for block in blocks], "a.txt")


LINES = st.lists(st.text(st.sampled_from("ab é"), max_size=4), min_size=1, max_size=12)


@given(lines=LINES, line_end=st.sampled_from(["\n", "\r\n"]), cuts=st.data(), new=st.text(st.sampled_from("xy\n")))
def test_it_is_what_cutting_by_hand_gives(lines: list[str], line_end: str, cuts: st.DataObject, new: str) -> None:
    """For any block that is there once, with any line ends."""
    plain = "\n".join(lines)
    start = cuts.draw(st.integers(0, len(plain)))
    end = cuts.draw(st.integers(start, len(plain)))
    old = plain[start:end]
    assume(old and plain.find(old, plain.find(old) + 1) < 0 and old != new)
    by_hand = (plain[:start] + new + plain[end:]).replace("\n", line_end)
    assume("\n" in plain or line_end == "\n")
    assert replace_blocks(plain.replace("\n", line_end), [Block(old, new)], "a") == by_hand
