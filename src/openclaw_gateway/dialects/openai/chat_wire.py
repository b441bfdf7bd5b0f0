"""The body of POST /v1/chat/completions as it is sent: types and closed sets, no meaning.

Fields that a run does not read itself stay JSON text (`Raw`): `chat_fields.py` says what becomes of them. Unknown
fields are ignored. Source: OpenAI's API reference, "Create chat completion"; OpenClaw docs/gateway/openai-http-api.md.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from openclaw_gateway.dialects.openai.json_body import ABSENT
from openclaw_gateway.messages import TextPart

# Each part and each call costs some microseconds on the loop, in which nobody else is served; no client sends so many.
MAX_PARTS = 1_000
MAX_CALLS = 128


class ImageUrl(msgspec.Struct, frozen=True, gc=False):
    """Where an image is: here, inside the URL itself."""

    url: str
    detail: str | None = None


class ImageUrlPart(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="image_url"):
    """An image in a user message."""

    image_url: ImageUrl


class AudioInput(msgspec.Struct, frozen=True, gc=False):
    """A recording in base64; format: wav or mp3."""

    data: str
    format: Literal["wav", "mp3"]


class InputAudioPart(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="input_audio"):
    """A recording in a user message."""

    input_audio: AudioInput


class FileInput(msgspec.Struct, frozen=True, gc=False):
    """A file: file_data is base64, bare or as a data URL; file_id is for a store of files, which we have not."""

    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class FilePart(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="file"):
    """A file in a user message."""

    file: FileInput


class RefusalPart(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="refusal"):
    """What an assistant said instead of an answer."""

    refusal: str


class FunctionCall(msgspec.Struct, frozen=True, gc=False):
    """A call as the assistant wrote it; arguments: JSON text, perhaps not valid."""

    name: str
    arguments: str = ""


class CallOfTool(msgspec.Struct, frozen=True, gc=False):
    """One entry of an assistant's `tool_calls`."""

    id: str
    function: FunctionCall


TextParts: TypeAlias = Annotated[list[TextPart], Meta(max_length=MAX_PARTS)]
AnswerParts: TypeAlias = Annotated[list[TextPart | RefusalPart], Meta(max_length=MAX_PARTS)]
UserParts: TypeAlias = Annotated[list[TextPart | ImageUrlPart | FilePart | InputAudioPart], Meta(max_length=MAX_PARTS)]
Calls: TypeAlias = Annotated[list[CallOfTool], Meta(max_length=MAX_CALLS)]


class SystemTurn(msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="system"):
    """Instructions for this request."""

    content: str | TextParts


class DeveloperTurn(msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="developer"):
    """Instructions for this request, by their newer name."""

    content: str | TextParts


class UserTurn(msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="user"):
    """What a user said."""

    content: str | UserParts
    name: str | None = None


class AssistantTurn(msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="assistant"):
    """An earlier answer; `function_call` is the form before tools."""

    content: str | AnswerParts | None = None
    refusal: str | None = None
    tool_calls: Calls | None = None
    function_call: FunctionCall | None = None


class ToolTurn(msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="tool"):
    """The result of a call of the caller's tool."""

    tool_call_id: str
    content: str | TextParts | None = None


class FunctionTurn(msgspec.Struct, frozen=True, gc=False, tag_field="role", tag="function"):
    """The result of a call in the form before tools."""

    name: str
    content: str | None = None


Turn: TypeAlias = SystemTurn | DeveloperTurn | UserTurn | AssistantTurn | ToolTurn | FunctionTurn
ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class FunctionDefinition(msgspec.Struct, frozen=True, gc=False):
    """A function as the caller describes it; parameters: JSON Schema, passed on as it came."""

    name: str | None = None
    description: str | None = None
    parameters: msgspec.Raw = ABSENT
    strict: bool | None = None


class ToolDefinition(msgspec.Struct, frozen=True, gc=False):
    """One entry of `tools`."""

    type: str = ""
    function: FunctionDefinition | None = None


class ChosenFunction(msgspec.Struct, frozen=True, gc=False):
    """The function that `tool_choice` names."""

    name: str | None = None


class ChosenTool(msgspec.Struct, frozen=True, gc=False):
    """`tool_choice` in its object form."""

    type: str = ""
    function: ChosenFunction | None = None


class StreamOptions(msgspec.Struct, frozen=True, gc=False):
    """`stream_options`; its include_obfuscation asks for padding that we never add."""

    include_usage: bool | None = None


class ChatBody(msgspec.Struct, frozen=True, gc=False):
    """The whole body. The fields after the gap are read by `chat_fields.py`, and only if they came."""

    messages: list[Turn] | None = None
    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = None
    tools: list[ToolDefinition] | None = None
    tool_choice: str | ChosenTool | None = None
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_completion_tokens: int | float | None = None
    max_tokens: int | float | None = None
    stop: str | list[str] | None = None

    audio: msgspec.Raw = ABSENT
    frequency_penalty: msgspec.Raw = ABSENT
    function_call: msgspec.Raw = ABSENT
    functions: msgspec.Raw = ABSENT
    logit_bias: msgspec.Raw = ABSENT
    logprobs: msgspec.Raw = ABSENT
    metadata: msgspec.Raw = ABSENT
    modalities: msgspec.Raw = ABSENT
    moderation: msgspec.Raw = ABSENT
    n: msgspec.Raw = ABSENT
    prediction: msgspec.Raw = ABSENT
    presence_penalty: msgspec.Raw = ABSENT
    prompt_cache_key: msgspec.Raw = ABSENT
    prompt_cache_options: msgspec.Raw = ABSENT
    prompt_cache_retention: msgspec.Raw = ABSENT
    reasoning_effort: msgspec.Raw = ABSENT
    response_format: msgspec.Raw = ABSENT
    safety_identifier: msgspec.Raw = ABSENT
    seed: msgspec.Raw = ABSENT
    service_tier: msgspec.Raw = ABSENT
    store: msgspec.Raw = ABSENT
    top_logprobs: msgspec.Raw = ABSENT
    verbosity: msgspec.Raw = ABSENT
    web_search_options: msgspec.Raw = ABSENT
