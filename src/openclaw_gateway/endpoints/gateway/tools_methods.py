"""`tools.catalog`, `tools.effective` and `tools.invoke`: the agents' own tools, under the policy of all ways in."""

import asyncio
from functools import partial
from typing import Annotated, Literal

import msgspec

from openclaw_gateway.auth.principal import Principal
from openclaw_gateway.auth.scopes import ADMIN, is_granted
from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest
from openclaw_gateway.endpoints.gateway.session_address import AgentIdText, SessionKeyText, choose_agent, find_address
from openclaw_gateway.endpoints.gateway.tool_groups import group_tools, risk_of
from openclaw_gateway.endpoints.idempotency import check_key
from openclaw_gateway.endpoints.kept_replies import OnceByKey
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.endpoints.table import Call
from openclaw_gateway.endpoints.tools_invoke import MAX_INVOKE_S, find_tool
from openclaw_gateway.errors import Draining
from openclaw_gateway.identifiers import new_uuid
from openclaw_gateway.messages import TextPart, ToolCall
from openclaw_gateway.routing.session_key import main_session_key
from openclaw_gateway.runs.tool_call import run_calls
from openclaw_gateway.tools.policy import judge
from openclaw_gateway.tools.tool import ToolContext
from openclaw_gateway.tools.tool_names import PROFILES, is_named


class ToolsCatalogParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Whose tools. There are no plugins to include."""

    agent_id: AgentIdText | None = None
    include_plugins: bool = False


class ToolsEffectiveParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """In which session. model: `provider/model` instead of the session's. explain: tell the rules too; ours, both."""

    session_key: SessionKeyText
    agent_id: AgentIdText | None = None
    model: Annotated[str, msgspec.Meta(min_length=1, max_length=400)] | None = None
    explain: bool = False


class ToolsInvokeParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Which tool with what. confirm and the last two change nothing: nothing is asked for approval here."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    args: dict[str, msgspec.Raw] = {}
    session_key: SessionKeyText | None = None
    agent_id: AgentIdText | None = None
    confirm: bool = False
    idempotency_key: str | None = None
    conversation_read_origin: Literal["direct-operator"] | None = None


async def tools_catalog(call: Call[ToolsCatalogParams]) -> dict[str, object]:
    """All tools that there are, whoever may use them."""
    prepared = call.services.prepared
    agent_id = choose_agent(prepared.index, call.params.agent_id)
    tools = [
        {
            "id": tool.name,
            "label": tool.name,
            "description": tool.description,
            "source": "core",
            **({"risk": risk} if (risk := risk_of(tool.name)) else {}),
            "defaultProfiles": [name for name, patterns in PROFILES.items() if is_named(tool.name, patterns)],
        }
        for tool in prepared.toolboxes[agent_id].shelf.values()
    ]
    profiles = [{"id": name, "label": name.capitalize()} for name in PROFILES]
    return {"agentId": agent_id, "profiles": profiles, "groups": group_tools(tools)}


async def tools_effective(call: Call[ToolsEffectiveParams]) -> dict[str, object]:
    """The tools that the session's agent may use with the session's model."""
    params, services = call.params, call.services
    prepared = services.prepared
    agent_id, key = find_address(prepared.index, params.session_key, params.agent_id)
    model = params.model or _model_of(services, agent_id, key)
    toolbox = prepared.toolbox(agent_id, key, model, call.caller.principal.subject)
    tools = [
        {
            "id": tool.name,
            "label": tool.name,
            "description": tool.description,
            "rawDescription": tool.description,
            "source": "core",
            **({"rule": judge(tool.name, toolbox.rules).rule} if params.explain else {}),
        }
        for tool in toolbox.tools.values()
    ]
    entry = prepared.config.agents.entries.get(agent_id)
    profile = (entry.tools.profile if entry else None) or prepared.config.tools.profile or "full"
    # The protocol has one group for all tools of the gateway's own here; the catalog has more.
    groups = [{"id": "core", "label": "Core", "source": "core", "tools": tools}] if tools else []
    told: dict[str, object] = {"agentId": agent_id, "profile": profile, "groups": groups}
    if params.explain:
        told |= {"model": model, "denied": [{"id": name, "rule": rule} for name, rule in toolbox.denied.items()]}
    return told


def _model_of(services: Services, agent_id: str, session_key: str) -> str:
    """`provider/model` that a run of the session would ask first."""
    prepared, chosen = services.prepared, services.runs.chosen_models.get(session_key)
    first = prepared.catalog.candidates(prepared.agents[agent_id].model, chosen, agent_id)[0]
    return f"{first.provider}/{first.id}"


class ToolsInvokeOnce:
    """`tools.invoke` of one gateway: a request with a key is done once, also when the gateway was restarted since."""

    def __init__(self) -> None:
        self._once: OnceByKey | None = None

    async def answer(self, call: Call[ToolsInvokeParams]) -> object:
        """Call the tool, or give the answer that the same request got before."""
        params = call.params
        if params.idempotency_key is None:
            return await tools_invoke(call)
        check_key(params.idempotency_key, "idempotencyKey")
        if self._once is None:
            self._once = OnceByKey(call.services, partial(_answer_request, call.services))
        # In the form that keyed requests have everywhere; a client that leaves does not end the call.
        headers = {"idempotency-key": params.idempotency_key}
        request = HttpRequest(
            "RPC", "tools.invoke", "", headers, msgspec.json.encode(params), call.caller.principal, call.request_id,
            0.0, {}, lambda _: None,
        )  # fmt: skip
        return msgspec.Raw((await self._once.answer(request)).body)


async def _answer_request(services: Services, request: HttpRequest) -> HttpReply:
    told = await _invoke(msgspec.json.decode(request.body, type=ToolsInvokeParams), services, request.principal)
    # What was not found was not done, and may be tried again with the same key.
    status = 200 if told["ok"] else 500 if "source" in told else 404
    return HttpReply(status, msgspec.json.encode(told))


async def tools_invoke(call: Call[ToolsInvokeParams]) -> dict[str, object]:
    """Call one tool, without a model. A tool that fails is an answer; one that may not be used looks unknown."""
    return await _invoke(call.params, call.services, call.caller.principal)


async def _invoke(params: ToolsInvokeParams, services: Services, principal: Principal) -> dict[str, object]:
    if services.is_draining:
        raise Draining.now()
    prepared = services.prepared
    if params.session_key is None:
        agent_id = choose_agent(prepared.index, params.agent_id)
        key = main_session_key(agent_id)
    else:
        agent_id, key = find_address(prepared.index, params.session_key, params.agent_id)
    is_owner = is_granted(principal.scopes, ADMIN)
    run_id = new_uuid()
    context = ToolContext(run_id, key, agent_id, prepared.place(agent_id, key), subject=principal.subject)
    tool = find_tool(prepared, params.name, context, is_owner=is_owner)
    if tool is None:
        error = {"code": "not_found", "message": f"Tool not available: {params.name}"}
        return {"ok": False, "toolName": params.name, "error": error}
    asked = ToolCall(run_id, tool.name, msgspec.json.encode(params.args).decode())
    try:
        async with asyncio.timeout(MAX_INVOKE_S):
            (result,) = await run_calls((asked,), {tool.name: tool}, context, lambda _: None)
    except TimeoutError:
        error = {"code": "tool_error", "message": f"the tool took longer than {MAX_INVOKE_S:g} s"}
        return {"ok": False, "toolName": tool.name, "source": "core", "error": error}
    if result.is_error:
        text = "".join([part.text for part in result.content if isinstance(part, TextPart)])
        error = {"code": "tool_error", "message": text or "tool execution failed"}
        return {"ok": False, "toolName": tool.name, "source": "core", "error": error}
    return {"ok": True, "toolName": tool.name, "source": "core", "output": {"content": result.content}}
