"""Texts to vectors in OpenAI's form: how a request is written for a model's server, and what its answer must be.

Vectors pass through as the JSON text that the server wrote. They are looked at, so that nothing broken is passed on,
and rewritten only when the server used the other encoding: some ignore `encoding_format`, some know only base64.
Source: OpenAI's API reference, "Create embeddings".
"""

import math
import struct
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import Literal

import msgspec

from openclaw_gateway.json_errors import JSON_ERRORS
from openclaw_gateway.model_errors import ModelProtocolError
from openclaw_gateway.models.http_connection import UpstreamTrouble
from openclaw_gateway.models.usage import Count

Encoding = Literal["float", "base64"]
EmbeddingInput = str | list[str] | list[int] | list[list[int]]

CHARS_PER_TOKEN = 4
_FLOAT_BYTES = 4
# All that JSON numbers, their commas and white space are made of: what is left of a vector of numbers is one bracket.
_IN_NUMBERS = b"0123456789+-.eE, \t\r\n]"


class EmbeddingRequest(msgspec.Struct, frozen=True, gc=False):
    """Texts, or tokens of the model's own tokenizer, to be made vectors. None: the caller was silent."""

    input: EmbeddingInput
    dimensions: int | None = None
    encoding: Encoding | None = None
    user: str | None = None

    @property
    def count(self) -> int:
        """How many vectors are due."""
        texts = self.input
        return len(texts) if isinstance(texts, list) and texts and not isinstance(texts[0], int) else 1


class Embeddings(msgspec.Struct, frozen=True, gc=False):
    """The vectors in the order of the inputs, each as JSON text in the encoding that was asked for.

    estimated: the server did not count, so we did, by the length of the texts.
    """

    vectors: tuple[msgspec.Raw, ...]
    prompt_tokens: int
    total_tokens: int
    estimated: bool = False


class _Body(msgspec.Struct, omit_defaults=True):
    model: str
    input: EmbeddingInput
    encoding_format: Encoding | None = None
    dimensions: int | None = None
    user: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: Count
    total_tokens: Count | None = None


class _Vector(msgspec.Struct):
    embedding: msgspec.Raw
    index: int | None = None


class _Answer(msgspec.Struct):
    data: list[_Vector]
    usage: msgspec.Raw = msgspec.Raw(b"null")


_decode_answer = msgspec.json.Decoder(_Answer).decode
_decode_usage = msgspec.json.Decoder(_Usage | None).decode
_decode_floats = msgspec.json.Decoder(list[float]).decode
_decode_text = msgspec.json.Decoder(str).decode


def write_request(model: str, request: EmbeddingRequest) -> bytes:
    """The body for a model's server; what the caller was silent about is not in it."""
    body = _Body(model, request.input, request.encoding, request.dimensions, request.user)
    return msgspec.json.encode(body)


def read_answer(body: bytes, request: EmbeddingRequest) -> Embeddings:
    """What a server answered with 200. Raises UpstreamTrouble for anything but one good vector for each input."""
    try:
        answer = _decode_answer(body)
        convert = _to_base64 if request.encoding == "base64" else _to_floats
        vectors = tuple([convert(vector.embedding) for vector in _in_order(answer.data)])
    except (ValueError, OverflowError, RecursionError, struct.error, Base64Error):
        raise UpstreamTrouble(ModelProtocolError, "its answer is not a list of embeddings") from None
    if len(vectors) != request.count:
        text = f"it answered {len(vectors)} embeddings for {request.count} inputs"
        raise UpstreamTrouble(ModelProtocolError, text)
    usage = _read_usage(answer.usage)
    if usage is None:
        guess = _estimate_tokens(request.input)
        return Embeddings(vectors, guess, guess, estimated=True)
    prompt = int(usage.prompt_tokens)
    return Embeddings(vectors, prompt, prompt if usage.total_tokens is None else int(usage.total_tokens))


def _read_usage(raw: msgspec.Raw) -> _Usage | None:
    """What the server counted; None for silence, and for what cannot be a count."""
    try:
        usage: _Usage | None = _decode_usage(raw)
    except JSON_ERRORS:
        return None
    return usage


def _in_order(vectors: list[_Vector]) -> list[_Vector]:
    """By index where every vector has its own; servers that batch answer in any order, others count from 0 twice."""
    places = {vector.index: vector for vector in vectors}
    if places.keys() == set(range(len(vectors))):
        return [places[place] for place in range(len(vectors))]
    return vectors


def _to_floats(raw: msgspec.Raw) -> msgspec.Raw:
    text = bytes(raw).strip()
    if text.startswith(b'"'):
        packed = a2b_base64(_decode_text(text), strict_mode=True)
        numbers = struct.unpack(f"<{len(packed) // _FLOAT_BYTES}f", packed)
        if not numbers or not all(map(math.isfinite, numbers)):
            raise ValueError(len(numbers))
        return msgspec.Raw(msgspec.json.encode(numbers))
    if text.translate(None, _IN_NUMBERS) != b"[" or text == b"[]":
        raise ValueError(text[:1])
    return raw


def _to_base64(raw: msgspec.Raw) -> msgspec.Raw:
    text = bytes(raw).strip()
    if not text.startswith(b'"'):
        numbers = _decode_floats(text)
        packed = struct.pack(f"<{len(numbers)}f", *numbers)
        raw = msgspec.Raw(b'"%b"' % b64encode(packed))
    else:
        packed = a2b_base64(_decode_text(text), strict_mode=True)
    if not packed or len(packed) % _FLOAT_BYTES:
        raise ValueError(len(packed))
    return raw


def _estimate_tokens(texts: EmbeddingInput) -> int:
    """A quarter of the characters; tokens count themselves."""
    if isinstance(texts, str):
        return -(-len(texts) // CHARS_PER_TOKEN)
    return sum(
        [
            1 if isinstance(text, int) else len(text) if isinstance(text, list) else _estimate_tokens(text)
            for text in texts
        ]
    )
