"""`POST /v1/chat/completions`: a request becomes an order for a run; the run's log becomes the reply."""

import asyncio
from collections.abc import Mapping

import msgspec

from openclaw_gateway.asking import ToolSpec
from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.config.schema.gateway import ChatCompletionsEndpoint
from openclaw_gateway.dialects.openai.chat_reply import ChatReplyEncoder, ReplyTerms, collect_chat_reply
from openclaw_gateway.dialects.openai.chat_request import ChatLimits, ChatRequest, parse_chat_request
from openclaw_gateway.dialects.openai.visible_work import VisibleWork, read_visible_work
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply
from openclaw_gateway.endpoints.openai.delivery import Delivery, tell_failure
from openclaw_gateway.endpoints.openai.request_limits import (
    LARGE_BODY_BYTES,
    RequestLimits,
    find_chat,
    read_attachments,
)
from openclaw_gateway.endpoints.seen_run import SeenRun
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError, MissingScope
from openclaw_gateway.routing.helper_prompt import is_helper_prompt
from openclaw_gateway.routing.resolve import AGENT_HEADER, resolve_agent
from openclaw_gateway.routing.session_key import SESSION_KEY_HEADER, ChosenSession, derive_session_key
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.prepared import Prepared

MODEL_HEADER = "x-openclaw-model"

_NO_NAMES: frozenset[str] = frozenset()


class ChatCompletions:
    """The endpoint over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._delivery = Delivery(services)
        self._endpoint: ChatCompletionsEndpoint | None = None
        self._limits: RequestLimits
        self._chat_limits: ChatLimits

    async def answer(self, request: HttpRequest) -> Reply:
        """The answer of a run, started now or by an earlier attempt of the same request.

        Raises InvalidRequest naming the field, NotFound for an unknown model of `x-openclaw-model`, Busy, and what
        `Delivery.deliver` raises.
        """
        chat = await self._read(request)
        visible = read_visible_work(request.headers, request.query)
        return await self._delivery.deliver(request, _ChatCall(self, request, chat, visible))

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

    def order(self, request: HttpRequest, chat: ChatRequest, run_id: str) -> tuple[RunOrder, str]:
        """The run that the request asks for, and how its session was chosen."""
        headers = request.headers
        named_key = headers.get(SESSION_KEY_HEADER)
        index = self._services.prepared.index
        agent_id = resolve_agent(chat.model, headers.get(AGENT_HEADER), index, session_key=named_key)
        chosen = self._choose_session(request, chat, agent_id, run_id)
        tools, tool_choice = _choose_tools(chat, self._services.prepared)
        order = RunOrder(
            run_id=run_id,
            agent_id=agent_id,
            session_key=chosen.key,
            is_ephemeral=chosen.is_ephemeral,
            incoming=chat.incoming,
            system=chat.system,
            model=_read_model_override(headers, request),
            sampling=chat.sampling,
            tools=tools,
            tool_choice=tool_choice,
            parallel_tool_calls=chat.parallel_tool_calls,
            principal_subject=request.principal.subject,
        )
        return order, chosen.rung

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


class _ChatCall:
    """One chat request, as `Delivery` needs it."""

    __slots__ = ("_chat", "_endpoint", "_request", "_visible", "is_stream")

    def __init__(
        self, endpoint: ChatCompletions, request: HttpRequest, chat: ChatRequest, visible: VisibleWork | None
    ) -> None:
        self._endpoint = endpoint
        self._request = request
        self._chat = chat
        self._visible = visible
        self.is_stream = chat.is_stream

    def order(self, run_id: str) -> tuple[RunOrder, str]:
        return self._endpoint.order(self._request, self._chat, run_id)

    def encoder(self, run: SeenRun) -> "_StreamedReply":
        return _StreamedReply(self._terms(run), run)

    def collect(self, run: SeenRun) -> bytes:
        return collect_chat_reply(run.log.events, self._terms(run))

    def _terms(self, run: SeenRun) -> ReplyTerms:
        chat = self._chat
        return ReplyTerms(
            id=f"chatcmpl_{run.id}",
            created_s=run.accepted_at_ms // 1000,
            model=chat.model or "openclaw",
            wants_usage=chat.wants_usage,
            caller_tools=frozenset([tool.name for tool in chat.tools]) if chat.tools else _NO_NAMES,
            tool_choice=chat.tool_choice,
            visible=self._visible,
        )


class _StreamedReply(ChatReplyEncoder):
    """The reply as events; a run that fails before the first one is answered whole, with its own status."""

    __slots__ = ("_run",)

    def __init__(self, terms: ReplyTerms, run: SeenRun) -> None:
        super().__init__(terms)
        self._run = run

    def encode_failure(self, error: GatewayError) -> HttpReply:
        return tell_failure(error, self._run)


def _choose_tools(chat: ChatRequest, prepared: Prepared) -> tuple[tuple[ToolSpec, ...], str]:  # noqa: ARG001
    return chat.tools, chat.tool_choice


def _read_model_override(headers: Mapping[str, str], request: HttpRequest) -> str | None:
    """`x-openclaw-model` spends the operator's money as its caller likes, so it needs operator.admin."""
    override = headers.get(MODEL_HEADER)
    if override is not None and not is_granted(request.principal.scopes, ADMIN):
        raise MissingScope(ADMIN)
    return override
