"""`sessions.search`: words looked up in all that was said to the agents and by them."""

from typing import Annotated

import msgspec

from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, choose_agent, find_address
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.sessions.search import SearchHit, SearchOrder


class SessionsSearchParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What to look for, and where: in these sessions, in those of one agent, or everywhere."""

    query: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    agent_id: AgentIdText | None = None
    session_keys: Annotated[tuple[SessionKeyText, ...], msgspec.Meta(min_length=1, max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=25)] = 10


async def sessions_search(call: Call[SessionsSearchParams]) -> dict[str, object]:
    """The best places first. indexing: older messages are still to be looked at; truncated: there is more."""
    params, services = call.params, call.services
    index = services.prepared.index
    keys = params.session_keys
    found = await services.store.search.find(
        SearchOrder(
            params.query,
            None if params.agent_id is None else choose_agent(index, params.agent_id),
            None
            if keys is None
            else tuple([find_address(index, key, params.agent_id, field="sessionKeys").key for key in keys]),
            params.limit + 1,
        )
    )
    told: dict[str, object] = {"results": [_tell(hit) for hit in found.hits[: params.limit]]}
    if found.is_indexing:
        told["indexing"] = True
    if len(found.hits) > params.limit:
        told["truncated"] = True
    return told


def _tell(hit: SearchHit) -> dict[str, object]:
    return {
        "sessionKey": hit.session_key,
        "sessionId": hit.session_id,
        "messageId": str(hit.message_id),
        "role": hit.role,
        "timestamp": hit.timestamp,
        "snippet": hit.snippet,
        "score": hit.score,
    }
