"""The table of HTTP: every path that is served, who answers it, and the scope that it takes."""

from openclaw_gateway import COMPATIBLE_VERSION
from openclaw_gateway.auth.scopes import APPROVALS, READ, WRITE
from openclaw_gateway.dialects.openai.run_approvals import MAX_DECISION_BODY_BYTES
from openclaw_gateway.endpoints.kept_replies import OnceByKey
from openclaw_gateway.endpoints.openai.chat_completions import ChatCompletions
from openclaw_gateway.endpoints.openai.embeddings import MAX_EMBEDDINGS_BODY_BYTES, EmbeddingsEndpoint
from openclaw_gateway.endpoints.openai.models import Models
from openclaw_gateway.endpoints.openai.response_endpoints import ResponseEndpoints
from openclaw_gateway.endpoints.openapi.document import OpenApi
from openclaw_gateway.endpoints.probes import Probes
from openclaw_gateway.endpoints.runs.approvals import RunApprovals
from openclaw_gateway.endpoints.runs.runs import RunEndpoints
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.session_history import SessionHistory
from openclaw_gateway.endpoints.tools_invoke import MAX_INVOKE_BODY_BYTES, ToolsInvoke
from openclaw_gateway.wire.routes import MAX_BODY_BYTES, Route, probe_routes

CHAT_DISABLED = (
    "this endpoint is off: set gateway.http.endpoints.chatCompletions.enabled to true in openclaw.json to turn it on"
)
RESPONSES_DISABLED = (
    "this endpoint is off: set gateway.http.endpoints.responses.enabled to true in openclaw.json to turn it on"
)
MODELS_DISABLED = (
    "this endpoint is off: set gateway.http.endpoints.chatCompletions.enabled (or responses.enabled) to true"
)


def build_routes(services: Services) -> list[Route]:
    """Every path that is served, with its scope."""
    chat, models, history, probes = (
        ChatCompletions(services), Models(services), SessionHistory(services),
        Probes(services, version=COMPATIBLE_VERSION, uptime_ms=services.uptime_ms, config=services.config_state),
    )  # fmt: skip
    embeddings, tools, runs = EmbeddingsEndpoint(services), ToolsInvoke(services), RunEndpoints(services)
    responses, approvals = ResponseEndpoints(services), RunApprovals(services)
    openapi = OpenApi(lambda: routes, COMPATIBLE_VERSION)

    def is_chat_on() -> bool:
        return services.prepared.config.gateway.http.endpoints.chat_completions.enabled

    def is_responses_on() -> bool:
        return services.prepared.config.gateway.http.endpoints.responses.enabled

    def is_any_on() -> bool:
        endpoints = services.prepared.config.gateway.http.endpoints
        return endpoints.chat_completions.enabled or endpoints.responses.enabled

    routes = [
        Route(
            "/v1/chat/completions", ("POST",), chat.answer, WRITE, body_cap_bytes=MAX_BODY_BYTES, is_enabled=is_chat_on,
            disabled_hint=CHAT_DISABLED,
        ),
        Route(
            "/v1/responses", ("POST",), responses.create, WRITE, body_cap_bytes=MAX_BODY_BYTES,
            is_enabled=is_responses_on, disabled_hint=RESPONSES_DISABLED,
        ),
        *[
            Route(path, methods, handler, scope, is_enabled=is_responses_on, disabled_hint=RESPONSES_DISABLED)
            for path, methods, handler, scope in (
                ("/v1/responses/{id}", ("GET", "DELETE"), responses.answer, READ),
                ("/v1/responses/{id}/cancel", ("POST",), responses.cancel, WRITE),
                ("/v1/responses/{id}/input_items", ("GET",), responses.input_items, READ),
            )
        ],
        Route("/v1/models", ("GET",), models.list_all, READ, is_enabled=is_any_on, disabled_hint=MODELS_DISABLED),
        Route("/v1/models/{id}", ("GET",), models.describe, READ, is_enabled=is_any_on, disabled_hint=MODELS_DISABLED),
        Route(
            "/v1/embeddings", ("POST",), OnceByKey(services, embeddings.answer, is_repeatable=True).answer, WRITE,
            body_cap_bytes=MAX_EMBEDDINGS_BODY_BYTES, is_enabled=is_any_on, disabled_hint=MODELS_DISABLED,
        ),
        Route("/tools/invoke", ("POST",), tools.answer, WRITE, body_cap_bytes=MAX_INVOKE_BODY_BYTES),
        Route("/v1/runs/{id}", ("GET",), runs.describe, READ),
        Route("/v1/runs/{id}/events", ("GET",), runs.events, READ),
        Route("/v1/runs/{id}/cancel", ("POST",), runs.cancel, WRITE),
        Route("/v1/runs/{id}/approvals", ("GET",), approvals.list_all, APPROVALS),
        Route(
            "/v1/runs/{id}/approvals/{approval_id}", ("POST",), approvals.resolve, APPROVALS,
            body_cap_bytes=MAX_DECISION_BODY_BYTES,
        ),
        Route("/sessions/{key}/history", ("GET",), history.answer, READ),
        Route("/openapi.json", ("GET",), openapi.answer, READ, is_enabled=is_any_on, disabled_hint=MODELS_DISABLED),
        *probe_routes(probes),
    ]  # fmt: skip
    return routes
