"""`GET /v1/models` and `/v1/models/{id}`: the agents, in the form of OpenAI's models."""

from openclaw_gateway.dialects.openai.model_list import encode_model, encode_model_list
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.endpoints.services import Services


class Models:
    """The two endpoints over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def list_all(self, _: HttpRequest) -> HttpReply:
        """All names that `model` takes."""
        return HttpReply(200, encode_model_list(self._services.prepared.index.ids))

    async def describe(self, request: HttpRequest) -> HttpReply:
        """One of them; raises InvalidRequest for an id outside the grammar, NotFound for an agent that is not there."""
        return HttpReply(200, encode_model(request.path_params["id"], self._services.prepared.index.ids))
