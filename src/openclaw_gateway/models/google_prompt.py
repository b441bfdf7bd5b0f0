"""The request body of `api: google-generative-ai`, written as bytes.

Gemini's form: contents of parts, where the model's side is one and everybody else's the other, and neighbours of one
side are one content (as many results must stand in one as there were calls in the one before). Proofs of reasoning
stand on the very parts that they came with. Each message is encoded once.
Source: Gemini API reference, "Generating content", "Function calling", "Thought signatures".
"""

from collections.abc import Iterator
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
from openclaw_gateway.models.conversation import (
    IMAGES_LEFT_OUT,
    adapt_call_id,
    pair_tool_results,
    read_arguments,
    refuse_medium,
)
from openclaw_gateway.models.effort import FIELD, for_google, read_effort
from openclaw_gateway.models.kept_text import EncodedMessages
from openclaw_gateway.models.model import ModelRequest

API = "google-generative-ai"

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
# Fields of `generationConfig`, by their OpenAI names.
_CONFIG = {
    "frequency_penalty": "frequencyPenalty",
    "presence_penalty": "presencePenalty",
    "seed": "seed",
    "temperature": "temperature",
    "top_k": "topK",
    "top_p": "topP",
}
_NEUTRAL = (b"null", b"false", b"{}", b"[]")

# Models that want proofs beside calls.
_PROVING = "gemini-3"
# What the reference gives for calls that another model made: there is no proof of those.
NO_PROOF = "skip_thought_signature_validator"


@dataclass(frozen=True, slots=True)
class GoogleForm:
    """How an entry's server wants it. defaults: fields where the caller is silent, by name, as JSON."""

    model: str
    accepts_images: bool = True
    accepts_audio: bool = False
    can_think: bool = False
    default_max_tokens: int | None = None
    sends_tools: bool = True
    sends_temperature: bool = True
    defaults: tuple[tuple[str, bytes], ...] = ()


class _Blob(msgspec.Struct, rename="camel", gc=False):
    mime_type: str
    data: str


class _FunctionCall(msgspec.Struct, gc=False):
    id: str
    name: str
    args: msgspec.Raw


class _FunctionResponse(msgspec.Struct, gc=False):
    id: str
    name: str
    response: dict[str, str]


class _Part(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    text: str | None = None
    thought: bool = False
    inline_data: _Blob | None = None
    function_call: _FunctionCall | None = None
    function_response: _FunctionResponse | None = None
    thought_signature: str | None = None


class _Declaration(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    name: str
    description: str | None = None
    parameters_json_schema: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _Declarations(msgspec.Struct, rename="camel", gc=False):
    function_declarations: list[_Declaration]


class _CallingConfig(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    mode: str
    allowed_function_names: list[str] | None = None


class _JsonSchema(msgspec.Struct, gc=False):
    schema: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class _AskedFormat(msgspec.Struct, gc=False):
    """`response_format` of chat completions."""

    type: str
    json_schema: _JsonSchema | None = None


_encode = msgspec.json.Encoder().encode


class GooglePrompt:
    """Writes requests for one model entry."""

    __slots__ = ("_form", "_kept", "_silent_fields", "_system", "_tools")

    def __init__(self, form: GoogleForm) -> None:
        self._form = form
        self._silent_fields = self._write_fields(SILENT_SAMPLING)
        self._kept = EncodedMessages()
        self._system: tuple[tuple[str, ...], bytes] = ((), b"")
        self._tools: tuple[tuple[ToolSpec, ...], bytes] = ((), b"")

    def write(self, request: ModelRequest) -> bytes:
        """The body. Raises InvalidRequest for what this model cannot be asked."""
        system = self._write_system(request.system) if any(request.system) else b""
        contents = b",".join(self._write_contents(request))
        tools = self._write_tools(request) if request.tools else b""
        is_silent = request.sampling is SILENT_SAMPLING
        fields = self._silent_fields if is_silent else self._write_fields(request.sampling)
        return b'{"contents":[%b]%b%b%b}' % (contents, system, tools, fields)

    # --- contents ---------------------------------------------------------------------------------------------------

    def _write_system(self, system: tuple[str, ...]) -> bytes:
        if system != self._system[0]:
            parts = [_Part(text) for text in system if text]
            self._system = (system, b',"systemInstruction":{"parts":%b}' % _encode(parts))
        return self._system[1]

    def _write_contents(self, request: ModelRequest) -> Iterator[bytes]:
        group: list[bytes] = []
        role = b"user"
        for message, encoded in self._encode_each(request):
            its_role = b"model" if type(message) is AssistantMessage else b"user"
            if its_role != role and group:
                yield b'{"role":"%b","parts":[%b]}' % (role, b",".join(group))
                group = []
            role = its_role
            group.append(encoded)
        if group:
            yield b'{"role":"%b","parts":[%b]}' % (role, b",".join(group))

    def _encode_each(self, request: ModelRequest) -> Iterator[tuple[Message, bytes]]:
        """Each message of which anything is left, and its parts with commas between."""
        messages = pair_tool_results(request.messages)
        last = len(messages) - 1
        for place, message in enumerate(messages):
            encoded = self._kept.find(message)
            if encoded is None:
                encoded = b",".join([_encode(part) for part in self._parts_of(message)])
                if place != last and message.timestamp:
                    self._kept.keep(message, encoded)
            if encoded:
                yield message, encoded

    def _parts_of(self, message: Message) -> Iterator[_Part]:
        match message:
            case UserMessage(content=str() as text):
                yield _Part(text)
            case UserMessage(content=parts):
                yield from self._user_parts(parts)
            case AssistantMessage():
                yield from self._answer_parts(message)
            case ToolResultMessage():
                yield from self._result_parts(message)

    def _user_parts(self, parts: tuple[UserPart, ...] | str) -> Iterator[_Part]:
        form = self._form
        for part in parts:
            match part:
                case TextPart(text=text):
                    yield _Part(text)
                case ImagePart():
                    if not form.accepts_images:
                        raise refuse_medium(form.model, "images", "image")
                    yield _Part(inline_data=_Blob(part.mime_type, part.data))
                case AudioPart():
                    if not form.accepts_audio:
                        raise refuse_medium(form.model, "audio", "audio")
                    yield _Part(inline_data=_Blob(f"audio/{part.format}", part.data))
                case str():
                    yield _Part(part)

    def _answer_parts(self, message: AssistantMessage) -> Iterator[_Part]:
        # A proof is of use to the model that gave it, and refused by others.
        is_own = message.api == API and message.model == self._form.model
        must_prove = self._form.model.startswith(_PROVING)
        for part in message.content:
            match part:
                case TextPart(text=text) if text:
                    yield _Part(text)
                case ThinkingPart(signature=str() as proof) if is_own:
                    yield _Part(part.thinking, bool(part.thinking), thought_signature=proof)
                case ToolCall():
                    own_proof = part.thought_signature if is_own else None
                    yield _write_call(part, own_proof or (NO_PROOF if must_prove else None))
                    must_prove = False  # of calls side by side the first one is enough
                case _:
                    pass

    def _result_parts(self, message: ToolResultMessage) -> Iterator[_Part]:
        text = visible_text(message)
        images = [part for part in message.content if type(part) is ImagePart]
        if images and not self._form.accepts_images:
            text, images = f"{text}\n{IMAGES_LEFT_OUT}".strip(), []
        answer = {"error" if message.is_error else "output": text}
        response = _FunctionResponse(adapt_call_id(message.tool_call_id), message.tool_name, answer)
        yield _Part(function_response=response)
        for image in images:
            yield _Part(inline_data=_Blob(image.mime_type, image.data))

    # --- the other fields -------------------------------------------------------------------------------------------

    def _write_tools(self, request: ModelRequest) -> bytes:
        form, choice = self._form, request.tool_choice
        if not form.sends_tools:
            if choice in {"auto", "none"}:
                return b""
            raise InvalidRequest(f"the model {form.model} does not take tools", param="tool_choice")
        if request.tools != self._tools[0]:
            declared = [
                _Declaration(tool.name, tool.description, tool.parameters or msgspec.UNSET) for tool in request.tools
            ]
            self._tools = (request.tools, b',"tools":%b' % _encode([_Declarations(declared)]))
        if choice == "auto":
            return self._tools[1]
        if choice.startswith("="):
            config = _CallingConfig("ANY", [choice[1:]])
        else:
            config = _CallingConfig("NONE" if choice == "none" else "ANY")
        return b'%b,"toolConfig":{"functionCallingConfig":%b}' % (self._tools[1], _encode(config))

    def _write_fields(self, sampling: Sampling) -> bytes:
        form = self._form
        config: dict[str, msgspec.Raw] = {}
        fields: dict[str, msgspec.Raw] = {}
        for name, default in form.defaults:
            if name == "generationConfig":
                config |= msgspec.json.decode(default, type=dict[str, msgspec.Raw])
            elif name in _CONFIG:
                config[_CONFIG[name]] = msgspec.Raw(default)
            else:
                fields[name] = msgspec.Raw(default)
        chosen: dict[str, object] = {
            "temperature": sampling.temperature if form.sends_temperature else None,
            "topP": sampling.top_p if form.sends_temperature else None,
            "maxOutputTokens": sampling.max_tokens or form.default_max_tokens,
            "stopSequences": sampling.stop or None,
            "thinkingConfig": for_google(read_effort(sampling), form.model) if form.can_think else None,
        }
        config |= {name: msgspec.Raw(_encode(value)) for name, value in chosen.items() if value is not None}
        for name in sorted(sampling.extra):
            config.update(_adapt_extra(name, sampling.extra[name]))
        if config:
            fields["generationConfig"] = msgspec.Raw(_encode(config))
        return b"".join([b",%b:%b" % (_encode(name), bytes(value)) for name, value in fields.items()])


def _write_call(call: ToolCall, proof: str | None) -> _Part:
    asked = _FunctionCall(adapt_call_id(call.id), call.name, read_arguments(call.arguments))
    return _Part(function_call=asked, thought_signature=proof)


def _adapt_extra(name: str, value: msgspec.Raw) -> Iterator[tuple[str, msgspec.Raw]]:
    """OpenAI's field as Gemini's, dropped when it changes nothing, refused by name otherwise."""
    if name in _CONFIG:
        yield _CONFIG[name], value
    elif name == "response_format":
        asked = msgspec.json.decode(value, type=_AskedFormat)
        if asked.type != "text":
            yield "responseMimeType", msgspec.Raw(b'"application/json"')
            if asked.json_schema is not None and asked.json_schema.schema is not msgspec.UNSET:
                yield "responseJsonSchema", asked.json_schema.schema
    elif name not in _HINTS and name != FIELD and b"".join(bytes(value).split()) not in _NEUTRAL:
        raise InvalidRequest(f"{name} is not supported by this model's provider (Google)", param=name)
