"""`POST /v1/chat/completions`: a request becomes an order for a run; the run's log becomes the reply."""

from collections.abc import Mapping
from urllib.parse import quote

from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.dialects.openai.chat_reply import ChatReplyEncoder, ReplyTerms, collect_chat_reply
from openclaw_gateway.dialects.openai.chat_request import ChatRequest, parse_chat_request
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply, StreamReply
from openclaw_gateway.endpoints.openai.error_reply import answer_error
from openclaw_gateway.endpoints.server_timing import render_timings
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError, MissingScope, RunCancelled
from openclaw_gateway.events import RunFailed
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

    async def answer(self, request: HttpRequest) -> Reply:
        """Start the run, bound to this connection: the client leaves, the run is cancelled.

        Raises InvalidRequest naming the field, NotFound for an unknown model of `x-openclaw-model`, and Busy.
        """
        chat = parse_chat_request(request.body)
        chosen, run = self._start_run(request, chat)
        request.watch_disconnect(lambda: run.cancel(RunCancelled("the client closed its connection")))
        terms = _make_terms(chat, run)
        if chat.is_stream:
            return StreamReply(run.log, _StreamedReply(terms), lambda: _tell_decisions(run, chosen))
        last = await run.log.wait_last()
        if isinstance(last, RunFailed):
            # Not raised: a traceback would tie the log to itself.
            return answer_error(last.error)
        return HttpReply(200, collect_chat_reply(run.log.events, terms), headers=_tell_decisions(run, chosen))

    def _start_run(self, request: HttpRequest, chat: ChatRequest) -> tuple[ChosenSession, Run]:
        headers, runs = request.headers, self._services.runs
        named_key = headers.get(SESSION_KEY_HEADER)
        index = runs.prepared.index
        agent_id = resolve_agent(chat.model, headers.get(AGENT_HEADER), index, session_key=named_key)
        run_id = new_run_id()
        chosen = derive_session_key(agent_id, explicit=named_key, user=chat.user, fresh_id=run_id)
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


class _StreamedReply(ChatReplyEncoder):
    """The reply as events; a run that fails before the first one is answered whole, with its own status."""

    __slots__ = ()

    def encode_failure(self, error: GatewayError) -> HttpReply:
        return answer_error(error)


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
