"""Whole answers that are kept by idempotency key: for requests that are no runs, but have effects all the same.

The request is done once, in a task that no client takes along; whoever sends it again waits for the same answer or gets
it from the store. The key is on disk before anything is done.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus

import msgspec

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.endpoints.idempotency import IDEMPOTENCY_KEY, digest_request, key_reused, read_key
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import Gone, RunInterrupted
from openclaw_gateway.identifiers import new_uuid
from openclaw_gateway.sessions.run_record import RunEnd, RunRecord

Handle = Callable[[HttpRequest], Awaitable[HttpReply]]

MAX_REPLY_BYTES = 4 * 1024 * 1024

# What comes of a request that was done, well or badly. Any other answer says that nothing was done, so that the same
# request may do better.
_OUTCOMES = (HTTPStatus.OK, HTTPStatus.INTERNAL_SERVER_ERROR)


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    status: int
    content_type: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


class OnceByKey:
    """A handler whose every request with a key is done once. Requests without a key go straight to it."""

    def __init__(self, services: Services, handle: Handle) -> None:
        self._services = services
        self._handle = handle
        self._at_work: dict[tuple[str, str, str], tuple[bytes, asyncio.Task[HttpReply]]] = {}

    async def answer(self, request: HttpRequest) -> HttpReply:
        """The handler's answer, or the one that was given before.

        Raises what the handler raises, InvalidRequest for a malformed key, Conflict for one that came with another
        request, RunInterrupted where the gateway ended amid the first attempt.
        """
        if IDEMPOTENCY_KEY not in request.headers:
            return await self._handle(request)
        key = read_key(request.headers) or ""
        digest = await digest_request(request)
        slot = (request.principal.subject, f"{request.method} {request.path}", key)
        known = self._at_work.get(slot)
        if known is None:
            work = asyncio.get_running_loop().create_task(self._do_once(request, slot, digest))
            known = self._at_work[slot] = (digest, work)
            work.add_done_callback(partial(self._forget, slot))
            self._services.kept_runs.own(work)
        if known[0] != digest:
            raise key_reused()
        # Shielded: whoever leaves may not take the work of the others along.
        return await asyncio.shield(known[1])

    async def _do_once(self, request: HttpRequest, slot: tuple[str, str, str], digest: bytes) -> HttpReply:
        services = self._services
        records, now_ms = services.store.run_records, services.now_ms()
        subject, operation, key = slot
        record = RunRecord(new_uuid(), subject, operation, key, digest, "", "", "", now_ms)
        existing = await records.claim(record)
        if existing is not None:
            if existing.digest != digest:
                raise key_reused()
            return _restore(existing, await records.load_first(existing.run_id))
        try:
            reply = await self._handle(msgspec.structs.replace(request, watch_disconnect=_outlive))
        except Exception:
            await records.forget(record.run_id)
            raise
        if reply.status in _OUTCOMES:
            piece = msgspec.msgpack.encode(_Kept(reply.status, reply.content_type, reply.headers, reply.body))
            kept = piece if len(piece) <= MAX_REPLY_BYTES else None
            await records.write(record.run_id, 0, kept, RunEnd(services.now_ms(), is_key_free=False))
        else:
            await records.forget(record.run_id)
        return reply

    def _forget(self, slot: tuple[str, str, str], work: "asyncio.Task[HttpReply]") -> None:
        del self._at_work[slot]
        if not work.cancelled():
            work.exception()  # looked at, also if every client has left


def _restore(record: RunRecord, piece: bytes | None) -> HttpReply:
    if record.ended_at_ms is None:
        raise RunInterrupted("the gateway ended in the middle of this request; what was done until then is done")
    if piece is None:
        raise Gone("the request was done, and its answer was too much to keep", code="events_not_kept")
    kept = msgspec.msgpack.decode(piece, type=_Kept)
    return HttpReply(kept.status, kept.body, kept.content_type, [*kept.headers, (b"idempotent-replayed", b"true")])


def _outlive(_: Callable[[], object]) -> None:
    """A client that leaves is not told of: the work has others to answer to."""
