"""JSON5 texts: their values, and where their parts stand."""

from pathlib import Path

import pyjson5
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.config.json5_texts import texts

from openclaw_gateway.config.document import Document, Node, NotJson5
from openclaw_gateway.config.key_path import KeyPath

TEXT = """// mine
{
  gateway: { port: 1, "bi nd": 'x' /* } */, },
  list: [1, {\\u0061: [], }, "]"],
  gateway: { port: 2 }
}
"""


@pytest.mark.parametrize(
    ("path", "part", "place"),
    [
        pytest.param(("list",), '[1, {\\u0061: [], }, "]"]', (4, 9), id="list"),
        pytest.param(("list", 1, "a"), "[]", (4, 22), id="escaped key"),
        pytest.param(("list", 2), '"]"', (4, 29), id="bracket in a string"),
        pytest.param(("gateway", "port"), "2", (5, 20), id="of duplicates the last"),
    ],
)
def test_parts_are_found(path: KeyPath, part: str, place: tuple[int, int]) -> None:
    """A path leads to the text of its value, with line and column."""
    document = Document(Path("x"), TEXT)
    node = document.find(path)
    assert node is not None
    assert document.text[node.start : node.end] == part
    assert document.place(node.start) == place


def test_duplicates_are_named() -> None:
    """A key that a later one of the same name hides is told with its place."""
    document = Document(Path("x"), TEXT)
    assert [(path, document.place(node.key_start)) for path, node in document.duplicates()] == [(("gateway",), (3, 3))]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        pytest.param("", "the file is empty", 1, 1, id="empty"),
        pytest.param("\n\n{", "an object begins here", 3, 1, id="open object"),
        pytest.param('{"a" 1}', 'expected ":", found "1"', 1, 6, id="no colon"),
        pytest.param("{a:\n [1,,2]}", "too many", 2, 5, id="two commas"),
        pytest.param("{}\n x", 'found "x"', 2, 2, id="more behind"),
        pytest.param("[" * 200, "deeper than 100", 1, 101, id="deep"),
        pytest.param("{a: 1e999}", "out of range", 1, 5, id="huge number"),
        pytest.param("{a: '\n'}", "a string begins here", 1, 5, id="open string"),
        pytest.param('{"😀": 1,\n b 2}', 'expected ":"', 2, 4, id="behind a wide character"),
        pytest.param('{a: "\\ud800"}', "expected", 1, 11, id="lone surrogate"),
        pytest.param("{}\0", "U+0000", 1, 3, id="NUL"),
        pytest.param("1" * 5000, "out of range", 1, 1, id="number of 5000 digits"),
    ],
)
def test_what_is_no_json5_is_told_with_its_place(text: str, message: str, line: int, column: int) -> None:
    """A text that cannot be read is refused in words, with line and column."""
    with pytest.raises(NotJson5) as caught:
        Document(Path("x"), text)
    assert message in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


@given(texts())
def test_every_part_is_where_the_scan_says(text: str) -> None:
    """The parts of any valid text, read on their own, give the values of the whole."""
    document = Document(Path("x"), text)
    assert _value(document, document.root) == document.value


def _value(document: Document, node: Node) -> object:
    if node.opening == "{":
        return {member.key: _value(document, member) for member in node.members}
    if node.opening == "[":
        return [_value(document, member) for member in node.members]
    return pyjson5.decode(document.text[node.start : node.end])


@given(st.text(alphabet="{}[]:,'\"\\/*\n\r \u2028\ufeffab01.-+eE$\0é", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """There is no text that breaks the reader."""
    try:
        document = Document(Path("x"), text)
    except NotJson5 as refused:
        place = (refused.line, refused.column)
    else:
        assert _value(document, document.root) == document.value
        place = document.place(document.root.start)
    assert place >= (1, 1)
