"""Images, files and recordings, from a request to the model, within what the config allows."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.attachments.network import network
from tests.attachments.pdfs import pdf
from tests.running import TOKEN, Running, config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.attachments.reader import AttachmentReader

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
PNG_URL = f"data:image/png;base64,{b64encode(PNG).decode()}"
IMAGE = {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "low"}}
RECORDING = {"type": "input_audio", "input_audio": {"data": "SGk=", "format": "wav"}}
SEE = {"type": "text", "text": "see"}
KEY = {"x-openclaw-session-key": "pictures"}


def config(upstream: Upstream, *kinds: str, **endpoint: Any) -> dict[str, Any]:
    """A config whose model takes these kinds of input."""
    made = config_for(upstream)
    made["models"]["providers"]["up"]["models"] = [
        {"id": "tiny", "input": ["text", *kinds]},
        {"id": "blind", "input": ["text"]},
    ]
    made["gateway"]["http"]["endpoints"]["chatCompletions"] |= endpoint
    return made


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway whose model sees and hears."""
    async with running_gateway(tmp_path, upstream, config=config(upstream, "image", "audio")) as running:
        yield running


def user(*parts: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def file(content: bytes, **fields: Any) -> dict[str, Any]:
    return {"type": "file", "file": {"file_data": b64encode(content).decode(), **fields}}


async def test_sdk_sends_all_kinds(gateway: Running, upstream: Upstream) -> None:
    """What OpenAI's SDK sends reaches the model in place: images and recordings as they are, files as marked text."""
    parts: Any = [SEE, IMAGE, file(b"a,b\n1,2", filename="t.csv"), file(pdf("from a pdf"), filename="a.pdf"), RECORDING]
    async with openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=TOKEN, max_retries=0) as client:
        await client.chat.completions.create(model="openclaw", messages=[{"role": "user", "content": parts}])
    sent = upstream.requests[0].json["messages"][1]["content"]
    assert [part["type"] for part in sent] == ["text", "image_url", "text", "text", "input_audio"]
    assert sent[1] == IMAGE
    assert "File: t.csv (text/csv)\n---\na,b\n1,2\n<<<END_EXTERNAL_UNTRUSTED_CONTENT" in sent[2]["text"]
    assert "from a pdf" in sent[3]["text"]
    assert sent[4] == RECORDING


async def test_resent_files_are_recognised(gateway: Running, upstream: Upstream) -> None:
    """A chat with a file and an image that is sent again is the same chat: the session grows by what is new."""
    first = user(SEE, IMAGE, file(pdf("from a pdf"), filename="a.pdf"))
    reply = (await gateway.chat(first, headers=KEY)).json()["choices"][0]["message"]
    await gateway.chat(first, reply, "and now?", headers=KEY)
    assert len(await gateway.history("pictures")) == 4
    assert len(upstream.requests[1].json["messages"]) == 4


@pytest.mark.parametrize(
    ("part", "code"),
    [pytest.param(IMAGE, "image_not_accepted", id="image"), pytest.param(RECORDING, "audio_not_accepted", id="audio")],
)
async def test_model_without_eyes_or_ears_says_so(gateway: Running, upstream: Upstream, part: Any, code: str) -> None:
    """A model whose entry lacks the input is a 400 and is not asked, also when the part lies deep in the session."""
    blind = {"x-openclaw-model": "up/blind"}
    fresh = await gateway.chat(user(SEE, part), headers=blind)
    assert (fresh.status_code, fresh.json()["error"]["code"]) == (400, code)
    assert upstream.requests == []
    await gateway.chat(user(SEE, part), headers=KEY)
    for turn in ("two", "three"):
        await gateway.chat(turn, headers=KEY)
    deep = await gateway.chat("four", headers=KEY | blind)
    assert (deep.status_code, deep.json()["error"]["code"]) == (400, code)
    assert len(upstream.requests) == 3


async def test_stand_in_that_cannot_see_is_passed_over(tmp_path: Path, upstream: Upstream) -> None:
    """When the model fails, a fallback without image input does not turn the failure into the caller's fault."""
    made = config(upstream, "image")
    made["agents"]["defaults"]["model"] = {"primary": "up/tiny", "fallbacks": ["up/blind"]}
    async with running_gateway(tmp_path, upstream, config=made) as gateway:
        for _ in range(4):
            upstream.fail(500)
        assert (await gateway.chat(user(IMAGE))).status_code == 502


@pytest.mark.parametrize(
    ("endpoint", "parts", "param", "code"),
    [
        pytest.param({"maxImageParts": 1}, [IMAGE, IMAGE], "content[1].image_url", "too_many_images", id="count"),
        pytest.param({"images": {"maxBytes": 5}}, [IMAGE], "content[0].image_url", "image_too_large", id="size"),
        pytest.param({"maxTotalImageBytes": 20}, [IMAGE, IMAGE], "content[1].image_url", "image_too_large", id="sum"),
        pytest.param(
            {"images": {"allowedMimes": ["image/jpeg"]}},
            [IMAGE],
            "content[0].image_url",
            "image_type_not_supported",
            id="type",
        ),
        pytest.param(
            {"files": {"maxBytes": 5}},
            [file(b"123456", filename="a.txt")],
            "content[0].file",
            "file_too_large",
            id="file",
        ),
        pytest.param({}, [SEE, file(b"MZ")], "content[1].file", "file_type_not_supported", id="unknown file"),
    ],
)
async def test_limits_of_the_config_hold(
    tmp_path: Path, upstream: Upstream, endpoint: dict[str, Any], parts: list[Any], param: str, code: str
) -> None:
    """Each limit is read from the config, and the part that passed it is named."""
    async with running_gateway(tmp_path, upstream, config=config(upstream, "image", **endpoint)) as gateway:
        reply = await gateway.chat(user(*parts))
        error = reply.json()["error"]
        assert (reply.status_code, error["param"], error["code"]) == (400, f"messages[0].{param}", code)
        assert upstream.requests == []


async def test_addresses_are_off_by_default(gateway: Running) -> None:
    """Nothing is fetched unless the config says so."""
    async with network() as net:
        gateway.gateway.services.attachments = AttachmentReader(net.fetcher)
        reply = await gateway.chat(user({"type": "image_url", "image_url": {"url": "https://pics.example/a.png"}}))
        assert reply.json()["error"] == {
            "message": "Invalid image_url content in `messages`.",
            "type": "invalid_request_error",
            "param": "messages[0].content[0].image_url",
            "code": "image_address_not_allowed",
        }
        assert net.resolved == []


async def test_addresses_can_be_on(tmp_path: Path, upstream: Upstream) -> None:
    """With `images.allowUrl` an image is fetched and reaches the model as data; hosts beside the list are not asked."""
    images = {"allowUrl": True, "urlAllowlist": ["*.example"]}
    async with (
        running_gateway(tmp_path, upstream, config=config(upstream, "image", images=images)) as gateway,
        network() as net,
    ):
        gateway.gateway.services.attachments = AttachmentReader(net.fetcher)
        net.serve("pics.example", PNG)
        good = await gateway.chat(user({"type": "image_url", "image_url": {"url": "http://pics.example/a"}}))
        assert good.status_code == 200
        sent = upstream.requests[0].json["messages"][1]["content"]
        assert sent == [{"type": "image_url", "image_url": {"url": PNG_URL}}]
        bad = await gateway.chat(user({"type": "image_url", "image_url": {"url": "http://pics.test/a"}}))
        assert bad.json()["error"]["code"] == "image_address_not_allowed"
        assert net.resolved == ["pics.example"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::ffff:127.0.0.1]:{port}/"]
)
async def test_p13_this_machine_is_never_fetched(tmp_path: Path, upstream: Upstream, url: str) -> None:
    """With addresses on, the real resolver and the real network, our own machine gets no connection."""
    made = config(upstream, "image", images={"allowUrl": True})
    async with running_gateway(tmp_path, upstream, config=made) as gateway:
        opened = upstream.connections_opened
        address = url.format(port=upstream.port)
        reply = await gateway.chat(user({"type": "image_url", "image_url": {"url": address}}))
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "image_address_not_allowed")
        assert upstream.connections_opened == opened
        assert "127.0.0.1" not in reply.text


async def test_large_images_do_not_hold_others_up(gateway: Running, upstream: Upstream) -> None:
    """A body of many megabytes is taken apart while the gateway answers others; it arrives whole."""
    content = PNG + bytes(9_000_000)
    url = f"data:image/png;base64,{b64encode(content).decode()}"
    reply = await gateway.chat(user({"type": "image_url", "image_url": {"url": url}}))
    assert reply.status_code == 200
    assert json.loads(upstream.requests[0].body)["messages"][1]["content"][0]["image_url"]["url"] == url


@pytest.mark.parametrize(
    ("allowed", "status"),
    [pytest.param(["json_object"], 400, id="lacking"), pytest.param(["json_schema"], 200, id="listed")],
)
async def test_response_format_that_the_model_lacks(
    tmp_path: Path, upstream: Upstream, allowed: list[str], status: int
) -> None:
    """A format is passed on unchanged, and refused by name where the model's entry says that it cannot."""
    made = config(upstream)
    made["models"]["providers"]["up"]["models"][0]["compat"] = {"responseFormats": allowed}
    response_format = {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}}
    async with running_gateway(tmp_path, upstream, config=made) as gateway:
        reply = await gateway.chat("hi", response_format=response_format)
    assert reply.status_code == status
    if status == 200:
        assert upstream.requests[0].json["response_format"] == response_format
    else:
        assert reply.json()["error"]["param"] == "response_format"
