"""What is said in a session: messages and their parts, as the store keeps them and the WebSocket protocol shows them.

The JSON form is that of the original's `chat.history` (OpenClaw docs/gateway/protocol.md):
`role` is `user`, `assistant` or `toolResult`; part types are `text`, `image`, `audio`, `thinking`, `toolCall`. System
text is not a message here: it belongs to a request, not to the session (docs/design.md, "Decisions").
"""

from typing import Literal

import msgspec


class TextPart(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="text"):
    """Plain text."""

    text: str


class ImagePart(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="image", rename="camel", omit_defaults=True
):
    """An image: `data` is base64 without line breaks; `detail` is OpenAI's hint (auto, low, high)."""

    mime_type: str
    data: str
    detail: str | None = None


class AudioPart(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="audio"):
    """A recording: `data` is base64, `format` wav or mp3."""

    data: str
    format: str


class ThinkingPart(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="thinking", rename="camel", omit_defaults=True
):
    """Reasoning text; `signature` is the provider's opaque proof, sent back to it unchanged."""

    thinking: str
    signature: str | None = None
    redacted: bool = False


class ToolCall(
    msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="toolCall", rename="camel", omit_defaults=True
):
    """A call the model asks for. `arguments` is the JSON text as the model wrote it, perhaps not valid;
    `thought_signature` is the provider's opaque proof of the reasoning behind it, sent back to it unchanged.
    """

    id: str
    name: str
    arguments: str
    thought_signature: str | None = None


UserPart = TextPart | ImagePart | AudioPart
AssistantPart = TextPart | ThinkingPart | ToolCall


class CallCost(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """US dollars of one model call, or of a run's sum, by the kinds of its tokens."""

    input: float = 0.0
    output: float = 0.0
    cache_read: float = 0.0
    cache_write: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.input + self.output + self.cache_read + self.cache_write

    def __add__(self, other: "CallCost") -> "CallCost":
        return CallCost(
            self.input + other.input,
            self.output + other.output,
            self.cache_read + other.cache_read,
            self.cache_write + other.cache_write,
        )


class Usage(msgspec.Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """Tokens of one model call, or of a run's sum.

    input: prompt tokens that were not read from a cache (a prompt of 100 with 20 cached is input 80,
    cacheRead 20). output: all completion tokens, reasoning included. reasoning: the part of output that was
    reasoning. estimated: the model's server was silent and we counted characters; shown to the caller as such.
    cost: at the prices of that day; None if they are not known. Of a sum: of those calls whose prices are.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    estimated: bool = False
    cost: CallCost | None = None

    @property
    def prompt(self) -> int:
        """All tokens of the prompt, cached ones included."""
        return self.input + self.cache_read + self.cache_write

    @property
    def total(self) -> int:
        """Prompt and completion."""
        return self.prompt + self.output

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
            reasoning=self.reasoning + other.reasoning,
            estimated=self.estimated or other.estimated,
            cost=self.cost + other.cost if self.cost and other.cost else self.cost or other.cost,
        )


StopReason = Literal["stop", "toolUse", "length", "error", "aborted"]


class UserMessage(
    msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="user", rename="camel", omit_defaults=True
):
    """What a caller said. timestamp: ms since the epoch, 0 when not yet stored. name: OpenAI's participant name.

    exclude_from_context: said to the gateway (a command), so no model is shown it.
    """

    content: str | tuple[UserPart, ...]
    timestamp: int = 0
    name: str | None = None
    exclude_from_context: bool = False


class AssistantMessage(
    msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="assistant", rename="camel", omit_defaults=True
):
    """What a model answered in one call. stop_reason "aborted" or "error": partial text of a turn that did not
    finish. exclude_from_context: the gateway's own answer to a command, which no model is shown.
    """

    content: tuple[AssistantPart, ...]
    timestamp: int = 0
    api: str | None = None
    provider: str | None = None
    model: str | None = None
    usage: Usage | None = None
    stop_reason: StopReason = "stop"
    exclude_from_context: bool = False

    @property
    def text(self) -> str:
        """The visible text, joined."""
        return "".join([part.text for part in self.content if type(part) is TextPart])

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The calls, in the order of the reply."""
        return tuple([part for part in self.content if type(part) is ToolCall])


class ToolResultMessage(
    msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="toolResult", rename="camel", omit_defaults=True
):
    """The result of one call, from the agent's tool or from the caller."""

    tool_call_id: str
    content: tuple[UserPart, ...]
    tool_name: str = ""
    is_error: bool = False
    timestamp: int = 0


Message = UserMessage | AssistantMessage | ToolResultMessage


def is_aside(message: Message) -> bool:
    """Whether it is between a person and the gateway: part of the session's history, never of what a model is shown."""
    return not isinstance(message, ToolResultMessage) and message.exclude_from_context


def visible_text(message: Message) -> str:
    """The text parts of a message, joined without a separator; images and calls are left out."""
    match message:
        case UserMessage(content=str() as text):
            return text
        case UserMessage(content=parts) | ToolResultMessage(content=parts):
            return "".join([part.text for part in parts if type(part) is TextPart])
        case AssistantMessage():
            return message.text
