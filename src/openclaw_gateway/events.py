"""What a run says. One stream type for every front end (DESIGN.md, "One stream type").

A run says `RunStarted`, then middle events, then exactly one last event (`RunFinished` or `RunFailed`), and nothing
after it. Events are immutable and may be read by many readers at different times. An event's number is its place in the
log.
"""

from dataclasses import dataclass
from typing import Literal

from openclaw_gateway.errors import GatewayError
from openclaw_gateway.messages import Message, Usage

FinishReason = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """First event, said when the run is admitted to its lane (it may have waited). at_ms: since the epoch."""

    run_id: str
    session_key: str
    session_id: str
    agent_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class ModelStarted:
    """A model call begins; said again for each tool round and each fallback."""

    provider: str
    model: str
    round: int


@dataclass(frozen=True, slots=True)
class ModelFailedOver:
    """The named model failed before its first byte to the caller, and the next candidate is tried."""

    provider: str
    model: str
    reason: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More visible text of the current assistant message; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More reasoning text; never part of the visible text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """The model begins to ask for a call. index counts calls inside the current reply from 0."""

    index: int
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """More of the JSON text of a call's arguments."""

    index: int
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """The gateway begins to run one of the agent's own tools. arguments: the JSON text."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """One of the agent's own tools ended. text: what the model will read."""

    id: str
    name: str
    text: str
    is_error: bool
    duration_ms: int


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message of this run was added to the session (user, assistant or tool result), with its place in it."""

    message: Message
    entry_id: int


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Last event of a good run; said only after the turn is durable.

    usage sums all model calls of the run; last_usage is that of the final call (its prompt is the context's size).
    timings: milliseconds by name: queue, session, prompt, model, tools, store add up to the whole; connect and first_token
    are parts of model.
    """

    finish_reason: FinishReason
    usage: Usage
    last_usage: Usage
    provider: str
    model: str
    ended_at_ms: int
    timings: dict[str, float]


@dataclass(frozen=True, slots=True)
class RunFailed:
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
    | ToolFinished
    | MessageAdded
)
LastEvent = RunFinished | RunFailed
RunEvent = RunStarted | MiddleEvent | LastEvent
