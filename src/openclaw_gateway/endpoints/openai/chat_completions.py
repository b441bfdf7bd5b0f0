"""`POST /v1/chat/completions`: a request becomes an order for a run; the run's log becomes the reply."""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.config.schema.gateway import ChatCompletionsEndpoint
from openclaw_gateway.dialects.openai.chat_reply import ChatReplyEncoder, ReplyTerms, collect_chat_reply
from openclaw_gateway.dialects.openai.chat_request import ChatLimits, ChatRequest, parse_chat_request
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply, StreamReply
from openclaw_gateway.endpoints.openai.error_reply import answer_error
from openclaw_gateway.endpoints.openai.request_limits import (
    LARGE_BODY_BYTES,
    RequestLimits,
    find_chat,
    read_attachments,
)
from openclaw_gateway.endpoints.server_timing import render_timings
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError, MissingScope, RunCancelled
from openclaw_gateway.events import RunFailed
from openclaw_gateway.routing.helper_prompt import is_helper_prompt
from openclaw_gateway.routing.resolve import AGENT_HEADER, resolve_agent
from openclaw_gateway.routing.session_key import SESSION_KEY_HEADER, ChosenSession, derive_session_key
from openclaw_gateway.runs.in_flight import new_run_id
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.run import Run

MODEL_HEADER = "x-openclaw-model"


class ChatCompletions:
    """The endpoint over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._endpoint: ChatCompletionsEndpoint | None = None
        self._limits: RequestLimits
        self._chat_limits: ChatLimits

    async def answer(self, request: HttpRequest) -> Reply:
        """Start the run, bound to this connection: the client leaves, the run is cancelled.

        Raises InvalidRequest naming the field, NotFound for an unknown model of `x-openclaw-model`, and Busy.
        """
        chat = await self._read(request)
        chosen, run = self._start_run(request, chat)
        request.watch_disconnect(lambda: run.cancel(RunCancelled("the client closed its connection")))
        terms = _make_terms(chat, run)
        if chat.is_stream:
            return StreamReply(run.log, _StreamedReply(terms, run, chosen), lambda: _tell_decisions(run, chosen))
        last = await run.log.wait_last()
        if isinstance(last, RunFailed):
            # Not raised: a traceback would tie the log to itself.
            return _tell_failure(last.error, run, chosen)
        return HttpReply(200, collect_chat_reply(run.log.events, terms), headers=_tell_decisions(run, chosen))

    async def _read(self, request: HttpRequest) -> ChatRequest:
        """The request with all that it brings."""
        endpoint = self._services.prepared.config.gateway.http.endpoints.chat_completions
        if endpoint is not self._endpoint:
            self._endpoint, self._limits = endpoint, RequestLimits.of_chat(endpoint)
            self._chat_limits = ChatLimits(self._limits.images)
        body = request.body
        if len(body) < LARGE_BODY_BYTES:
            chat = parse_chat_request(body, limits=self._chat_limits)
        else:
            chat = await asyncio.to_thread(parse_chat_request, body, limits=self._chat_limits)
        if not chat.attachments:
            return chat
        filled = await read_attachments(self._services, chat.incoming, chat.attachments, self._limits.attachments)
        return msgspec.structs.replace(chat, incoming=filled, attachments=())

    def _start_run(self, request: HttpRequest, chat: ChatRequest) -> tuple[ChosenSession, Run]:
        headers, runs = request.headers, self._services.runs
        named_key = headers.get(SESSION_KEY_HEADER)
        index = runs.prepared.index
        agent_id = resolve_agent(chat.model, headers.get(AGENT_HEADER), index, session_key=named_key)
        run_id = new_run_id()
        chosen = self._choose_session(request, chat, agent_id, run_id)
        order = RunOrder(
            run_id=run_id,
            agent_id=agent_id,
            session_key=chosen.key,
            is_ephemeral=chosen.is_ephemeral,
            incoming=chat.incoming,
            system=chat.system,
            model=_read_model_override(headers, request),
            sampling=chat.sampling,
            tools=chat.tools,
            tool_choice=chat.tool_choice,
            parallel_tool_calls=chat.parallel_tool_calls,
            principal_subject=request.principal.subject,
        )
        return chosen, runs.start(order)


    def _choose_session(self, request: HttpRequest, chat: ChatRequest, agent_id: str, run_id: str) -> ChosenSession:
        headers = request.headers
        explicit, user, subject = headers.get(SESSION_KEY_HEADER), chat.user, request.principal.subject
        found = find_chat(headers, self._services.prepared.config.gateway.http.session_headers)
        if found is None or explicit is not None:
            return derive_session_key(agent_id, explicit=explicit, user=user, fresh_id=run_id, subject=subject)
        if is_helper_prompt(chat.incoming):
            return derive_session_key(agent_id, explicit=None, user=None, fresh_id=run_id)
        return derive_session_key(
            agent_id, explicit=None, user=user, fresh_id=run_id, chat=found[1], chat_field=found[0], subject=subject
        )


class _StreamedReply(ChatReplyEncoder):
    """The reply as events; a run that fails before the first one is answered whole, with its own status."""

    __slots__ = ("_chosen", "_run")

    def __init__(self, terms: ReplyTerms, run: Run, chosen: ChosenSession) -> None:
        super().__init__(terms)
        self._run = run
        self._chosen = chosen

    def encode_failure(self, error: GatewayError) -> HttpReply:
        return _tell_failure(error, self._run, self._chosen)


def _tell_failure(error: GatewayError, run: Run, chosen: ChosenSession) -> HttpReply:
    """The error, with the same headers as an answer: they are needed most when something went wrong."""
    reply = answer_error(error)
    reply.headers += _tell_decisions(run, chosen)
    return reply


def _make_terms(chat: ChatRequest, run: Run) -> ReplyTerms:
    return ReplyTerms(
        id=f"chatcmpl_{run.id}",
        created_s=run.accepted_at_ms // 1000,
        model=chat.model or "openclaw",
        wants_usage=chat.wants_usage,
        caller_tools=frozenset([tool.name for tool in chat.tools]),
        tool_choice=chat.tool_choice,
    )


def _read_model_override(headers: Mapping[str, str], request: HttpRequest) -> str | None:
    """`x-openclaw-model` spends the operator's money as its caller likes, so it needs operator.admin."""
    override = headers.get(MODEL_HEADER)
    if override is not None and not is_granted(request.principal.scopes, ADMIN):
        raise MissingScope(ADMIN)
    return override


def _tell_decisions(run: Run, chosen: ChosenSession) -> list[tuple[bytes, bytes]]:
    """Headers that say what the gateway decided, and where the time went."""
    return [
        (b"x-openclaw-agent-id", _header_value(run.agent_id)),
        (b"x-openclaw-session-key", _header_value(chosen.key)),
        (b"x-openclaw-session-source", chosen.rung.encode()),
        (b"x-openclaw-run-id", run.id.encode()),
        (b"server-timing", render_timings(run)),
    ]


def _header_value(text: str) -> bytes:
    """A key may hold any letter, a header only ASCII: the others are percent-encoded as UTF-8."""
    return text.encode() if text.isascii() else quote(text, safe=":/@ ").encode()
