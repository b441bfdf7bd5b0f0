"""PDFs: text, scans, and files made to hurt, read by a process that may die of them."""

import asyncio
import zlib
from base64 import b64encode
from io import BytesIO

import pypdf
import pytest
from tests.attachments.pdfs import JPEG, pdf, stream

from openclaw_gateway.attachments.pdf import PdfContent, PdfLimits, PdfReader, PdfRefusedError

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
    content = await PdfReader().read(pdf("first page", "second page", "third page"), LIMITS)
    assert content == PdfContent("first page\n\nsecond page", 3)


async def test_scan_becomes_images() -> None:
    """A PDF without text gives the JPEG files that its pages are, untouched."""
    content = await PdfReader().read(pdf(JPEG, JPEG), LIMITS)
    assert content == PdfContent("", 2, (b64encode(JPEG).decode(),) * 2)


async def test_pages_with_text_need_no_images() -> None:
    """Pictures beside enough text are left out."""
    assert (await PdfReader().read(pdf("enough text", JPEG), LIMITS)).images == ()


async def test_images_are_bounded() -> None:
    """Scanned pages are taken as long as they fit."""
    large = JPEG + bytes(600)
    assert len((await PdfReader().read(pdf(large, large), LIMITS)).images) == 1


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
        await PdfReader().read(content, LIMITS)
    assert refused.value.trouble == trouble


async def test_p14_bomb_hurts_only_its_own_process() -> None:
    """A file that unpacks to gigabytes ends as a refusal, whichever limit it met."""
    with pytest.raises(PdfRefusedError) as refused:
        await PdfReader().read(bomb(), LIMITS)
    assert refused.value.trouble in ("malformed", "too_much_work")


async def test_time_is_bounded() -> None:
    """A process that does not end in time is killed."""
    with pytest.raises(PdfRefusedError) as refused:
        await PdfReader(timeout_s=0).read(pdf("text"), LIMITS)
    assert refused.value.trouble == "too_much_work"


async def test_same_file_is_read_once() -> None:
    """The next turn of a chat that sends its file again does not start a process: a limit of no time is no matter."""
    reader = PdfReader()
    first = await reader.read(pdf("kept text"), LIMITS)
    reader._timeout_s = 0
    assert await reader.read(pdf("kept text"), LIMITS) is first


async def test_cancelling_kills_the_process() -> None:
    """Whoever waits for a file and leaves takes its process along."""
    task = asyncio.create_task(PdfReader().read(pdf("text"), LIMITS))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
