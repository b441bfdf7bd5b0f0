"""What a message over the protocol brings beside its text."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running, config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.endpoints.gateway.message_parts import MAX_BYTES, MAX_IMAGE_BYTES, count_bytes
from openclaw_gateway.messages import ImagePart, TextPart

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)


def base64(content: bytes) -> str:
    return b64encode(content).decode()


IMAGE = {"type": "image", "mimeType": "image/png", "fileName": "a.png", "content": base64(PNG)}
NOTES = {"mimeType": "text/plain", "fileName": "notes.txt", "content": base64(b"the harbour"), "sizeBytes": 11}


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway whose model sees images."""
    config = config_for(upstream)
    config["models"]["providers"]["up"]["models"][0]["input"] = ["text", "image"]
    async with running_gateway(tmp_path, upstream, config=config) as running:
        yield running


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client with the full grant."""
    async with connected(gateway) as connection:
        yield connection


def said(upstream: Upstream) -> Any:
    return upstream.requests[-1].json["messages"][-1]["content"]


async def send(client: ProtocolClient, **params: object) -> None:
    await client.ask("chat.send", sessionKey="files", idempotencyKey="k1", **params)
    assert (await client.ask("agent.wait", runId="k1"))["status"] == "ok"


async def test_files_are_text_and_images_are_parts(client: ProtocolClient, upstream: Upstream) -> None:
    """The model gets the words, the image as it is, and the file's text between marks."""
    await send(client, message="look", attachments=[IMAGE, NOTES])
    words, image, notes = said(upstream)
    assert words == {"type": "text", "text": "look"}
    assert image["image_url"]["url"] == f"data:image/png;base64,{base64(PNG)}"
    assert "the harbour" in notes["text"]
    assert "notes.txt" in notes["text"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        pytest.param("agent", {"sessionKey": "x"}, id="agent"),
        pytest.param("chat.send", {"sessionKey": "x"}, id="chat.send"),
        pytest.param("sessions.create", {"key": "x"}, id="sessions.create"),
        pytest.param("sessions.send", {"key": "x"}, id="sessions.send"),
    ],
)
async def test_every_way_in(client: ProtocolClient, upstream: Upstream, method: str, params: dict[str, Any]) -> None:
    """Each method that says something takes attachments, also as data URLs, and may say nothing beside."""
    await client.ask("sessions.create", key="x")
    attachment = {"content": f"data:text/plain;base64,{base64(b'the harbour')}"}
    await client.ask(method, message=" ", idempotencyKey="k1", attachments=[attachment], **params)
    assert (await client.ask("agent.wait", runId="k1"))["status"] == "ok"
    assert "the harbour" in str(said(upstream))


async def test_same_key_joins(client: ProtocolClient, upstream: Upstream) -> None:
    """The same message with the same attachments is the same request; other attachments are another one."""
    await send(client, message="look", attachments=[NOTES])
    await send(client, message="look", attachments=[NOTES])
    assert len(upstream.requests) == 1
    with pytest.raises(Refused, match="idempotencyKey was used"):
        await send(client, message="look", attachments=[IMAGE])


@pytest.mark.parametrize(
    ("attachment", "fault"),
    [
        pytest.param({"content": "%%%"}, "the base64 text is empty or broken", id="no base64"),
        pytest.param({"content": ""}, "the base64 text is empty or broken", id="empty"),
        pytest.param({"mimeType": "text/plain"}, "expected base64 text", id="no content"),
        pytest.param({"content": {"data": "eA=="}}, "expected base64 text", id="an object"),
        pytest.param({"content": "data:image/png,xx"}, "expected a data URL in base64", id="another data URL"),
        pytest.param({"content": "eHh4", "mimeType": "image/png"}, "not an image of a kind", id="no image"),
        pytest.param({"content": base64(b"\0\0\0\x18ftypheic")}, "HEIC", id="HEIC"),
        pytest.param({"content": "eHh4", "mimeType": "video/mp4"}, "type is not one of", id="a video"),
        pytest.param({"content": "/w==", "mimeType": "text/plain"}, "byte 0 is not utf-8 text", id="no text"),
        pytest.param({"content": base64(PNG + bytes(MAX_IMAGE_BYTES))}, "the image is larger", id="a large image"),
    ],
)
async def test_refusals_name_the_place(client: ProtocolClient, attachment: dict[str, Any], fault: str) -> None:
    """What cannot be read is refused with its place and the reason, and nothing is said to anybody."""
    with pytest.raises(Refused, match=rf"at /attachments/1/content: .*{fault}"):
        await send(client, message="look", attachments=[NOTES, attachment])
    assert (await client.ask("sessions.describe", key="files"))["session"] is None


async def test_bounds(gateway: Running) -> None:
    """What all may come to is told at connect and kept; there are not too many of them."""
    async with connected(gateway) as client:
        hello = next(frame for name, frame in client.frames if name == "connect")["payload"]
        assert hello["policy"]["attachments"] == {"maxBytes": MAX_BYTES, "maxImageBytes": MAX_IMAGE_BYTES}
        large = base64(bytes(MAX_BYTES // 2))
        with pytest.raises(Refused, match="are larger than"):
            async with asyncio.timeout(20):
                await send(client, message="x", attachments=[{"content": large}] * 2 + [NOTES])
        with pytest.raises(Refused, match="attachments"):
            await send(client, message="x", attachments=[NOTES] * 25)


def test_bytes_of_a_content() -> None:
    """Text counts as it is stored, everything else as it came."""
    assert count_bytes("ä") == 2
    assert count_bytes((TextPart("ab"), ImagePart("image/png", "xyz"))) == 5
