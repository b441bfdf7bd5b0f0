"""The web as all tools of one gateway share it. Nothing is imported or started before the first page is asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from openclaw_gateway.clock import wall_clock_ms
from openclaw_gateway.tools.web.page import PageReader

if TYPE_CHECKING:
    from openclaw_gateway.attachments.fetch import Fetcher


@dataclass
class WebAccess:
    """Fetching and reading, bounded for all agents together. given_fetcher: a network of a test's own."""

    now_ms: Callable[[], int] = wall_clock_ms
    given_fetcher: "Fetcher | None" = None
    pages: PageReader = field(default_factory=PageReader)

    @cached_property
    def fetcher(self) -> "Fetcher":
        """Who fetches."""
        from openclaw_gateway.attachments.fetch import Fetcher

        return self.given_fetcher or Fetcher()
