"""Parts of a text, however its bytes come."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.tools.files.excerpt import Excerpt, cut_excerpt
from openclaw_gateway.tools.tool import ToolFailure


def pieces_of(content: bytes, size: int) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("asked", "excerpt"),
    [
        pytest.param({}, Excerpt("a\nbéd\n\ne"), id="all"),
        pytest.param({"line": 2}, Excerpt("béd\n\ne"), id="from a line"),
        pytest.param({"line": 4}, Excerpt("e"), id="the last line"),
        pytest.param({"max_lines": 1}, Excerpt("a\n", 2), id="one line"),
        pytest.param({"line": 2, "max_lines": 2}, Excerpt("béd\n\n", 4), id="two lines"),
        pytest.param({"line": 4, "max_lines": 1}, Excerpt("e"), id="exactly what is left"),
        pytest.param({"max_chars": 4}, Excerpt("a\n", 2), id="whole lines of what fits"),
        pytest.param({"line": 2, "max_chars": 2}, Excerpt("bé", 2, 2), id="a line that does not fit"),
        pytest.param({"line": 2, "cursor": 2, "max_chars": 2}, Excerpt("d\n", 3), id="the rest of it"),
        pytest.param({"line": 2, "cursor": 3}, Excerpt("\n\ne"), id="at the end of a line"),
    ],
)
def test_a_part_is_what_was_asked_for(asked: dict[str, int], excerpt: Excerpt, size: int) -> None:
    """Lines, characters and caps, at every split of the bytes."""
    given_or_all: dict[str, int | None] = {"line": 1, "cursor": 0, "max_lines": None, "max_chars": 100, **asked}
    assert cut_excerpt(pieces_of("a\nbéd\n\ne".encode(), size), **given_or_all) == excerpt  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("content", "line", "cursor", "message"),
    [
        pytest.param(b"a\nb\n", 3, 0, "the file has 2 lines", id="behind the end"),
        pytest.param(b"a\nb", 9, 0, "the file has 2 lines", id="no break at the end"),
        pytest.param(b"a", 2, 0, "the file has 1 line$", id="one line"),
        pytest.param(b"", 2, 0, "the file has 0 lines", id="empty"),
        pytest.param(b"ab\ncd", 1, 3, "cursor: 3 is behind the end of the line", id="behind the line"),
        pytest.param(b"ab", 1, 3, "cursor: 3", id="behind the text"),
    ],
)
def test_a_place_behind_the_end_is_told(content: bytes, line: int, cursor: int, message: str, size: int) -> None:
    """With what there is."""
    with pytest.raises(ToolFailure, match=message):
        cut_excerpt(pieces_of(content, size), line=line, cursor=cursor, max_lines=None, max_chars=9)


def test_bytes_that_are_no_text_are_marked() -> None:
    """They are shown as U+FFFD; one that stands in the text itself is no loss."""
    assert cut_excerpt(iter([b"a\xff\xc3"]), line=1, cursor=0, max_lines=None, max_chars=9) == Excerpt(
        "a\ufffd\ufffd", is_lossy=True
    )
    assert cut_excerpt(iter(["\ufffd".encode()]), line=1, cursor=0, max_lines=None, max_chars=9) == Excerpt("\ufffd")


@given(
    text=st.text(st.sampled_from("aé😀\n\r"), max_size=60),
    size=st.integers(1, 9),
    max_chars=st.integers(1, 20),
    max_lines=st.none() | st.integers(1, 3),
)
def test_reading_on_gives_the_whole_text(text: str, size: int, max_chars: int, max_lines: int | None) -> None:
    """Whoever follows the hints has read everything, once."""
    line, cursor, read = 1, 0, ""
    while line:
        excerpt = cut_excerpt(
            pieces_of(text.encode(), size), line=line, cursor=cursor, max_lines=max_lines, max_chars=max_chars
        )
        assert len(excerpt.text) <= max_chars
        read += excerpt.text
        line, cursor = excerpt.next_line, excerpt.next_cursor
    assert read == text
