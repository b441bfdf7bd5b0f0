"""Which summary holds for a path."""

import pytest

from openclaw_gateway.messages import UserMessage
from openclaw_gateway.sessions.compaction import Compaction, count_since, find_in_force
from openclaw_gateway.sessions.session import Entry


def made(until_id: int) -> Compaction:
    return Compaction(until_id, until_id + 1, f"until {until_id}", "manual", 1, 10, 5)


@pytest.mark.parametrize(
    ("ids", "found"),
    [
        pytest.param([1, 2, 3, 4, 5, 6], ("until 5", 5), id="the newest"),
        pytest.param([1, 2, 3, 7, 8], ("until 2", 2), id="a branch between two"),
        pytest.param([1, 2], ("until 2", 2), id="a branch at its end"),
        pytest.param([1, 9, 10], (None, 0), id="a branch from before"),
        pytest.param([], (None, 0), id="nothing"),
    ],
)
def test_summary_in_force(ids: list[int], found: tuple[str | None, int]) -> None:
    """It is the newest whose last entry is on the path."""
    path = [Entry(number, None, UserMessage("x"), "r", 1) for number in ids]
    compaction, place = find_in_force(path, (made(2), made(5)))
    assert (compaction and compaction.summary, place) == found


def test_counting_begins_anew_with_a_reset() -> None:
    """Compactions from before a reset are not counted."""
    assert (count_since([1, 5, 9], None), count_since([1, 5, 9], 5), count_since([], 5)) == (3, 2, 0)
