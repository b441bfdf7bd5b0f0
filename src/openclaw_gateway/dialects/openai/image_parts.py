"""Images that come inside a request as data URLs, within limits; addresses are fetched later, where that is allowed.

Every violation is told in one sentence, which clients of the original know, with `param` naming the part and `code`
the cause; an address that is not fetched may be told in another one.
"""

import re

import msgspec

from openclaw_gateway.attachments.base64_text import count_decoded, decode, most_bytes
from openclaw_gateway.attachments.media_type import SNIFFED_BYTES, sniff
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import ImagePart

IMAGE_REFUSAL = "Invalid image_url content in `messages`."
MIB = 1024 * 1024

_DATA_URL = re.compile(r"data:(?P<mime>[a-z0-9.+/-]{1,64})(?:;[a-z0-9=._-]{1,64}){0,4};base64,", re.IGNORECASE)
_ALIASES = {"image/jpg": "image/jpeg"}
# No model interface takes them as they are, and a decoder for them would be a large thing to put before strangers.
_HEIF_TYPES = frozenset(("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"))

# Kinds whose first bytes tell them; others that a config allows are the model's to judge.
_KINDS_WITH_MARK = frozenset(("image/jpeg", "image/png", "image/gif", "image/webp"))
_MARK_CHARS = (SNIFFED_BYTES + 2) // 3 * 4


class ImageLimits(msgspec.Struct, frozen=True):
    """Bounds on what one request may carry; bytes are counted decoded, parts within one message.

    address_refusal: what is said of an address where none are fetched, in place of the common sentence.
    """

    max_parts: int = 8
    max_bytes: int = 10 * MIB
    max_total_bytes: int = 20 * MIB
    mime_types: frozenset[str] = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
    allows_addresses: bool = False
    address_refusal: str | None = None


class ImageReader:
    """Reads the images of one request and counts them against its limits. refusal: the sentence of every refusal."""

    __slots__ = ("_limits", "_refusal", "_total_bytes")

    def __init__(self, limits: ImageLimits, refusal: str = IMAGE_REFUSAL) -> None:
        self._limits = limits
        self._refusal = refusal
        self._total_bytes = 0

    def read(self, url: str, detail: str | None, *, place: int, param: str) -> ImagePart | None:
        """The part that a data URL stands for; None for an address, which may be fetched.

        place: how many images came before it in the same message.
        """
        limits = self._limits
        if place >= limits.max_parts:
            raise self._refuse(param, "too_many_images")
        head = _DATA_URL.match(url)
        if head is None:
            if not url[:8].lower().startswith(("http://", "https://")):
                raise self._refuse(param, "image_data_url_malformed")
            if not limits.allows_addresses:
                message = limits.address_refusal or self._refusal
                raise InvalidRequest(message, param=param, code="image_address_not_allowed")
            return None
        mime_type = head["mime"].lower()
        mime_type = _ALIASES.get(mime_type, mime_type)
        if mime_type in _HEIF_TYPES:
            raise self._refuse(param, "image_heic_not_supported")
        if mime_type not in limits.mime_types:
            raise self._refuse(param, "image_type_not_supported")
        self._count(url, head.end(), param)
        if mime_type in _KINDS_WITH_MARK and sniff(decode(url[head.end() : head.end() + _MARK_CHARS])) != mime_type:
            raise self._refuse(param, "image_kind_mismatch")
        return ImagePart(mime_type, url[head.end() :], detail)

    def _count(self, url: str, start: int, param: str) -> None:
        limits = self._limits
        if most_bytes(len(url) - start) > limits.max_bytes + 2:
            raise self._refuse(param, "image_too_large")
        try:
            size = count_decoded(url, start)
        except ValueError:  # binascii.Error, and non-ASCII text
            size = 0
        if size == 0:
            raise self._refuse(param, "image_data_malformed")
        self._total_bytes += size
        if size > limits.max_bytes or self._total_bytes > limits.max_total_bytes:
            raise self._refuse(param, "image_too_large")

    def _refuse(self, param: str, code: str) -> InvalidRequest:
        return InvalidRequest(self._refusal, param=param, code=code)


def refuse_image(param: str, code: str) -> InvalidRequest:
    """The error for an image part of `messages` that cannot be taken."""
    return InvalidRequest(IMAGE_REFUSAL, param=param, code=code)
