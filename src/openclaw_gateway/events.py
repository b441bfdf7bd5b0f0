"""What a run says. One stream type for every front end (docs/design.md, "The idea").

A run says `RunStarted`, then middle events, then exactly one last event (`RunFinished` or `RunFailed`), and nothing
after it. Events are immutable and may be read by many readers at different times. An event's number is its place in the
log.

They are structs and not dataclasses because a struct is made in a quarter of the time, and without `gc` the collector
passes over them. `RunFailed` alone it has to see: an error's traceback leads back to the run, and so to its log.
"""

from typing import Literal

import msgspec

from openclaw_gateway.errors import GatewayError
from openclaw_gateway.messages import Message, Usage

FinishReason = Literal["stop", "length", "tool_calls"]


class RunStarted(msgspec.Struct, frozen=True, gc=False):
    """First event, said when the run is admitted to its lane (it may have waited). at_ms: since the epoch."""

    run_id: str
    session_key: str
    session_id: str
    agent_id: str
    at_ms: int


class ModelStarted(msgspec.Struct, frozen=True, gc=False):
    """A model call begins; said again for each tool round and each fallback."""

    provider: str
    model: str
    round: int


class ModelFailedOver(msgspec.Struct, frozen=True, gc=False):
    """The named model failed before its first byte to the caller, and the next candidate is tried.

    profile: the name of the key that it was asked with. is_skipped: it was not asked, as it had failed a while ago.
    """

    provider: str
    model: str
    reason: str
    profile: str = ""
    is_skipped: bool = False


class TextDelta(msgspec.Struct, frozen=True, gc=False):
    """More visible text of the current assistant message; never empty."""

    text: str


class ReasoningDelta(msgspec.Struct, frozen=True, gc=False):
    """More reasoning text; never part of the visible text."""

    text: str


class ToolCallStarted(msgspec.Struct, frozen=True, gc=False):
    """The model begins to ask for a call. index counts calls inside the current reply from 0."""

    index: int
    id: str
    name: str


class ToolCallDelta(msgspec.Struct, frozen=True, gc=False):
    """More of the JSON text of a call's arguments."""

    index: int
    arguments: str


class ToolStarted(msgspec.Struct, frozen=True, gc=False):
    """The gateway begins to run one of the agent's own tools. arguments: the JSON text."""

    id: str
    name: str
    arguments: str


class ToolProgress(msgspec.Struct, frozen=True, gc=False):
    """More output of a tool that is still at work; for people who watch, never for the model."""

    id: str
    name: str
    text: str


class ToolFinished(msgspec.Struct, frozen=True, gc=False):
    """One of the agent's own tools ended. text: what the model will read. details: the same for programs, as JSON."""

    id: str
    name: str
    text: str
    is_error: bool
    duration_ms: int
    details: msgspec.Raw | None = None


class ApprovalRequested(msgspec.Struct, frozen=True, gc=False):
    """A command waits for a person. tool_call_id: of the call that wants it. Times are ms since the epoch."""

    approval_id: str
    tool_call_id: str
    command: str
    cwd: str
    created_at_ms: int
    expires_at_ms: int


class ApprovalResolved(msgspec.Struct, frozen=True, gc=False):
    """The wait is over. decision: allow-once, allow-always or deny; None when nobody answered in time."""

    approval_id: str
    decision: str | None


class CompactionStarted(msgspec.Struct, frozen=True, gc=False):
    """The older part of the session is being summarised. reason: manual, threshold or overflow."""

    reason: str


class CompactionFinished(msgspec.Struct, frozen=True, gc=False):
    """It was, or not. reason: why not; "" if it was. Tokens are estimates of the context before and after."""

    is_compacted: bool
    reason: str
    tokens_before: int
    tokens_after: int


class MessageAdded(msgspec.Struct, frozen=True, gc=False):
    """A message of this run was added to the session (user, assistant or tool result), with its place in it."""

    message: Message
    entry_id: int


class RunFinished(msgspec.Struct, frozen=True, gc=False):
    """Last event of a good run; said only after the turn is durable.

    usage sums all model calls of the run; last_usage is that of the final call (its prompt is the context's size).
    timings: milliseconds by name: queue, session, prompt, model, tools, store add up to the whole; connect and
    first_token are parts of model.
    """

    finish_reason: FinishReason
    usage: Usage
    last_usage: Usage
    provider: str
    model: str
    ended_at_ms: int
    timings: dict[str, float]


class RunFailed(msgspec.Struct, frozen=True):
    """Last event of a run that did not finish: a timeout, a cancellation (`RunCancelled`), a model error, a bug."""

    error: GatewayError
    ended_at_ms: int


MiddleEvent = (
    ModelStarted
    | ModelFailedOver
    | TextDelta
    | ReasoningDelta
    | ToolCallStarted
    | ToolCallDelta
    | ToolStarted
    | ToolProgress
    | ToolFinished
    | ApprovalRequested
    | ApprovalResolved
    | CompactionStarted
    | CompactionFinished
    | MessageAdded
)
# What a tool may say while it is at work.
ToolEvent = ToolProgress | ApprovalRequested | ApprovalResolved
LastEvent = RunFinished | RunFailed
RunEvent = RunStarted | MiddleEvent | LastEvent

# What readers treat alike, so that a new kind is sorted here and nowhere else.

LAST_EVENTS = frozenset({RunFinished, RunFailed})

# Nobody waits for these: they are read together with the next one. Each wake-up of a reader costs more than all else
# that an event costs.
QUIET_EVENTS = frozenset({RunStarted, ModelStarted, MessageAdded})

# What a run says before its model does: no reason for an answer to begin.
PRELUDE_EVENTS = frozenset(
    {RunStarted, MessageAdded, ModelStarted, ModelFailedOver, CompactionStarted, CompactionFinished}
)

# What is no part of a reply as OpenAI's API has it; shown beside it, if at all.
EVENTS_BESIDE_REPLY = frozenset(
    {
        ModelFailedOver, ReasoningDelta, ToolStarted, ToolProgress, ToolFinished, ApprovalRequested, ApprovalResolved,
        CompactionStarted, CompactionFinished, MessageAdded,
    }
)  # fmt: skip
