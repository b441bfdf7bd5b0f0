"""What a run needs from a model: one request in, deltas said, one reply out."""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from openclaw_gateway.asking import SILENT_SAMPLING, Sampling, ToolSpec
from openclaw_gateway.events import FinishReason, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallStarted
from openclaw_gateway.messages import AssistantMessage, Message, Usage

__all__ = ["Model", "ModelEvent", "ModelReply", "ModelRequest", "ModelTimings", "Sampling", "Say", "ToolSpec"]

ModelEvent = TextDelta | ReasoningDelta | ToolCallStarted | ToolCallDelta
Say = Callable[[ModelEvent], None]


class ModelRequest(msgspec.Struct, frozen=True, gc=False):
    """One call of a model.

    system: the stable part of the prompt first, then what belongs to this request only; providers join with a blank
    line or mark the first as cacheable. messages: the conversation in order, ending in a user or tool result message.
    tool_choice: "auto", "none", "required" or a function's name after "=": "=lookup". session: whose conversation it
    is, so that it stays with one of a provider's keys. withheld: names of tools that a stand-in is not shown, by
    `provider/model`.
    """

    system: tuple[str, ...]
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    tool_choice: str = "auto"
    parallel_tool_calls: bool | None = None
    sampling: Sampling = SILENT_SAMPLING
    session: str = ""
    withheld: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)

    def for_model(self, provider: str, model_id: str) -> "ModelRequest":
        """The request as a model may be asked it."""
        hidden = self.withheld.get(f"{provider}/{model_id}") if self.withheld else None
        if not hidden:
            return self
        tools = tuple([tool for tool in self.tools if tool.name not in hidden])
        choice = self.tool_choice if tools else "auto"
        return msgspec.structs.replace(self, tools=tools, tool_choice=choice)


class ModelTimings(msgspec.Struct, gc=False):
    """Milliseconds since the call began; None until it happened. retries counts further tries on the same model."""

    connected_ms: float | None = None
    first_token_ms: float | None = None
    retries: int = 0


class ModelReply(msgspec.Struct, frozen=True, gc=False):
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
