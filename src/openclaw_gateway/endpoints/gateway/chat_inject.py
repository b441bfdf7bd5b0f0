"""`chat.inject`: a note in the assistant's voice, without a run. Clients are told of it as of any answer."""

from typing import Annotated, Final

import msgspec

from openclaw_gateway.auth.scopes import READ
from openclaw_gateway.dialects.gateway.chat_events import ChatEvent, ChatMessage
from openclaw_gateway.dialects.gateway.frames import encode_event
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, find_address
from openclaw_gateway.endpoints.gateway.session_feed import tell_message_added
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.errors import Busy, NotFound
from openclaw_gateway.messages import AssistantMessage, TextPart
from openclaw_gateway.runs.lane_hold import hold_lane
from openclaw_gateway.runs.prompt import note_appended

# Written in place of a provider and a model, as the original does, so that nobody takes the note for an answer.
PROVIDER: Final = "openclaw"
MODEL: Final = "gateway-injected"
# A note waits for the end of a run, as it may not stand between a call and its result; but not longer than this.
LANE_TIMEOUT_S: Final = 10.0


class ChatInjectParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What to note where. label: put in front, in brackets."""

    session_key: SessionKeyText
    message: Annotated[str, msgspec.Meta(min_length=1)]
    agent_id: AgentIdText | None = None
    label: Annotated[str, msgspec.Meta(max_length=100)] | None = None


async def chat_inject(call: Call[ChatInjectParams]) -> dict[str, object]:
    """Store the note and tell everybody."""
    params, services = call.params, call.services
    address = find_address(services.prepared.index, params.session_key, params.agent_id)
    if await services.store.directory.find_row(address.key) is None:
        raise NotFound(f"session not found: {params.session_key}")
    text = f"[{params.label}]\n\n{params.message}" if params.label else params.message
    note = AssistantMessage((TextPart(text),), provider=PROVIDER, model=MODEL)
    try:
        async with hold_lane(services.runs.lanes, address.key, timeout_s=LANE_TIMEOUT_S):
            session = await services.store.open(address.key, address.agent_id, is_ephemeral=False)
            (entry,) = entries = await services.store.append(session, (note,), run_id="")
            note_appended(session, entries)
    except TimeoutError as error:
        raise Busy("a run of this session is going on; abort it, or try again later", retry_after_s=5.0) from error
    tell_message_added(services, address.key, entry)
    message_id = str(entry.id)
    message = ChatMessage("assistant", (TextPart(text),), entry.message.timestamp)
    final = ChatEvent(f"inject-{message_id}", address.key, address.agent_id, 0, "final", message=message)
    services.audience.publish(encode_event("chat", final, scope=READ))
    return {"ok": True, "messageId": message_id}
