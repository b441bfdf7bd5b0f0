"""Images that come inside a request as data URLs, within limits.

Every violation is told in one sentence, which clients of the original know, with `param` naming the part and `code`
the cause. Addresses (http, https) are not fetched.
"""

import binascii
import re

import msgspec

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import ImagePart

_DATA_URL = re.compile(r"data:(?P<mime>[a-z0-9.+/-]{1,64})(?:;[a-z0-9=._-]{1,64}){0,4};base64,", re.IGNORECASE)
_ALIASES = {"image/jpg": "image/jpeg"}
MIB = 1024 * 1024


class ImageLimits(msgspec.Struct, frozen=True):
    """Bounds on what one request may carry; bytes are counted decoded, parts within one message."""

    max_parts: int = 8
    max_bytes: int = 10 * MIB
    max_total_bytes: int = 20 * MIB
    mime_types: frozenset[str] = frozenset(
        {"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif"}
    )


class ImageReader:
    """Reads the images of one request and counts them against its limits."""

    __slots__ = ("_limits", "_total_bytes")

    def __init__(self, limits: ImageLimits) -> None:
        self._limits = limits
        self._total_bytes = 0

    def read(self, url: str, detail: str | None, *, place: int, param: str) -> ImagePart:
        """The part that a data URL stands for; place: how many images came before it in the same message."""
        limits = self._limits
        if place >= limits.max_parts:
            raise refuse_image(param, "too_many_images")
        head = _DATA_URL.match(url)
        if head is None:
            is_address = url[:8].lower().startswith(("http://", "https://"))
            raise refuse_image(param, "image_address_not_allowed" if is_address else "image_data_url_malformed")
        mime_type = head["mime"].lower()
        mime_type = _ALIASES.get(mime_type, mime_type)
        if mime_type not in limits.mime_types:
            raise refuse_image(param, "image_type_not_supported")
        base64 = url[head.end() :]
        if len(base64) // 4 * 3 > limits.max_bytes + 2:
            raise refuse_image(param, "image_too_large")
        size = _count_decoded(base64, param)
        self._total_bytes += size
        if size > limits.max_bytes or self._total_bytes > limits.max_total_bytes:
            raise refuse_image(param, "image_too_large")
        return ImagePart(mime_type, base64, detail)


def refuse_image(param: str, code: str) -> InvalidRequest:
    """The error for an image part that cannot be taken."""
    return InvalidRequest("Invalid image_url content in `messages`.", param=param, code=code)


def _count_decoded(base64: str, param: str) -> int:
    try:
        size = len(binascii.a2b_base64(base64, strict_mode=True))
    except ValueError:  # binascii.Error, and non-ASCII text
        size = 0
    if size == 0:
        raise refuse_image(param, "image_data_malformed")
    return size
