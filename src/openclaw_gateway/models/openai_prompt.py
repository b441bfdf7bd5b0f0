"""The request body of `api: openai-completions`, written as bytes.

The same conversation gives the same bytes, so that the provider's prompt cache hits; what a session holds is written
once and extended thereafter. What a server cannot read is left out or said in another way, as the entry's `compat`
tells.
Source: OpenAI API reference, "Create chat completion".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from openclaw_gateway.asking import SILENT_SAMPLING, Sampling, ToolSpec
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import (
    AssistantMessage,
    AudioPart,
    ImagePart,
    Message,
    TextPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
    UserPart,
    visible_text,
)
from openclaw_gateway.models.conversation import (
    IMAGES_LEFT_OUT,
    IMAGES_RETURNED,
    adapt_call_id,
    pair_tool_results,
    refuse_medium,
    write_fields,
)
from openclaw_gateway.models.effort import FIELD, for_openai
from openclaw_gateway.models.kept_text import MAX_KEPT_BYTES, WrittenBeginnings
from openclaw_gateway.models.model import ModelRequest


@dataclass(frozen=True, slots=True)
class OpenAiForm:
    """How an entry's server wants it. defaults: fields where the caller is silent, by name, as JSON. response_formats:
    the types that it can answer in besides text, None for all.
    """

    model: str
    accepts_images: bool = True
    accepts_audio: bool = False
    system_role: Literal["system", "developer"] = "system"
    asks_usage: bool = True
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    default_max_tokens: int | None = None
    sends_tools: bool = True
    sends_strict: bool = True
    sends_temperature: bool = True
    sends_store: bool = True
    sends_reasoning_effort: bool = True
    reasoning_efforts: tuple[tuple[str, str], ...] = ()
    needs_text_content: bool = False
    response_formats: tuple[str, ...] | None = None
    defaults: tuple[tuple[str, bytes], ...] = ()


class _Text(msgspec.Struct, tag_field="type", tag="text", gc=False):
    text: str


class _ImageUrl(msgspec.Struct, omit_defaults=True, gc=False):
    url: str
    detail: str | None = None


class _Image(msgspec.Struct, tag_field="type", tag="image_url", gc=False):
    image_url: _ImageUrl


class _Recording(msgspec.Struct, gc=False):
    data: str
    format: str


class _Audio(msgspec.Struct, tag_field="type", tag="input_audio", gc=False):
    input_audio: _Recording


_Part = _Text | _Image | _Audio


class _System(msgspec.Struct, gc=False):
    role: str
    content: str


class _User(msgspec.Struct, tag_field="role", tag="user", omit_defaults=True, gc=False):
    content: str | list[_Part]
    name: str | None = None


class _Function(msgspec.Struct, gc=False):
    name: str
    arguments: str


class _Call(msgspec.Struct, tag_field="type", tag="function", gc=False):
    id: str
    function: _Function


class _Assistant(msgspec.Struct, tag_field="role", tag="assistant", omit_defaults=True, gc=False):
    # Text even where OpenAI would take null: llama.cpp's server does not.
    content: str
    tool_calls: list[_Call] | None = None


class _ToolResult(msgspec.Struct, tag_field="role", tag="tool", gc=False):
    tool_call_id: str
    content: str


class _FunctionSpec(msgspec.Struct, omit_defaults=True, gc=False):
    name: str
    description: str | None = None
    parameters: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    strict: bool | None = None


class _Tool(msgspec.Struct, tag_field="type", tag="function", gc=False):
    function: _FunctionSpec


class _Format(msgspec.Struct, gc=False):
    type: str


class _NamedFunction(msgspec.Struct, gc=False):
    name: str


class _NamedChoice(msgspec.Struct, tag_field="type", tag="function", gc=False):
    function: _NamedFunction


_encode = msgspec.json.Encoder().encode


class OpenAiPrompt:
    """Writes requests for one model entry."""

    __slots__ = ("_conversations", "_form", "_head", "_silent_fields", "_system", "_tools")

    def __init__(self, form: OpenAiForm, *, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._form = form
        usage = b',"stream_options":{"include_usage":true}' if form.asks_usage else b""
        self._head = b'{"model":%b,"stream":true%b,"messages":[' % (_encode(form.model), usage)
        self._silent_fields = write_fields(self._sample(SILENT_SAMPLING))
        self._conversations = WrittenBeginnings(self._write_messages, max_kept_bytes)
        # The last ones seen: an agent's prompt and tools are the same objects from turn to turn.
        self._system: tuple[tuple[str, ...], bytes] = ((), b"")
        self._tools: tuple[tuple[ToolSpec, ...], bytes] = ((), b"")

    def write(self, request: ModelRequest) -> bytes:
        """The body. Raises InvalidRequest for what this model cannot be asked."""
        system = self._write_system(request.system) if any(request.system) else b""
        beginning, rest = self._conversations.write(request.messages)
        if not system:  # then the first message has no comma before it
            beginning, rest = (beginning[1:], rest) if beginning else (beginning, rest[1:])
        return b"".join((self._head, system, beginning, rest, b"]", self._write_fields(request), b"}"))

    # --- messages ---------------------------------------------------------------------------------------------------

    def _write_messages(self, messages: Sequence[Message]) -> bytes:
        """Each message with a comma before it."""
        written: list[bytes] = []
        images: list[ImagePart] = []
        for message in pair_tool_results(messages):
            if images and type(message) is not ToolResultMessage:
                written.append(self._write_images(images))
            encoded = self._write_message(message)
            if encoded:
                written.append(encoded)
            if type(message) is ToolResultMessage:
                images.extend([part for part in message.content if type(part) is ImagePart])
        if images:
            written.append(self._write_images(images))
        return b"".join([b",%b" % message for message in written])

    def _write_system(self, system: tuple[str, ...]) -> bytes:
        if system != self._system[0]:
            text = "\n\n".join([text for text in system if text])
            self._system = (system, _encode(_System(self._form.system_role, text)))
        return self._system[1]

    def _write_message(self, message: Message) -> bytes:
        """One message; nothing for an assistant message of which nothing is left to send."""
        match message:
            case UserMessage(content=str() as text):
                return _encode(_User(text, message.name))
            case UserMessage(content=parts):
                return _encode(_User(self._write_parts(parts), message.name))
            case AssistantMessage():
                calls = [_write_call(call) for call in message.tool_calls]
                text = message.text
                return _encode(_Assistant(text, calls or None)) if calls or text else b""
            case ToolResultMessage():
                return _encode(_ToolResult(adapt_call_id(message.tool_call_id), self._write_result(message)))

    def _write_parts(self, parts: tuple[UserPart, ...] | str) -> str | list[_Part]:
        if isinstance(parts, str):
            return parts
        # A plain string where it is all text: simple chat templates print parts as they stand.
        if all(type(part) is TextPart for part in parts):
            return "\n".join([part.text for part in parts if type(part) is TextPart])
        return [self._write_part(part) for part in parts]

    def _write_part(self, part: UserPart) -> _Part:
        form = self._form
        match part:
            case TextPart():
                return _Text(part.text)
            case ImagePart():
                if not form.accepts_images or form.needs_text_content:
                    raise refuse_medium(form.model, "images", "image")
                return _write_image(part)
            case AudioPart():
                if not form.accepts_audio or form.needs_text_content:
                    raise refuse_medium(form.model, "audio", "audio")
                return _Audio(_Recording(part.data, part.format))

    def _write_result(self, message: ToolResultMessage) -> str:
        """Text only: the interface has no images in tool messages; they follow as a user message."""
        text = visible_text(message)
        if self._form.accepts_images or not any(type(part) is ImagePart for part in message.content):
            return text
        return f"{text}\n{IMAGES_LEFT_OUT}" if text else IMAGES_LEFT_OUT

    def _write_images(self, images: list[ImagePart]) -> bytes:
        parts: list[_Part] = [_Text(IMAGES_RETURNED), *map(_write_image, images)]
        images.clear()
        return _encode(_User(parts)) if self._form.accepts_images else _encode(_User(IMAGES_LEFT_OUT))

    # --- the other fields -------------------------------------------------------------------------------------------

    def _write_fields(self, request: ModelRequest) -> bytes:
        tools = self._write_tools(request) if request.tools else b""
        if request.sampling is SILENT_SAMPLING:
            return tools + self._silent_fields
        return tools + write_fields(self._sample(request.sampling))

    def _write_tools(self, request: ModelRequest) -> bytes:
        form, choice = self._form, request.tool_choice
        if not form.sends_tools:
            if choice in {"auto", "none"}:
                return b""
            raise InvalidRequest(f"the model {form.model} does not take tools", param="tool_choice")
        if request.tools != self._tools[0]:
            tools = [self._write_tool(tool) for tool in request.tools]
            self._tools = (request.tools, b',"tools":%b' % _encode(tools))
        fields = self._tools[1]
        if choice != "auto":
            named = _NamedChoice(_NamedFunction(choice[1:])) if choice.startswith("=") else choice
            fields += b',"tool_choice":%b' % _encode(named)
        if request.parallel_tool_calls is not None:
            fields += b',"parallel_tool_calls":%b' % _encode(request.parallel_tool_calls)
        return fields

    def _write_tool(self, tool: ToolSpec) -> _Tool:
        parameters = tool.parameters if tool.parameters is not None else msgspec.UNSET
        strict = tool.strict if self._form.sends_strict else None
        return _Tool(_FunctionSpec(tool.name, tool.description, parameters, strict))

    def _sample(self, sampling: Sampling) -> dict[str, bytes]:
        form = self._form
        fields = dict(form.defaults)
        if form.sends_temperature:
            if sampling.temperature is not None:
                fields["temperature"] = _encode(sampling.temperature)
            if sampling.top_p is not None:
                fields["top_p"] = _encode(sampling.top_p)
        max_tokens = sampling.max_tokens or form.default_max_tokens
        if max_tokens:
            fields[form.max_tokens_field] = _encode(max_tokens)
        if sampling.stop:
            fields["stop"] = _encode(sampling.stop)
        for name in sorted(sampling.extra):
            adapted = self._adapt_extra(name, bytes(sampling.extra[name]))
            if adapted is not None:
                fields[name] = adapted
        return fields

    def _adapt_extra(self, name: str, value: bytes) -> bytes | None:
        form = self._form
        if name == "store" and not form.sends_store:
            return None
        if name == FIELD:
            effort = msgspec.json.decode(value, type=str) if form.sends_reasoning_effort else None
            word = for_openai(effort, form.reasoning_efforts)
            return None if word is None else _encode(word)
        if name == "response_format" and form.response_formats is not None:
            kind = msgspec.json.decode(value, type=_Format).type
            if kind not in form.response_formats:
                raise InvalidRequest(
                    f"the model {form.model} does not answer in the format {kind}; its entry's"
                    " compat.responseFormats says which it has",
                    param="response_format",
                )
        return value


def _write_call(call: ToolCall) -> _Call:
    return _Call(adapt_call_id(call.id), _Function(call.name, call.arguments or "{}"))


def _write_image(part: ImagePart) -> _Image:
    return _Image(_ImageUrl(f"data:{part.mime_type};base64,{part.data}", part.detail))
