"""`attachments` of `chat.send`, `sessions.send`, `sessions.create` and `agent`: what a message brings beside its text.

Images and recordings become parts of the message; files become text between the same marks as over HTTP, and are read
under the same limits. Nothing is fetched: an attachment comes whole or not at all.
"""

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import AudioPart, ImagePart, TextPart, UserPart

if TYPE_CHECKING:
    from openclaw_gateway.attachments.rules import AttachmentRules

# As the original tells its clients in `policy.attachments`: what fits a frame in base64, and what models take.
MAX_BYTES: Final = 19_464_192
MAX_IMAGE_BYTES: Final = 6_291_456
MAX_ATTACHMENTS: Final = 24

_HEAD: Final = re.compile(r"data:(?P<mime>[a-z0-9.+/-]{0,64})(?:;[a-z0-9=._-]{1,64}){0,4};base64,", re.IGNORECASE)
_MAX_HEAD_CHARS: Final = 512
_LARGE_CHARS: Final = 256 * 1024
_SNIFFED_CHARS: Final = 24
_AUDIO_FORMATS: Final = {
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3",
}  # fmt: skip

_Word = Annotated[str, msgspec.Meta(max_length=1024)]


class AttachmentParam(msgspec.Struct, frozen=True, rename="camel"):
    """One attachment. content: base64, bare or as a data URL. What else the original knows of it changes nothing."""

    content: msgspec.Raw = msgspec.Raw(b"null")
    type: _Word | None = None
    mime_type: _Word | None = None
    file_name: _Word | None = None


Attachments = Annotated[tuple[AttachmentParam, ...], msgspec.Meta(max_length=MAX_ATTACHMENTS)]


async def read_parts(
    services: Services, method: str, message: str, attachments: tuple[AttachmentParam, ...]
) -> str | tuple[UserPart, ...]:
    """The content of the message. Raises InvalidRequest naming the attachment: `at /attachments/0/content: …`."""
    if not attachments:
        return message
    opened = [_Opened.of(attachment, f"/attachments/{at}/content", method) for at, attachment in enumerate(attachments)]
    if sum([len(one.base64) for one in opened]) // 4 * 3 > MAX_BYTES:
        raise opened[-1].refuse(f"the attachments are larger than {MAX_BYTES} bytes together")
    parts: list[UserPart] = [TextPart(message)] if message.strip() else []
    for one in opened:
        parts += await one.read(services)
    return tuple(parts)


def count_bytes(content: str | tuple[UserPart, ...]) -> int:
    """About how much memory a content takes, for the bound on what waits."""
    if isinstance(content, str):
        return len(content.encode())
    return sum([len(part.text.encode()) if isinstance(part, TextPart) else len(part.data) for part in content])


class _Opened(msgspec.Struct, frozen=True):
    """An attachment whose form was looked at. declared: its media type as the caller or its data URL has it."""

    method: str
    place: str
    base64: str
    declared: str
    file_name: str | None

    @classmethod
    def of(cls, attachment: AttachmentParam, place: str, method: str) -> "_Opened":
        declared = (attachment.mime_type or "").strip().lower()
        try:
            text = msgspec.json.decode(attachment.content, type=str)
        except msgspec.MsgspecError:
            raise cls(method, place, "", declared, None).refuse("expected base64 text") from None
        if text[:5].lower() == "data:":
            head = _HEAD.match(text[:_MAX_HEAD_CHARS])
            if head is None:
                raise cls(method, place, "", declared, None).refuse("expected a data URL in base64")
            declared, text = declared or head["mime"].lower(), text[head.end() :]
        return cls(method, place, text, declared, attachment.file_name)

    def refuse(self, fault: str) -> InvalidRequest:
        return InvalidRequest(
            f"invalid {self.method} params: at {self.place}: {fault}", param=self.place, code="attachment_refused"
        )

    async def read(self, services: Services) -> tuple[UserPart, ...]:
        from openclaw_gateway.attachments.base64_text import count_decoded, decode
        from openclaw_gateway.attachments.media_type import SNIFFED_BYTES, sniff
        from openclaw_gateway.attachments.reader import HEIF_TYPES
        from openclaw_gateway.config.schema.gateway import IMAGE_MIMES

        try:
            is_large = len(self.base64) > _LARGE_CHARS
            size = await asyncio.to_thread(count_decoded, self.base64) if is_large else count_decoded(self.base64)
            found = sniff(decode(self.base64[:_SNIFFED_CHARS])[:SNIFFED_BYTES]) if size else None
        except ValueError:
            size, found = 0, None
        if not size:
            raise self.refuse("the base64 text is empty or broken")
        if found in HEIF_TYPES:
            raise self.refuse("HEIC images are not read; send JPEG, PNG, GIF or WebP")
        if found is not None and found.startswith("image/") and found in IMAGE_MIMES:
            if size > MAX_IMAGE_BYTES:
                raise self.refuse(f"the image is larger than {MAX_IMAGE_BYTES} bytes")
            return (ImagePart(found, self.base64),)
        if self.declared.startswith("image/"):
            raise self.refuse("it is not an image of a kind that is read: JPEG, PNG, GIF or WebP")
        if self.declared in _AUDIO_FORMATS:
            return (AudioPart(self.base64, _AUDIO_FORMATS[self.declared]),)
        return await self._read_file(services)

    async def _read_file(self, services: Services) -> tuple[UserPart, ...]:
        from openclaw_gateway.attachments.attachment import FileAttachment

        file = FileAttachment(0, 0, self.place, self.base64, None, self.declared or None, self.file_name)
        try:
            (parts,) = await services.attachment_reader.read((file,), _rules())
        except InvalidRequest as error:
            fault = error.message.removeprefix(f"{self.place}: ")
            raise InvalidRequest(
                f"invalid {self.method} params: at {self.place}: {fault}", param=self.place, code=error.code
            ) from error
        return parts


def _rules() -> "AttachmentRules":
    from openclaw_gateway.attachments.rules import AttachmentRules
    from openclaw_gateway.config.schema.gateway import FileFetch, ImageFetch

    # How much of a file is shown is as over HTTP; how large it may be, the frame has bounded already.
    return AttachmentRules(ImageFetch(), FileFetch(max_bytes=MAX_BYTES), 0, MAX_BYTES, "attachments")
