"""Pages of HTML as text, each read by a process of its own (`page_worker.py`): none can stall or bloat the gateway."""

import asyncio
from typing import Final, Literal

import msgspec

from openclaw_gateway.tools.tool import ToolFailure

ExtractMode = Literal["markdown", "text"]

MAX_PROCESSES: Final = 2
TIMEOUT_S: Final = 10.0
_WORKER: Final = "openclaw_gateway.tools.web.page_worker"


class PageOrder(msgspec.Struct, frozen=True, gc=False):
    """How a page is read. charset: as its server says, "" if it does not. only_main: without navigation and the like.

    max_chars: of the text.
    """

    mode: ExtractMode
    charset: str
    only_main: bool
    max_chars: int


class Page(msgspec.Struct, frozen=True, gc=False):
    """What a page says. char_count: of the whole text, of which `text` may be the beginning."""

    title: str
    text: str
    char_count: int


_decoder = msgspec.json.Decoder(Page)


class PageReader:
    """Reads pages for one gateway, a few at a time; starts nothing before the first one comes."""

    def __init__(self, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._slots = asyncio.Semaphore(MAX_PROCESSES)

    async def read(self, content: bytes, order: PageOrder) -> Page:
        """The text of a page. Raises ToolFailure for one that cannot be read within the limits."""
        from openclaw_gateway.attachments.confined_process import ask_process

        async with self._slots:
            try:
                said = await ask_process(_WORKER, msgspec.json.encode(order), content, timeout_s=self._timeout_s)
                return _decoder.decode(said)
            except (TimeoutError, msgspec.DecodeError):
                raise ToolFailure("reading the page took too much time or memory") from None
