"""What a run says, as `agent` events: one translator for each run.

Streams: run_status, lifecycle, assistant (text so far and what is new), reasoning, tool, item, usage. `seq` counts
inside the run. What a stream holds: OpenClaw docs/gateway/protocol.md, "Agent events".
"""

from collections.abc import Mapping
from typing import Final, assert_never

import msgspec

from openclaw_gateway.dialects.gateway.outcome import stop_reason_of
from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.events import (
    ApprovalRequested,
    ApprovalResolved,
    CompactionFinished,
    CompactionStarted,
    MessageAdded,
    ModelFailedOver,
    ModelStarted,
    ReasoningDelta,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    ToolFinished,
    ToolProgress,
    ToolStarted,
)

_EMPTY_OBJECT: Final = msgspec.Raw(b"{}")
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class AgentEvent(msgspec.Struct, frozen=True, rename="camel"):
    """Payload of an `agent` event. ts: ms since the epoch. data: what the stream holds."""

    run_id: str
    seq: int
    stream: str
    ts: int
    data: Mapping[str, object]
    session_key: str
    agent_id: str


class AgentEvents:
    """The translator of one run. `text` is the current message's, so far."""

    __slots__ = ("_agent_id", "_item", "_reasoning", "_run_id", "_seq", "_session_key", "_tool_started_ms", "text")

    def __init__(self, run_id: str, session_key: str, agent_id: str) -> None:
        self._run_id = run_id
        self._session_key = session_key
        self._agent_id = agent_id
        self._seq = 0
        self._item = 0
        self._reasoning = ""
        self._tool_started_ms: dict[str, int] = {}
        self.text = ""

    def translate(self, event: RunEvent, now_ms: int) -> list[AgentEvent]:
        """The events for one event of the run, in the order in which they go out.

        Deltas that a reader has not had yet may be joined into one before they come here.
        """
        match event:
            case TextDelta(text):
                self.text += text
                return [self._say("assistant", now_ms, {"text": self.text, "delta": text, "itemId": self._item_id()})]
            case ReasoningDelta(text):
                self._reasoning += text
                return [self._say("reasoning", now_ms, {"text": self._reasoning, "delta": text})]
            case ToolStarted() | ToolProgress() | ToolFinished():
                return self._tell_tool(event, now_ms)
            case CompactionStarted() | CompactionFinished():
                return [self._say("compaction", now_ms, _tell_compaction(event))]
            case RunStarted():
                return [
                    self._say("run_status", now_ms, {"phase": "preparing_context"}),
                    self._say("lifecycle", now_ms, {"phase": "start", "startedAt": event.at_ms}),
                ]
            case ModelStarted():
                return self._start_model(event, now_ms)
            case RunFinished():
                return self._finish(event, now_ms)
            case RunFailed():
                return [self._say("lifecycle", now_ms, _tell_failure(event))]
            case ToolCallStarted() | ToolCallDelta() | MessageAdded() | ModelFailedOver():
                return []  # they have no stream of their own
            case ApprovalRequested() | ApprovalResolved():
                return []  # who may answer is told by other events
            case _:
                assert_never(event)

    def _say(self, stream: str, now_ms: int, content: Mapping[str, object]) -> AgentEvent:
        self._seq += 1
        return AgentEvent(self._run_id, self._seq, stream, now_ms, content, self._session_key, self._agent_id)

    def _item_id(self) -> str:
        return f"{self._run_id}:message:{self._item}"

    def _start_model(self, event: ModelStarted, now_ms: int) -> list[AgentEvent]:
        self._item += 1
        self.text = self._reasoning = ""
        model = {"phase": "model", "provider": event.provider, "model": event.model}
        return [
            self._say("run_status", now_ms, {"phase": "starting_model"}),
            self._say("lifecycle", now_ms, model),
        ]

    def _tell_tool(self, event: ToolStarted | ToolProgress | ToolFinished, now_ms: int) -> list[AgentEvent]:
        if isinstance(event, ToolStarted):
            return self._start_tool(event, now_ms)
        if isinstance(event, ToolFinished):
            return self._finish_tool(event, now_ms)
        return [self._say("tool", now_ms, _tell_progress(event))]

    def _start_tool(self, event: ToolStarted, now_ms: int) -> list[AgentEvent]:
        self._tool_started_ms[event.id] = now_ms
        call = {"phase": "start", "name": event.name, "toolCallId": event.id}
        return [
            self._say("tool", now_ms, {**call, "args": _object_or_empty(event.arguments)}),
            self._say("item", now_ms, {**call, **_item(event), "status": "running", "startedAt": now_ms}),
        ]

    def _finish_tool(self, event: ToolFinished, now_ms: int) -> list[AgentEvent]:
        call = {"name": event.name, "toolCallId": event.id}
        result = {"content": [{"type": "text", "text": event.text}], "details": event.details or _EMPTY_OBJECT}
        item = {
            **call,
            **_item(event),
            "phase": "end",
            "status": "failed" if event.is_error else "completed",
            "startedAt": self._tool_started_ms.pop(event.id, now_ms),
            "endedAt": now_ms,
        }
        return [
            self._say("tool", now_ms, {**call, "phase": "result", "isError": event.is_error, "result": result}),
            self._say("item", now_ms, item),
        ]

    def _finish(self, event: RunFinished, now_ms: int) -> list[AgentEvent]:
        end = {
            "phase": "end",
            "endedAt": event.ended_at_ms,
            "stopReason": stop_reason_of(event),
            "executionSettled": True,
            "provider": event.provider,
            "model": event.model,
        }
        return [
            self._say("usage", now_ms, {"outputTokens": event.usage.output}),
            self._say("lifecycle", now_ms, {"phase": "finishing"}),
            self._say("lifecycle", now_ms, end),
        ]


def tell_briefly(event: AgentEvent) -> AgentEvent | None:
    """A tool's event without what it printed and returned; None for one that says nothing else."""
    if event.data.get("phase") == "update":
        return None
    content = {name: value for name, value in event.data.items() if name != "result"}
    return msgspec.structs.replace(event, data=content)


def _item(event: ToolStarted | ToolFinished) -> dict[str, object]:
    return {"itemId": f"tool:{event.id}", "kind": "tool", "title": event.name}


def _tell_progress(event: ToolProgress) -> dict[str, object]:
    partial = {"content": [{"type": "text", "text": event.text}], "details": _EMPTY_OBJECT}
    return {"phase": "update", "name": event.name, "toolCallId": event.id, "partialResult": partial}


def _tell_compaction(event: CompactionStarted | CompactionFinished) -> dict[str, object]:
    if isinstance(event, CompactionStarted):
        return {"phase": "start", "reason": event.reason}
    told: dict[str, object] = {"phase": "end", "completed": event.is_compacted}
    if event.reason:
        told["reason"] = event.reason
    return {**told, "tokensBefore": event.tokens_before, "tokensAfter": event.tokens_after}


def _tell_failure(event: RunFailed) -> dict[str, object]:
    told: dict[str, object] = {"phase": "error", "error": event.error.message, "endedAt": event.ended_at_ms}
    if isinstance(event.error, RunCancelled):
        told["aborted"] = True
    told["stopReason"] = stop_reason_of(event)
    told["executionSettled"] = True
    return told


def _object_or_empty(arguments: str) -> msgspec.Raw:
    """The arguments of a call as they are, if they are the JSON object that they should be."""
    try:
        _decode_object(arguments)
    except (ValueError, RecursionError):
        return _EMPTY_OBJECT
    return msgspec.Raw(arguments)
