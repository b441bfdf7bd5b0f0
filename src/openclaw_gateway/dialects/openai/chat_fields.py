"""Request fields that no part of a run reads: passed on to the model as they came, or refused by name.

Never dropped in silence: a caller who asks for something learns that it was done or that it cannot be. Two tables say
which is which; `docs/reference/chat-completions.md` shows them.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Final

import msgspec

from openclaw_gateway.dialects.openai.chat_wire import ChatBody
from openclaw_gateway.dialects.openai.json_body import ABSENT, decode_field, refuse_deep
from openclaw_gateway.errors import InvalidRequest


class ResponseFormat(msgspec.Struct, frozen=True):
    """The part of `response_format` that we look at; the schema itself is the model's to read."""

    type: str
    json_schema: dict[str, msgspec.Raw] | None = None


# Field -> what its value must be. The value travels as the caller wrote it.
PASSED_ON: Final[Mapping[str, "msgspec.json.Decoder[object]"]] = {
    "frequency_penalty": msgspec.json.Decoder(float),
    "logit_bias": msgspec.json.Decoder(dict[str, float]),
    "metadata": msgspec.json.Decoder(dict[str, str]),
    "prediction": msgspec.json.Decoder(dict[str, msgspec.Raw]),
    "presence_penalty": msgspec.json.Decoder(float),
    "prompt_cache_key": msgspec.json.Decoder(str),
    "prompt_cache_options": msgspec.json.Decoder(dict[str, msgspec.Raw]),
    "prompt_cache_retention": msgspec.json.Decoder(str),
    "reasoning_effort": msgspec.json.Decoder(str),
    "response_format": msgspec.json.Decoder(ResponseFormat),
    "safety_identifier": msgspec.json.Decoder(str),
    "seed": msgspec.json.Decoder(object),
    "service_tier": msgspec.json.Decoder(str),
    "store": msgspec.json.Decoder(bool),
    "verbosity": msgspec.json.Decoder(str),
}

# Field -> values that ask for nothing beyond what every answer gives, and the sentence for all others.
REFUSED: Final[Mapping[str, tuple[tuple[object, ...], str]]] = {
    "audio": ((), "audio output is not supported; leave `audio` out."),
    "function_call": (("none", "auto"), "`function_call` is not supported; use `tool_choice`."),
    "functions": (([],), "`functions` is not supported; use `tools`."),
    "logprobs": ((False,), "`logprobs` is not supported: answers carry no token probabilities."),
    "modalities": ((["text"],), '`modalities` must be ["text"]: answers are text.'),
    "moderation": ((), "`moderation` is not supported; leave it out."),
    "n": ((1,), "`n` must be 1: a request gets one choice; send it again for another."),
    "top_logprobs": ((0,), "`top_logprobs` is not supported: answers carry no token probabilities."),
    "web_search_options": ((), "`web_search_options` is not supported; give the agent a web search tool."),
}

_NAMES: Final = (*PASSED_ON, *REFUSED)
_PENALTIES: Final = ("frequency_penalty", "presence_penalty")
_FORMATS: Final = ("text", "json_object", "json_schema")
_read_all = attrgetter(*_NAMES)
_all_absent: Final = (ABSENT,) * len(_NAMES)
_NOTHING: Final[Mapping[str, msgspec.Raw]] = {}
_any = msgspec.json.Decoder(object)


def read_passed_on(body: ChatBody) -> Mapping[str, msgspec.Raw]:
    """The fields to send along with the model's request, by name. Raises InvalidRequest for a refused one."""
    values = _read_all(body)
    if values == _all_absent:  # compared by identity first: nearly free for nearly every request
        return _NOTHING
    passed_on: dict[str, msgspec.Raw] = {}
    for name, raw in zip(_NAMES, values, strict=True):
        if bytes(raw) == b"null":
            continue
        refuse_deep(raw, name)
        if name in REFUSED:
            _refuse_unless_harmless(name, raw)
        elif _is_asking(name, raw):
            passed_on[name] = raw
    return passed_on


def _refuse_unless_harmless(name: str, raw: msgspec.Raw) -> None:
    harmless, sentence = REFUSED[name]
    if decode_field(_any, raw, name) not in harmless:
        raise InvalidRequest(sentence, param=name, code="unsupported_parameter")


def _is_asking(name: str, raw: msgspec.Raw) -> bool:
    """Check the value of a field to pass on; False if it asks for what happens anyway."""
    value = decode_field(PASSED_ON[name], raw, name)
    if name == "seed" and not (type(value) is int or (type(value) is float and value.is_integer())):
        raise InvalidRequest("`seed` must be an integer.", param=name)
    if name in _PENALTIES and not (isinstance(value, float) and -2.0 <= value <= 2.0):
        raise InvalidRequest(f"`{name}` must be between -2.0 and 2.0.", param=name)
    if not isinstance(value, ResponseFormat):
        return True
    if value.type not in _FORMATS:
        message = f"response_format.type: Invalid input: expected {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
        raise InvalidRequest(message, param="response_format.type")
    if value.type == "json_schema" and value.json_schema is None:
        message = "response_format.json_schema: Invalid input: expected object"
        raise InvalidRequest(message, param="response_format.json_schema")
    return value.type != "text"
