"""`POST /v1/chat/completions`: a request becomes an order for a run; the run's log becomes the reply."""

from collections.abc import Mapping
from urllib.parse import quote

from openclaw_gateway.auth.scopes import require_scope
from openclaw_gateway.dialects.openai.chat_reply import ChatReplyEncoder, collect_chat_reply
from openclaw_gateway.dialects.openai.chat_request import ChatRequest, parse_chat_request
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply, StreamReply
from openclaw_gateway.endpoints.server_timing import render_timings
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.events import RunFailed
from openclaw_gateway.routing.resolve import resolve_agent
from openclaw_gateway.routing.session_key import ChosenSession, derive_session_key
from openclaw_gateway.runs.in_flight import new_run_id
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.run import Run

AGENT_HEADER = "x-openclaw-agent-id"
SESSION_HEADER = "x-openclaw-session-key"
MODEL_HEADER = "x-openclaw-model"


class ChatCompletions:
    """The endpoint over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, request: HttpRequest) -> Reply:
        """Start the run, bound to this connection: the client leaves, the run is cancelled.

        Raises InvalidRequest naming the field, NotFound for an unknown model of `x-openclaw-model`, Busy, and whatever
        the run failed with.
        """
        chat = parse_chat_request(request.body)
        chosen, run = self._start_run(request, chat)
        request.watch_disconnect(lambda: run.cancel(RunCancelled("the client closed its connection")))
        encoder = ChatReplyEncoder(
            run.id,
            model=chat.model or "openclaw",
            created_s=run.accepted_at_ms // 1000,
            wants_usage=chat.wants_usage,
            caller_tools=frozenset([tool.name for tool in chat.tools]),
            tool_choice=chat.tool_choice,
        )
        if chat.is_stream:
            return StreamReply(run.log, encoder, lambda: _tell_decisions(run, chosen))
        last = await run.log.wait_last()
        if isinstance(last, RunFailed):
            raise last.error
        return HttpReply(200, collect_chat_reply(encoder, run.log.events), headers=_tell_decisions(run, chosen))

    def _start_run(self, request: HttpRequest, chat: ChatRequest) -> tuple[ChosenSession, Run]:
        headers, runs = request.headers, self._services.runs
        agent_id = resolve_agent(chat.model, headers.get(AGENT_HEADER), runs.prepared.index)
        run_id = new_run_id()
        chosen = derive_session_key(agent_id, explicit=headers.get(SESSION_HEADER), user=chat.user, fresh_id=run_id)
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


def _read_model_override(headers: Mapping[str, str], request: HttpRequest) -> str | None:
    """`x-openclaw-model` spends the operator's money as its caller likes, so it needs operator.admin."""
    override = headers.get(MODEL_HEADER)
    if override is not None:
        require_scope(request.principal.scopes, "operator.admin")
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
