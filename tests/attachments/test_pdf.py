"""PDFs: text, scans, and files made to hurt, read by a process that may die of them."""

import asyncio
import zlib
from base64 import b64encode
from io import BytesIO

import pypdf
import pytest
from tests.attachments.pdfs import JPEG, pdf, stream

from openclaw_gateway.attachments.pdf import MAX_PROCESSES, PdfBudget, PdfContent, PdfLimits, PdfReader, PdfRefusedError
from openclaw_gateway.errors import Busy

LIMITS = PdfLimits(max_pages=2, max_chars=1000, min_text_chars=5, max_image_bytes=1000)


def encrypted() -> bytes:
    writer = pypdf.PdfWriter(clone_from=BytesIO(pdf("secret text")))
    writer.encrypt("password", algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def bomb() -> bytes:
    """Pages whose content is many gigabytes of blanks, each layer of deflate hiding the next."""
    layer = zlib.compress(zlib.compress(bytes(200_000_000), 9), 9)
    body = pdf("x")
    plain = stream(b"BT /F 12 Tf 72 720 Td (x) Tj ET")
    assert plain in body
    return body.replace(plain, stream(layer, "/Filter [/FlateDecode /FlateDecode]"))


async def test_text_is_read() -> None:
    """The text of the first pages comes back, with the number of all."""
    content = await PdfReader().read(pdf("first page", "second page", "third page"), LIMITS, PdfBudget())
    assert content == PdfContent("first page\n\nsecond page", 3)


async def test_scan_becomes_images() -> None:
    """A PDF without text gives the JPEG files that its pages are, untouched."""
    content = await PdfReader().read(pdf(JPEG, JPEG), LIMITS, PdfBudget())
    assert content == PdfContent("", 2, (b64encode(JPEG).decode(),) * 2)


async def test_pages_with_text_need_no_images() -> None:
    """Pictures beside enough text are left out."""
    assert (await PdfReader().read(pdf("enough text", JPEG), LIMITS, PdfBudget())).images == ()


async def test_images_are_bounded() -> None:
    """Scanned pages are taken as long as they fit."""
    large = JPEG + bytes(600)
    assert len((await PdfReader().read(pdf(large, large), LIMITS, PdfBudget())).images) == 1


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        pytest.param(b"%PDF-1.4\nnothing more", "malformed", id="only a beginning"),
        pytest.param(b"", "malformed", id="empty"),
        pytest.param(pdf("text")[:200], "malformed", id="cut"),
        pytest.param(encrypted(), "encrypted", id="with a password"),
    ],
)
async def test_unreadable_files_are_refused(content: bytes, trouble: str) -> None:
    """What cannot be read is told by its cause."""
    with pytest.raises(PdfRefusedError) as refused:
        await PdfReader().read(content, LIMITS, PdfBudget())
    assert refused.value.trouble == trouble


async def test_p14_bomb_hurts_only_its_own_process() -> None:
    """A file that unpacks to gigabytes ends as a refusal, whichever limit it met."""
    with pytest.raises(PdfRefusedError) as refused:
        await PdfReader().read(bomb(), LIMITS, PdfBudget())
    assert refused.value.trouble in ("malformed", "too_much_work")


async def test_time_of_a_request_is_bounded() -> None:
    """A request whose time for PDFs is spent starts no further process, and one that is at work then is killed."""
    budget = PdfBudget(seconds=0.001)
    for _ in range(2):
        with pytest.raises(PdfRefusedError) as refused:
            await PdfReader().read(pdf("text"), LIMITS, budget)
        assert refused.value.trouble == "too_much_work"
    assert budget.left_s < 0


async def test_one_request_has_one_process_at_a_time() -> None:
    """The files of one request wait for each other, so that another request finds a process free."""
    reader, crowd = PdfReader(max_wait_s=0.01), PdfBudget()
    first, second = pdf("one"), pdf("two")
    async with crowd.turn:
        waiting = [asyncio.create_task(reader.read(content, LIMITS, crowd)) for content in (first, second)]
        content = await reader.read(pdf("of another"), LIMITS, PdfBudget())
    assert content.text == "of another"
    assert [(await task).text for task in waiting] == ["one", "two"]


async def test_crowd_is_told_to_come_again() -> None:
    """Where all processes are held for too long, the next request is refused with a time to come again."""
    reader = PdfReader(max_wait_s=0.01)
    for _ in range(MAX_PROCESSES):
        await reader._slots.acquire()
    with pytest.raises(Busy) as refused:
        await reader.read(pdf("text"), LIMITS, PdfBudget())
    assert refused.value.retry_after_s


async def test_same_file_is_read_once() -> None:
    """The next turn of a chat that sends its file again starts no process: that its time is spent is no matter."""
    reader = PdfReader()
    first = await reader.read(pdf("kept text"), LIMITS, PdfBudget())
    assert await reader.read(pdf("kept text"), LIMITS, PdfBudget(seconds=0)) is first


async def test_cancelling_kills_the_process() -> None:
    """Whoever waits for a file and leaves takes its process along."""
    task = asyncio.create_task(PdfReader().read(pdf("text"), LIMITS, PdfBudget()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
