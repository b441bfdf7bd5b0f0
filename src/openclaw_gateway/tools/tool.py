"""What the loop needs from a tool."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from openclaw_gateway.messages import TextPart, UserPart


class ToolContext(msgspec.Struct, frozen=True, gc=False):
    """Where a call happens: the run and session it belongs to and the agent's working directory."""

    run_id: str
    session_key: str
    agent_id: str
    workspace: str


class ToolResult(msgspec.Struct, frozen=True, gc=False):
    """What the model reads of a call."""

    content: tuple[UserPart, ...]
    is_error: bool = False

    @classmethod
    def of_text(cls, text: str, *, is_error: bool = False) -> "ToolResult":
        """A result of one text."""
        return cls((TextPart(text),), is_error)


class Tool(Protocol):
    """One tool. Immutable; may run for several sessions at once."""

    @property
    def name(self) -> str:
        """The name the model calls it by; case-sensitive."""
        ...

    @property
    def description(self) -> str:
        """One or two sentences for the model."""
        ...

    @property
    def parameters(self) -> msgspec.Raw:
        """JSON Schema of the arguments, encoded once."""
        ...

    @property
    def is_parallel(self) -> bool:
        """Whether calls of it may run beside other calls of the same reply."""
        ...

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        """Do it. Any exception becomes an error result; cancellation must leave nothing running behind."""
        ...
