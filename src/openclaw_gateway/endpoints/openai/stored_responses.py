"""`/v1/responses/{id}`: look at a response, read its events again or as they come, cancel it, delete it.

A response is there for the credential that made it alone. It is read from its run as long as that is in memory, and
from the session's messages after that.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from openclaw_gateway.auth.scopes import WRITE, is_granted
from openclaw_gateway.dialects.openai.responses_draft import ResponseDraft
from openclaw_gateway.dialects.openai.responses_input_items import list_items, read_page, read_query
from openclaw_gateway.dialects.openai.responses_replay import find_output, replay
from openclaw_gateway.dialects.openai.responses_request import response_id, run_of
from openclaw_gateway.dialects.openai.responses_stream import FROM_THE_START, ResponseStream
from openclaw_gateway.dialects.openai.responses_terms import ResponseTerms
from openclaw_gateway.endpoints.exchange import BEGINNING, HttpReply, HttpRequest, Reply, StreamReply
from openclaw_gateway.endpoints.idempotency import is_cut_short
from openclaw_gateway.endpoints.openai.delivery import tell_decisions, tell_failure
from openclaw_gateway.endpoints.seen_run import SeenRun
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError, Gone, InvalidRequest, MissingScope, NotFound, RunCancelled
from openclaw_gateway.events import RunEvent
from openclaw_gateway.runs.event_log import EventLog
from openclaw_gateway.sessions.response import StoredResponse
from openclaw_gateway.sessions.session import Entry

_EVENT_STREAM: Final = "text/event-stream; charset=utf-8"

_decode_terms = msgspec.json.Decoder(ResponseTerms).decode


class StoredResponses:
    """The endpoints over one gateway. Each raises NotFound for a response that is not there or somebody else's."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, request: HttpRequest) -> Reply:
        """GET: the response as it is now, or its events (`?stream=true`, `&starting_after=N`). DELETE: remove it."""
        if request.method == "DELETE":
            return await self._delete(request)
        fields = read_query(request.query)
        record = await self._find(request)
        if fields.get("stream", "false").lower() in ("true", "1"):
            return await self._stream(record, _read_number(fields.get("starting_after")))
        return await self._describe(record)

    async def cancel(self, request: HttpRequest) -> HttpReply:
        """End the response's run; one that is over stays what it is. Answered when the run has ended."""
        record = await self._find(request)
        run = self._services.runs.find(record.run_id)
        if run is None:
            return await self._describe(record)
        run.cancel(RunCancelled("the response was cancelled by POST /v1/responses/{id}/cancel"))
        await run.log.wait_last()
        return _render(record, run.log.events)

    async def input_items(self, request: HttpRequest) -> HttpReply:
        """What the response was made from, in pages."""
        page = read_page(request.query)
        record = await self._find(request)
        path = await self._services.store.responses.read_path(record)
        start, output = _split(path, record.run_id)
        messages = [(entry.id, entry.message) for entry in path[: start + output]]
        return HttpReply(200, list_items(messages, _decode_terms(record.terms).caller_tools, page))

    async def _find(self, request: HttpRequest) -> StoredResponse:
        asked = request.path_params["id"]
        run_id = run_of(asked)
        record = await self._services.store.responses.find(run_id, request.principal.subject) if run_id else None
        if record is None:
            raise NotFound(f"Response with id '{asked[:100]}' not found.")
        return record

    async def _delete(self, request: HttpRequest) -> HttpReply:
        if not is_granted(request.principal.scopes, WRITE):
            raise MissingScope(WRITE)
        record = await self._find(request)
        if run := self._services.runs.find(record.run_id):
            run.cancel(RunCancelled("the response was deleted"))
        await self._services.store.responses.delete(record.run_id, record.subject)
        return HttpReply(200, msgspec.json.encode(Deleted(response_id(record.run_id))))

    async def _describe(self, record: StoredResponse) -> HttpReply:
        run = self._services.runs.find(record.run_id)
        return _render(record, await self._replay(record) if run is None else run.log.events)

    async def _stream(self, record: StoredResponse, starting_after: int) -> Reply:
        """The events behind that number.

        A run that is only in its session any more is not cut into the same events as before: whoever has read a part of
        them is given the last one, which holds all.
        """
        terms = _decode_terms(record.terms)
        run = await self._see_run(record)
        if run is not None:
            if starting_after != FROM_THE_START and run.log.last is not None:
                _refuse_beyond_end(starting_after, ResponseStream(terms, run.id, record.created_at_ms), run.log)
            encoder = _Events(terms, run, record.created_at_ms, starting_after)
            return StreamReply(run.log, encoder, partial(tell_decisions, run), run.id, BEGINNING)
        stream = ResponseStream(terms, record.run_id, record.created_at_ms)
        events = await self._replay(record)
        told = b"".join([stream.encode(event, number) for number, event in enumerate(events)])
        if starting_after != FROM_THE_START:
            told = stream.tell_ending(starting_after + 1)
        return HttpReply(200, told, _EVENT_STREAM)

    async def _see_run(self, record: StoredResponse) -> SeenRun | None:
        try:
            return await self._services.kept_runs.find(record.run_id, record.subject)
        except (NotFound, Gone):
            return None

    async def _replay(self, record: StoredResponse) -> list[RunEvent]:
        # Found anew: the run may have ended since, and what was written at its end is seen by who asks after that.
        found = await self._services.store.responses.find(record.run_id, record.subject) or record
        path = await self._services.store.responses.read_path(found)
        start, output = _split(path, found.run_id)
        said = [entry.message for entry in path[start + output :]]
        return replay(found.run_id, said, _decode_terms(found.terms).caller_tools, found.outcome)


class Deleted(msgspec.Struct, frozen=True):
    """What is told of a response that was removed."""

    id: str
    object: str = "response"
    deleted: bool = True


class _Events(ResponseStream):
    """The events of a response that was found."""

    __slots__ = ("_run",)

    def __init__(self, terms: ResponseTerms, run: SeenRun, created_at_ms: int, starting_after: int) -> None:
        super().__init__(terms, run.id, created_at_ms, starting_after=starting_after)
        self._run = run

    def encode_failure(self, error: GatewayError) -> HttpReply:
        return tell_failure(error, self._run)


def _render(record: StoredResponse, events: list[RunEvent]) -> HttpReply:
    draft = ResponseDraft(_decode_terms(record.terms), record.run_id, record.created_at_ms)
    draft.read_all(events)
    return HttpReply(200, draft.render())


def _split(path: Sequence[Entry], run_id: str) -> tuple[int, int]:
    """Where on a path a run's entries begin, and how many of them its caller sent."""
    start = len(path)
    while start and path[start - 1].run_id == run_id:
        start -= 1
    return start, find_output([entry.message for entry in path[start:]])


def _refuse_beyond_end(starting_after: int, stream: ResponseStream, log: EventLog) -> None:
    for number, event in enumerate(log.events):
        stream.encode(event, number)
    if starting_after >= stream.count and not is_cut_short(log):
        message = f"starting_after: the response ended with event {stream.count - 1}, got {starting_after}"
        raise InvalidRequest(message, param="starting_after")


def _read_number(text: str | None) -> int:
    if text is None:
        return FROM_THE_START
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    message = f"starting_after: expected the sequence_number of an event, got {text[:20]!r}"
    raise InvalidRequest(message, param="starting_after")
