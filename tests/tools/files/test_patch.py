"""The text of a patch: what it says, and where it is wrong."""

import re

import pytest

from openclaw_gateway.tools.files.patch import AddFile, DeleteFile, Hunk, Section, UpdateFile, parse_patch
from openclaw_gateway.tools.tool import ToolFailure


def patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch"])


KEPT = (" ", "a")


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        pytest.param(patch("*** Add File: a b", "+x", "+", "++y"), [AddFile(2, "a b", "x\n\n+y\n")], id="add"),
        pytest.param(patch("*** Add File: a"), [AddFile(2, "a", "")], id="add an empty file"),
        pytest.param(patch("*** Delete File: a"), [DeleteFile(2, "a")], id="delete"),
        pytest.param(
            patch("*** Update File: a", "@@ def f", " a", "-b", "+c", "@@", "+d", "*** End of File"),
            [
                UpdateFile(
                    2,
                    "a",
                    None,
                    (Hunk(3, ("def f",), (KEPT, ("-", "b"), ("+", "c"))), Hunk(7, (), (("+", "d"),), is_at_end=True)),
                )
            ],
            id="update",
        ),
        pytest.param(
            patch("*** Update File: a", " a", "+b"), [UpdateFile(2, "a", None, (Hunk(3, (), (KEPT, ("+", "b"))),))],
            id="without @@",
        ),
        pytest.param(
            patch("*** Update File: a", "@@ class A", "@@   def f", "", "+b"),
            [UpdateFile(2, "a", None, (Hunk(3, ("class A", "  def f"), ((" ", ""), ("+", "b"))),))],
            id="several anchors, and an empty line without its space",
        ),
        pytest.param(
            patch("*** Update File: a", "@@ -1,3 +1,4 @@ def f", "+b"),
            [UpdateFile(2, "a", None, (Hunk(3, ("def f",), (("+", "b"),)),))],
            id="line numbers of another format",
        ),
        pytest.param(
            patch("*** Update File: a", "*** Move to: b"), [UpdateFile(2, "a", "b", ())], id="move"
        ),
        pytest.param(
            patch("*** Delete File: a", "*** Delete File: b").replace("\n", "\r\n") + "\n\n",
            [DeleteFile(2, "a"), DeleteFile(3, "b")],
            id="CRLF and space around",
        ),
    ],
)  # fmt: skip
def test_sections_are_read(text: str, sections: list[Section]) -> None:
    """With the lines where they stand."""
    assert parse_patch(text) == sections


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "Line 1 of the patch: a patch begins with '*** Begin Patch', got ''", id="nothing"),
        pytest.param("--- a", "Line 1 of the patch: a patch begins with '*** Begin Patch', got '--- a'", id="another"),
        pytest.param(patch(), "The patch names no file", id="empty"),
        pytest.param("*** Begin Patch\n*** Delete File: a", "the patch has no '*** End Patch', got the end", id="open"),
        pytest.param(patch("a"), "Line 2 of the patch: expected '*** Add File: ', ", id="no section"),
        pytest.param(patch("*** Add File: "), "Line 2 of the patch: expected '*** Add File: ', ", id="no path"),
        pytest.param(patch("*** Add File: a", "b"), "Line 3 of the patch: each line of a new file", id="no plus"),
        pytest.param(
            patch("*** Update File: a"), "Line 3 of the patch: a is neither changed nor moved", id="no change"
        ),
        pytest.param(patch("*** Update File: a", "*** Move to: "), "a path is missing", id="no destination"),
        pytest.param(
            patch("*** Update File: a", "@@", "*** Delete File: b"), "this change has no lines", id="no lines"
        ),
        pytest.param(patch("*** Update File: a", "@@", "xyz"), "Line 4 of the patch: a line of a change", id="no mark"),
        pytest.param(patch("*** Delete File: a") + "\nmore", "Line 4 of the patch: nothing may follow", id="more"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, message: str) -> None:
    """So that the model can mend it."""
    with pytest.raises(ToolFailure, match=re.escape(message)):
        parse_patch(text)
