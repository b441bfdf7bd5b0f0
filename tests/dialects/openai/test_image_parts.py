"""Images inside requests and their limits."""

import base64
import json
from pathlib import Path

import pytest

from openclaw_gateway.attachments.attachment import ImageAttachment
from openclaw_gateway.dialects.openai.chat_request import ChatLimits, parse_chat_request
from openclaw_gateway.dialects.openai.image_parts import ImageLimits
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import ImagePart, UserMessage

PAGE = (Path(__file__).parents[3] / "docs/reference/chat-completions.md").read_text(encoding="utf-8")
LIMITS = ChatLimits(images=ImageLimits(max_parts=2, max_bytes=12, max_total_bytes=30))


MARKS = {"jpeg": b"\xff\xd8\xff", "jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF\0\0\0\0WEBP"}


def url(size: int = 3, mime: str = "image/jpeg") -> str:
    mark = MARKS.get(mime.lower().partition("/")[2].partition(";")[0], b"")
    return f"data:{mime};base64,{base64.b64encode(mark.ljust(size, bytes(1))).decode()}"


def said_to_be(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


def message(*images: object) -> dict[str, object]:
    return {"role": "user", "content": [{"type": "image_url", "image_url": image} for image in images]}


def read(*messages: dict[str, object]) -> list[ImagePart]:
    request = parse_chat_request(json.dumps({"messages": messages}).encode(), limits=LIMITS)
    users = [message for message in request.incoming if isinstance(message, UserMessage)]
    return [part for user in users for part in user.content if isinstance(part, ImagePart)]


@pytest.mark.parametrize(
    ("address", "mime"),
    [
        pytest.param(url(), "image/jpeg", id="plain"),
        pytest.param(url(mime="IMAGE/PNG"), "image/png", id="capitals"),
        pytest.param(url(mime="image/jpg"), "image/jpeg", id="common misspelling"),
        pytest.param(url(mime="image/webp;charset=utf-8"), "image/webp", id="parameter"),
        pytest.param(url(12), "image/jpeg", id="as large as allowed"),
    ],
)
def test_data_url_is_read(address: str, mime: str) -> None:
    """A data URL becomes an image of its type with its base64 text as it came."""
    assert read(message({"url": address})) == [ImagePart(mime, address.partition(",")[2])]


def test_images_of_earlier_messages_are_kept() -> None:
    """Images of every user message of the conversation are read, the number counted per message."""
    turns = [message({"url": url()}, {"url": url()}) for _ in range(4)]
    assert len(read(*turns)) == 8


@pytest.mark.parametrize(
    ("images", "at", "code"),
    [
        pytest.param([{"url": "https://example.com/cat.png"}], 0, "image_address_not_allowed", id="address"),
        pytest.param([{"url": "HTTP://127.0.0.1/"}], 0, "image_address_not_allowed", id="inner address"),
        pytest.param([{"url": "file:///etc/passwd"}], 0, "image_data_url_malformed", id="file"),
        pytest.param([{"url": ""}], 0, "image_data_url_malformed", id="empty"),
        pytest.param([{"url": "data:image/png,abc"}], 0, "image_data_url_malformed", id="not base64"),
        pytest.param([{"url": "data:image/png;base64,"}], 0, "image_data_malformed", id="no data"),
        pytest.param([{"url": "data:image/png;base64,A"}], 0, "image_data_malformed", id="cut data"),
        pytest.param([{"url": "data:image/png;base64,AA=A"}], 0, "image_data_malformed", id="padding inside"),
        pytest.param([{"url": "data:image/png;base64,ü==="}], 0, "image_data_malformed", id="not ASCII"),
        pytest.param([{"url": url(mime="text/html")}], 0, "image_type_not_supported", id="text"),
        pytest.param([{"url": url(mime="image/svg+xml")}], 0, "image_type_not_supported", id="vector image"),
        pytest.param([{"url": url(mime="image/HEIC")}], 0, "image_heic_not_supported", id="HEIC"),
        pytest.param([{"url": said_to_be("image/png", b"hello")}], 0, "image_kind_mismatch", id="text said to be PNG"),
        pytest.param([{"url": said_to_be("image/jpeg", MARKS["png"])}], 0, "image_kind_mismatch", id="PNG as JPEG"),
        pytest.param([{"url": said_to_be("image/gif", b"GIF")}], 0, "image_kind_mismatch", id="shorter than its mark"),
        pytest.param([{"url": url(13)}], 0, "image_too_large", id="a byte too large"),
        pytest.param([{"url": url(10_000)}], 0, "image_too_large", id="far too large"),
        pytest.param([{"url": url()}] * 3, 2, "too_many_images", id="too many"),
        pytest.param([{"url": url()}, {"detail": "low"}], 1, "image_part_malformed", id="no url"),
        pytest.param([url()], 0, "image_part_malformed", id="a string"),
        pytest.param([{"url": None}], 0, "image_part_malformed", id="null url"),
    ],
)
def test_other_images_are_refused(images: list[object], at: int, code: str) -> None:
    """Every violation is one sentence, with the part in `param` and a documented cause in `code`."""
    with pytest.raises(InvalidRequest) as refused:
        read({"role": "user", "content": "see"}, message(*images))
    assert refused.value.message == "Invalid image_url content in `messages`."
    assert (refused.value.param, refused.value.code) == (f"messages[1].content[{at}].image_url", code)
    assert f"| `{code}` |" in PAGE


def test_all_images_together_are_bounded() -> None:
    """The images of all messages together have a limit too."""
    with pytest.raises(InvalidRequest) as refused:
        read(message({"url": url(12)}, {"url": url(12)}), message({"url": url(12)}))
    assert (refused.value.param, refused.value.code) == ("messages[1].content[0].image_url", "image_too_large")


def test_address_waits_where_it_is_allowed() -> None:
    """Where addresses may be fetched they are left for that, in their place, and still counted."""
    limits = ChatLimits(images=ImageLimits(max_parts=2, allows_addresses=True))
    said = message({"url": url()}, {"url": "https://example.com/cat.png", "detail": "low"})
    request = parse_chat_request(json.dumps({"messages": [said]}).encode(), limits=limits)
    param = "messages[0].content[1].image_url"
    assert request.attachments == (
        ImageAttachment(0, 1, param, "https://example.com/cat.png", "Invalid image_url content in `messages`.", "low"),
    )
    with pytest.raises(InvalidRequest) as refused:
        parse_chat_request(json.dumps({"messages": [message(*[{"url": "http://a/"}] * 3)]}).encode(), limits=limits)
    assert refused.value.code == "too_many_images"
