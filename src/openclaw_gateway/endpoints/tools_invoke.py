"""`POST /tools/invoke`: one call of one of the agent's tools, without a model.

The tool answers to the same policy as in a run, and to a stricter one of this endpoint. Denied and unknown look alike.
Source: OpenClaw docs/gateway/tools-invoke-http-api.md.
"""

import asyncio
import logging
import math
from collections.abc import Sequence

import msgspec

from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.endpoints.idempotency import check_key, read_key
from openclaw_gateway.endpoints.kept_replies import OnceByKey
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import Busy, Conflict, Draining, GatewayError, Gone, InvalidRequest, StoreUnavailable
from openclaw_gateway.identifiers import new_uuid
from openclaw_gateway.messages import ToolCall, ToolResultMessage, UserPart
from openclaw_gateway.routing.resolve import resolve_agent
from openclaw_gateway.routing.session_key import main_session_key, normalise_session_key
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.tools.tool import Tool, ToolContext

logger = logging.getLogger(__name__)

MAX_INVOKE_BODY_BYTES = 2 * 1024 * 1024
MAX_AT_ONCE = 32
MAX_INVOKE_S = 600.0


class InvokeBody(msgspec.Struct, frozen=True, rename="camel"):
    """The whole body. name wins over tool. args: an object; anything else counts as an empty one. idempotency_key:
    counts like the header.
    """

    name: str | None = None
    tool: str | None = None
    action: str | None = None
    args: msgspec.Raw = msgspec.Raw(b"{}")
    session_key: str | None = None
    agent_id: str | None = None
    idempotency_key: str | None = None


class InvokeResult(msgspec.Struct, frozen=True):
    """What the tool gave."""

    content: Sequence[UserPart]


class InvokeReply(msgspec.Struct, frozen=True):
    """The answer to a call that succeeded."""

    result: InvokeResult
    ok: bool = True


class InvokeFailure(msgspec.Struct, frozen=True, omit_defaults=True):
    """type: invalid_request, not_found, tool_error, rate_limited, unavailable or conflict. code: as in other errors."""

    type: str
    message: str
    code: str | None = None


class InvokeRefusal(msgspec.Struct, frozen=True):
    """The answer to a call that did not succeed."""

    error: InvokeFailure
    ok: bool = False


class _Keyed(msgspec.Struct, frozen=True, rename="camel"):
    idempotency_key: str | None = None


class _Parameters(msgspec.Struct):
    properties: dict[str, msgspec.Raw] = {}


class ToolsInvoke:
    """The endpoint over one gateway."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._at_work = 0
        self._once = OnceByKey(services, self._invoke, find_key=_find_key)

    async def answer(self, request: HttpRequest) -> HttpReply:
        """Judge and run; a client without a key that leaves ends the call. Every failure is told in this endpoint's own
        form.
        """
        try:
            return await self._once.answer(request)
        except GatewayError as error:
            return _tell(error)

    async def _invoke(self, request: HttpRequest) -> HttpReply:
        body = _read_body(request.body)
        name = body.name or body.tool
        if not name:
            raise InvalidRequest("tools.invoke requires name")
        context = self._place(body, request.principal.subject)
        is_owner = is_granted(request.principal.scopes, ADMIN)
        tool = find_tool(self._services.prepared, name, context, is_owner=is_owner)
        if tool is None:
            return _refuse(404, "not_found", f"Tool not available: {name[:200]}")
        arguments = _read_arguments(body, tool)
        self._enter(request)
        try:
            result = await _call(tool, arguments, context)
        finally:
            self._at_work -= 1
        if result is None or result.is_error:
            return _refuse(500, "tool_error", "tool execution failed")
        return HttpReply(200, msgspec.json.encode(InvokeReply(InvokeResult(result.content))))

    def _place(self, body: InvokeBody, subject: str) -> ToolContext:
        """The agent and session of a call; both may be named, and must agree then."""
        prepared = self._services.prepared
        key = None if body.session_key is None else body.session_key.strip()
        agent_id = resolve_agent(None, body.agent_id, prepared.index, session_key=key)
        if not key or key.lower() in ("default", "main"):
            session_key = main_session_key(agent_id)
        else:
            session_key = normalise_session_key(key, agent_id=agent_id, field="sessionKey")
        place = prepared.place(agent_id, session_key)
        return ToolContext(new_uuid(), session_key, agent_id, place, subject=subject)

    def _enter(self, request: HttpRequest) -> None:
        if self._services.is_draining:
            raise Draining.now()
        if self._at_work >= MAX_AT_ONCE:
            raise Busy(f"{MAX_AT_ONCE} calls are at work; try again shortly", retry_after_s=1.0)
        self._at_work += 1
        task = asyncio.current_task()
        if task is not None:
            request.watch_disconnect(task.cancel)


def find_tool(prepared: Prepared, name: str, context: ToolContext, *, is_owner: bool) -> Tool | None:
    """The agent's tool, if it may be called from outside; why it may not is told to the log alone.

    context: whose session the call is made for, and by whom.
    """
    toolboxes = prepared.toolboxes[context.agent_id]
    tool = toolboxes.shelf.get(name)
    if tool is None:
        return None
    verdict = toolboxes.judge_call(name, context.session_key, sender=context.subject, is_owner=is_owner)
    if verdict.is_allowed:
        return tool
    logger.info("tools.invoke: %s denied for agent %s (%s)", name, context.agent_id, verdict.rule)
    return None


def _read_body(body: bytes) -> InvokeBody:
    from openclaw_gateway.dialects.openai.json_body import decode_body, refuse_deep

    invocation = decode_body(msgspec.json.Decoder(InvokeBody), body)
    refuse_deep(invocation.args, "args")
    return invocation


def _find_key(request: HttpRequest) -> str | None:
    """The key of the header or of the body. Raises InvalidRequest for a malformed one, and for two different ones."""
    from openclaw_gateway.dialects.openai.json_body import decode_body

    key = read_key(request.headers)
    named = decode_body(msgspec.json.Decoder(_Keyed), request.body).idempotency_key
    if named is None:
        return key
    if key is not None and key != named:
        raise InvalidRequest("idempotencyKey: the header Idempotency-Key holds another key", param="idempotencyKey")
    return check_key(named, "idempotencyKey")


def _read_arguments(body: InvokeBody, tool: Tool) -> str:
    """The arguments as JSON text, with `action` among them where the tool has such a parameter and args has none."""
    try:
        arguments = msgspec.json.decode(body.args, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        arguments = {}
    except msgspec.DecodeError as error:
        raise InvalidRequest("args: a string holds half of a surrogate pair") from error
    if body.action is not None and "action" not in arguments and _takes_action(tool):
        arguments["action"] = msgspec.Raw(msgspec.json.encode(body.action))
    return msgspec.json.encode(arguments).decode()


def _takes_action(tool: Tool) -> bool:
    return "action" in msgspec.json.decode(tool.parameters, type=_Parameters).properties


async def _call(tool: Tool, arguments: str, context: ToolContext) -> ToolResultMessage | None:
    """What the tool gave; None when it took too long. Its exceptions are caught and logged where a run's are."""
    from openclaw_gateway.runs.tool_call import run_calls

    call = ToolCall(context.run_id, tool.name, arguments)
    try:
        async with asyncio.timeout(MAX_INVOKE_S):
            (result,) = await run_calls((call,), {tool.name: tool}, context, lambda _: None)
    except TimeoutError:
        logger.warning("tools/invoke: %s took longer than %g s", tool.name, MAX_INVOKE_S)
        return None
    return result


def _tell(error: GatewayError) -> HttpReply:
    """The error in this endpoint's own form."""
    match error:
        case InvalidRequest():
            return _refuse(400, "invalid_request", error.message)
        case Busy():
            kind = "rate_limited"
        case Draining() | StoreUnavailable():
            kind = "unavailable"
        case Conflict() | Gone():
            kind = "conflict"
        case _:
            kind = "tool_error"
    reply = _refuse(error.status, kind, error.message, error.code)
    if error.retry_after_s is not None:
        reply.headers.append((b"retry-after", b"%d" % math.ceil(error.retry_after_s)))
    return reply


def _refuse(status: int, kind: str, message: str, code: str | None = None) -> HttpReply:
    return HttpReply(status, msgspec.json.encode(InvokeRefusal(InvokeFailure(kind, message, code))))
