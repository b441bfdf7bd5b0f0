"""`/v1/runs/{id}`: look at a run, read its events again or as they come, and end it.

For runs in flight over any front end, and for those that are kept. A run is there for the subject that started it
alone.
"""

from functools import partial

from openclaw_gateway.dialects.openai.run_events import RunEventEncoder
from openclaw_gateway.dialects.openai.run_object import RunFacts, encode_run
from openclaw_gateway.dialects.openai.visible_work import VisibleWork, read_visible_work
from openclaw_gateway.endpoints.exchange import BEGINNING, HttpReply, HttpRequest, StreamPlace, StreamReply
from openclaw_gateway.endpoints.idempotency import LAST_EVENT_ID, read_event_id, refuse_beyond_end
from openclaw_gateway.endpoints.openai.delivery import tell_decisions, tell_failure
from openclaw_gateway.endpoints.seen_run import SeenRun
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError, InvalidRequest

# Before its first event: a reader that has come for all of them, and never for the status of a failed run.


class RunEndpoints:
    """The endpoints over one gateway. Each raises NotFound for a run that is not there or somebody else's, Gone for one
    of a time that is not kept.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def describe(self, request: HttpRequest) -> HttpReply:
        """The run as it is now."""
        return _describe(await self._find(request))

    async def events(self, request: HttpRequest) -> StreamReply:
        """Its events from the first, or behind the one of `Last-Event-ID`, until its end. Readers own nothing."""
        run = await self._find(request)
        visible = read_visible_work(request.headers, request.query)
        event_id = request.headers.get(LAST_EVENT_ID)
        after = BEGINNING if event_id is None else _read_place(event_id, run)
        return StreamReply(run.log, _Events(visible, run), partial(tell_decisions, run), run.id, after)

    async def cancel(self, request: HttpRequest) -> HttpReply:
        """End the run; one that is over stays what it is. Answered when the run has ended."""
        run = await self._find(request)
        if run.cancel("the run was cancelled by POST /v1/runs/{id}/cancel"):
            await run.log.wait_last()
        return _describe(run)

    async def _find(self, request: HttpRequest) -> SeenRun:
        return await self._services.kept_runs.find(request.path_params["id"], request.principal.subject)


class _Events(RunEventEncoder):
    """The events of a run that was found."""

    __slots__ = ("_run",)

    def __init__(self, visible: VisibleWork | None, run: SeenRun) -> None:
        super().__init__(visible)
        self._run = run

    def encode_failure(self, error: GatewayError) -> HttpReply:
        return tell_failure(error, self._run)


def _describe(run: SeenRun) -> HttpReply:
    facts = RunFacts(run.id, run.agent_id, run.session_key, run.accepted_at_ms)
    return HttpReply(200, encode_run(facts, run.log.events))


def _read_place(event_id: str, run: SeenRun) -> StreamPlace:
    run_id, place = read_event_id(event_id)
    if run_id != run.id:
        raise InvalidRequest("Last-Event-ID: the event is of another run", param="Last-Event-ID")
    refuse_beyond_end(place, run.log)
    return place
