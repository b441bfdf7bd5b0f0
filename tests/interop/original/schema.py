"""The machine contract of the protocol, from its npm package, and what we may send beyond it.

The package describes frames, events and many results; results that it does not describe are checked as frames only.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache

import jsonschema_rs
from tests.interop.install import ORIGINAL_FOLDER
from tests.interop.original.relay import Frame, Sent

SCHEMA = ORIGINAL_FOLDER / "node_modules" / "@openclaw" / "gateway-protocol" / "protocol.schema.json"

EVENTS = {
    "agent": "AgentEvent",
    "chat": "ChatEvent",
    "session.operation": "SessionOperationEvent",
    "session.tool": "AgentEvent",
    "device.pair.requested": "DevicePairRequestedEvent",
    "device.pair.resolved": "DevicePairResolvedEvent",
    "shutdown": "ShutdownEvent",
    "tick": "TickEvent",
}
RESULTS = {
    "agent.identity.get": "AgentIdentityResult",
    "agents.files.get": "AgentsFilesGetResult",
    "agents.files.list": "AgentsFilesListResult",
    "agents.files.set": "AgentsFilesSetResult",
    "agents.list": "AgentsListResult",
    "chat.message.get": "ChatMessageGetResult",
    "commands.list": "CommandsListResult",
    "config.schema": "ConfigSchemaResponse",
    "connect": "HelloOk",
    "device.token.rotate": "DeviceTokenRotateResult",
    "exec.approvals.get": "ExecApprovalsSnapshot",
    "exec.approvals.set": "ExecApprovalsSnapshot",
    "logs.tail": "LogsTailResult",
    "models.list": "ModelsListResult",
    "question.list": "QuestionListResult",
    "sessions.create": "SessionsCreateResult",
    "sessions.delete": "SessionsDeleteResult",
    "sessions.resolve": "SessionsResolveResult",
    "sessions.search": "SessionsSearchResult",
    "agents.create": "AgentsCreateResult",
    "agents.delete": "AgentsDeleteResult",
    "agents.update": "AgentsUpdateResult",
    "config.schema.lookup": "ConfigSchemaLookupResult",
    "taskSuggestions.list": "TaskSuggestionsListResult",
    "tools.catalog": "ToolsCatalogResult",
    "tools.effective": "ToolsEffectiveResult",
    "tools.invoke": "ToolsInvokeResult",
}

# (definition, field that it does not know) -> why the field may be there all the same.
NEWER = {
    ("AgentEvent", "agentId"): "the original sends it since it has several agents; its terminal UI reads it",
    ("AgentEvent", "sessionKey"): "the original sends it, and its clients choose by it which events are theirs",
}


def find_violations(sent: Iterable[Sent]) -> list[str]:
    """What the published schema does not allow in these frames: each kind once, `name: where: what`."""
    return sorted({f"{one.name}: {problem}" for one in sent for problem in _check(one)})


def _check(sent: Sent) -> Iterator[str]:
    frame = sent.frame
    if frame["type"] == "event":
        yield from _against("EventFrame", frame)
        yield from _check_event(sent.name, frame.get("payload"))
        return
    yield from _against("ResponseFrame", frame)
    if not frame["ok"]:
        yield from _against("ErrorShape", frame["error"])
    else:
        yield from _check_result(sent.name, frame.get("payload"))


def _check_event(name: str, payload: Frame) -> Iterator[str]:
    if name in EVENTS:
        yield from _against(EVENTS[name], payload)
    elif name == "presence":
        for entry in payload["presence"]:
            yield from _against("PresenceEntry", entry)
    elif name in ("sessions.changed", "session.message") and payload.get("session"):
        yield from _against("SessionRow", payload["session"])


def _check_result(method: str, payload: Frame) -> Iterator[str]:
    match method:
        case "system-presence":
            for entry in payload:
                yield from _against("PresenceEntry", entry)
        case "sessions.list":
            for row in payload["sessions"]:
                yield from _against("SessionRow", row)
        case "chat.history":
            if "kind" in payload:
                yield from _against("ChatHistoryCursorResult", payload)
            if payload.get("sessionInfo"):
                yield from _against("SessionRow", payload["sessionInfo"])
        case _ if method in RESULTS:
            yield from _against(RESULTS[method], payload)


def _against(definition: str, value: Frame) -> Iterator[str]:
    newer = {field for name, field in NEWER if name == definition}
    known = {key: part for key, part in value.items() if key not in newer} if newer else value
    for error in _validator(definition).iter_errors(known):
        yield f"{definition}/{'/'.join(map(str, error.instance_path))}: {error.message[:200]}"


@cache
def definitions() -> Frame:
    """The package's definitions by name."""
    found: Frame = json.loads(SCHEMA.read_text())["definitions"]
    return found


@cache
def _validator(definition: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft7Validator({**definitions()[definition], "definitions": definitions()})
