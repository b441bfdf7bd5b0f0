"""What each route takes and gives, beside what its entry in the table says: bodies, parameters, statuses, headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from openclaw_gateway.dialects.openai.chat_reply import Completion
from openclaw_gateway.dialects.openai.chat_wire import ChatBody
from openclaw_gateway.dialects.openai.embeddings_reply import EmbeddingsReply
from openclaw_gateway.dialects.openai.embeddings_request import EmbeddingsBody
from openclaw_gateway.dialects.openai.error_body import ErrorBody
from openclaw_gateway.dialects.openai.model_list import ModelCard, ModelList
from openclaw_gateway.dialects.openai.responses_input_items import MAX_LIMIT as MAX_ITEMS
from openclaw_gateway.dialects.openai.responses_input_items import ItemList
from openclaw_gateway.dialects.openai.responses_object import ResponseHead, ResponseTail
from openclaw_gateway.dialects.openai.responses_terms import Echo
from openclaw_gateway.dialects.openai.responses_wire import ResponsesBody
from openclaw_gateway.dialects.openai.run_approvals import ApprovalList, ApprovalObject, DecisionBody
from openclaw_gateway.dialects.openai.run_object import RunObject
from openclaw_gateway.endpoints.openai.stored_responses import Deleted
from openclaw_gateway.endpoints.session_history import MAX_LIMIT, History, HistoryMissing
from openclaw_gateway.endpoints.tools_invoke import InvokeBody, InvokeRefusal, InvokeReply

JSON = "application/json"
SSE = "text/event-stream"
TEXT = "text/plain"

# Header of an answer -> what it says.
HEADERS: Mapping[str, str] = {
    "allow": "the methods that the path takes",
    "idempotent-replayed": "true: made of what was kept of a run or request that is over",
    "retry-after": "seconds to wait before the same request may succeed",
    "server-timing": "where the time went, in milliseconds",
    "x-openclaw-agent-id": "the agent that answered",
    "x-openclaw-model": "the model that made the vectors",
    "x-openclaw-run-id": "the run, as events and the log name it",
    "x-openclaw-session-key": "the session of the turn",
    "x-openclaw-session-source": "how the session was chosen",
    "x-request-id": "the request: as the caller named it, or a fresh name",
}
_DECISIONS = (
    "idempotent-replayed",
    "server-timing",
    "x-openclaw-agent-id",
    "x-openclaw-run-id",
    "x-openclaw-session-key",
    "x-openclaw-session-source",
)


class StreamEvent(msgspec.Struct, omit_defaults=True):
    """One server-sent event. data: JSON of the event, or `[DONE]`; id: for `last-event-id`."""

    data: str
    event: str = ""
    id: str = ""


class StartupBody(msgspec.Struct, rename="camel"):
    """Whether it has started. version, uptimeMs: for those who may see details."""

    ok: bool
    status: str
    version: str = ""
    uptime_ms: int = 0


class HealthBody(msgspec.Struct):
    """That it is alive."""

    ok: bool
    status: str


class ReadyBody(msgspec.Struct, rename="camel"):
    """Whether it should get traffic. failing, uptimeMs: for those who may see details."""

    ready: bool
    failing: list[str] = []
    uptime_ms: int = 0


class MissingScopeDetails(msgspec.Struct, rename="camel"):
    """What was needed."""

    code: str
    missing_scope: str
    required_scopes: list[str]


class MissingScopeError(msgspec.Struct):
    """See MissingScopeBody."""

    type: str
    message: str
    details: MissingScopeDetails


class MissingScopeBody(msgspec.Struct):
    """The answer to a credential whose grant does not cover the route."""

    ok: bool
    error: MissingScopeError


# A response is written as these three, one behind the other.
Response = msgspec.defstruct(
    "Response",
    [(part.name, part.type) for kind in (ResponseHead, Echo, ResponseTail) for part in msgspec.structs.fields(kind)],
    namespace={"__doc__": "A response, as far as it is.", "__module__": __name__},
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One that is not part of the path. place: header or query."""

    name: str
    place: str
    description: str
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    replies: content by media type, by status, of answers that are not errors of the common form. body: what is sent.
    errors: statuses of the common form beyond those that every route has. headers: of the answer 200.
    """

    summary: str
    replies: Mapping[int, Mapping[str, type]]
    body: type | None = None
    parameters: tuple[Parameter, ...] = ()
    errors: tuple[int, ...] = ()
    headers: tuple[str, ...] = ()


AGENT = Parameter("x-openclaw-agent-id", "header", "which agent; else `model` names it, else the default one")
MODEL = Parameter("x-openclaw-model", "header", "another model for this request; needs operator.admin")
SESSION = Parameter("x-openclaw-session-key", "header", "which session; else `user` gives one, else it is a fresh one")
CLIENT_CHAT = Parameter("x-openwebui-chat-id", "header", "the chat's id in its client; `gateway.http.sessionHeaders`")
REQUEST_ID = Parameter("x-request-id", "header", "repeated in the answer")
IDEMPOTENCY_KEY = Parameter("idempotency-key", "header", "the same request again with the same key does nothing twice")
ON_DISCONNECT = Parameter(
    "x-openclaw-on-disconnect", "header", "what becomes of the run", {"enum": ["cancel", "continue"]}
)
LAST_EVENT_ID = Parameter("last-event-id", "header", "go on with a stream behind this event")
EVENTS = Parameter("x-openclaw-events", "header", "named events to be sent as well: tools, reasoning")
LIMIT = Parameter(
    "limit", "query", "how many messages", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 200}
)

STREAM = Parameter("stream", "query", "the events in place of the object", {"type": "boolean"})
STARTING_AFTER = Parameter("starting_after", "query", "only events behind this number", {"type": "integer"})
PAGE = (
    Parameter(
        "limit", "query", "how many items", {"type": "integer", "minimum": 1, "maximum": MAX_ITEMS, "default": 20}
    ),
    Parameter("order", "query", "newest or oldest first", {"enum": ["asc", "desc"], "default": "desc"}),
    Parameter("after", "query", "the id of the last item that the caller has"),
)

# Of the model's server; see docs/reference/errors.md.
_UPSTREAM = (502, 504)

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("/v1/chat/completions", "POST"): Operation(
        "Say something to an agent; `stream: true` for its answer as it is made.",
        {200: {JSON: Completion, SSE: StreamEvent}},
        body=ChatBody,
        parameters=(
            AGENT,
            MODEL,
            SESSION,
            IDEMPOTENCY_KEY,
            ON_DISCONNECT,
            LAST_EVENT_ID,
            EVENTS,
            CLIENT_CHAT,
            REQUEST_ID,
        ),
        errors=(404, 409, 410, *_UPSTREAM),
        headers=_DECISIONS,
    ),
    ("/v1/responses", "POST"): Operation(
        "Say something to an agent; `stream: true` for its answer as it is made, `background: true` to fetch it later.",
        {200: {JSON: Response, SSE: StreamEvent}},
        body=ResponsesBody,
        parameters=(AGENT, MODEL, SESSION, IDEMPOTENCY_KEY, ON_DISCONNECT, LAST_EVENT_ID),
        errors=(404, 409, 410, *_UPSTREAM),
        headers=_DECISIONS,
    ),
    ("/v1/responses/{id}", "GET"): Operation(
        "A response as it is now, or its events.",
        {200: {JSON: Response, SSE: StreamEvent}},
        parameters=(STREAM, STARTING_AFTER),
    ),
    ("/v1/responses/{id}", "DELETE"): Operation("Remove a response; needs operator.write.", {200: {JSON: Deleted}}),
    ("/v1/responses/{id}/cancel", "POST"): Operation("End the run of a response.", {200: {JSON: Response}}),
    ("/v1/responses/{id}/input_items", "GET"): Operation(
        "What a response was made from.", {200: {JSON: ItemList}}, parameters=PAGE
    ),
    ("/v1/models", "GET"): Operation("The agents, as models.", {200: {JSON: ModelList}}),
    ("/v1/models/{id}", "GET"): Operation("One agent, as a model.", {200: {JSON: ModelCard}}, errors=(404,)),
    ("/v1/embeddings", "POST"): Operation(
        "Make vectors of texts.",
        {200: {JSON: EmbeddingsReply}},
        body=EmbeddingsBody,
        parameters=(AGENT, MODEL, IDEMPOTENCY_KEY),
        errors=(409, *_UPSTREAM),
        headers=("idempotent-replayed", "x-openclaw-agent-id", "x-openclaw-model"),
    ),
    ("/tools/invoke", "POST"): Operation(
        "Call one of an agent's tools.",
        {200: {JSON: InvokeReply}, **{status: {JSON: InvokeRefusal} for status in (400, 404, 409, 410, 429, 500, 503)}},
        body=InvokeBody,
        parameters=(IDEMPOTENCY_KEY,),
        headers=("idempotent-replayed",),
    ),
    ("/v1/runs/{id}", "GET"): Operation("A run as it is now.", {200: {JSON: RunObject}}, errors=(410,)),
    ("/v1/runs/{id}/events", "GET"): Operation(
        "The events of a run, from the first or behind `last-event-id`, until its end.",
        {200: {SSE: StreamEvent}},
        parameters=(LAST_EVENT_ID, EVENTS),
        errors=(410,),
        headers=_DECISIONS,
    ),
    ("/v1/runs/{id}/cancel", "POST"): Operation("End a run.", {200: {JSON: RunObject}}, errors=(410,)),
    ("/v1/runs/{id}/approvals", "GET"): Operation(
        "The commands of a run that people were asked about; needs operator.approvals.",
        {200: {JSON: ApprovalList}},
        errors=(404, 410),
    ),
    ("/v1/runs/{id}/approvals/{approval_id}", "POST"): Operation(
        "Allow a command, or deny it; needs operator.approvals.",
        {200: {JSON: ApprovalObject}},
        body=DecisionBody,
        errors=(404, 409, 410),
    ),
    ("/sessions/{key}/history", "GET"): Operation(
        "What is stored of a session.",
        {200: {JSON: History}, 404: {JSON: HistoryMissing}},
        parameters=(LIMIT,),
    ),
    **{
        (f"/{name}{suffix}", method): Operation(summary, replies)
        for name, summary, replies in (
            ("health", "Is it alive?", {200: {JSON: HealthBody}}),
            ("startup", "Has it started?", {200: {JSON: StartupBody}, 503: {JSON: StartupBody}}),
            ("ready", "Should it get traffic?", {200: {JSON: ReadyBody}, 503: {JSON: ReadyBody}}),
        )
        for suffix in ("", "z")
        for method in ("GET", "HEAD")
    },
    ("/openapi.json", "GET"): Operation("This description.", {200: {JSON: dict}}),
}

ERROR_BODIES: tuple[type, ...] = (ErrorBody, MissingScopeBody)
