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


class Missing(msgspec.Struct):
    """What is told of a session that is not there."""

    message: str
    type: str = "not_found"


class HistoryMissing(msgspec.Struct):
    """The answer for it."""

    error: Missing
    ok: bool = False


class SessionHistory:
    """The endpoint over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, request: HttpRequest) -> HttpReply:
        """The history of the session; 404 in the original's form if there is none. `limit`: 1 to 1000, newest kept."""
        limit = _read_limit(request.query)
        asked = request.path_params["key"]
        key = self._find_key(asked)
        session = None if key is None else await self._services.store.read(key)
        if key is None or session is None:
            return HttpReply(404, msgspec.json.encode(HistoryMissing(Missing(f"Session not found: {asked}"))))
        messages = [entry.message for entry in session.path[-limit:]]
        return HttpReply(200, msgspec.json.encode(History(key, messages)))

    def _find_key(self, asked: str) -> str | None:
        """The key in full form; None for one that no session of ours can have, be it malformed, reserved or foreign."""
        try:
            agent_id = resolve_agent(None, None, self._services.prepared.index, session_key=asked)
            return normalise_session_key(asked, agent_id=agent_id, field="key")
        except InvalidRequest:
            return None


def _read_limit(query: str) -> int:
    try:
        text = parse_qs(query, keep_blank_values=True, max_num_fields=20).get("limit", ["200"])[-1]
    except ValueError as error:
        raise InvalidRequest("the query has too many fields") from error
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    raise InvalidRequest(f"limit: expected a whole number from 1 to {MAX_LIMIT}, got {text[:20]!r}", param="limit")
