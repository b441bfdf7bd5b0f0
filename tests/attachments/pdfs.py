"""Small PDFs, written by hand: pages of text, and pages that are one JPEG."""

from collections.abc import Sequence

JPEG = b"\xff\xd8\xff\xe0" + b"scan" * 10 + b"\xff\xd9"

_IMAGE = (
    "/Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode"
)


def stream(content: bytes, head: str = "") -> bytes:
    """A stream object."""
    return f"<< {head} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def pdf(*pages: str | bytes, root_extra: str = "") -> bytes:
    """A PDF with one page for each: text, or a JPEG that fills it."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    font = add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    tree = add(b"")
    kids = []
    for page in pages:
        if isinstance(page, str):
            resources = f"<< /Font << /F {font} 0 R >> >>"
            content = add(stream(b"BT /F 12 Tf 72 720 Td (" + page.encode() + b") Tj ET"))
        else:
            image = add(stream(page, _IMAGE))
            resources = f"<< /XObject << /I {image} 0 R >> >>"
            content = add(stream(b"q 600 0 0 800 0 0 cm /I Do Q"))
        kids.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 600 800] /Resources {resources} "
                f"/Contents {content} 0 R >>".encode()
            )
        )
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    objects[tree - 1] = f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode()
    root = add(f"<< /Type /Catalog /Pages {tree} 0 R {root_extra} >>".encode())
    return _assemble(objects, root)


def _assemble(objects: Sequence[bytes], root: int) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root {root} 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
