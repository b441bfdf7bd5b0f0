"""The request body of `api: ollama`, written as bytes.

Ollama's own form: arguments are objects, images stand beside the text, what steers the sampler is under `options`, and
there is no choice of tools. The context is as long as we say, else 4,096 tokens, and what does not fit is dropped
without a word: so an entry's window is always sent. Source: Ollama API reference, "Generate a chat message".
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
    read_arguments,
    refuse_medium,
    write_fields,
)
from openclaw_gateway.models.effort import FIELD, for_ollama
from openclaw_gateway.models.kept_text import MAX_KEPT_BYTES, WrittenBeginnings
from openclaw_gateway.models.model import ModelRequest

API = "ollama"

# OpenAI's fields that change nothing about the words of an answer; they are dropped.
_HINTS = frozenset(
    (
        "metadata",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "user",
        "verbosity",
    )
)
_OPTIONS = frozenset(("frequency_penalty", "presence_penalty", "seed", "top_k", "temperature", "top_p"))
_NEUTRAL = (b"null", b"false", b"{}", b"[]")


@dataclass(frozen=True, slots=True)
class OllamaForm:
    """How an entry's server wants it. context_tokens: the window to ask for, None to leave it to the server.

    defaults: fields where the caller is silent, by name, as JSON.
    """

    model: str
    accepts_images: bool = True
    can_think: bool = False
    context_tokens: int | None = None
    default_max_tokens: int | None = None
    sends_tools: bool = True
    sends_temperature: bool = True
    defaults: tuple[tuple[str, bytes], ...] = ()


class _Function(msgspec.Struct, gc=False):
    name: str
    arguments: msgspec.Raw


class _Call(msgspec.Struct, gc=False):
    id: str
    function: _Function


class _Message(msgspec.Struct, omit_defaults=True, gc=False):
    role: str
    content: str
    images: list[str] | None = None
    thinking: str | None = None
    tool_calls: list[_Call] | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None


class _FunctionSpec(msgspec.Struct, omit_defaults=True, gc=False):
    name: str
    parameters: msgspec.Raw
    description: str | None = None


class _Tool(msgspec.Struct, tag_field="type", tag="function", gc=False):
    function: _FunctionSpec


class _JsonSchema(msgspec.Struct, gc=False):
    schema: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _AskedFormat(msgspec.Struct, gc=False):
    """`response_format` of chat completions."""

    type: str
    json_schema: _JsonSchema | None = None


_encode = msgspec.json.Encoder().encode
_NO_PARAMETERS = msgspec.Raw(b'{"type":"object","properties":{}}')


class OllamaPrompt:
    """Writes requests for one model entry."""

    __slots__ = ("_conversations", "_form", "_head", "_silent_fields", "_system", "_tools")

    def __init__(self, form: OllamaForm, *, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._form = form
        self._head = b'{"model":%b,"stream":true,"messages":[' % _encode(form.model)
        self._silent_fields = write_fields(self._sample(SILENT_SAMPLING))
        self._conversations = WrittenBeginnings(self._write_messages, max_kept_bytes)
        self._system: tuple[tuple[str, ...], bytes] = ((), b"")
        self._tools: tuple[tuple[ToolSpec, ...], bytes] = ((), b"")

    def write(self, request: ModelRequest) -> bytes:
        """The body. Raises InvalidRequest for what this model cannot be asked."""
        system = self._write_system(request.system) if any(request.system) else b""
        beginning, rest = self._conversations.write(request.messages)
        if not system:  # then the first message has no comma before it
            beginning, rest = (beginning[1:], rest) if beginning else (beginning, rest[1:])
        tools = self._write_tools(request) if request.tools else b""
        is_silent = request.sampling is SILENT_SAMPLING
        fields = self._silent_fields if is_silent else write_fields(self._sample(request.sampling))
        return b"".join((self._head, system, beginning, rest, b"]", tools, fields, b"}"))

    # --- messages ---------------------------------------------------------------------------------------------------

    def _write_system(self, system: tuple[str, ...]) -> bytes:
        if system != self._system[0]:
            text = "\n\n".join([text for text in system if text])
            self._system = (system, _encode(_Message("system", text)))
        return self._system[1]

    def _write_messages(self, messages: Sequence[Message]) -> bytes:
        """Each message with a comma before it."""
        return b"".join([b",%b" % _encode(message) for message in self._adapt(pair_tool_results(messages))])

    def _adapt(self, messages: Sequence[Message]) -> Iterator[_Message]:
        images: list[ImagePart] = []
        for message in messages:
            if images and type(message) is not ToolResultMessage:
                yield self._show(images)
            match message:
                case UserMessage(content=str() as text):
                    yield _Message("user", text)
                case UserMessage(content=parts):
                    yield self._adapt_parts(parts)
                case AssistantMessage():
                    answer = _adapt_answer(message)
                    if answer.content or answer.tool_calls:
                        yield answer
                case ToolResultMessage():
                    images.extend([part for part in message.content if type(part) is ImagePart])
                    call_id = adapt_call_id(message.tool_call_id)
                    text = visible_text(message)
                    yield _Message("tool", text, tool_name=message.tool_name or None, tool_call_id=call_id)
        if images:
            yield self._show(images)

    def _adapt_parts(self, parts: tuple[UserPart, ...] | str) -> _Message:
        texts: list[str] = []
        images: list[str] = []
        for part in parts:
            match part:
                case TextPart(text=text):
                    texts.append(text)
                case ImagePart(data=encoded):
                    if not self._form.accepts_images:
                        raise refuse_medium(self._form.model, "images", "image")
                    images.append(encoded)
                case AudioPart():
                    raise refuse_medium(self._form.model, "audio", "audio")
                case str():
                    texts.append(part)
        return _Message("user", "\n".join(texts), images or None)

    def _show(self, images: list[ImagePart]) -> _Message:
        """Images that tools returned: the interface has none in a result, so they follow as a user message."""
        encoded = [image.data for image in images]
        images.clear()
        if not self._form.accepts_images:
            return _Message("user", IMAGES_LEFT_OUT)
        return _Message("user", IMAGES_RETURNED, encoded)

    # --- the other fields -------------------------------------------------------------------------------------------

    def _write_tools(self, request: ModelRequest) -> bytes:
        """There is no choice of tools here: forbidden ones are not shown, and a named one is shown alone.

        Whether a required call came is seen when the answer is there.
        """
        choice = request.tool_choice
        if choice == "none" or (choice == "auto" and not self._form.sends_tools):
            return b""
        if not self._form.sends_tools:
            raise InvalidRequest(f"the model {self._form.model} does not take tools", param="tool_choice")
        if choice.startswith("="):
            return b',"tools":%b' % _encode([_adapt_tool(tool) for tool in request.tools if tool.name == choice[1:]])
        if request.tools != self._tools[0]:
            self._tools = (request.tools, b',"tools":%b' % _encode([_adapt_tool(tool) for tool in request.tools]))
        return self._tools[1]

    def _sample(self, sampling: Sampling) -> dict[str, bytes]:
        form = self._form
        fields = {name: value for name, value in form.defaults if name != "options" and name not in _OPTIONS}
        chosen: dict[str, object] = {
            "num_ctx": form.context_tokens,
            **_default_options(form.defaults),
            "num_predict": sampling.max_tokens or form.default_max_tokens,
            "stop": sampling.stop or None,
        }
        if form.sends_temperature:
            chosen |= {"temperature": sampling.temperature} if sampling.temperature is not None else {}
            chosen |= {"top_p": sampling.top_p} if sampling.top_p is not None else {}
        for name in sorted(sampling.extra):
            value = bytes(sampling.extra[name])
            if name in _OPTIONS:
                chosen[name] = msgspec.Raw(value)
            else:
                fields.update(self._adapt_extra(name, value))
        options = {name: value for name, value in chosen.items() if value is not None}
        if options:
            fields["options"] = _encode(options)
        return fields

    def _adapt_extra(self, name: str, value: bytes) -> Iterator[tuple[str, bytes]]:
        """OpenAI's field as Ollama's, dropped when it changes nothing, refused by name otherwise."""
        if name in _HINTS or b"".join(value.split()) in _NEUTRAL:
            return
        if name == FIELD:
            if self._form.can_think:
                yield "think", _encode(for_ollama(msgspec.json.decode(value, type=str), self._form.model))
        elif name == "response_format":
            asked = msgspec.json.decode(value, type=_AskedFormat)
            schema = asked.json_schema.schema if asked.json_schema else msgspec.UNSET
            if asked.type != "text":
                yield "format", b'"json"' if schema is msgspec.UNSET else bytes(schema)
        else:
            raise InvalidRequest(f"{name} is not supported by this model's provider (Ollama)", param=name)


def _default_options(defaults: tuple[tuple[str, bytes], ...]) -> dict[str, object]:
    options: dict[str, object] = {}
    for name, value in defaults:
        if name == "options":
            options |= msgspec.json.decode(value, type=dict[str, msgspec.Raw])
        elif name in _OPTIONS:
            options[name] = msgspec.Raw(value)
    return options


def _adapt_answer(message: AssistantMessage) -> _Message:
    calls = [
        _Call(adapt_call_id(call.id), _Function(call.name, read_arguments(call.arguments)))
        for call in message.tool_calls
    ]
    # Templates show a model what it thought before its calls; what another one thought is none of its business.
    thoughts = [part.thinking for part in message.content if type(part) is ThinkingPart] if calls else []
    thinking = "".join(thoughts) if message.api == API else ""
    return _Message("assistant", message.text, thinking=thinking or None, tool_calls=calls or None)


def _adapt_tool(tool: ToolSpec) -> _Tool:
    return _Tool(_FunctionSpec(tool.name, tool.parameters or _NO_PARAMETERS, tool.description))
