"""The request body of `api: openai-responses`, written as bytes.

The conversation is a list of items: messages, calls, results, and the reasoning that the model asked to be given back.
Nothing is left at the provider (`store: false`), so reasoning travels sealed: we ask for it encrypted and return it as
it was. The same conversation gives the same bytes, and what a session holds is written once.
Source: OpenAI API reference, "Create a model response".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

from openclaw_gateway.asking import SILENT_SAMPLING, Sampling, ToolSpec
from openclaw_gateway.errors import InvalidRequest
from openclaw_gateway.messages import (
    AssistantMessage,
    AudioPart,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    UserMessage,
    UserPart,
    visible_text,
)
from openclaw_gateway.models.conversation import adapt_call_id, pair_tool_results, refuse_medium, write_fields
from openclaw_gateway.models.effort import FIELD, for_openai, read_effort
from openclaw_gateway.models.kept_text import MAX_KEPT_BYTES, WrittenBeginnings
from openclaw_gateway.models.model import ModelRequest

API = "openai-responses"

# Fields of chat completions that this interface lacks and that change nothing about the words of an answer.
_HINTS = frozenset(("prediction", "prompt_cache_options", "seed"))
# Fields that it knows by the same name.
_SHARED = frozenset(
    ("metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "service_tier", "store", "user")
)
_NEUTRAL = (b"null", b"false", b"0", b"0.0", b"{}", b"[]")


@dataclass(frozen=True, slots=True)
class ResponsesForm:
    """How an entry's server wants it. can_think: it reasons, and is asked for the sealed reasoning and its summary.

    defaults: fields where the caller is silent, by name, as JSON.
    """

    model: str
    accepts_images: bool = True
    can_think: bool = False
    default_max_tokens: int | None = None
    sends_tools: bool = True
    sends_strict: bool = True
    sends_temperature: bool = True
    sends_store: bool = True
    sends_reasoning_effort: bool = True
    reasoning_efforts: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[str, bytes], ...] = ()


class _InputText(msgspec.Struct, tag_field="type", tag="input_text", gc=False):
    text: str


class _InputImage(msgspec.Struct, tag_field="type", tag="input_image", gc=False):
    image_url: str
    detail: str


class _MessageItem(msgspec.Struct, tag_field="type", tag="message", gc=False):
    role: str
    content: str | list[_InputText | _InputImage]


class _CallItem(msgspec.Struct, tag_field="type", tag="function_call", gc=False):
    call_id: str
    name: str
    arguments: str


class _ResultItem(msgspec.Struct, tag_field="type", tag="function_call_output", gc=False):
    call_id: str
    output: str | list[_InputText | _InputImage]


class _SummaryText(msgspec.Struct, tag_field="type", tag="summary_text", gc=False):
    text: str


class _ReasoningItem(msgspec.Struct, tag_field="type", tag="reasoning", gc=False):
    summary: list[_SummaryText]
    encrypted_content: str


_Item = _MessageItem | _CallItem | _ResultItem | _ReasoningItem


class _Tool(msgspec.Struct, tag_field="type", tag="function", omit_defaults=True, gc=False):
    name: str
    description: str | None = None
    parameters: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    strict: bool | msgspec.UnsetType = msgspec.UNSET


class _NamedChoice(msgspec.Struct, tag_field="type", tag="function", gc=False):
    name: str


class _Reasoning(msgspec.Struct, omit_defaults=True, gc=False):
    effort: str | None = None
    summary: str | None = None


class _AskedFormat(msgspec.Struct, gc=False):
    """`response_format` of chat completions."""

    type: str
    json_schema: dict[str, msgspec.Raw] = {}


_encode = msgspec.json.Encoder().encode
_NO_PARAMETERS = msgspec.Raw(b'{"type":"object","properties":{}}')


class ResponsesPrompt:
    """Writes requests for one model entry."""

    __slots__ = ("_conversations", "_form", "_head", "_silent_fields", "_system", "_tools")

    def __init__(self, form: ResponsesForm, *, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._form = form
        self._head = b'{"model":%b,"stream":true' % _encode(form.model)
        self._silent_fields = write_fields(self._sample(SILENT_SAMPLING))
        self._conversations = WrittenBeginnings(self._write_messages, max_kept_bytes)
        self._system: tuple[tuple[str, ...], bytes] = ((), b"")
        self._tools: tuple[tuple[ToolSpec, ...], bytes] = ((), b"")

    def write(self, request: ModelRequest) -> bytes:
        """The body. Raises InvalidRequest for what this model cannot be asked."""
        beginning, rest = self._conversations.write(request.messages)
        beginning, rest = (beginning[1:], rest) if beginning else (beginning, rest[1:])
        system = self._write_system(request.system) if any(request.system) else b""
        return b"".join((self._head, system, b',"input":[', beginning, rest, b"]", self._write_fields(request), b"}"))

    # --- items ------------------------------------------------------------------------------------------------------

    def _write_system(self, system: tuple[str, ...]) -> bytes:
        if system != self._system[0]:
            text = "\n\n".join([text for text in system if text])
            self._system = (system, b',"instructions":%b' % _encode(text))
        return self._system[1]

    def _write_messages(self, messages: Sequence[Message]) -> bytes:
        """Each item with a comma before it."""
        return b"".join(
            [b",%b" % _encode(item) for message in pair_tool_results(messages) for item in self._of(message)]
        )

    def _of(self, message: Message) -> Iterator[_Item]:
        match message:
            case UserMessage(content=str() as text):
                yield _MessageItem("user", text)
            case UserMessage(content=parts):
                yield _MessageItem("user", list(self._parts(parts)))
            case AssistantMessage():
                yield from self._answer(message)
            case ToolResultMessage():
                yield _ResultItem(adapt_call_id(message.tool_call_id), self._output(message))

    def _answer(self, message: AssistantMessage) -> Iterator[_Item]:
        # Sealed reasoning is opened by the model that sealed it, and refused where nothing follows it.
        is_own = message.api == API and message.model == self._form.model
        sealed: list[_Item] = []
        for part in message.content:
            match part:
                case ThinkingPart(signature=str() as signature) if is_own:
                    summary = [_SummaryText(part.thinking)] if part.thinking else []
                    sealed.append(_ReasoningItem(summary, signature))
                    continue
                case TextPart(text=text) if text:
                    # A plain string: servers that imitate this form pass parts on to templates that print them.
                    item: _Item = _MessageItem("assistant", text)
                case ToolCall():
                    item = _CallItem(adapt_call_id(part.id), part.name, part.arguments or "{}")
                case _:
                    continue
            yield from sealed
            sealed.clear()
            yield item

    def _parts(self, parts: tuple[UserPart, ...] | str) -> Iterator[_InputText | _InputImage]:
        for part in parts:
            match part:
                case TextPart():
                    yield _InputText(part.text)
                case ImagePart():
                    if not self._form.accepts_images:
                        raise refuse_medium(self._form.model, "images", "image")
                    yield _InputImage(f"data:{part.mime_type};base64,{part.data}", part.detail or "auto")
                case AudioPart():
                    raise refuse_medium(self._form.model, "audio", "audio")
                case str():
                    yield _InputText(part)

    def _output(self, message: ToolResultMessage) -> str | list[_InputText | _InputImage]:
        """A plain string where it is all text: not every server of this form knows parts here."""
        if any(type(part) is ImagePart for part in message.content):
            return list(self._parts(message.content))
        return visible_text(message)

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
            self._tools = (request.tools, _encode([self._write_tool(tool) for tool in request.tools]))
        fields = b',"tools":%b' % self._tools[1]
        if choice != "auto":
            fields += b',"tool_choice":%b' % _encode(_NamedChoice(choice[1:]) if choice.startswith("=") else choice)
        if request.parallel_tool_calls is not None:
            fields += b',"parallel_tool_calls":%b' % _encode(request.parallel_tool_calls)
        return fields

    def _write_tool(self, tool: ToolSpec) -> _Tool:
        parameters = tool.parameters if tool.parameters is not None else _NO_PARAMETERS
        # Here silence means strict, which refuses most schemas that were not written for it.
        strict = bool(tool.strict) if self._form.sends_strict else msgspec.UNSET
        return _Tool(tool.name, tool.description, parameters, strict)

    def _sample(self, sampling: Sampling) -> dict[str, bytes]:
        form = self._form
        fields: dict[str, bytes] = {"store": b"false"} if form.sends_store else {}
        if form.can_think:
            fields["include"] = b'["reasoning.encrypted_content"]'
            fields["reasoning"] = _encode(_Reasoning(self._effort(sampling), "auto"))
        elif effort := self._effort(sampling):
            fields["reasoning"] = _encode(_Reasoning(effort))
        fields |= dict(form.defaults)
        if form.sends_temperature:
            if sampling.temperature is not None:
                fields["temperature"] = _encode(sampling.temperature)
            if sampling.top_p is not None:
                fields["top_p"] = _encode(sampling.top_p)
        max_tokens = sampling.max_tokens or form.default_max_tokens
        if max_tokens:
            fields["max_output_tokens"] = _encode(max_tokens)
        if sampling.stop:
            raise InvalidRequest(f"the model {form.model} is asked in a form that has no `stop`", param="stop")
        text = _write_text(sampling)
        if text:
            fields["text"] = _encode(text)
        for name in sorted(sampling.extra):
            fields.update(self._adapt_extra(name, bytes(sampling.extra[name])))
        return fields

    def _effort(self, sampling: Sampling) -> str | None:
        effort = read_effort(sampling) if self._form.sends_reasoning_effort else None
        return for_openai(effort, self._form.reasoning_efforts)

    def _adapt_extra(self, name: str, value: bytes) -> Iterator[tuple[str, bytes]]:
        """A field of chat completions as it is here, dropped when it changes nothing, refused by name otherwise."""
        if name in _HINTS or name in {FIELD, "response_format", "verbosity"}:
            return
        if name in _SHARED:
            if name != "store" or self._form.sends_store:
                yield name, value
        elif b"".join(value.split()) not in _NEUTRAL:
            raise InvalidRequest(f"{name} is not supported by this model's provider (OpenAI Responses)", param=name)


def _write_text(sampling: Sampling) -> dict[str, object]:
    """`text`: the format and length of the answer, which chat completions have in two fields."""
    text: dict[str, object] = {}
    if (raw := sampling.extra.get("response_format")) is not None:
        asked = msgspec.json.decode(raw, type=_AskedFormat)
        text["format"] = {"type": asked.type, **asked.json_schema}
    if (verbosity := sampling.extra.get("verbosity")) is not None:
        text["verbosity"] = verbosity
    return text
