"""What the config allows a request of the OpenAI endpoints to bring, in the form that the parsers take."""

from collections.abc import Mapping, Sequence

import msgspec

from openclaw_gateway.attachments.attachment import Attachment, fill
from openclaw_gateway.attachments.rules import AttachmentRules
from openclaw_gateway.config.schema.gateway import ChatCompletionsEndpoint, ImageFetch, ResponsesEndpoint
from openclaw_gateway.dialects.openai.image_parts import ImageLimits
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.messages import Message

# From here on a body is parsed in a thread: below, it takes less time than the way there and back.
LARGE_BODY_BYTES = 512 * 1024

_CHAT = "gateway.http.endpoints.chatCompletions"
_RESPONSES = "gateway.http.endpoints.responses"
# Chat keeps the original's sentence, and the original fetches none there either; here its clients learn what to set.
_NO_IMAGE_ADDRESS = (
    f"Image addresses are not fetched; set {_RESPONSES}.images.allowUrl to true, or send the image as a data URL."
)


class RequestLimits(msgspec.Struct, frozen=True):
    """Made once for each revision of an endpoint's config."""

    images: ImageLimits
    attachments: AttachmentRules

    @classmethod
    def of_chat(cls, endpoint: ChatCompletionsEndpoint) -> "RequestLimits":
        """Those of POST /v1/chat/completions."""
        total = endpoint.max_total_image_bytes
        limits = _limit_images(endpoint.images, endpoint.max_image_parts, total)
        rules = AttachmentRules(endpoint.images, endpoint.files, endpoint.max_url_parts, total, _CHAT)
        return cls(limits, rules)

    @classmethod
    def of_responses(cls, endpoint: ResponsesEndpoint) -> "RequestLimits":
        """Those of POST /v1/responses, whose counts of images are the defaults of chat."""
        counts = ChatCompletionsEndpoint()
        total = counts.max_total_image_bytes
        limits = _limit_images(endpoint.images, counts.max_image_parts, total, _NO_IMAGE_ADDRESS)
        rules = AttachmentRules(endpoint.images, endpoint.files, endpoint.max_url_parts, total, _RESPONSES)
        return cls(limits, rules)


def _limit_images(
    images: ImageFetch, max_parts: int, max_total_bytes: int, address_refusal: str | None = None
) -> ImageLimits:
    mimes = frozenset(images.allowed_mimes)
    return ImageLimits(max_parts, images.max_bytes, max_total_bytes, mimes, images.allow_url, address_refusal)


async def read_attachments(
    services: Services, messages: Sequence[Message], attachments: Sequence[Attachment], rules: AttachmentRules
) -> tuple[Message, ...]:
    """The conversation with everything in place that it brought. Raises InvalidRequest naming the part."""
    return fill(messages, attachments, await services.attachment_reader.read(attachments, rules))


def find_chat(headers: Mapping[str, str], names: Sequence[str]) -> tuple[str, str] | None:
    """The header by which a known client names its chat, and its value; names: `gateway.http.sessionHeaders`."""
    for name in names:
        if (value := headers.get(name)) is not None:
            return name, value
    return None
