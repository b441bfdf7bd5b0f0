"""`POST /v1/chat/completions`: a request becomes an order for a run; the run's log becomes the reply."""

import asyncio

import msgspec

from openclaw_gateway.config.schema.gateway import ChatCompletionsEndpoint
from openclaw_gateway.dialects.openai.chat_reply import ChatReplyEncoder, ReplyTerms, collect_chat_reply
from openclaw_gateway.dialects.openai.chat_request import ChatLimits, ChatRequest, parse_chat_request
from openclaw_gateway.dialects.openai.visible_work import VisibleWork, read_visible_work
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply
from openclaw_gateway.endpoints.openai.choices import choose_model, choose_session
from openclaw_gateway.endpoints.openai.delivery import Delivery, tell_failure
from openclaw_gateway.endpoints.openai.request_limits import LARGE_BODY_BYTES, RequestLimits, read_attachments
from openclaw_gateway.endpoints.seen_run import SeenRun
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.routing.resolve import AGENT_HEADER, resolve_agent
from openclaw_gateway.routing.session_key import SESSION_KEY_HEADER
from openclaw_gateway.runs.order import RunOrder

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
        chosen = choose_session(
            self._services, request, agent_id, user=chat.user, incoming=chat.incoming, fresh_id=run_id
        )
        order = RunOrder(
            run_id=run_id,
            agent_id=agent_id,
            session_key=chosen.key,
            is_ephemeral=chosen.is_ephemeral,
            incoming=chat.incoming,
            system=chat.system,
            model=choose_model(request),
            sampling=chat.sampling,
            tools=chat.tools,
            tool_choice=chat.tool_choice,
            parallel_tool_calls=chat.parallel_tool_calls,
            principal_subject=request.principal.subject,
            client=request.principal.name_for_lanes(is_ephemeral=chosen.is_ephemeral),
            byte_count=len(request.body),
        )
        return self._services.read_commands(order, request.principal), chosen.rung


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
