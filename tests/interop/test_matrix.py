"""The memory of the matrix: a cell that said yes is missed."""

from pathlib import Path

import pytest
from tests.interop.matrix import BEGIN, END, find_lost, read_cells, save, write_cells

EMPTY = f"# A page\n\n{BEGIN}\n{END}\n\n## More\n"
ROWS = {"A": {"text": "yes", "stream": "no"}, "B": {"text": "yes"}}
VERSIONS = {"A": "a 1", "B": "b 2, c 3"}


def test_what_is_written_is_read() -> None:
    """The page keeps each cell, and what stands around the table."""
    page = write_cells(EMPTY, ROWS, VERSIONS)
    assert page.startswith("# A page\n\n")
    assert page.endswith("\n\n## More\n")
    assert "| B | b 2, c 3 | yes |" in page
    cells = read_cells(page)
    assert {name: {feature: cell for feature, cell in row.items() if cell} for name, row in cells.items()} == ROWS
    assert write_cells(page, ROWS, VERSIONS) == page


def test_first_run_has_nothing_to_lose() -> None:
    """A page without a table remembers nothing."""
    assert find_lost(read_cells(EMPTY), ROWS) == []


@pytest.mark.parametrize(
    ("now", "lost"),
    [
        pytest.param(ROWS, [], id="same"),
        pytest.param({"A": {"text": "yes", "stream": "yes"}, "B": {"text": "yes"}}, [], id="better"),
        pytest.param({**ROWS, "A": {"text": "no"}}, ["A: text"], id="worse"),
        pytest.param({**ROWS, "A": {}}, ["A: text"], id="not looked at"),
        pytest.param({"A": ROWS["A"]}, ["B: text"], id="client gone"),
    ],
)
def test_lost_cells(tmp_path: Path, now: dict[str, dict[str, str]], lost: list[str]) -> None:
    """A yes that is none any more is named, and the page goes on to ask for it."""
    path = tmp_path / "page.md"
    path.write_text(write_cells(EMPTY, ROWS, VERSIONS))
    before = path.read_text()
    assert find_lost(read_cells(before), now) == lost
    save(now, {**VERSIONS, "A": "a 2"}, path)
    assert (path.read_text() == before) == bool(lost)
