"""GET /v1/models: the names under which agents answer."""

import re
from collections.abc import Iterable

import msgspec

from openclaw_gateway.errors import InvalidRequest, NotFound

_GRAMMAR = re.compile(r"openclaw(?:[/:][a-z0-9][a-z0-9_-]{0,63})?|agent:[a-z0-9][a-z0-9_-]{0,63}", re.IGNORECASE)


class ModelCard(msgspec.Struct, frozen=True):
    """One name under which an agent answers."""

    id: str
    object: str = "model"
    created: int = 0
    owned_by: str = "openclaw"
    permission: tuple[()] = ()


class ModelList(msgspec.Struct, frozen=True):
    """All of them."""

    data: list[ModelCard]
    object: str = "list"


def encode_model_list(agent_ids: Iterable[str]) -> bytes:
    """The body of GET /v1/models: the default agent by its two names, then each agent."""
    names = ["openclaw", "openclaw/default", *[f"openclaw/{agent_id}" for agent_id in agent_ids]]
    return msgspec.json.encode(ModelList([ModelCard(name) for name in names]))


def encode_model(model_id: str, agent_ids: Iterable[str]) -> bytes:
    """The body of GET /v1/models/{id}; every name that a request's `model` may have is found.

    Raises InvalidRequest for what no agent could be called, NotFound for an agent that is not there.
    """
    if not _GRAMMAR.fullmatch(model_id):
        raise InvalidRequest("Invalid model id.", param="model")
    name = model_id.lower().replace(":", "/")
    agent_id = name.partition("/")[2]
    if name not in ("openclaw", "openclaw/default") and agent_id not in {known.lower() for known in agent_ids}:
        raise NotFound(f"Unknown model '{model_id[:200]}'.", param="model", code="model_not_found")
    return msgspec.json.encode(ModelCard(model_id))
