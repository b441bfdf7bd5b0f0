"""What one endpoint's config allows attachments to be."""

import msgspec

from openclaw_gateway.config.schema.gateway import FileFetch, ImageFetch


class AttachmentRules(msgspec.Struct, frozen=True):
    """The limits of one endpoint, as its config has them. max_url_parts: addresses in one request.

    place: where in the config they are.
    """

    images: ImageFetch
    files: FileFetch
    max_url_parts: int
    max_total_image_bytes: int
    place: str
