"""A model behind HTTP: the request is written, sent, retried within seconds, read, and judged.

One class for all providers: what differs is the prompt (how a request is written) and the stream (how an answer is
read), both given at construction.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from openclaw_gateway.messages import AssistantMessage
from openclaw_gateway.model_errors import ModelError, ModelTimeout
from openclaw_gateway.models.answer import AnswerReader, AnswerStream, ErrorInStream
from openclaw_gateway.models.cooldowns import OF_KEY
from openclaw_gateway.models.http_client import Endpoint, Limits, UpstreamTrouble
from openclaw_gateway.models.model import ModelReply, ModelRequest, ModelTimings, Say
from openclaw_gateway.models.retry import Retries
from openclaw_gateway.models.usage import STOP_REASONS, estimate_usage


class Prompt(Protocol):
    """How a provider wants requests."""

    def write(self, request: ModelRequest) -> bytes:
        """The body. Raises InvalidRequest."""
        ...


@dataclass(frozen=True, slots=True)
class RemoteModelOptions:
    """What is known of a model entry. secrets: values that an error may never repeat. place: of its key in `Cooldowns`.

    has_other_keys: a rate limit is not waited out, because the next key is asked at once.
    """

    provider: str
    id: str
    api: str
    context_window: int
    max_output_tokens: int | None
    accepts_images: bool
    limits: Limits
    secrets: tuple[str, ...] = ()
    place: str = ""
    has_other_keys: bool = False


class RemoteModel:
    """See `model.Model`."""

    __slots__ = (
        "_endpoint",
        "_new_stream",
        "_options",
        "_prompt",
        "accepts_images",
        "context_window",
        "id",
        "max_output_tokens",
        "place",
        "provider",
    )

    def __init__(
        self,
        options: RemoteModelOptions,
        endpoint: Endpoint,
        prompt: Prompt,
        new_stream: Callable[[Say], AnswerStream],
    ) -> None:
        self._options = options
        self._endpoint = endpoint
        self._prompt = prompt
        self._new_stream = new_stream
        self.provider = options.provider
        self.place = options.place
        self.id = options.id
        self.context_window = options.context_window
        self.max_output_tokens = options.max_output_tokens
        self.accepts_images = options.accepts_images

    async def ask(self, request: ModelRequest, say: Say) -> ModelReply:
        """Ask, and ask again while that is promising and nothing was said yet."""
        body = self._prompt.write(request)
        now = time.perf_counter  # the loop's own clock may count whole milliseconds only (uvloop)
        began_at = now()
        retries: Retries | None = None
        while True:
            stream = self._new_stream(say)
            reader = AnswerReader(stream, now)
            try:
                return await self._ask_once(request, body, stream, reader, began_at, retries)
            except ModelError as error:
                if stream.draft.has_said or (self._options.has_other_keys and error.reason in OF_KEY):
                    raise
                from random import random  # 3 ms of imports that a good turn does not need

                retries = retries or Retries(began_at, random)
                delay_s = retries.next_delay_s(error, now())
                if delay_s is None:
                    raise
                await asyncio.sleep(delay_s)

    async def _ask_once(
        self,
        request: ModelRequest,
        body: bytes,
        stream: AnswerStream,
        reader: AnswerReader,
        began_at: float,
        retries: Retries | None,
    ) -> ModelReply:
        options = self._options
        try:
            is_whole = await self._endpoint.send(body, reader, options.limits)
            if reader.is_error:
                raise self._read_failure(reader)
            parts, finish_reason = reader.finish(is_whole=is_whole)
        except UpstreamTrouble as trouble:
            raise self._translate(trouble) from trouble
        usage = stream.usage() or estimate_usage(request, parts)
        message = AssistantMessage(
            parts,
            api=options.api,
            provider=options.provider,
            model=options.id,
            usage=usage,
            stop_reason=STOP_REASONS[finish_reason],
        )
        timings = ModelTimings(
            connected_ms=_milliseconds(reader.connected_at, began_at),
            first_token_ms=_milliseconds(reader.first_token_at, began_at),
            retries=retries.count if retries else 0,
        )
        return ModelReply(message, finish_reason, usage, timings)

    def _read_failure(self, reader: AnswerReader) -> ModelError:
        from openclaw_gateway.models.classify import classify, parse_retry_after  # only failures need it

        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reader.headers}
        return classify(
            reader.status,
            reader.error_body,
            provider=self.provider,
            model=self.id,
            retry_after_s=parse_retry_after(headers, time.time),
            secrets=self._options.secrets,
        )

    def _translate(self, trouble: UpstreamTrouble) -> ModelError:
        from openclaw_gateway.models.classify import classify_event

        provider, model = self.provider, self.id
        if isinstance(trouble, ErrorInStream):
            return classify_event(trouble.event, provider=provider, model=model, secrets=self._options.secrets)
        message = f"{provider}/{model}: {trouble.text}"
        if trouble.limit:
            return ModelTimeout(message, limit=trouble.limit, provider=provider, model=model)
        return trouble.kind(message, provider=provider, model=model)


def _milliseconds(at: float | None, began_at: float) -> float | None:
    return None if at is None else (at - began_at) * 1000
