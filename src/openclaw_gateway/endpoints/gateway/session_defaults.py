"""What a new session gets unless somebody chooses: the default agent's model and its window."""

import msgspec

from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.models.model import Model


class SessionDefaults(msgspec.Struct, frozen=True, rename="camel"):
    """None where no model is configured."""

    model_provider: str | None
    model: str | None
    context_tokens: int | None


def find_defaults(services: Services) -> SessionDefaults:
    """The defaults of this moment."""
    model = default_model(services)
    if model is None:
        return SessionDefaults(None, None, None)
    return SessionDefaults(model.provider, model.id, model.context_window)


def default_model(services: Services) -> Model | None:
    """The model that the default agent asks first; None when there is no such agent or model."""
    prepared = services.prepared
    agent = prepared.agents.get(prepared.index.default_id or "")
    if agent is None:
        return None
    try:
        return prepared.catalog.candidates(agent.model, None, agent.id)[0]
    except GatewayError:  # a reference that leads nowhere: every turn will say so; a report just has no model
        return None
