"""`GET /sessions/{key}/history`: what is stored of a session."""

from urllib.parse import parse_qs

import msgspec

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import Message
from openclaw_gateway.routing.resolve import resolve_agent
from openclaw_gateway.routing.session_key import normalise_session_key

MAX_LIMIT = 1000


class History(msgspec.Struct, rename="camel"):
    """The answer: the newest messages, oldest first."""

    session_key: str
    items: list[Message]


class SessionHistory:
    """The endpoint over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, request: HttpRequest) -> HttpReply:
        """The history of the session; 404 in the original's form if there is none. `limit`: 1 to 1000, newest kept."""
        asked = request.path_params["key"]
        limit = _read_limit(request.query)
        agent_id = resolve_agent(None, None, self._services.prepared.index, session_key=asked)
        key = normalise_session_key(asked, agent_id=agent_id, field="key")
        session = await self._services.store.read(key)
        if session is None:
            return HttpReply(404, _render_missing(asked))
        messages = [entry.message for entry in session.path[-limit:]]
        return HttpReply(200, msgspec.json.encode(History(key, messages)))


def _read_limit(query: str) -> int:
    try:
        text = parse_qs(query, keep_blank_values=True, max_num_fields=20).get("limit", ["200"])[-1]
    except ValueError as error:
        raise InvalidRequest("the query has too many fields") from error
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MAX_LIMIT:
        return int(text)
    raise InvalidRequest(f"limit: expected a whole number from 1 to {MAX_LIMIT}, got {text[:20]!r}", param="limit")


def _render_missing(key: str) -> bytes:
    error = {"type": "not_found", "message": f"Session not found: {key}"}
    return msgspec.json.encode({"ok": False, "error": error})
