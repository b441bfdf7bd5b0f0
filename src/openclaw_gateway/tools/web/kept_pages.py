"""Pages that were read a short while ago."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from openclaw_gateway.tools.web.page import ExtractMode

MAX_PAGES: Final = 64
MAX_CHARS: Final = 2_000_000

PageKey = tuple[str, ExtractMode]


class ReadPage(msgspec.Struct, frozen=True, gc=False):
    """A page with what is known of its fetch. fetched_at_ms: since the epoch. char_count: as in `Page`.

    led_to: the address that redirects led to, "" if there were none.
    """

    led_to: str
    content_type: str
    title: str
    text: str
    char_count: int
    extractor: str
    warning: str
    fetched_at_ms: int


class KeptPages:
    """The pages of one agent, the oldest go first. ttl_ms: 0 keeps none."""

    def __init__(self, ttl_ms: int, now_ms: Callable[[], int]) -> None:
        self._ttl_ms = ttl_ms
        self._now_ms = now_ms
        self._pages: OrderedDict[PageKey, ReadPage] = OrderedDict()
        self._chars = 0

    def find(self, key: PageKey) -> ReadPage | None:
        """A page that is not too old."""
        page = self._pages.get(key)
        if page is None or page.fetched_at_ms + self._ttl_ms <= self._now_ms():
            return None
        return page

    def keep(self, key: PageKey, page: ReadPage) -> None:
        """Remember a page in place of what was known of it."""
        if self._ttl_ms <= 0 or len(page.text) > MAX_CHARS:
            return
        self._drop(key)
        self._pages[key] = page
        self._chars += len(page.text)
        while len(self._pages) > MAX_PAGES or self._chars > MAX_CHARS:
            self._drop(next(iter(self._pages)))

    def _drop(self, key: PageKey) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self._chars -= len(page.text)
