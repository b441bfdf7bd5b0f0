"""The list of models and single models."""

import json

import pytest
from openai.types import Model

from openclaw_gateway.dialects.openai.model_list import encode_model, encode_model_list
from openclaw_gateway.errors import InvalidRequest, NotFound

AGENTS = ["main", "Ops-2"]


def test_list() -> None:
    """The default agent is listed by its two names, then every agent, as the SDK's class reads them."""
    body = json.loads(encode_model_list(AGENTS))
    assert body["object"] == "list"
    assert body["data"][0] == {
        "id": "openclaw",
        "object": "model",
        "created": 0,
        "owned_by": "openclaw",
        "permission": [],
    }
    names = [Model.model_validate(card, strict=True).id for card in body["data"]]
    assert names == ["openclaw", "openclaw/default", "openclaw/main", "openclaw/Ops-2"]


@pytest.mark.parametrize(
    "name", ["openclaw", "openclaw/default", "openclaw:default", "openclaw/main", "openclaw:main", "agent:ops-2"]
)
def test_every_name_is_found(name: str) -> None:
    """Every name that a request may use is a model, shown as it was asked for."""
    assert json.loads(encode_model(name, AGENTS))["id"] == name


@pytest.mark.parametrize(
    "name", ["", "gpt-4", "openclaw/", "openclaw/a b", "agent/main", "openclaw/../x", "openclaw/ä"]
)
def test_impossible_name_is_refused(name: str) -> None:
    """A name that no agent can have is an invalid id."""
    with pytest.raises(InvalidRequest, match=r"^Invalid model id\.$") as refused:
        encode_model(name, AGENTS)
    assert refused.value.param == "model"


@pytest.mark.parametrize("name", ["openclaw/nobody", "agent:openclaw", "agent:default", "openclaw/ops"])
def test_unknown_agent_is_not_found(name: str) -> None:
    """A possible name without its agent is not found."""
    with pytest.raises(NotFound) as missing:
        encode_model(name, AGENTS)
    assert (missing.value.code, missing.value.message) == ("model_not_found", f"Unknown model '{name}'.")
