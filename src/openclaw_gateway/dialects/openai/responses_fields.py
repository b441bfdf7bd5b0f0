"""Fields of a responses request that no part of a run reads: passed on to the model, or refused by name.

As in `chat_fields.py`, nothing is dropped in silence. `docs/reference/responses.md` shows the tables.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Final

import msgspec

from openclaw_gateway.dialects.openai.json_body import ABSENT, decode_field, refuse_deep
from openclaw_gateway.dialects.openai.responses_wire import ResponsesBody, TextFormat
from openclaw_gateway.errors import InvalidRequest

# Field -> what its value must be. The value travels as the caller wrote it, under the same name.
PASSED_ON: Final[Mapping[str, "msgspec.json.Decoder[object]"]] = {
    "prompt_cache_key": msgspec.json.Decoder(str),
    "prompt_cache_options": msgspec.json.Decoder(dict[str, msgspec.Raw]),
    "prompt_cache_retention": msgspec.json.Decoder(str),
    "safety_identifier": msgspec.json.Decoder(str),
    "service_tier": msgspec.json.Decoder(str),
}

# Field -> values that ask for nothing beyond what every answer gives, and the sentence for all others.
REFUSED: Final[Mapping[str, tuple[tuple[object, ...], str]]] = {
    "access_programs": ((), "`access_programs` is not supported; leave it out."),
    "context_management": (([],), "`context_management` is not supported: the gateway fits the context by itself."),
    "image": ((), "`image` is not supported; leave it out."),
    "moderation": ((), "`moderation` is not supported; leave it out."),
    "prompt": ((), "`prompt` is not supported: there are no stored prompts; send `instructions`."),
    "top_logprobs": ((0,), "`top_logprobs` is not supported: answers carry no token probabilities."),
}

LOGPROBS: Final = "message.output_text.logprobs"

_NAMES: Final = (*PASSED_ON, *REFUSED, "include", "stream_options")
_FORMATS: Final = ("text", "json_object", "json_schema")
_read_all = attrgetter(*_NAMES)
_all_absent: Final = (ABSENT,) * len(_NAMES)
_any = msgspec.json.Decoder(object)
_include = msgspec.json.Decoder(list[str])
_encode = msgspec.json.encode


class _Schema(msgspec.Struct, frozen=True, omit_defaults=True):
    name: str
    schema: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    description: str | None = None
    strict: bool | None = None


class _ResponseFormat(msgspec.Struct, frozen=True, omit_defaults=True):
    type: str
    json_schema: _Schema | None = None


def read_passed_on(body: ResponsesBody) -> dict[str, msgspec.Raw]:
    """What to send along with the model's request, by the names of chat completions, which all providers are told in.

    Raises InvalidRequest for a field that is refused.
    """
    passed_on: dict[str, msgspec.Raw] = {}
    values = _read_all(body)
    if values != _all_absent:
        for name, raw in zip(_NAMES, values, strict=True):
            if bytes(raw) != b"null":
                _read_field(name, raw, passed_on)
    if body.text is not None:
        if body.text.format is not None and body.text.format.type != "text":
            passed_on["response_format"] = _read_format(body.text.format)
        if body.text.verbosity is not None:
            passed_on["verbosity"] = msgspec.Raw(_encode(body.text.verbosity))
    if body.reasoning is not None and body.reasoning.effort is not None:
        passed_on["reasoning_effort"] = msgspec.Raw(_encode(body.reasoning.effort))
    return passed_on


def _read_field(name: str, raw: msgspec.Raw, passed_on: dict[str, msgspec.Raw]) -> None:
    refuse_deep(raw, name)
    if name in PASSED_ON:
        decode_field(PASSED_ON[name], raw, name)
        passed_on[name] = raw
    elif name in REFUSED:
        harmless, sentence = REFUSED[name]
        if decode_field(_any, raw, name) not in harmless:
            raise InvalidRequest(sentence, param=name, code="unsupported_parameter")
    elif name == "include" and LOGPROBS in decode_field(_include, raw, name):
        message = f"`include` cannot have {LOGPROBS}: answers carry no token probabilities."
        raise InvalidRequest(message, param="include", code="unsupported_parameter")


def _read_format(wanted: TextFormat) -> msgspec.Raw:
    """`text.format` as chat completions spell it."""
    if wanted.type not in _FORMATS:
        message = f"text.format.type: Invalid input: expected {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
        raise InvalidRequest(message, param="text.format.type")
    if wanted.type == "json_object":
        return msgspec.Raw(_encode(_ResponseFormat("json_object")))
    if not wanted.name:
        raise InvalidRequest("text.format.name: a json_schema needs a name.", param="text.format.name")
    if not bytes(wanted.schema).startswith(b"{"):
        raise InvalidRequest("text.format.schema: Invalid input: expected object", param="text.format.schema")
    refuse_deep(wanted.schema, "text.format.schema")
    schema = _Schema(wanted.name, wanted.schema, wanted.description, wanted.strict)
    return msgspec.Raw(_encode(_ResponseFormat("json_schema", schema)))
