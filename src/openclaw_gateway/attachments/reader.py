"""Reading the attachments of one request: addresses fetched, files turned into text that a model may be shown.

Each refusal is an InvalidRequest that names the part in `param` and the cause in `code`.
"""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Sequence

from openclaw_gateway.attachments.attachment import Attachment, FileAttachment, ImageAttachment
from openclaw_gateway.attachments.base64_text import decode, most_bytes
from openclaw_gateway.attachments.external_text import NotTextError, cut_text, decode_text, wrap_file
from openclaw_gateway.attachments.fetch import Fetcher, FetchRefusedError, FetchRules
from openclaw_gateway.attachments.media_type import SNIFFED_BYTES, name_file_type, read_charset, sniff
from openclaw_gateway.attachments.pdf import PdfBudget, PdfLimits, PdfReader, PdfRefusedError
from openclaw_gateway.attachments.rules import AttachmentRules
from openclaw_gateway.config.schema.gateway import FileFetch, ImageFetch
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import ImagePart, TextPart, UserPart

logger = logging.getLogger(__name__)

MAX_FILES = 16
# Of one request at a time: a quarter of what the gateway fetches.
MAX_FETCHES_AT_ONCE = 4
_LARGE_CHARS = 256 * 1024
HEIF_TYPES = frozenset(("image/heic", "image/heif"))
_FILE_SENTENCES = {
    "file_address_not_allowed": "its address is not fetched: it must be public, and on the list if there is one",
    "file_fetch_failed": "its address did not give it",
    "file_too_large": "it is larger than files.maxBytes",
    "file_type_not_supported": "its type is not one of files.allowedMimes; name it by a media type or a file name",
    "file_data_malformed": "its base64 text is empty or broken",
    "file_not_text": "it is not text in its charset",
    "file_malformed": "it is not a PDF that can be read",
    "file_encrypted": "the PDF needs a password",
    "file_too_complex": "reading the PDF took too much time or memory",
    "file_has_no_text": "the PDF holds neither text nor scanned pages in JPEG form",
}
_PDF_CODES = {"malformed": "file_malformed", "encrypted": "file_encrypted", "too_much_work": "file_too_complex"}


class _Share:
    """What one request may take of what all requests have together."""

    def __init__(self) -> None:
        self.fetches = asyncio.Semaphore(MAX_FETCHES_AT_ONCE)
        self.pdfs = PdfBudget()


class AttachmentReader:
    """Reads for all requests of one gateway."""

    def __init__(self, fetcher: Fetcher | None = None, pdfs: PdfReader | None = None) -> None:
        self._fetcher = fetcher or Fetcher()
        self._pdfs = pdfs or PdfReader()

    async def read(self, attachments: Sequence[Attachment], rules: AttachmentRules) -> list[tuple[UserPart, ...]]:
        """What each stands for, in their order; all at once. Raises InvalidRequest or Busy for the first that fails."""
        _count(attachments, rules)
        share = _Share()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._read(attachment, rules, share)) for attachment in attachments]
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
        readings = [task.result() for task in tasks]
        _bound_images(attachments, readings, rules.max_total_image_bytes)
        return readings

    async def _read(self, attachment: Attachment, rules: AttachmentRules, share: _Share) -> tuple[UserPart, ...]:
        if isinstance(attachment, ImageAttachment):
            return (await self._read_image(attachment, rules.images, share),)
        return await self._read_file(attachment, rules, share)

    async def _read_image(self, image: ImageAttachment, rules: ImageFetch, share: _Share) -> ImagePart:
        try:
            if not rules.allow_url:
                raise FetchRefusedError("address_not_allowed", "images.allowUrl is false")
            async with share.fetches:
                fetched = await self._fetcher.fetch(image.url, _fetch_rules(rules, "image/*"))
        except FetchRefusedError as error:
            logger.info("%s was not fetched: %s", image.param, error)
            raise InvalidRequest(image.refusal, param=image.param, code=f"image_{error.reason}") from None
        mime_type = sniff(fetched.body[:SNIFFED_BYTES])
        if mime_type in HEIF_TYPES:
            raise InvalidRequest(image.refusal, param=image.param, code="image_heic_not_supported")
        if mime_type is None or mime_type not in rules.allowed_mimes or not mime_type.startswith("image/"):
            raise InvalidRequest(image.refusal, param=image.param, code="image_type_not_supported")
        return ImagePart(mime_type, b64encode(fetched.body).decode(), image.detail)

    async def _read_file(self, file: FileAttachment, all_rules: AttachmentRules, share: _Share) -> tuple[UserPart, ...]:
        rules = all_rules.files
        content, declared = await self._open(file, rules, all_rules.place, share)
        if len(content) > rules.max_bytes:
            raise _refuse(file, "file_too_large")
        mime_type = name_file_type(content[:SNIFFED_BYTES], declared, file.filename)
        if mime_type not in rules.allowed_mimes:
            raise _refuse(file, "file_type_not_supported")
        if mime_type == "application/pdf":
            return await self._read_pdf(file, content, rules, share.pdfs)
        try:
            text = decode_text(content, read_charset(declared))
        except NotTextError as error:
            raise _refuse(file, "file_not_text", str(error)) from None
        return (_show(file, cut_text(text, rules.max_chars), mime_type),)

    async def _open(
        self, file: FileAttachment, rules: FileFetch, place: str, share: _Share
    ) -> tuple[bytes, str | None]:
        """The bytes of a file and its declared type."""
        if file.url is None:
            return await self._decode(file, rules.max_bytes), file.mime_type
        if not rules.allow_url:
            reason = f"addresses are not fetched; set {place}.files.allowUrl to true, or send the file in the request"
            raise _refuse(file, "file_address_not_allowed", reason)
        try:
            async with share.fetches:
                fetched = await self._fetcher.fetch(file.url, _fetch_rules(rules, "*/*"))
        except FetchRefusedError as error:
            logger.info("%s was not fetched: %s", file.param, error)
            raise _refuse(file, f"file_{error.reason}") from None
        return fetched.body, file.mime_type or fetched.content_type

    async def _decode(self, file: FileAttachment, max_bytes: int) -> bytes:
        text = file.base64
        if most_bytes(len(text)) > max_bytes + 2:
            raise _refuse(file, "file_too_large")
        try:
            content = decode(text) if len(text) < _LARGE_CHARS else await asyncio.to_thread(decode, text)
        except ValueError:
            content = b""
        if not content:
            raise _refuse(file, "file_data_malformed")
        return content

    async def _read_pdf(
        self, file: FileAttachment, content: bytes, rules: FileFetch, budget: PdfBudget
    ) -> tuple[UserPart, ...]:
        limits = PdfLimits(rules.pdf.max_pages, rules.max_chars, rules.pdf.min_text_chars, rules.max_bytes)
        try:
            pdf = await self._pdfs.read(content, limits, budget)
        except PdfRefusedError as error:
            raise _refuse(file, _PDF_CODES[error.trouble]) from None
        text = cut_text(pdf.text.strip(), rules.max_chars)
        if not text and not pdf.images:
            raise _refuse(file, "file_has_no_text")
        if pdf.images:
            text = f"{text}\n[scanned: {len(pdf.images)} pages follow as images]".lstrip()
        if pdf.page_count > limits.max_pages:
            text = f"{text}\n[{pdf.page_count} pages in all, the first {limits.max_pages} shown]"
        images = [ImagePart("image/jpeg", image) for image in pdf.images]
        return (_show(file, text, "application/pdf"), *images)


def _show(file: FileAttachment, text: str, mime_type: str) -> TextPart:
    return TextPart(wrap_file(text, filename=file.filename, mime_type=mime_type))


def _fetch_rules(rules: ImageFetch | FileFetch, accept: str) -> FetchRules:
    return FetchRules(rules.max_bytes, rules.max_redirects, rules.timeout_ms / 1000, rules.url_allowlist, accept)


def _count(attachments: Sequence[Attachment], rules: AttachmentRules) -> None:
    """Refuse a crowd before anything is done for it."""
    files = addresses = 0
    for attachment in attachments:
        is_file = isinstance(attachment, FileAttachment)
        files += is_file
        addresses += attachment.url is not None
        if files > MAX_FILES:
            message = f"{attachment.param}: at most {MAX_FILES} files are read in one request"
            raise InvalidRequest(message, param=attachment.param, code="too_many_files")
        if addresses > rules.max_url_parts:
            message = f"{attachment.param}: at most {rules.max_url_parts} addresses are fetched for one request"
            raise InvalidRequest(message, param=attachment.param, code="too_many_addresses")


def _bound_images(
    attachments: Sequence[Attachment], readings: Sequence[tuple[UserPart, ...]], max_total_bytes: int
) -> None:
    total = 0
    for attachment, reading in zip(attachments, readings, strict=True):
        total += sum([most_bytes(len(part.data)) for part in reading if type(part) is ImagePart])
        if total > max_total_bytes:
            if isinstance(attachment, ImageAttachment):
                raise InvalidRequest(attachment.refusal, param=attachment.param, code="image_too_large")
            raise _refuse(attachment, "file_too_large")


def _refuse(file: FileAttachment, code: str, reason: str | None = None) -> InvalidRequest:
    return InvalidRequest(f"{file.param}: {reason or _FILE_SENTENCES[code]}", param=file.param, code=code)
