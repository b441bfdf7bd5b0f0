"""Pages of what waits to be said."""

import pytest

from openclaw_gateway.endpoints.gateway.pending_inputs import PendingItem, page_pending

ITEMS = [PendingItem(str(number), str(number), {}, number, "queued") for number in range(1, 46)]


@pytest.mark.parametrize(
    ("count", "before", "shown", "next_before"),
    [
        pytest.param(0, None, (), None, id="none"),
        pytest.param(20, None, (1, 20), None, id="one page"),
        pytest.param(45, None, (26, 45), 26, id="the newest"),
        pytest.param(45, 26, (6, 25), 6, id="those before"),
        pytest.param(45, 6, (1, 5), None, id="the oldest"),
        pytest.param(3, 99, (1, 3), None, id="beyond the end"),
        pytest.param(3, 1, (), None, id="before the first"),
    ],
)
def test_pages(count: int, before: int | None, shown: tuple[int, ...], next_before: int | None) -> None:
    """A page holds at most twenty, the newest before the place that is asked for, and says how to go on."""
    page = page_pending(ITEMS[:count], before)
    ids = [int(item.id) for item in page.items]
    assert (ids[:1] + ids[-1:] if len(ids) > 1 else ids) == list(shown)
    assert (page.total, page.next_before) == (count, next_before)
