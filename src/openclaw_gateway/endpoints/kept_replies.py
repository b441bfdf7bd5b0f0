"""Whole answers that are kept by idempotency key: for requests that are no runs, but have effects all the same.

The request is done once, in a task that no client takes along; whoever sends it again waits for the same answer or gets
it from the store. The key is on disk before anything is done.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus

import msgspec

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.endpoints.idempotency import digest_request, key_reused, read_key
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError, Gone, RunInterrupted, StoreUnavailable
from openclaw_gateway.sessions.reply_record import ReplyRecord, ReplySlot

logger = logging.getLogger(__name__)

Handle = Callable[[HttpRequest], Awaitable[HttpReply]]
ReadKey = Callable[[HttpRequest], str | None]

MAX_REPLY_BYTES = 4 * 1024 * 1024

# What comes of a request that was done, well or badly. Any other answer, and an error of ours that is raised, says that
# nothing was done, so that the same request may do better.
_OUTCOMES = (HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR)

# "The outcome is unknown" and not "it failed": a tool that was cut off may have done all of its work.
_UNKNOWN_OUTCOME = (
    "the gateway ended in the middle of this request and its outcome is unknown; to do it again, send a new key"
)
_LOST_ANSWER = "this request was done, and its answer is not kept; to do it again, send a new key"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    status: int
    content_type: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


def key_of_head(request: HttpRequest) -> str | None:
    """The key where requests usually have it."""
    return read_key(request.headers)


class OnceByKey:
    """A handler whose every request with a key is done once. Requests without a key go straight to it.

    is_repeatable: the handler changes nothing, so a request whose answer was lost is simply done again.
    """

    def __init__(
        self, services: Services, handle: Handle, *, find_key: ReadKey = key_of_head, is_repeatable: bool = False
    ) -> None:
        self._services = services
        self._handle = handle
        self._find_key = find_key
        self._is_repeatable = is_repeatable
        self._at_work: dict[ReplySlot, tuple[bytes, asyncio.Task[HttpReply]]] = {}

    async def answer(self, request: HttpRequest) -> HttpReply:
        """The handler's answer, or the one that was given before.

        Raises what the handler raises, InvalidRequest for a malformed key, Conflict for one that came with another
        request, RunInterrupted where the gateway ended amid the first attempt, Gone where its answer is not kept.
        """
        key = self._find_key(request)
        if key is None:
            return await self._handle(request)
        digest = await digest_request(request)
        slot = ReplySlot(request.principal.subject, f"{request.method} {request.path}", key)
        known = self._at_work.get(slot)
        if known is None:
            work = asyncio.get_running_loop().create_task(self._do_once(request, slot, digest))
            known = self._at_work[slot] = (digest, work)
            work.add_done_callback(partial(self._leave, slot))
            self._services.kept_runs.own(work)
        expected, work = known
        if expected != digest:
            raise key_reused()
        # Waited for, not awaited: whoever leaves may not take the work of the others along.
        await asyncio.wait([work])
        if work.cancelled():
            raise RunInterrupted(_UNKNOWN_OUTCOME)
        return work.result()

    async def _do_once(self, request: HttpRequest, slot: ReplySlot, digest: bytes) -> HttpReply:
        records = self._services.store.reply_records
        existing = await records.claim(ReplyRecord(slot, digest, self._services.now_ms()))
        if existing is not None:
            if existing.digest != digest:
                raise key_reused()
            if existing.answer is not None or not self._is_repeatable:
                return _restore(existing)
        try:
            reply = await self._handle(msgspec.structs.replace(request, watch_disconnect=_outlive))
        except GatewayError:
            await records.forget(slot)
            raise
        except Exception:
            # A bug of ours, and nobody knows how far it came: not again under this key.
            await self._keep(slot, None)
            raise
        if reply.status in _OUTCOMES:
            await self._keep(
                slot, msgspec.msgpack.encode(_Kept(reply.status, reply.content_type, reply.headers, reply.body))
            )
        else:
            await records.forget(slot)
        return reply

    async def _keep(self, slot: ReplySlot, answer: bytes | None) -> None:
        """Store how it ended, if that is possible. It is done in any case, and the client is told the answer; a retry
        would find the outcome unknown.
        """
        fits = answer is not None and len(answer) <= MAX_REPLY_BYTES
        try:
            await self._services.store.reply_records.finish(slot, answer if fits else None)
        except StoreUnavailable as error:
            logger.warning("the answer to a %s with a key could not be kept: %s", slot.operation, error.message)

    def _leave(self, slot: ReplySlot, work: "asyncio.Task[HttpReply]") -> None:
        del self._at_work[slot]
        if not work.cancelled():
            work.exception()  # looked at, also if every client has left


def _restore(record: ReplyRecord) -> HttpReply:
    if not record.is_over:
        raise RunInterrupted(_UNKNOWN_OUTCOME)
    if record.answer is None:
        raise Gone(_LOST_ANSWER, code="answer_not_kept")
    kept = msgspec.msgpack.decode(record.answer, type=_Kept)
    return HttpReply(kept.status, kept.body, kept.content_type, [*kept.headers, (b"idempotent-replayed", b"true")])


def _outlive(_: Callable[[], object]) -> None:
    """A client that leaves is not told of: the work has others to answer to."""
