"""Vectors as the answer of POST /v1/embeddings. Source: OpenAI's API reference, "Create embeddings"."""

from typing import Annotated

import msgspec

from openclaw_gateway.dialects.openai.error_body import replace_surrogates
from openclaw_gateway.models.embeddings import Embeddings


class EmbeddingRow(msgspec.Struct, frozen=True, gc=False):
    """One vector: numbers, or base64 of little-endian 32-bit floats, as the request asked."""

    embedding: Annotated[
        msgspec.Raw,
        msgspec.Meta(extra_json_schema={"anyOf": [{"type": "array", "items": {"type": "number"}}, {"type": "string"}]}),
    ]
    index: int
    object: str = "embedding"


class EmbeddingsUsage(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Tokens of the input. estimated: nobody counted, the gateway guessed from the length of the texts."""

    prompt_tokens: int
    total_tokens: int
    estimated: bool = False


class EmbeddingsReply(msgspec.Struct, frozen=True, gc=False):
    """The whole answer. model: as the caller spelled it."""

    data: list[EmbeddingRow]
    model: str
    usage: EmbeddingsUsage
    object: str = "list"


def encode_embeddings(embeddings: Embeddings, model: str) -> bytes:
    """The body of the answer."""
    rows = [EmbeddingRow(vector, index) for index, vector in enumerate(embeddings.vectors)]
    usage = EmbeddingsUsage(embeddings.prompt_tokens, embeddings.total_tokens, embeddings.estimated)
    return msgspec.json.encode(EmbeddingsReply(rows, replace_surrogates(model), usage))
