"""The process that reads one PDF: limits as JSON in its only argument, the file on stdin, one JSON answer on stdout.

Started by `pdf.py`; it knows nothing of the gateway and ends with the file.
"""

import logging
import sys
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from itertools import islice

import msgspec
from pypdf import PageObject, PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError
from pypdf.generic import DictionaryObject, StreamObject

from openclaw_gateway.attachments.confined_process import confine
from openclaw_gateway.attachments.pdf import PdfAnswer, PdfContent, PdfLimits

MAX_MEMORY_BYTES = 768 * 1024 * 1024
MAX_CPU_S = 10


def read_pdf(content: bytes, limits: PdfLimits) -> PdfAnswer:
    """The text of the first pages; of a PDF that has hardly any, the images that its pages are."""
    try:
        reader = PdfReader(BytesIO(content), strict=False)
        page_count = len(reader.pages)
        pages = [reader.pages[place] for place in range(min(page_count, limits.max_pages))]
        text = _read_text(pages, limits.max_chars)
        images = () if len(text.strip()) >= limits.min_text_chars else tuple(_read_scans(pages, limits))
    except (FileNotDecryptedError, DependencyError):
        return PdfAnswer(trouble="encrypted")
    except MemoryError:
        return PdfAnswer(trouble="too_much_work")
    # What a malformed file makes of a parser of dynamic types is any of these.
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError):
        return PdfAnswer(trouble="malformed")
    return PdfAnswer(PdfContent(text, page_count, images))


def _read_text(pages: list[PageObject], max_chars: int) -> str:
    texts: list[str] = []
    chars = 0
    for page in pages:
        text = page.extract_text().strip()
        chars += len(text)
        if text:
            texts.append(text)
        if chars > max_chars:
            break
    # Half a surrogate pair would not survive JSON.
    return "\n\n".join(texts).encode("utf-8", "replace").decode()


def _read_scans(pages: list[PageObject], limits: PdfLimits) -> Iterator[str]:
    """The largest JPEG of each page, as it is in the file: nothing is decoded."""
    left = limits.max_image_bytes
    for page in pages:
        jpeg = max(_find_jpegs(page), key=len, default=b"")
        if jpeg and len(jpeg) <= left:
            left -= len(jpeg)
            yield b64encode(jpeg).decode()


def _find_jpegs(page: PageObject) -> Iterator[bytes]:
    resources = page.get("/Resources", DictionaryObject()).get_object()
    images = resources.get("/XObject", DictionaryObject()).get_object()
    for reference in islice(images.values(), 64):
        image = reference.get_object()
        filters = image.get("/Filter")
        names = filters if isinstance(filters, list) else [filters]
        if isinstance(image, StreamObject) and image.get("/Subtype") == "/Image" and names == ["/DCTDecode"]:
            jpeg = image.get_data()
            if jpeg.startswith(b"\xff\xd8\xff"):
                yield jpeg


def main() -> None:
    """Read one file, say what is in it."""
    confine(max_memory_bytes=MAX_MEMORY_BYTES, max_cpu_s=MAX_CPU_S)
    logging.disable()
    limits = msgspec.json.decode(sys.argv[1], type=PdfLimits)
    sys.stdout.buffer.write(msgspec.json.encode(read_pdf(sys.stdin.buffer.read(), limits)))


if __name__ == "__main__":
    main()
