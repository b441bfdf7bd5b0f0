"""How the answer to a request reaches its client: at once, again after a lost connection, or whenever it asks.

The one way from an endpoint of OpenAI's API to its run. A plain request owns its run: the client leaves, the run is
cancelled. A request with `Idempotency-Key` or `x-openclaw-on-disconnect: continue` gets a run that is kept, so that a
retry joins or repeats it and `Last-Event-ID` goes on with its stream. Without either, an SDK's own retry still finds
the run of the attempt before it.
"""

from functools import partial
from typing import Protocol
from urllib.parse import quote

from openclaw_gateway.endpoints.exchange import EventEncoder, HttpReply, HttpRequest, Reply, StreamPlace, StreamReply
from openclaw_gateway.endpoints.idempotency import (
    IDEMPOTENCY_KEY,
    LAST_EVENT_ID,
    ON_DISCONNECT,
    RETRY_COUNT,
    Policy,
    digest_request,
    read_event_id,
    read_key,
    read_policy,
    read_retry_count,
    refuse_beyond_end,
)
from openclaw_gateway.endpoints.kept_runs import Claim
from openclaw_gateway.endpoints.openai.error_reply import answer_error
from openclaw_gateway.endpoints.sdk_retries import SdkRetries
from openclaw_gateway.endpoints.seen_run import LEFT, SeenRun, see
from openclaw_gateway.endpoints.server_timing import render_timings
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import Conflict, GatewayError, NotFound
from openclaw_gateway.events import RunFailed
from openclaw_gateway.runs.in_flight import new_run_id
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.run import Run

# A run of many rounds may pass over the same model in each.
_MAX_TOLD = 8


class Call(Protocol):
    """One parsed request, as delivery needs it. `encoder` and `collect` may be asked for a run that is long over."""

    @property
    def is_stream(self) -> bool:
        """Whether the client wants events as they come."""
        ...

    def order(self, run_id: str) -> tuple[RunOrder, str]:
        """The run to start, and how its session was chosen; raises the GatewayError to answer with."""
        ...

    def encoder(self, run: SeenRun) -> EventEncoder:
        """A new reader of the run, for a stream."""
        ...

    def collect(self, run: SeenRun) -> bytes:
        """The body for a run that ended well; raises the GatewayError to answer with."""
        ...


class Delivery:
    """Starts, joins, repeats and resumes runs for the endpoints of OpenAI's API."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._retries = SdkRetries()

    async def deliver(self, request: HttpRequest, call: Call) -> Reply:
        """The answer to one request.

        Raises what the call and `Runs.start` raise; InvalidRequest naming the header, Conflict for a key that came with
        another request before, NotFound and Gone for an event id that leads nowhere.
        """
        headers = request.headers
        if IDEMPOTENCY_KEY in headers or ON_DISCONNECT in headers or LAST_EVENT_ID in headers:
            return await self._deliver_kept(request, call)
        if RETRY_COUNT in headers:
            return await self._deliver_to_sdk(request, call)
        return await self._deliver_plain(request, call)

    async def detach(self, request: HttpRequest, call: Call) -> SeenRun:
        """Start a run that the gateway owns, whoever leaves (or join the one of the same idempotency key).

        It can be found by its id, also after a restart, as long as runs are kept. Raises as `deliver`.
        """
        run = await self._claim(request, call, read_key(request.headers), "continue")
        self._services.kept_runs.attach(run, "continue")
        return run

    # --- Plain requests ---------------------------------------------------------------------------------------------

    async def _deliver_plain(self, request: HttpRequest, call: Call) -> Reply:
        run = self._start(call)
        request.watch_disconnect(partial(run.cancel, LEFT))
        return await self._answer(call, run)

    def _start(self, call: Call) -> SeenRun:
        order, session_source = call.order(new_run_id())
        return see(self._services.runs.start(order), session_source)

    async def _answer(self, call: Call, run: SeenRun, after: StreamPlace | None = None) -> Reply:
        if call.is_stream:
            return StreamReply(run.log, call.encoder(run), partial(tell_decisions, run), run.id, after)
        last = await run.log.wait_last()
        if isinstance(last, RunFailed):
            # Not raised: a traceback would tie the log to itself.
            return tell_failure(last.error, run)
        return HttpReply(200, call.collect(run), headers=tell_decisions(run))

    # --- Requests that can come back ----------------------------------------------------------------------------------

    async def _deliver_kept(self, request: HttpRequest, call: Call) -> Reply:
        headers = request.headers
        key, policy = read_key(headers), read_policy(headers)
        event_id = headers.get(LAST_EVENT_ID)
        if event_id is not None:
            return await self._resume(request, call, event_id, policy)
        if key is None and policy != "continue":
            return await self._deliver_plain(request, call)
        run = await self._claim(request, call, key, policy)
        return await self._answer_kept(request, call, run, policy)

    async def _claim(self, request: HttpRequest, call: Call, key: str | None, policy: Policy | None) -> SeenRun:
        claim = Claim(
            subject=request.principal.subject,
            operation=f"{request.method} {request.path}",
            key=key,
            digest=await digest_request(request, self._session_headers),
            policy=policy,
            is_stream=call.is_stream,
        )
        return await self._services.kept_runs.claim(claim, call.order)

    async def _resume(self, request: HttpRequest, call: Call, event_id: str, policy: Policy | None) -> Reply:
        run_id, place = read_event_id(event_id)
        run = await self._services.kept_runs.find(run_id, request.principal.subject)
        if run.digest is None:
            raise NotFound(
                f"run {run_id[:100]} cannot be resumed: it was started without Idempotency-Key and without"
                " x-openclaw-on-disconnect: continue",
                param="Last-Event-ID",
                code="run_not_resumable",
            )
        if run.digest != await digest_request(request, self._session_headers):
            raise Conflict(
                "Last-Event-ID: the event is of another request; send the one that it answered again",
                param="Last-Event-ID",
                code="event_of_other_request",
            )
        refuse_beyond_end(place, run.log)
        return await self._answer_kept(request, call, run, policy, place)

    async def _answer_kept(
        self, request: HttpRequest, call: Call, run: SeenRun, policy: Policy | None, after: StreamPlace | None = None
    ) -> Reply:
        kept_runs = self._services.kept_runs
        kept_runs.attach(run, policy)
        request.watch_disconnect(partial(kept_runs.detach, run))
        reply = await self._answer(call, run, after)
        if not call.is_stream:
            # What was answered once is answered again, also after a crash.
            await kept_runs.wait_settled(run)
        return reply

    # --- Retries that SDKs make by themselves -------------------------------------------------------------------------

    async def _deliver_to_sdk(self, request: HttpRequest, call: Call) -> Reply:
        count, run = read_retry_count(request.headers), None
        if count:
            digest = await digest_request(request, self._session_headers)
            run = self._retries.take(request.principal.subject, request.path, digest)
        if run is None:
            run = self._start(call)
        attempt = self._retries.watch(request, run, count, self._session_headers)
        reply = await self._answer(call, run)
        if isinstance(reply, StreamReply):
            reply.head = partial(attempt.begin, reply.head)
        return reply

    @property
    def _session_headers(self) -> tuple[str, ...]:
        return self._services.prepared.config.gateway.http.session_headers


def tell_failure(error: GatewayError, run: SeenRun) -> HttpReply:
    """The error, with the same headers as an answer: they are needed most when something went wrong."""
    reply = answer_error(error)
    reply.headers += tell_decisions(run)
    return reply


def tell_decisions(run: SeenRun) -> list[tuple[bytes, bytes]]:
    """Headers that say what the gateway decided, and for a run in flight where the time went."""
    decisions = [
        (b"x-openclaw-agent-id", _header_value(run.agent_id)),
        (b"x-openclaw-session-key", _header_value(run.session_key)),
        (b"x-openclaw-session-source", run.session_source.encode()),
        (b"x-openclaw-run-id", run.id.encode()),
    ]
    if run.live is None:
        decisions.append((b"idempotent-replayed", b"true"))
    else:
        decisions.append((b"server-timing", render_timings(run.live)))
        decisions += _tell_models(run.live)
    return decisions


def _tell_models(run: Run) -> list[tuple[bytes, bytes]]:
    """The model that answers, or is being asked, and who was passed over before it and why."""
    if run.asked is None:
        return []
    told = [(b"x-openclaw-model", _header_value(f"{run.asked.provider}/{run.asked.id}"))]
    if run.passed_over:
        told.append((b"x-openclaw-fallback", _header_value(", ".join(run.passed_over[:_MAX_TOLD]))))
    return told


def _header_value(text: str) -> bytes:
    """A key may hold any letter, a header only ASCII: the others are percent-encoded as UTF-8, and `%` with them, so
    that what is decoded is what was encoded.
    """
    return text.encode() if text.isascii() and "%" not in text else quote(text, safe=":/@ ").encode()
