"""The text of PDFs, read by a process of its own for each: what a stranger's file does there, it does to that process.

The process has bounds on memory, CPU and time (`pdf_worker.py`, `confined_process.py`). One request has one process at
a time, and so much time for all its files: a heap of heavy files keeps nobody else out. A process costs a fifth of a
second, so results are kept for the next turn of a chat that sends the same file again.
"""

import asyncio
from collections import OrderedDict
from hashlib import sha256
from typing import Literal

import msgspec

from openclaw_gateway.attachments.confined_process import ask_process
from openclaw_gateway.errors import Busy

MAX_PROCESSES = 2
BUDGET_S = 10.0
# As long as whoever is ahead may take.
MAX_WAIT_S = BUDGET_S
_RETRY_AFTER_S = 5.0
MAX_KEPT = 32
_WORKER = "openclaw_gateway.attachments.pdf_worker"

Trouble = Literal["malformed", "encrypted", "too_much_work"]


class PdfLimits(msgspec.Struct, frozen=True, gc=False):
    """How much of a PDF is read. A PDF with less text than min_text_chars counts as scanned."""

    max_pages: int
    max_chars: int
    min_text_chars: int
    max_image_bytes: int


class PdfContent(msgspec.Struct, frozen=True, gc=False):
    """What was read. page_count: of the whole file. images: of scanned pages, base64 of JPEG files."""

    text: str
    page_count: int
    images: tuple[str, ...] = ()


class PdfRefusedError(Exception):
    """Nothing can be read. trouble: a word for the caller's `code`."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class PdfBudget:
    """What one request may spend on its PDFs: seconds of work in all, and one process at a time."""

    def __init__(self, seconds: float = BUDGET_S) -> None:
        self.left_s = seconds
        self.turn = asyncio.Lock()


class PdfAnswer(msgspec.Struct, frozen=True, gc=False):
    """What the process writes: one of the two."""

    content: PdfContent | None = None
    trouble: Trouble | None = None


_answer_decoder = msgspec.json.Decoder(PdfAnswer)


class PdfReader:
    """Reads PDFs for one gateway; starts nothing before the first one comes."""

    def __init__(self, max_wait_s: float = MAX_WAIT_S) -> None:
        self._max_wait_s = max_wait_s
        self._slots = asyncio.Semaphore(MAX_PROCESSES)
        self._kept: OrderedDict[tuple[bytes, PdfLimits], PdfContent] = OrderedDict()

    async def read(self, content: bytes, limits: PdfLimits, budget: PdfBudget) -> PdfContent:
        """Text, or images of a scan. Raises PdfRefusedError and Busy; cancelling kills the process."""
        async with budget.turn:
            return await self._read_in_turn(content, limits, budget)

    async def _read_in_turn(self, content: bytes, limits: PdfLimits, budget: PdfBudget) -> PdfContent:
        key = (sha256(content).digest(), limits)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        answer = await self._ask_in_slot(content, limits, budget)
        if answer.content is None:
            raise PdfRefusedError(answer.trouble or "malformed")
        if not answer.content.images:  # texts are small, scans are not
            self._kept[key] = answer.content
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return answer.content

    async def _ask_in_slot(self, content: bytes, limits: PdfLimits, budget: PdfBudget) -> PdfAnswer:
        try:
            async with asyncio.timeout(self._max_wait_s):
                await self._slots.acquire()
        except TimeoutError:
            raise Busy("too many PDFs are being read; try again shortly", retry_after_s=_RETRY_AFTER_S) from None
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            return await self._ask_process(content, limits, budget.left_s)
        finally:
            self._slots.release()
            budget.left_s -= loop.time() - began

    async def _ask_process(self, content: bytes, limits: PdfLimits, seconds: float) -> PdfAnswer:
        if seconds <= 0:
            raise PdfRefusedError("too_much_work")
        order = msgspec.json.encode(limits)
        try:
            said = await ask_process(_WORKER, order, content, timeout_s=seconds)
            return _answer_decoder.decode(said)
        except (TimeoutError, msgspec.DecodeError):
            raise PdfRefusedError("too_much_work") from None
