"""`POST /v1/embeddings` from a client to the model's server and back, with OpenAI's own SDK."""

import asyncio
import base64
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openai
import pytest
from tests.running import TOKEN, Running, config_for, running_gateway
from tests.upstream import Raw, Upstream

JSON = {"content-type": "application/json"}


def embedding_config(upstream: Upstream, search: Mapping[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return config_for(upstream, memory={"search": {"provider": "up", "model": "vec", **(search or {})}}, **changes)


def plan_vectors(upstream: Upstream, *vectors: Any, usage: Any = "counted") -> None:
    """Queue an answer of these vectors."""
    answer: dict[str, Any] = {
        "object": "list",
        "model": "vec-0.1",
        "data": [{"object": "embedding", "index": place, "embedding": vector} for place, vector in enumerate(vectors)],
    }
    if usage == "counted":
        answer["usage"] = {"prompt_tokens": 5, "total_tokens": 5}
    upstream.plan(Raw(200, JSON, (json.dumps(answer).encode(),)))


def packed(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


async def embed(gateway: Running, headers: Mapping[str, str] | None = None, **fields: Any) -> Any:
    body = {"model": "openclaw", "input": "hi", **fields}
    return await gateway.http.post("/v1/embeddings", json=body, headers=dict(headers or {}))


async def test_batch_of_texts(tmp_path: Path, upstream: Upstream) -> None:
    """A batch goes to the agent's embedding model as it is, and the vectors come back in its order."""
    plan_vectors(upstream, [0.5, -1e-05], [2, 0.25])
    async with running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway:
        reply = await embed(gateway, input=["a", "b"], dimensions=2, user="me", encoding_format="float", extra=1)
    assert reply.status_code == 200
    assert reply.json() == {
        "object": "list",
        "model": "openclaw",
        "data": [
            {"object": "embedding", "index": 0, "embedding": [0.5, -1e-05]},
            {"object": "embedding", "index": 1, "embedding": [2, 0.25]},
        ],
        "usage": {"prompt_tokens": 5, "total_tokens": 5},
    }
    assert reply.headers["x-openclaw-agent-id"] == "main"
    assert reply.headers["x-openclaw-model"] == "up/vec"
    sent = upstream.requests[0]
    assert sent.path == "/v1/embeddings"
    assert sent.headers["authorization"] == "Bearer dummy-upstream-key"
    assert sent.json == {
        "model": "vec",
        "input": ["a", "b"],
        "encoding_format": "float",
        "dimensions": 2,
        "user": "me",
    }


@pytest.mark.parametrize("encoding", ["float", "base64", None])
@pytest.mark.parametrize(
    "given", [pytest.param([1.0, -0.5], id="server sends numbers"), pytest.param(packed(1, -0.5), id="base64")]
)
async def test_sdk_reads_every_encoding(tmp_path: Path, upstream: Upstream, encoding: Any, given: Any) -> None:
    """The official SDK gets the same vector whatever it asks for and whatever the server sends."""
    plan_vectors(upstream, given)
    options: Any = {} if encoding is None else {"encoding_format": encoding}
    async with (
        running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway,
        openai.AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=TOKEN, max_retries=0) as client,
    ):
        reply = await client.embeddings.create(model="openclaw/main", input="hi", **options)
    vector: Any = reply.data[0].embedding
    assert vector == (packed(1, -0.5) if encoding == "base64" else [1.0, -0.5])
    assert reply.usage.total_tokens == 5


async def test_tokens_are_forwarded(tmp_path: Path, upstream: Upstream) -> None:
    """Tokens of the model's own tokenizer reach it as they are."""
    plan_vectors(upstream, [1.0], [2.0], usage=None)
    async with running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway:
        reply = await embed(gateway, input=[[1, 2, 3], [4]])
    assert upstream.requests[0].json == {"model": "vec", "input": [[1, 2, 3], [4]]}
    assert reply.json()["usage"] == {"prompt_tokens": 4, "total_tokens": 4, "estimated": True}


@pytest.mark.parametrize(
    ("named", "sent"),
    [pytest.param("up/other", "other", id="whole reference"), pytest.param("other", "other", id="model alone")],
)
async def test_request_may_name_a_model(tmp_path: Path, upstream: Upstream, named: str, sent: str) -> None:
    """`x-openclaw-model` chooses another model of the agent's embedding provider."""
    plan_vectors(upstream, [1.0])
    async with running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway:
        reply = await embed(gateway, {"x-openclaw-model": named})
    assert reply.status_code == 200
    assert upstream.requests[0].json["model"] == sent


@pytest.mark.parametrize("named", ["openai/text-embedding-3-large", "none/x", "/", "up/", ""])
async def test_request_may_not_name_a_provider(tmp_path: Path, upstream: Upstream, named: str) -> None:
    """A provider that the agent's memory does not use is refused, and nobody is asked."""
    async with running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway:
        reply = await embed(gateway, {"x-openclaw-model": named})
    assert reply.status_code == 400
    message = "This agent does not allow that embedding provider on `/v1/embeddings`."
    assert reply.json()["error"]["message"] == message
    assert upstream.requests == []


async def test_naming_a_model_needs_admin(tmp_path: Path, upstream: Upstream) -> None:
    """`x-openclaw-model` spends the operator's money, so it needs operator.admin."""
    config = embedding_config(upstream)
    config["gateway"]["auth"] = {"mode": "none"}
    headers = {"x-openclaw-model": "up/other", "x-openclaw-scopes": "operator.write"}
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        reply = await embed(gateway, headers)
    assert reply.status_code == 403
    assert reply.json()["error"]["details"]["missingScope"] == "operator.admin"


async def test_without_a_provider_the_key_to_set_is_named(gateway: Running, upstream: Upstream) -> None:
    """With nothing configured the answer is a 400 that says what to set."""
    reply = await embed(gateway)
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert error["code"] == "embeddings_not_configured"
    assert "OPENAI_API_KEY" in error["message"]
    assert "memory.search.provider" in error["message"]
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("status", "expected", "code"),
    [
        pytest.param(401, 502, "upstream_auth", id="our key is refused"),
        pytest.param(400, 400, "upstream_rejected", id="request refused"),
        pytest.param(404, 502, "upstream_model_not_found", id="unknown model"),
    ],
)
async def test_errors_of_the_server(tmp_path: Path, upstream: Upstream, status: int, expected: int, code: str) -> None:
    """What the model's server says is told as for chat, without the key."""
    upstream.fail(status, "no: dummy-upstream-key")
    async with running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway:
        reply = await embed(gateway)
    assert (reply.status_code, reply.json()["error"]["code"]) == (expected, code)
    assert "dummy-upstream-key" not in reply.text


async def test_client_that_leaves_cuts_the_upstream(tmp_path: Path, upstream: Upstream) -> None:
    """Nobody waits for vectors that nobody will read."""
    upstream.hang_before_head()
    async with running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway:
        body = json.dumps({"model": "openclaw", "input": "hi"}).encode()
        host, port = gateway.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /v1/embeddings HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
        writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await upstream.wait_requests()
        writer.close()
        await upstream.wait_cut()


async def test_endpoint_is_off_by_default(tmp_path: Path, upstream: Upstream) -> None:
    """With both OpenAI endpoints off this one is off too, and says which key turns it on."""
    config = embedding_config(upstream, gateway={"mode": "local", "auth": {"mode": "token", "token": TOKEN}})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        reply = await embed(gateway)
    assert reply.status_code == 404
    assert "chatCompletions.enabled" in reply.text
