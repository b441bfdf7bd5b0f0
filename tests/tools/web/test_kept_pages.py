"""Pages are kept for a while, and not too many."""

import msgspec

from openclaw_gateway.tools.web.kept_pages import MAX_CHARS, MAX_PAGES, KeptPages, ReadPage

PAGE = ReadPage("http://a.example/", "text/plain", "", "text", 4, "raw", "", fetched_at_ms=1000)


def test_page_is_kept_for_its_time() -> None:
    """A page is found until its time is over; the mode belongs to its name."""
    now = [1000]
    kept = KeptPages(500, lambda: now[0])
    kept.keep(("u", "text"), PAGE)
    assert kept.find(("u", "text")) is PAGE
    assert kept.find(("u", "markdown")) is None
    now[0] = 1500
    assert kept.find(("u", "text")) is None


def test_pages_are_bounded_in_number_and_size() -> None:
    """The oldest pages go first; one that is too large alone is not kept."""
    kept = KeptPages(500, lambda: 1000)
    for number in range(MAX_PAGES + 1):
        kept.keep((str(number), "text"), PAGE)
    assert kept.find(("0", "text")) is None
    assert kept.find(("1", "text")) is PAGE
    large = msgspec.structs.replace(PAGE, text="x" * MAX_CHARS)
    kept.keep(("large", "text"), large)
    assert kept.find(("1", "text")) is None
    assert kept.find(("large", "text")) is large
    kept.keep(("too large", "text"), msgspec.structs.replace(PAGE, text="x" * (MAX_CHARS + 1)))
    assert kept.find(("too large", "text")) is None


def test_nothing_is_kept_without_time() -> None:
    """A time of 0 keeps nothing."""
    kept = KeptPages(0, lambda: 1000)
    kept.keep(("u", "text"), PAGE)
    assert kept.find(("u", "text")) is None
