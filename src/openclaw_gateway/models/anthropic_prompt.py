"""The request body of `api: anthropic-messages`, written as bytes.

Anthropic wants roles to alternate, so neighbours of one role are one message of several blocks; text must not be empty;
the tokens of the answer must be bounded. The same conversation gives the same bytes, and each message is encoded once.
Source: Anthropic API reference, "Create a message".
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from openclaw_gateway.asking import SILENT_SAMPLING, Sampling, ToolSpec
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import (
    AssistantMessage,
    AssistantPart,
    AudioPart,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
    UserPart,
)
from openclaw_gateway.models.conversation import (
    adapt_call_id,
    pair_tool_results,
    read_arguments,
    refuse_medium,
    write_fields,
)
from openclaw_gateway.models.effort import FIELD, AnthropicThinking, for_anthropic, read_effort
from openclaw_gateway.models.kept_text import EncodedMessages
from openclaw_gateway.models.model import ModelRequest

DEFAULT_MAX_TOKENS = 8192
API = "anthropic-messages"

# OpenAI's fields that change nothing about the words of an answer; they are dropped.
_HINTS = frozenset(
    (
        "metadata",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_retention",
        "seed",
        "service_tier",
        "store",
        "verbosity",
    )
)
# Fields that Anthropic knows by the same name.
_SHARED = frozenset(("top_k", "thinking"))
_NEUTRAL = (b"null", b"false", b"0", b"0.0", b"{}", b"[]", b'["text"]', b'{"type":"text"}')


@dataclass(frozen=True, slots=True)
class AnthropicForm:
    """How an entry's server wants it. max_output_tokens: the most that it puts out, thoughts included, None if unknown.

    marks_cache: the stable part of the prompt is marked for the provider's cache.
    """

    model: str
    accepts_images: bool = True
    default_max_tokens: int = DEFAULT_MAX_TOKENS
    max_output_tokens: int | None = None
    can_think: bool = False
    sends_tools: bool = True
    sends_temperature: bool = True
    marks_cache: bool = False
    defaults: tuple[tuple[str, bytes], ...] = ()


class _CacheControl(msgspec.Struct, tag_field="type", tag="ephemeral", gc=False):
    pass


class _Text(msgspec.Struct, tag_field="type", tag="text", omit_defaults=True, gc=False):
    text: str
    cache_control: _CacheControl | None = None


class _Source(msgspec.Struct, tag_field="type", tag="base64", gc=False):
    media_type: str
    data: str


class _Image(msgspec.Struct, tag_field="type", tag="image", gc=False):
    source: _Source


class _Thinking(msgspec.Struct, tag_field="type", tag="thinking", gc=False):
    thinking: str
    signature: str


class _RedactedThinking(msgspec.Struct, tag_field="type", tag="redacted_thinking", gc=False):
    data: str


class _ToolUse(msgspec.Struct, tag_field="type", tag="tool_use", gc=False):
    id: str
    name: str
    input: msgspec.Raw


class _ToolResult(msgspec.Struct, tag_field="type", tag="tool_result", omit_defaults=True, gc=False):
    tool_use_id: str
    content: list[_Text | _Image]
    is_error: bool = False


class _Tool(msgspec.Struct, omit_defaults=True, gc=False):
    name: str
    input_schema: msgspec.Raw
    description: str | None = None


class _Choice(msgspec.Struct, omit_defaults=True, gc=False):
    type: str
    name: str | None = None
    disable_parallel_tool_use: bool = False


class _UserId(msgspec.Struct, gc=False):
    user_id: str


_encode = msgspec.json.Encoder().encode

_ANY_OBJECT = msgspec.Raw(b'{"type":"object","properties":{}}')


class AnthropicPrompt:
    """Writes requests for one model entry."""

    __slots__ = ("_form", "_head", "_kept", "_silent_fields", "_system", "_tools")

    def __init__(self, form: AnthropicForm) -> None:
        self._form = form
        self._head = b'{"model":%b,"stream":true' % _encode(form.model)
        self._silent_fields = write_fields(self._sample(SILENT_SAMPLING))
        self._kept = EncodedMessages()
        self._system: tuple[tuple[str, ...], bytes] = ((), b"")
        self._tools: tuple[tuple[ToolSpec, ...], bytes] = ((), b"")

    def write(self, request: ModelRequest) -> bytes:
        """The body. Raises InvalidRequest for what this model cannot be asked."""
        system = self._write_system(request.system) if any(request.system) else b""
        messages = b",".join(self._write_messages(request))
        tools = self._write_tools(request) if request.tools and self._form.sends_tools else b""
        is_silent = request.sampling is SILENT_SAMPLING
        is_forced = bool(tools) and request.tool_choice not in ("auto", "none")
        fields = self._silent_fields if is_silent else write_fields(self._sample(request.sampling, is_forced))
        return b'%b%b,"messages":[%b]%b%b}' % (self._head, system, messages, tools, fields)

    # --- messages ---------------------------------------------------------------------------------------------------

    def _write_system(self, system: tuple[str, ...]) -> bytes:
        if system != self._system[0]:
            texts = [text for text in system if text.strip()]
            if self._form.marks_cache:
                # Tools stand before the system text in what is cached, so one mark behind the stable part covers both.
                stable = system[0]
                blocks = [_Text(text, _CacheControl() if text is stable else None) for text in texts]
                self._system = (system, b',"system":%b' % _encode(blocks))
            else:
                # A plain string: some servers in front of other models pass blocks on to templates that print them.
                self._system = (system, b',"system":%b' % _encode("\n\n".join(texts)))
        return self._system[1]

    def _write_messages(self, request: ModelRequest) -> Iterator[bytes]:
        messages = pair_tool_results(request.messages)
        kept = self._kept
        last = len(messages) - 1
        group: list[bytes] = []
        is_group_of_user = True
        for place, message in enumerate(messages):
            is_of_user = type(message) is not AssistantMessage
            encoded = kept.find(message)
            if encoded is None:
                encoded = self._write_blocks(message)
                # The newest is seen again only if the session lives on, and then it is not the last; what is not
                # stored is not seen again.
                if place != last and message.timestamp:
                    kept.keep(message, encoded)
            if not encoded:
                continue
            if is_of_user is not is_group_of_user:
                yield _write_group(group, is_of_user=is_group_of_user)
                group = []
                is_group_of_user = is_of_user
            group.append(encoded)
        yield _write_group(group, is_of_user=is_group_of_user)

    def _write_blocks(self, message: Message) -> bytes:
        """A JSON string for a message of one text, else its blocks with commas between; nothing if nothing is left."""
        match message:
            case UserMessage(content=str() as text):
                return _encode(text) if text.strip() else b""
            case AssistantMessage(content=(TextPart(text=text),)):
                return _encode(text) if text.strip() else b""
            case UserMessage(content=parts):
                return b",".join(map(_encode, self._write_user_parts(parts)))
            case AssistantMessage(content=parts):
                is_own = message.api == API
                return b",".join([_encode(block) for part in parts if (block := _write_part(part, is_own=is_own))])
            case ToolResultMessage():
                blocks = list(self._write_user_parts(message.content))
                return _encode(_ToolResult(adapt_call_id(message.tool_call_id), blocks, message.is_error))

    def _write_user_parts(self, parts: tuple[UserPart, ...] | str) -> Iterator[_Text | _Image]:
        for part in parts:
            match part:
                case TextPart(text=text):
                    if text.strip():
                        yield _Text(text)
                case ImagePart():
                    if not self._form.accepts_images:
                        raise refuse_medium(self._form.model, "images", "image")
                    yield _Image(_Source(part.mime_type, part.data))
                case AudioPart():
                    raise refuse_medium(self._form.model, "audio", "audio")
                case str():
                    yield _Text(part)

    # --- the other fields -------------------------------------------------------------------------------------------

    def _write_tools(self, request: ModelRequest) -> bytes:
        if request.tools != self._tools[0]:
            tools = [_Tool(tool.name, tool.parameters or _ANY_OBJECT, tool.description) for tool in request.tools]
            self._tools = (request.tools, b',"tools":%b' % _encode(tools))
        is_serial = request.parallel_tool_calls is False
        match request.tool_choice:
            case "auto" if not is_serial:
                return self._tools[1]
            case "auto":
                choice = _Choice("auto", None, is_serial)
            case "none":
                choice = _Choice("none")
            case "required":
                choice = _Choice("any", None, is_serial)
            case named:
                choice = _Choice("tool", named[1:], is_serial)
        return b'%b,"tool_choice":%b' % (self._tools[1], _encode(choice))

    def _sample(self, sampling: Sampling, is_forced: bool = False) -> dict[str, bytes]:
        form = self._form
        fields = dict(form.defaults)
        thinking = self._choose_thinking(sampling, is_forced)
        # The bound counts thinking too, and the caller's bound is meant for what it sees.
        fields["max_tokens"] = _encode(thinking.max_tokens)
        if thinking.thinking is not None:
            fields["thinking"] = thinking.thinking
        if thinking.output_config is not None:
            fields["output_config"] = thinking.output_config
        if sampling.temperature is not None and form.sends_temperature:
            fields["temperature"] = _encode(sampling.temperature)
        if sampling.top_p is not None and form.sends_temperature:
            fields["top_p"] = _encode(sampling.top_p)
        if sampling.stop:
            fields["stop_sequences"] = _encode(sampling.stop)
        for name in sorted(sampling.extra):
            fields.update(_adapt_extra(name, bytes(sampling.extra[name])))
        if thinking.is_on:
            for name in ("temperature", "top_p", "top_k"):  # Anthropic refuses them beside thinking
                fields.pop(name, None)
        return fields

    def _choose_thinking(self, sampling: Sampling, is_forced: bool) -> AnthropicThinking:
        form = self._form
        answer_tokens = sampling.max_tokens or form.default_max_tokens
        # A caller that knows Anthropic's own field says by it what it wants.
        effort = read_effort(sampling) if form.can_think and "thinking" not in sampling.extra else None
        return for_anthropic(effort, form.model, answer_tokens, limit=form.max_output_tokens, is_forced=is_forced)


def _write_group(group: list[bytes], *, is_of_user: bool) -> bytes:
    if not group:
        # Only at the very beginning: the conversation must begin with a user.
        group = [b'"(The conversation goes on.)"']
    role = b"user" if is_of_user else b"assistant"
    if len(group) == 1 and group[0].startswith(b'"'):
        return b'{"role":"%b","content":%b}' % (role, group[0])
    blocks = [b'{"type":"text","text":%b}' % piece if piece.startswith(b'"') else piece for piece in group]
    return b'{"role":"%b","content":[%b]}' % (role, b",".join(blocks))


def _write_part(part: AssistantPart, *, is_own: bool) -> _Text | _Thinking | _RedactedThinking | _ToolUse | None:
    """is_own: Anthropic wrote it, so that its thinking may go back with its signature."""
    match part:
        case TextPart(text=text):
            return _Text(text) if text.strip() else None
        case ToolCall():
            return _ToolUse(adapt_call_id(part.id), part.name, read_arguments(part.arguments))
        case ThinkingPart(signature=str() as signature) if is_own:
            return _RedactedThinking(signature) if part.redacted else _Thinking(part.thinking, signature)
        case _:
            return None


def _adapt_extra(name: str, value: bytes) -> Iterator[tuple[str, bytes]]:
    """OpenAI's field as Anthropic's, dropped when it changes nothing, refused by name otherwise."""
    if name in _HINTS or name == FIELD or b"".join(value.split()) in _NEUTRAL:
        return
    if name in _SHARED:
        yield name, value
    elif name in {"user", "safety_identifier"}:
        yield "metadata", _encode(_UserId(msgspec.json.decode(value, type=str)))
    else:
        raise InvalidRequest(f"{name} is not supported by this model's provider (Anthropic)", param=name)
