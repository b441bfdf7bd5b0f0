"""`POST /v1/embeddings`: texts become vectors, by the model that the agent's memory uses."""

import asyncio

from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.endpoints.openai.choices import MODEL_HEADER
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import Busy, Draining, MissingScope
from openclaw_gateway.routing.resolve import AGENT_HEADER, resolve_agent

# Texts, not conversations: 2,048 paragraphs of a book fit.
MAX_EMBEDDINGS_BODY_BYTES = 8 * 1024 * 1024
# Runs have lanes; these requests are short and have this bound.
MAX_AT_ONCE = 32


class EmbeddingsEndpoint:
    """The endpoint over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._at_work = 0

    async def answer(self, request: HttpRequest) -> HttpReply:
        """Ask the agent's embedding model; a client that leaves ends that.

        Raises InvalidRequest naming the field or the key to set, MissingScope for `x-openclaw-model`, Busy, Draining,
        and what the model's server came to.
        """
        # Many gateways never see such a request, and their start does not pay for it.
        from urllib.parse import quote

        from openclaw_gateway.dialects.openai.embeddings_reply import encode_embeddings
        from openclaw_gateway.dialects.openai.embeddings_request import parse_embeddings_request

        order = parse_embeddings_request(request.body)
        prepared = self._services.prepared
        agent_id = resolve_agent(order.model, request.headers.get(AGENT_HEADER), prepared.index)
        override = request.headers.get(MODEL_HEADER)
        if override is not None and not is_granted(request.principal.scopes, ADMIN):
            raise MissingScope(ADMIN)
        embedder = prepared.catalog.embeddings.resolve(agent_id, override)
        self._enter(request)
        try:
            embeddings = await embedder.embed(order.request)
        finally:
            self._at_work -= 1
        headers = [
            (b"x-openclaw-agent-id", agent_id.encode()),
            (b"x-openclaw-model", quote(f"{embedder.provider}/{embedder.id}", safe=":/@ ").encode()),
        ]
        return HttpReply(200, encode_embeddings(embeddings, order.model), headers=headers)

    def _enter(self, request: HttpRequest) -> None:
        if self._services.is_draining:
            raise Draining.now()
        if self._at_work >= MAX_AT_ONCE:
            raise Busy(f"{MAX_AT_ONCE} embedding requests are at work; try again shortly", retry_after_s=1.0)
        self._at_work += 1
        task = asyncio.current_task()
        if task is not None:
            request.watch_disconnect(task.cancel)
