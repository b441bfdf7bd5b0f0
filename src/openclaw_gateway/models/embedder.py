"""A model that makes vectors, behind HTTP: asked, asked again within seconds where that is promising, and judged."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from openclaw_gateway.model_errors import ModelError, ModelServerError, ModelTimeout
from openclaw_gateway.models.answer import compressed, content_encoding_of
from openclaw_gateway.models.classify import classify, parse_retry_after
from openclaw_gateway.models.embeddings import EmbeddingRequest, Embeddings, read_answer, write_request
from openclaw_gateway.models.http_client import Endpoint, Limits, UpstreamTrouble
from openclaw_gateway.models.retry import Retries

# Reading a larger answer takes milliseconds, which other requests need not wait for.
MAX_BYTES_READ_ON_LOOP = 256 * 1024
MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Embedder:
    """One embedding model at one place. Immutable; may be asked by many at once.

    provider, id: the two halves of its reference. dimensions: length of its vectors unless a request says, or None.
    secrets: values that an error may never repeat.
    """

    provider: str
    id: str
    dimensions: int | None
    endpoint: Endpoint
    limits: Limits
    secrets: tuple[str, ...]

    async def embed(self, request: EmbeddingRequest) -> Embeddings:
        """The vectors. Raises a ModelError; cancelling cuts the connection before this returns."""
        from random import random

        if request.dimensions is None and self.dimensions is not None:
            request = msgspec.structs.replace(request, dimensions=self.dimensions)
        body = write_request(self.id, request)
        now = time.perf_counter
        retries = Retries(now(), random)
        while True:
            try:
                return await self._ask_once(body, request)
            except ModelError as error:
                delay_s = retries.next_delay_s(error, now())
                if delay_s is None:
                    raise
                await asyncio.sleep(delay_s)

    async def _ask_once(self, body: bytes, request: EmbeddingRequest) -> Embeddings:
        reader = _BodyReader()
        try:
            is_whole = await self.endpoint.send(body, reader, self.limits)
            if not 200 <= reader.status < 300:
                raise self._read_failure(reader)
            if not is_whole:
                raise UpstreamTrouble(ModelServerError, "its answer was cut off in the middle")
            answer = bytes(reader.body)
            if len(answer) > MAX_BYTES_READ_ON_LOOP:
                return await asyncio.to_thread(read_answer, answer, request)
            return read_answer(answer, request)
        except UpstreamTrouble as trouble:
            raise self._translate(trouble) from trouble

    def _read_failure(self, reader: "_BodyReader") -> ModelError:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reader.headers}
        return classify(
            reader.status,
            bytes(reader.body[:MAX_ERROR_BYTES]),
            provider=self.provider,
            model=self.id,
            retry_after_s=parse_retry_after(headers, time.time),
            secrets=self.secrets,
        )

    def _translate(self, trouble: UpstreamTrouble) -> ModelError:
        message = f"{self.provider}/{self.id}: {trouble.text}"
        if trouble.limit:
            return ModelTimeout(message, limit=trouble.limit, provider=self.provider, model=self.id)
        return trouble.kind(message, provider=self.provider, model=self.id)


class _BodyReader:
    """Keeps a whole answer; the connection bounds its size. See `http_connection.Reader`."""

    __slots__ = ("body", "has_begun", "headers", "linger_s", "status")

    def __init__(self) -> None:
        self.body = bytearray()
        self.status = 0
        self.headers: Sequence[tuple[bytes, bytes]] = ()
        self.has_begun = False
        self.linger_s: float | None = None

    def connected(self) -> None:
        """The request is on its way."""

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """The head is there."""
        self.status = status
        self.headers = headers
        if 200 <= status < 300 and (encoding := content_encoding_of(headers)):
            raise compressed(encoding)

    def feed(self, received: bytes) -> None:
        """More of the body."""
        self.has_begun = True
        if self.status < 300 or len(self.body) < MAX_ERROR_BYTES:
            self.body += received
