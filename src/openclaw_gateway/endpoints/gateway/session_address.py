"""Which agent and which session a method means: `sessionKey` (or `key`) and `agentId`."""

from typing import Annotated, NamedTuple

import msgspec

from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.routing.resolve import AgentIndex
from openclaw_gateway.routing.session_key import agent_of_key, normalise_session_key

SessionKeyText = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
AgentIdText = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Address(NamedTuple):
    """An agent, by its id as configured, and a session key in full form."""

    agent_id: str
    key: str


# A message names no more agents than this.
_MAX_LISTED = 12


def choose_agent(index: AgentIndex, named: str | None) -> str:
    """The agent of that name, or the default one. Raises InvalidRequest in the words that clients know."""
    if named is None:
        if index.default_id is None:
            raise InvalidRequest(
                f"Several agents are configured and none is the default: pass agentId, one of {_listed(index)}.",
                param="agentId",
                details={"code": "AGENT_ID_REQUIRED"},
            )
        return index.default_id
    agent_id = index.by_id.get(named.strip().lower())
    if agent_id is None:
        raise InvalidRequest(
            f'Unknown agent id "{named}". Configured agents: {_listed(index)}.',
            param="agentId",
            details={"code": "UNKNOWN_AGENT_ID", "agentId": named},
        )
    return agent_id


def find_address(index: AgentIndex, key: str, agent_id: str | None, *, field: str = "sessionKey") -> Address:
    """The session that a caller named, completed with its agent. Raises InvalidRequest for what cannot be one."""
    if not key.strip():
        raise InvalidRequest(f"`{field}` must not be blank", param=field)
    chosen = choose_agent(index, agent_id or agent_of_key(key))
    return Address(chosen, normalise_session_key(key, agent_id=chosen, field=field))


def _listed(index: AgentIndex) -> str:
    """The configured ids, the first ones where there are many."""
    more = len(index.ids) - _MAX_LISTED
    return ", ".join(index.ids[:_MAX_LISTED]) + (f" and {more} more" if more > 0 else "")
