"""What the parsers ask of a field beyond its type in the struct: ranges, closed sets, and what is refused by name.

Fields that are passed on or refused come from the parsers' own tables. A field here that may not be null is required.
"""

from collections.abc import Mapping
from operator import or_
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from openclaw_gateway.dialects.openai import chat_fields, responses_fields
from openclaw_gateway.dialects.openai.chat_tools import MAX_NAME_CHARS, MAX_TOOLS
from openclaw_gateway.dialects.openai.chat_wire import (
    ChatBody,
    ChosenFunction,
    ChosenTool,
    FunctionDefinition,
    ToolDefinition,
    Turn,
)
from openclaw_gateway.dialects.openai.embeddings_request import MAX_INPUTS, EmbeddingsBody
from openclaw_gateway.dialects.openai.responses_wire import FlatChoice, FlatTool, ResponsesBody

Fields = Mapping[str, object]

_NAME = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_CHARS, pattern=r"\S")]
_FUNCTION = Literal["function"]
_MODEL = Meta(examples=["openclaw", "openclaw/default", "openclaw/main"], description="names the agent")
_TEMPERATURE = Annotated[float | None, Meta(extra_json_schema={"minimum": 0, "maximum": 2})]
_TOP_P = Annotated[float | None, Meta(extra_json_schema={"minimum": 0, "maximum": 1})]
_PENALTY = Annotated[float | None, Meta(extra_json_schema={"minimum": -2, "maximum": 2})]
_COUNT = Annotated[int | None, Meta(extra_json_schema={"minimum": 1, "maximum": 2**53 - 1})]
_STOP = str | list[Annotated[str, Meta(min_length=1)]] | None
_CHOICE = Literal["auto", "none", "required"]
_TEXT = {"type": "string", "minLength": 1}
_TOKENS = {"type": "array", "items": {"type": "integer"}, "minItems": 1}
_BATCHES = (
    {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": MAX_INPUTS},
    _TOKENS,
    {"type": "array", "items": _TOKENS, "minItems": 1, "maxItems": MAX_INPUTS},
)


def _from_tables(
    passed_on: Mapping[str, "msgspec.json.Decoder[object]"], refused: Mapping[str, tuple[tuple[object, ...], str]]
) -> Fields:
    """Types of what is passed on; of what is refused, the values that ask for nothing."""
    return {
        **{name: _or_null(decoder.type) for name, decoder in passed_on.items()},
        **{
            name: Annotated[object, Meta(description=why, extra_json_schema={"enum": [*harmless, None]})]
            for name, (harmless, why) in refused.items()
        },
    }


def _or_null(kind: object) -> object:
    return kind if kind is object else or_(kind, None)


FIELDS: Mapping[type, Fields] = {
    ChatBody: {
        **_from_tables(chat_fields.PASSED_ON, chat_fields.REFUSED),
        "frequency_penalty": _PENALTY,
        "max_completion_tokens": _COUNT,
        "max_tokens": _COUNT,
        "messages": Annotated[list[Turn], Meta(min_length=1)],
        "model": Annotated[str | None, _MODEL],
        "presence_penalty": _PENALTY,
        "seed": int | None,
        "stop": Annotated[_STOP, Meta(extra_json_schema={"minLength": 1, "maxItems": 4})],
        "temperature": _TEMPERATURE,
        "tool_choice": _CHOICE | ChosenTool | None,
        "tools": Annotated[list[ToolDefinition] | None, Meta(extra_json_schema={"maxItems": MAX_TOOLS})],
        "top_p": _TOP_P,
    },
    ToolDefinition: {"type": _FUNCTION, "function": FunctionDefinition},
    FunctionDefinition: {"name": _NAME, "parameters": dict[str, msgspec.Raw] | None},
    ChosenTool: {"type": _FUNCTION, "function": ChosenFunction},
    ChosenFunction: {"name": _NAME},
    chat_fields.ResponseFormat: {"type": Literal["text", "json_object", "json_schema"]},
    EmbeddingsBody: {
        "model": Annotated[str, _MODEL],
        "input": Annotated[msgspec.Raw, Meta(extra_json_schema={"anyOf": [_TEXT, *_BATCHES]})],
        "dimensions": _COUNT,
    },
    ResponsesBody: {
        **_from_tables(responses_fields.PASSED_ON, responses_fields.REFUSED),
        "model": Annotated[str, _MODEL],
        "input": Annotated[str | list[msgspec.Raw], Meta(extra_json_schema={"minLength": 1, "minItems": 1})],
        "max_output_tokens": _COUNT,
        "temperature": _TEMPERATURE,
        "tool_choice": _CHOICE | FlatChoice | None,
        "top_p": _TOP_P,
    },
    FlatTool: {"type": _FUNCTION, "name": _NAME, "parameters": dict[str, msgspec.Raw] | None},
    FlatChoice: {"type": _FUNCTION, "name": _NAME},
}
