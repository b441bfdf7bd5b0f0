"""What the loop needs from a tool."""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from openclaw_gateway.events import ToolEvent
from openclaw_gateway.messages import TextPart, UserPart
from openclaw_gateway.tools.place import Place

# What the model reads of one result at most, in characters.
MAX_RESULT_CHARS = 16_000


def result_cap(context_window: int) -> int:
    """Characters of one result that a model with such a window (tokens) reads; the original's steps."""
    if context_window >= 200_000:
        return 4 * MAX_RESULT_CHARS
    return 2 * MAX_RESULT_CHARS if context_window >= 100_000 else MAX_RESULT_CHARS


def _say_nothing(event: ToolEvent) -> None:
    """Nobody watches this call."""


class ToolContext(msgspec.Struct, frozen=True):
    """Where a call happens, and for whom.

    place: where files and commands are. call_id: of this call. say: tells whoever watches the run. sees_images: the
    model that reads the result takes pictures. max_result_chars: what it reads of a result at most. model:
    `provider/model` that asks, "" for a call without one. subject: whose run it is.
    """

    run_id: str
    session_key: str
    agent_id: str
    place: Place
    call_id: str = ""
    say: Callable[[ToolEvent], None] = _say_nothing
    sees_images: bool = False
    max_result_chars: int = MAX_RESULT_CHARS
    model: str = ""
    subject: str = ""


class ToolResult(msgspec.Struct, frozen=True, gc=False):
    """What the model reads of a call. details: the same for programs, as JSON; the model never sees them."""

    content: tuple[UserPart, ...]
    is_error: bool = False
    details: msgspec.Raw | None = None

    @classmethod
    def of_text(cls, text: str, *, is_error: bool = False, details: object = None) -> "ToolResult":
        """A result of one text. details: anything that msgspec encodes."""
        raw = None if details is None else msgspec.Raw(msgspec.json.encode(details))
        return cls((TextPart(text),), is_error, raw)


class ToolFailure(Exception):
    """The call did not work: the text tells the model why and what to do. No fault of ours, so it is not logged."""


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
