"""The body of POST /v1/responses as it is sent: types and closed sets, no meaning.

Items are kept as JSON text first: a message may leave its `type` out, so what an item is shows only from the inside.
Unknown fields of the body are refused, as the original does; inside items and tools they are ignored.
Source: OpenAI's API reference, "Create a model response"; OpenClaw docs/gateway/openresponses-http-api.md.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from openclaw_gateway.dialects.openai.chat_wire import MAX_PARTS
from openclaw_gateway.dialects.openai.json_body import ABSENT


class FileSource(msgspec.Struct, frozen=True, gc=False):
    """Where an image or a file is, in the original's form: an address, or base64 here."""

    type: str
    url: str | None = None
    media_type: str | None = None
    data: str | None = None
    filename: str | None = None


class InputText(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="input_text"):
    """What somebody said."""

    text: str


class OutputText(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="output_text"):
    """What the model said."""

    text: str


class Refusal(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="refusal"):
    """What the model said instead of an answer."""

    refusal: str


class InputImage(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="input_image"):
    """An image: `image_url` as OpenAI spells it (an address or a data URL), `source` as the original does."""

    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None
    source: FileSource | None = None


class InputFile(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="input_file"):
    """A file: `file_data` (base64 or a data URL) or `file_url` as OpenAI spells it, `source` as the original does."""

    file_data: str | None = None
    file_url: str | None = None
    file_id: str | None = None
    filename: str | None = None
    source: FileSource | None = None


Part: TypeAlias = InputText | OutputText | Refusal | InputImage | InputFile
Parts: TypeAlias = Annotated[list[Part], Meta(max_length=MAX_PARTS)]


class ItemKind(msgspec.Struct, frozen=True, gc=False):
    """What an item is."""

    type: str | None = None
    role: str | None = None


class MessageItem(msgspec.Struct, frozen=True, gc=False):
    """What one participant said."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str | Parts


class CallItem(msgspec.Struct, frozen=True, gc=False):
    """A call that the model asked for."""

    call_id: str
    name: str
    arguments: str = ""


class CallOutputItem(msgspec.Struct, frozen=True, gc=False):
    """The result of a call of the caller's tool."""

    call_id: str
    output: str | Parts | None = None


class FlatTool(msgspec.Struct, frozen=True, gc=False):
    """One entry of `tools`; parameters: JSON Schema, passed on as it came."""

    type: str = ""
    name: str | None = None
    description: str | None = None
    parameters: msgspec.Raw = ABSENT
    strict: bool | None = None


class FlatChoice(msgspec.Struct, frozen=True, gc=False):
    """`tool_choice` in its object form."""

    type: str = ""
    name: str | None = None


class ConversationRef(msgspec.Struct, frozen=True, gc=False):
    """`conversation` in its object form."""

    id: str


class TextFormat(msgspec.Struct, frozen=True, gc=False):
    """The form that the answer's text should have."""

    type: str
    name: str | None = None
    description: str | None = None
    schema: msgspec.Raw = ABSENT
    strict: bool | None = None


class TextConfig(msgspec.Struct, frozen=True, gc=False):
    """`text`; an empty object asks for nothing."""

    format: TextFormat | None = None
    verbosity: str | None = None


class Reasoning(msgspec.Struct, frozen=True, gc=False):
    """`reasoning`; generate_summary is the older name of summary."""

    effort: str | None = None
    summary: str | None = None
    generate_summary: str | None = None


class ResponsesBody(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The whole body. The fields after the gap are read by `responses_fields.py`."""

    model: str | None = None
    input: str | list[msgspec.Raw] | None = None
    instructions: str | None = None
    stream: bool | None = None
    background: bool | None = None
    store: bool | None = None
    user: str | None = None
    previous_response_id: str | None = None
    conversation: str | ConversationRef | None = None
    tools: list[FlatTool] | None = None
    tool_choice: str | FlatChoice | None = None
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_output_tokens: int | float | None = None
    max_tool_calls: int | float | None = None
    text: TextConfig | None = None
    reasoning: Reasoning | None = None
    metadata: dict[str, str] | None = None
    truncation: Literal["auto", "disabled"] | None = None

    access_programs: msgspec.Raw = ABSENT
    context_management: msgspec.Raw = ABSENT
    image: msgspec.Raw = ABSENT
    include: msgspec.Raw = ABSENT
    moderation: msgspec.Raw = ABSENT
    prompt: msgspec.Raw = ABSENT
    prompt_cache_key: msgspec.Raw = ABSENT
    prompt_cache_options: msgspec.Raw = ABSENT
    prompt_cache_retention: msgspec.Raw = ABSENT
    safety_identifier: msgspec.Raw = ABSENT
    service_tier: msgspec.Raw = ABSENT
    stream_options: msgspec.Raw = ABSENT
    top_logprobs: msgspec.Raw = ABSENT
