"""The endpoints under `/v1/responses`, imported when the first request for them comes: they are off by default."""

from functools import cached_property
from typing import TYPE_CHECKING

from openclaw_gateway.endpoints.exchange import HttpRequest, Reply
from openclaw_gateway.endpoints.services import Services

if TYPE_CHECKING:
    from openclaw_gateway.endpoints.openai.responses import Responses
    from openclaw_gateway.endpoints.openai.stored_responses import StoredResponses


class ResponseEndpoints:
    """The endpoints over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @cached_property
    def _responses(self) -> "Responses":
        from openclaw_gateway.endpoints.openai.responses import Responses

        return Responses(self._services)

    @cached_property
    def _stored(self) -> "StoredResponses":
        from openclaw_gateway.endpoints.openai.stored_responses import StoredResponses

        return StoredResponses(self._services)

    async def create(self, request: HttpRequest) -> Reply:
        """See `Responses.create`."""
        return await self._responses.create(request)

    async def answer(self, request: HttpRequest) -> Reply:
        """See `StoredResponses.answer`."""
        return await self._stored.answer(request)

    async def cancel(self, request: HttpRequest) -> Reply:
        """See `StoredResponses.cancel`."""
        return await self._stored.cancel(request)

    async def input_items(self, request: HttpRequest) -> Reply:
        """See `StoredResponses.input_items`."""
        return await self._stored.input_items(request)
