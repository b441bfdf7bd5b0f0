"""Attachments become parts that a model can be shown, or a refusal that names them."""

from base64 import b64encode
from collections.abc import AsyncIterator

import msgspec
import pytest
from tests.attachments.network import Network, network
from tests.attachments.pdfs import JPEG, pdf

from openclaw_gateway.attachments.attachment import Attachment, FileAttachment, ImageAttachment
from openclaw_gateway.attachments.reader import MAX_FILES, AttachmentReader
from openclaw_gateway.attachments.rules import AttachmentRules
from openclaw_gateway.config.schema.gateway import FileFetch, ImageFetch
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import ImagePart, TextPart

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
RULES = AttachmentRules(
    images=ImageFetch(allow_url=True, max_bytes=200),
    files=FileFetch(allow_url=True, max_bytes=2000, max_chars=50),
    max_url_parts=2,
    max_total_image_bytes=300,
    place="an.endpoint",
)


@pytest.fixture
async def net() -> AsyncIterator[Network]:
    """A network of the test's own."""
    async with network() as made:
        yield made


@pytest.fixture
def reader(net: Network) -> AttachmentReader:
    """A reader that fetches from it."""
    return AttachmentReader(net.fetcher)


def file(content: bytes = b"", param: str = "f", **fields: str | None) -> FileAttachment:
    return FileAttachment(0, 0, param, b64encode(content).decode(), **fields)


def image(url: str, param: str = "i") -> ImageAttachment:
    return ImageAttachment(0, 0, param, url, "No.", "low")


async def test_fetched_image(reader: AttachmentReader, net: Network) -> None:
    """An image at an address has the type of its bytes, whatever its server says."""
    net.serve("a.example", PNG, Content_Type="text/html")
    assert await reader.read([image("http://a.example/")], RULES) == [
        (ImagePart("image/png", b64encode(PNG).decode(), "low"),)
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"<html>", "image_type_not_supported", id="not an image"),
        pytest.param(b"%PDF-1.4", "image_type_not_supported", id="a PDF"),
        pytest.param(b"\x00\x00\x00\x18ftypheic", "image_heic_not_supported", id="HEIC"),
        pytest.param(PNG + bytes(200), "image_too_large", id="too large"),
    ],
)
async def test_other_fetched_images_are_refused(
    reader: AttachmentReader, net: Network, content: bytes, code: str
) -> None:
    """A refused image is told in its dialect's sentence, by part and cause."""
    net.serve("a.example", content, Content_Type="image/png")
    with pytest.raises(InvalidRequest) as refused:
        await reader.read([image("http://a.example/")], RULES)
    assert (refused.value.message, refused.value.param, refused.value.code) == ("No.", "i", code)


async def test_images_together_are_bounded(reader: AttachmentReader, net: Network) -> None:
    """All images of a request have a bound together."""
    net.serve("a.example", PNG + bytes(180))
    with pytest.raises(InvalidRequest) as refused:
        await reader.read([image("http://a.example/", "one"), image("http://a.example/", "two")], RULES)
    assert (refused.value.param, refused.value.code) == ("two", "image_too_large")


async def test_addresses_can_be_off(reader: AttachmentReader, net: Network) -> None:
    """Where addresses are not allowed nothing is resolved, let alone dialled."""
    rules = msgspec.structs.replace(RULES, images=ImageFetch(), files=FileFetch(allow_url=False))
    for attachment in (image("http://a.example/"), file(url="http://a.example/x.txt")):
        with pytest.raises(InvalidRequest) as refused:
            await reader.read([attachment], rules)
        assert refused.value.code in ("image_address_not_allowed", "file_address_not_allowed")
    assert (net.resolved, net.dialled) == ([], [])


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        pytest.param(file(b"a,b\n1,2", mime_type="text/csv", filename="t.csv"), "t.csv (text/csv)\n---\na,b", id="csv"),
        pytest.param(file(b'{"a":1}', filename="a.json"), '(application/json)\n---\n{"a":1}\n', id="json by name"),
        pytest.param(
            file(b"gr\xf6\xdfe", mime_type="text/plain; charset=latin-1"), "(text/plain)\n---\ngröße\n", id="charset"
        ),
        pytest.param(file(b"# A" + b"x" * 60, filename="a.md"), "[cut: 63 characters in all, 50 shown]", id="long"),
        pytest.param(file(pdf("hello pdf"), filename="a.pdf"), "(application/pdf)\n---\nhello pdf\n", id="pdf"),
        pytest.param(file(pdf(*["page"] * 5), filename="a.pdf"), "[5 pages in all, the first 4 shown]", id="long pdf"),
    ],
)  # fmt: skip
async def test_file_becomes_text(reader: AttachmentReader, attachment: FileAttachment, expected: str) -> None:
    """A file is text between marks, with its name and type."""
    ((part, *rest),) = await reader.read([attachment], RULES)
    assert isinstance(part, TextPart)
    assert expected in part.text
    assert part.text.startswith("<<<EXTERNAL_UNTRUSTED_CONTENT")
    assert [kind for kind in rest if isinstance(kind, TextPart)] == []


async def test_scan_becomes_images(reader: AttachmentReader) -> None:
    """A scanned PDF is its marks, a word about it, and its pages."""
    ((part, *images),) = await reader.read([file(pdf(JPEG), filename="scan.pdf")], RULES)
    assert isinstance(part, TextPart)
    assert "[scanned: 1 pages follow as images]" in part.text
    assert images == [ImagePart("image/jpeg", b64encode(JPEG).decode())]


async def test_fetched_file(reader: AttachmentReader, net: Network) -> None:
    """A file at an address has the type and charset that its server gives, unless the request says more."""
    net.serve("a.example", b"gr\xf6\xdfe", Content_Type="text/plain; charset=iso-8859-1")
    ((part,),) = await reader.read([file(url="http://a.example/")], RULES)
    assert isinstance(part, TextPart)
    assert "größe" in part.text


@pytest.mark.parametrize(
    ("attachment", "code"),
    [
        pytest.param(FileAttachment(0, 0, "f", "A"), "file_data_malformed", id="broken base64"),
        pytest.param(FileAttachment(0, 0, "f", ""), "file_data_malformed", id="empty"),
        pytest.param(file(bytes(2001), mime_type="text/plain"), "file_too_large", id="too large"),
        pytest.param(file(bytes(100_000), mime_type="text/plain"), "file_too_large", id="far too large"),
        pytest.param(file(b"MZ", filename="a.exe"), "file_type_not_supported", id="other type"),
        pytest.param(file(PNG, mime_type="text/plain"), "file_type_not_supported", id="image said to be text"),
        pytest.param(file(b"\xff\x00", mime_type="text/plain"), "file_not_text", id="binary said to be text"),
        pytest.param(file(b"%PDF-1.4 broken"), "file_malformed", id="broken PDF"),
        pytest.param(file(pdf("", "")), "file_has_no_text", id="PDF without anything"),
        pytest.param(file(url="http://127.0.0.1/"), "file_address_not_allowed", id="inner address"),
        pytest.param(file(url="http://nowhere.example/"), "file_fetch_failed", id="unknown host"),
    ],
)
async def test_other_files_are_refused(
    reader: AttachmentReader, net: Network, attachment: FileAttachment, code: str
) -> None:
    """A file that cannot be read names itself and the cause."""
    net.name("127.0.0.1", ["127.0.0.1"])
    with pytest.raises(InvalidRequest) as refused:
        await reader.read([attachment], RULES)
    assert (refused.value.param, refused.value.code) == ("f", code)
    assert refused.value.message.startswith("f: ")


@pytest.mark.parametrize(
    ("crowd", "code"),
    [
        pytest.param([file(b"x", mime_type="text/plain")] * (MAX_FILES + 1), "too_many_files", id="files"),
        pytest.param([image("http://a.example/")] * 3, "too_many_addresses", id="addresses"),
    ],
)
async def test_crowds_are_refused(reader: AttachmentReader, net: Network, crowd: list[Attachment], code: str) -> None:
    """Too many at once are refused before anything is done for any of them."""
    with pytest.raises(InvalidRequest) as refused:
        await reader.read(crowd, RULES)
    assert refused.value.code == code
    assert net.resolved == []
