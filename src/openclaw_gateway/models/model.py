"""What a run needs from a model: one request in, deltas said, one reply out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from openclaw_gateway.events import FinishReason, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStarted
from openclaw_gateway.messages import AssistantMessage, Message, Usage

ModelEvent = TextDelta | ReasoningDelta | ToolCallStarted | ToolCallDelta
Say = Callable[[ModelEvent], None]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A function the model may call. parameters: its JSON Schema, passed on unchanged."""

    name: str
    description: str | None
    parameters: msgspec.Raw | None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the caller asks of the sampler; None means that the caller was silent and nothing is sent.

    extra: further top-level fields of the provider's request (reasoning_effort, response_format, seed, …), by their
    OpenAI names, values as JSON; a provider that has no such field ignores or refuses it by name.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    extra: Mapping[str, msgspec.Raw] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a model.

    system: the stable part of the prompt first, then what belongs to this request only; providers join with a blank
    line or mark the first as cacheable. messages: the conversation in order, ending in a user or tool result message.
    tool_choice: "auto", "none", "required" or a function's name after "=": "=lookup".
    """

    system: tuple[str, ...]
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"
    parallel_tool_calls: bool | None = None
    sampling: Sampling = Sampling()


@dataclass(slots=True)
class ModelTimings:
    """Milliseconds since the call began; None until it happened. retries counts further tries on the same model."""

    connected_ms: float | None = None
    first_token_ms: float | None = None
    retries: int = 0


@dataclass(frozen=True, slots=True)
class ModelReply:
    """A finished call. message.stop_reason and finish_reason agree; message carries provider, model, api and usage."""

    message: AssistantMessage
    finish_reason: FinishReason
    usage: Usage
    timings: ModelTimings


class Model(Protocol):
    """One callable model entry. Immutable; may be called by many runs at once."""

    @property
    def provider(self) -> str:
        """Id of the provider entry, the part before the slash of a model reference."""
        ...

    @property
    def id(self) -> str:
        """The model's id at its provider."""
        ...

    @property
    def context_window(self) -> int:
        """Tokens of prompt and answer together that the model can hold."""
        ...

    @property
    def max_output_tokens(self) -> int | None:
        """Tokens reserved for the answer, if the entry says."""
        ...

    @property
    def accepts_images(self) -> bool:
        """Whether the entry lists `image` in its input."""
        ...

    async def ask(self, request: ModelRequest, say: Say) -> ModelReply:
        """Ask once, with bounded retries before the first byte was said; say every delta as it comes.

        Raises a `ModelError`. Cancelling the caller's task cuts the upstream connection before this returns.
        """
        ...
