"""An embedding model behind HTTP, against a real server."""

import json
from typing import Any

import pytest
from tests.upstream import CUT, Raw, Upstream

from openclaw_gateway.config.schema import Config
from openclaw_gateway.model_errors import (
    ModelAnswerTooLarge,
    ModelError,
    ModelProtocolError,
    ModelRateLimited,
    ModelServerError,
    ModelUnreachable,
)
from openclaw_gateway.models.catalog import Catalog
from openclaw_gateway.models.embedder import Embedder
from openclaw_gateway.models.embeddings import EmbeddingRequest
from openclaw_gateway.models.http_client import HttpClient

JSON = {"content-type": "application/json"}
HI = EmbeddingRequest("hi")


def embedder(client: HttpClient, upstream: Upstream, **search: Any) -> Embedder:
    import msgspec

    tree = {
        "models": {"providers": {"up": {"baseUrl": upstream.url, "apiKey": "dummy-key"}}},
        "memory": {"search": {"provider": "up", "model": "vec", **search}},
    }
    return Catalog.build(msgspec.convert(tree, Config), {}, client).embeddings.resolve("main", None)


def plan(upstream: Upstream, *vectors: list[float]) -> None:
    body = json.dumps({"data": [{"embedding": vector} for vector in vectors]}).encode()
    upstream.plan(Raw(200, JSON, (body,)))


async def test_configured_dimensions(client: HttpClient, upstream: Upstream) -> None:
    """Vectors are as long as the config says unless the request does."""
    plan(upstream, [1])
    plan(upstream, [1])
    model = embedder(client, upstream, outputDimensionality=256)
    await model.embed(HI)
    await model.embed(EmbeddingRequest("hi", dimensions=8))
    assert [seen.json["dimensions"] for seen in upstream.requests] == [256, 8]


async def test_large_answer(client: HttpClient, upstream: Upstream) -> None:
    """A whole batch of long vectors arrives complete."""
    plan(upstream, *[[place + 0.5] * 1536 for place in range(300)])
    found = await embedder(client, upstream).embed(EmbeddingRequest(["text"] * 300, encoding="float"))
    assert json.loads(bytes(found.vectors[299])) == [299.5] * 1536


async def test_passing_failure_is_tried_again(client: HttpClient, upstream: Upstream) -> None:
    """A server that fails once is asked once more."""
    upstream.fail(500)
    plan(upstream, [1])
    assert len((await embedder(client, upstream).embed(HI)).vectors) == 1
    assert len(upstream.requests) == 2


@pytest.mark.parametrize(
    ("planned", "kind"),
    [
        pytest.param(Raw(429, {**JSON, "retry-after": "60"}, (b"{}",)), ModelRateLimited, id="rate limit"),
        pytest.param(Raw(200, JSON, (b"<html>",)), ModelProtocolError, id="page"),
        pytest.param(Raw(200, JSON, (b"x" * 65536,), repeat_last=800), ModelAnswerTooLarge, id="50 MB"),
        pytest.param(Raw(418, JSON, (b"x" * 65536,), repeat_last=800), ModelAnswerTooLarge, id="50 MB of error"),
    ],
)
async def test_failures(client: HttpClient, upstream: Upstream, planned: Raw, kind: type[ModelError]) -> None:
    """What cannot be mended by asking again is told at once, with the model's name."""
    upstream.plan(planned)
    with pytest.raises(kind, match="up/vec"):
        await embedder(client, upstream).embed(HI)
    assert len(upstream.requests) == 1


async def test_answer_cut_off(client: HttpClient, upstream: Upstream) -> None:
    """Half an answer is none."""
    for _ in range(3):
        upstream.plan(Raw(200, JSON, (b'{"data":[{"embedding":[1]}', CUT)))
    with pytest.raises((ModelServerError, ModelUnreachable), match="up/vec"):
        await embedder(client, upstream).embed(HI)
