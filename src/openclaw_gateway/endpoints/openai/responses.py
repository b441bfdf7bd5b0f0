"""`POST /v1/responses`: a request becomes an order for a run; the run's log becomes the response.

A stored response is written down when its run begins, in order with the run's own messages: once an answer is out, its
response is on disk too. What was said is kept by the session alone.
"""

import asyncio
from functools import partial

import msgspec

from openclaw_gateway.config.schema.gateway import ResponsesEndpoint
from openclaw_gateway.dialects.openai.responses_draft import ResponseDraft, collect_response
from openclaw_gateway.dialects.openai.responses_replay import encode_outcome
from openclaw_gateway.dialects.openai.responses_request import (
    ResponsesRequest,
    flatten_param,
    parse_responses_request,
    response_id,
)
from openclaw_gateway.dialects.openai.responses_stream import ResponseStream
from openclaw_gateway.dialects.openai.responses_terms import ResponseTerms
from openclaw_gateway.dialects.openai.visible_work import VisibleWork, read_visible_work
from openclaw_gateway.endpoints.exchange import BEGINNING, HttpReply, HttpRequest, Reply, StreamReply
from openclaw_gateway.endpoints.openai.choices import choose_model, choose_session
from openclaw_gateway.endpoints.openai.delivery import Delivery, tell_decisions, tell_failure
from openclaw_gateway.endpoints.openai.request_limits import LARGE_BODY_BYTES, RequestLimits, read_attachments
from openclaw_gateway.endpoints.seen_run import SeenRun
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError, InvalidRequest
from openclaw_gateway.events import LastEvent
from openclaw_gateway.identifiers import made_at_ms
from openclaw_gateway.routing.resolve import AGENT_HEADER, resolve_agent
from openclaw_gateway.routing.session_key import SESSION_KEY_HEADER, ChosenSession, derive_session_key
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.sessions.response import ResponseStore, StoredResponse

_SURFACE = "openresponses"


class Responses:
    """The endpoint over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._delivery = Delivery(services)
        self._endpoint: ResponsesEndpoint | None = None
        self._limits: RequestLimits

    async def create(self, request: HttpRequest) -> Reply:
        """The response of a run, started now or by an earlier attempt of the same request.

        In the background the gateway owns the run, and what is there now is answered. Raises InvalidRequest naming the
        field, NotFound for an unknown model of `x-openclaw-model`, Busy, and what `Delivery.deliver` raises.
        """
        asked = await self._read(request)
        visible = read_visible_work(request.headers, request.query)
        call = ResponseCall(self._services, request, asked, visible, await self._find_previous(request, asked))
        try:
            if asked.is_background:
                return await self._begin(request, call)
            return await self._delivery.deliver(request, call)
        except InvalidRequest as error:
            call.forget()
            raise flatten_param(error) from None
        except GatewayError:
            call.forget()
            raise

    async def _begin(self, request: HttpRequest, call: "ResponseCall") -> Reply:
        run = await self._delivery.detach(request, call)
        call.settle_on(run)
        if call.added is not None:
            await call.added
        if call.is_stream:
            return StreamReply(run.log, call.encoder(run), partial(tell_decisions, run), run.id, BEGINNING)
        draft = ResponseDraft(call.terms, run.id, made_at_ms(run.id))
        draft.read_all(run.log.events)
        return HttpReply(200, draft.render(), headers=tell_decisions(run))

    async def _read(self, request: HttpRequest) -> ResponsesRequest:
        """The request with all that it brings."""
        endpoint = self._services.prepared.config.gateway.http.endpoints.responses
        if endpoint is not self._endpoint:
            self._endpoint, self._limits = endpoint, RequestLimits.of_responses(endpoint)
        body, images = request.body, self._limits.images
        if len(body) < LARGE_BODY_BYTES:
            asked = parse_responses_request(body, images=images)
        else:
            asked = await asyncio.to_thread(parse_responses_request, body, images=images)
        if not asked.attachments:
            return asked
        filled = await read_attachments(self._services, asked.incoming, asked.attachments, self._limits.attachments)
        return msgspec.structs.replace(asked, incoming=filled, attachments=())

    async def _find_previous(self, request: HttpRequest, asked: ResponsesRequest) -> StoredResponse | None:
        if not asked.previous_run:
            return None
        return await self._services.store.responses.find(asked.previous_run, request.principal.subject)


class ResponseCall:
    """One request, as `Delivery` needs it. terms: what its response depends on. added: done when it is on disk."""

    __slots__ = (
        "_agent_id", "_asked", "_chosen", "_previous", "_request", "_run_id", "_services", "_shows_tools",
        "added", "is_stream", "terms",
    )  # fmt: skip

    def __init__(
        self,
        services: Services,
        request: HttpRequest,
        asked: ResponsesRequest,
        visible: VisibleWork | None,
        previous: StoredResponse | None,
    ) -> None:
        self._services = services
        self._request = request
        self._asked = asked
        self.is_stream = asked.is_stream
        self._shows_tools = visible is not None and visible.tools
        self.added: asyncio.Future[None] | None = None
        self._run_id = ""
        headers = request.headers
        self._agent_id = resolve_agent(
            asked.model,
            headers.get(AGENT_HEADER),
            services.prepared.index,
            session_key=headers.get(SESSION_KEY_HEADER),
        )
        self._chosen = self._choose_session("")
        self._previous = previous if previous is not None and self._may_follow(previous) else None
        self.terms: ResponseTerms = asked.make_terms(
            None if self._previous is None else response_id(self._previous.run_id),
            shows_reasoning=visible is not None and visible.reasoning,
        )

    def order(self, run_id: str) -> tuple[RunOrder, str]:
        """The run that the request asks for, and how its session was chosen; a stored response is on its way then."""
        asked, previous, request = self._asked, self._previous, self._request
        session = self._place_session(run_id)
        order = RunOrder(
            run_id=run_id,
            agent_id=self._agent_id,
            session_key=session.key,
            is_ephemeral=session.is_ephemeral,
            incoming=asked.incoming,
            history="chain" if previous is None and asked.conversation is None else "append",
            system=asked.system,
            model=choose_model(request),
            sampling=asked.sampling,
            tools=asked.tools,
            tool_choice=asked.tool_choice,
            parallel_tool_calls=asked.body.parallel_tool_calls,
            stores_input_first=asked.is_background,
            after_run=None if previous is None else previous.run_id,
            when_over=self._keep_record(run_id, session),
            principal_subject=request.principal.subject,
            client=request.principal.name_for_lanes(is_ephemeral=session.is_ephemeral),
            byte_count=len(request.body),
        )
        return self._services.read_commands(order, request.principal), session.rung

    def encoder(self, run: SeenRun) -> "_StreamedResponse":
        """The response as events."""
        self.settle_on(run)
        return _StreamedResponse(self.terms, run, shows_tools=self._shows_tools)

    def collect(self, run: SeenRun) -> bytes:
        """The response of a run that ended well."""
        self.settle_on(run)
        return collect_response(run.log.events, self.terms, run.id, made_at_ms(run.id))

    def settle_on(self, run: SeenRun) -> None:
        """Take the record back if the request turned out to be of an earlier run, whose response has its own."""
        if run.id != self._run_id:
            self.forget()

    def forget(self) -> None:
        """Take the record back: nobody will know of the response."""
        if self.added is not None:
            self._services.store.responses.withdraw(self._run_id)
            self.added = None

    # --- Inside -----------------------------------------------------------------------------------------------------

    def _choose_session(self, fresh_id: str) -> ChosenSession:
        asked = self._asked
        if asked.conversation is not None and SESSION_KEY_HEADER not in self._request.headers:
            chosen = derive_session_key(
                self._agent_id,
                explicit=None,
                user=None,
                fresh_id=fresh_id,
                surface=_SURFACE,
                chat=asked.conversation,
                chat_field="conversation",
                subject=self._request.principal.subject,
            )
            return ChosenSession(chosen.key, "conversation", is_ephemeral=False)
        return choose_session(
            self._services,
            self._request,
            self._agent_id,
            user=asked.body.user,
            incoming=asked.incoming,
            fresh_id=fresh_id,
            surface=_SURFACE,
        )

    def _may_follow(self, previous: StoredResponse) -> bool:
        """Whether the earlier response is of the agent and session that the request chose, if it chose one."""
        chosen = self._chosen
        return previous.agent_id == self._agent_id and (
            chosen.rung == "ephemeral" or chosen.key == previous.session_key
        )

    def _place_session(self, run_id: str) -> ChosenSession:
        chosen = self._chosen
        if self._previous is not None:
            # Whether the session is ephemeral is known to the store; here it only must not become a lasting one.
            return ChosenSession(self._previous.session_key, "previous-response", chosen.is_ephemeral)
        return self._choose_session(run_id) if chosen.is_ephemeral else chosen

    def _keep_record(self, run_id: str, session: ChosenSession) -> "partial[None] | None":
        """Store the response, if it is to be stored; returns what is to be done when its run is over."""
        responses = self._services.store.responses
        if not self._asked.is_stored:
            return partial(_forget_session, responses, session.key) if session.rung == "ephemeral" else None
        record = StoredResponse(
            run_id,
            session.key,
            self._agent_id,
            self._request.principal.subject,
            made_at_ms(run_id),
            msgspec.json.encode(self.terms),
        )
        self._run_id = run_id
        self.added = responses.add(record)
        self.added.add_done_callback(partial(_end_unstored, self._services, run_id))
        return partial(_note_end, responses, run_id)


class _StreamedResponse(ResponseStream):
    """The response as events; a run that fails before the first one is answered whole, with its own status."""

    __slots__ = ("_run",)

    def __init__(self, terms: ResponseTerms, run: SeenRun, *, shows_tools: bool) -> None:
        super().__init__(terms, run.id, made_at_ms(run.id), shows_tools=shows_tools)
        self._run = run

    def encode_failure(self, error: GatewayError) -> HttpReply:
        return tell_failure(error, self._run)


def _note_end(responses: ResponseStore, run_id: str, last: LastEvent) -> None:
    outcome = encode_outcome(last)
    if outcome is not None:
        responses.note_outcome(run_id, outcome)


def _forget_session(responses: ResponseStore, key: str, last: LastEvent) -> None:  # noqa: ARG001  (however it ended)
    responses.forget_session(key)


def _end_unstored(services: Services, run_id: str, added: "asyncio.Future[None]") -> None:
    """A response that could not be stored is not given either: its run ends with the reason."""
    error = None if added.cancelled() else added.exception()
    run = services.runs.find(run_id)
    if isinstance(error, GatewayError) and run is not None:
        run.cancel(error)
