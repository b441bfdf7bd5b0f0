"""The body of POST /v1/embeddings, read once. `null` is the same as absent, and unknown fields are ignored.

Source: OpenClaw docs/gateway/openai-http-api.md, "Embeddings"; OpenAI's API reference, "Create embeddings".
"""

import msgspec

from openclaw_gateway.dialects.openai.json_body import decode_body
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.models.embeddings import EmbeddingInput, EmbeddingRequest, Encoding

# OpenAI's own bound; what many servers behind take at once is less, and they say so.
MAX_INPUTS = 2048


class EmbeddingsBody(msgspec.Struct, frozen=True, gc=False):
    """The whole body. input: texts, or tokens of the model's own tokenizer."""

    model: str | None = None
    input: str | list[str | int | list[int]] | None = None
    encoding_format: Encoding | None = None
    dimensions: int | None = None
    user: str | None = None


class EmbeddingsOrder(msgspec.Struct, frozen=True, gc=False):
    """What a caller asks for. model: names the agent, as in chat."""

    model: str
    request: EmbeddingRequest


_decoder = msgspec.json.Decoder(EmbeddingsBody)


def parse_embeddings_request(body: bytes) -> EmbeddingsOrder:
    """Read a request. Raises InvalidRequest naming the field, and nothing else, whatever the bytes are."""
    asked = decode_body(_decoder, body, rephrase=_rephrase)
    if asked.model is None:
        raise InvalidRequest("Missing `model`.", param="model")
    dimensions = asked.dimensions
    if dimensions is not None and dimensions <= 0:
        raise InvalidRequest("dimensions: Too small: expected number to be >0", param="dimensions")
    request = EmbeddingRequest(_read_input(asked.input), dimensions, asked.encoding_format, asked.user)
    return EmbeddingsOrder(asked.model, request)


def _read_input(given: str | list[str | int | list[int]] | None) -> EmbeddingInput:
    match given:
        case None:
            raise _refuse_input()
        case str():
            if given:
                return given
        case _:
            return _read_batch(given)
    raise InvalidRequest("`input` must contain at least one non-empty string.", param="input")


def _read_batch(given: list[str | int | list[int]]) -> EmbeddingInput:
    texts = [item for item in given if isinstance(item, str)]
    tokens = [item for item in given if isinstance(item, int)]
    lists = [item for item in given if isinstance(item, list)]
    if not any(texts) and not tokens and not any(lists):
        raise InvalidRequest("`input` must contain at least one non-empty string.", param="input")
    if tokens:
        batch: EmbeddingInput = tokens
    else:
        batch = texts or lists
        if len(given) > MAX_INPUTS:
            raise InvalidRequest(f"`input` may hold at most {MAX_INPUTS} entries, got {len(given)}.", param="input")
    if len(batch) != len(given):
        raise InvalidRequest("`input` must not mix strings, tokens and lists of tokens.", param="input")
    return batch


def _rephrase(param: str, _: str | None) -> InvalidRequest | None:
    if param == "encoding_format":
        return InvalidRequest("`encoding_format` must be `float` or `base64`.", param=param)
    return _refuse_input() if param.startswith("input") else None


def _refuse_input() -> InvalidRequest:
    return InvalidRequest("`input` must be a string or an array of strings.", param="input")
