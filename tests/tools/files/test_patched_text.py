"""Hunks applied to a text."""

import difflib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.tools.files.patch import Hunk
from openclaw_gateway.tools.files.patched_text import apply_hunks
from openclaw_gateway.tools.tool import ToolFailure


def hunk(*lines: str, anchors: tuple[str, ...] = (), is_at_end: bool = False) -> Hunk:
    return Hunk(3, anchors, tuple((line[0], line[1:]) for line in lines), is_at_end)


@pytest.mark.parametrize(
    ("text", "hunks", "patched"),
    [
        pytest.param("a\nb\nc\n", [hunk(" a", "-b", "+x", " c")], "a\nx\nc\n", id="replaced"),
        pytest.param("a\nb\na\nb\n", [hunk("-b", "+1"), hunk("-b", "+2")], "a\n1\na\n2\n", id="one below the other"),
        pytest.param("b\nf\nb\n", [hunk("-b", "+x", anchors=("f",))], "b\nf\nx\n", id="below an anchor"),
        pytest.param("A\nf\nB\nf\nb\n", [hunk("-b", anchors=("B", "f"))], "A\nf\nB\nf\n", id="anchors in a row"),
        pytest.param("f\nb\n", [hunk(" f", "-b", "+x", anchors=("f",))], "f\nx\n", id="the anchor repeated"),
        pytest.param("f\nb\n", [hunk("+x", anchors=("f",))], "f\nx\nb\n", id="added below an anchor"),
        pytest.param("a\n", [hunk("+x")], "a\nx\n", id="added at the end"),
        pytest.param("", [hunk("+x")], "x\n", id="added to nothing"),
        pytest.param("a\n", [hunk("-a")], "", id="nothing left"),
        pytest.param("a\nb\na\n", [hunk("-a", "+x", is_at_end=True)], "a\nb\nx\n", id="at the end of the file"),
        pytest.param("a  \nb\n", [hunk(" a", "-b", "+x")], "a  \nx\n", id="spaces at the end of a line stay"),
        pytest.param("a\r\nb\r\n", [hunk(" a", "+x", "-b")], "a\r\nx\r\n", id="CRLF stays"),
        pytest.param("a\nb", [hunk(" b", "+x")], "a\nb\nx", id="no break at the end stays"),
        pytest.param("a\r\nb\r\nc", [hunk(" c", "+x")], "a\r\nb\r\nc\r\nx", id="no break at the end, CRLF"),
    ],
)
def test_hunks_are_applied(text: str, hunks: list[Hunk], patched: str) -> None:
    """Lines that are kept are those of the file."""
    assert apply_hunks(text, hunks, "a.txt") == patched


@pytest.mark.parametrize(
    ("hunks", "message"),
    [
        pytest.param(
            [hunk("-x")], "Line 3 of the patch: the old lines of this change were not found in a.txt", id="missing"
        ),
        pytest.param(
            [hunk("-c"), hunk("-a")], "not found in a.txt below line 3. It holds:\n1: a\n2: b\n3: c", id="above"
        ),
        pytest.param([hunk("-b", is_at_end=True)], "not found at the end of a.txt", id="not at the end"),
        pytest.param(
            [hunk("-b", anchors=("z",))], "Line 3 of the patch: a.txt has no line 'z' below line 0", id="anchor"
        ),
    ],
)
def test_a_hunk_without_a_place_is_told(hunks: list[Hunk], message: str) -> None:
    """With what the file holds there."""
    with pytest.raises(ToolFailure, match=re.escape(message)):
        apply_hunks("a\nb\nc\n", hunks, "a.txt")


def hunks_between(old: list[str], new: list[str], around: int) -> list[Hunk]:
    """What the standard library says must be done."""
    hunks = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(around):
        lines: list[str] = []
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                lines += [" " + line for line in old[old_start:old_end]]
            else:
                lines += ["-" + line for line in old[old_start:old_end]] + [
                    "+" + line for line in new[new_start:new_end]
                ]
        hunks.append(hunk(*lines))
    return hunks


def text_of(lines: list[str], line_end: str) -> str:
    return "".join([line + line_end for line in lines])


@given(
    old=st.lists(st.sampled_from(["", "a", "b", " c"]), max_size=12),
    new=st.lists(st.sampled_from(["", "a", "b", " c", "d"]), max_size=12),
    line_end=st.sampled_from(["\n", "\r\n"]),
)
def test_a_patch_of_the_whole_file_gives_the_other(old: list[str], new: list[str], line_end: str) -> None:
    """Whatever the two files are: apply(diff(a, b), a) is b."""
    end = line_end if old else "\n"
    assert apply_hunks(text_of(old, line_end), hunks_between(old, new, 99), "a") == text_of(new, end)


@given(order=st.permutations(range(20)), cut=st.integers(1, 20), line_end=st.sampled_from(["\n", "\r\n"]))
def test_small_hunks_find_their_places(order: list[int], cut: int, line_end: str) -> None:
    """Where lines differ, three lines around each change are enough."""
    old = [f"line {number}" for number in range(20)]
    new = [f"line {number}" for number in order[:cut]]
    assert apply_hunks(text_of(old, line_end), hunks_between(old, new, 3), "a") == text_of(new, line_end)


def test_lines_that_repeat_are_searched_in_linear_time() -> None:
    """A long change that all but fits at every place of a long file is refused in a moment, and not in a minute."""
    began = time.process_time()
    with pytest.raises(ToolFailure, match="not found"):
        apply_hunks("a\n" * 200_000, [hunk(*[" a"] * 50_000, "-b")], "f")
    assert time.process_time() - began < 4


def test_places_of_one_file_are_bounded() -> None:
    """A flood of changes is refused before the first is looked for."""
    assert apply_hunks("a\n" * 1_000, [hunk("-a", "+b")] * 1_000, "f") == "b\n" * 1_000
    with pytest.raises(ToolFailure, match="more than 1000 places"):
        apply_hunks("a\n" * 1_001, [hunk("-a", "+b")] * 1_001, "f")
