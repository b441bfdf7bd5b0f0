"""What a client wants to hear of: all sessions (`sessions.subscribe`) or the messages of one of them.

Subscriptions belong to the connection and end with it.
"""

from typing import Final, Literal

import msgspec

from openclaw_gateway.endpoints.audience import ALL_SESSIONS, session_topic
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, find_address
from openclaw_gateway.endpoints.gateway.sessions_read import SessionsListParams, list_page
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Busy

# A client looks at a handful of sessions; the bound keeps one from making every event expensive.
MAX_TOPICS: Final = 256


class NoParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing may be asked."""


class MessagesSubscribeParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which session. include_approvals: there are none to replay."""

    key: SessionKeyText
    agent_id: AgentIdText | None = None
    include_approvals: Literal[True] | None = None


class MessagesUnsubscribeParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which session."""

    key: SessionKeyText
    agent_id: AgentIdText | None = None


async def sessions_subscribe(call: Call[SessionsListParams]) -> dict[str, object]:
    """Hear of every session from now on; a list that is asked for in the same breath comes along."""
    call.caller.topics.add(ALL_SESSIONS)
    if call.params == SessionsListParams():
        return {"subscribed": True}
    return {"subscribed": True, "list": await list_page(call.params, call.services)}


async def sessions_unsubscribe(call: Call[NoParams]) -> dict[str, object]:
    """Hear of sessions no more, but for the messages of those subscribed to by key."""
    call.caller.topics.discard(ALL_SESSIONS)
    return {"subscribed": False}


async def messages_subscribe(call: Call[MessagesSubscribeParams]) -> dict[str, object]:
    """Hear each message of one session from now on; it need not exist yet."""
    params, topics = call.params, call.caller.topics
    address = find_address(call.services.prepared.index, params.key, params.agent_id, field="key")
    if len(topics) >= MAX_TOPICS:
        raise Busy(f"this connection subscribed to {MAX_TOPICS} sessions; unsubscribe from some")
    topics.add(session_topic(address.key))
    told: dict[str, object] = {"subscribed": True, "key": address.key}
    if params.include_approvals:
        told["approvalReplay"] = []
    return told


async def messages_unsubscribe(call: Call[MessagesUnsubscribeParams]) -> dict[str, object]:
    """Hear its messages no more."""
    address = find_address(call.services.prepared.index, call.params.key, call.params.agent_id, field="key")
    call.caller.topics.discard(session_topic(address.key))
    return {"subscribed": False, "key": address.key}
