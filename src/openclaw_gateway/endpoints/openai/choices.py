"""What a request to OpenAI's API chooses by its headers beside its body: session and model."""

from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.endpoints.exchange import HttpRequest
from openclaw_gateway.endpoints.openai.request_limits import find_chat
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import MissingScope
from openclaw_gateway.messages import Message
from openclaw_gateway.routing.helper_prompt import is_helper_prompt
from openclaw_gateway.routing.session_key import SESSION_KEY_HEADER, ChosenSession, derive_session_key

MODEL_HEADER = "x-openclaw-model"


def choose_session(
    services: Services,
    request: HttpRequest,
    agent_id: str,
    *,
    user: str | None,
    incoming: tuple[Message, ...],
    fresh_id: str,
    surface: str = "openai",
) -> ChosenSession:
    """The session of a request; prompts by which chat clients help themselves (titles, tags) stay out of its chat."""
    headers = request.headers
    explicit = headers.get(SESSION_KEY_HEADER)
    found = find_chat(headers, services.prepared.config.gateway.http.session_headers)
    if found is not None and not explicit and is_helper_prompt(incoming):
        found = user = None
    field, chat = found or ("", None)
    return derive_session_key(
        agent_id,
        explicit=explicit,
        user=user,
        fresh_id=fresh_id,
        surface=surface,
        chat=chat,
        chat_field=field,
        subject=request.principal.subject,
    )


def choose_model(request: HttpRequest) -> str | None:
    """`x-openclaw-model` spends the operator's money as its caller likes, so it needs operator.admin."""
    override = request.headers.get(MODEL_HEADER)
    if override is not None and not is_granted(request.principal.scopes, ADMIN):
        raise MissingScope(ADMIN)
    return override
