"""A response as OpenAI's clients read it: its output items, its usage, and all around them.

Source: OpenAI's API reference, "The response object"; OpenClaw docs/gateway/openresponses-http-api.md.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from openclaw_gateway.dialects.openai.error_body import replace_surrogates
from openclaw_gateway.dialects.openai.responses_terms import ResponseTerms
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.messages import Usage

Status = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]
ItemStatus = Literal["in_progress", "completed", "incomplete"]

_encode = msgspec.json.encode
_NO_LIST: Final[tuple[()]] = ()


class OutputText(msgspec.Struct, tag_field="type", tag="output_text"):
    """A text of the answer."""

    text: str
    annotations: tuple[()] = _NO_LIST
    logprobs: tuple[()] = _NO_LIST


class MessageOutput(msgspec.Struct, tag_field="type", tag="message", omit_defaults=True):
    """A message of the answer. phase: whether more than text follows it in the same answer."""

    id: str
    status: ItemStatus
    content: list[OutputText]
    role: str | msgspec.UnsetType = msgspec.UNSET
    phase: Literal["commentary", "final_answer"] | None = None


class CallOutput(msgspec.Struct, tag_field="type", tag="function_call"):
    """A call of the caller's tool."""

    id: str
    call_id: str
    name: str
    arguments: str
    status: ItemStatus


class SummaryText(msgspec.Struct, tag_field="type", tag="summary_text"):
    """Reasoning that the caller asked to see."""

    text: str


class ReasoningOutput(msgspec.Struct, tag_field="type", tag="reasoning"):
    """What the model thought before what follows."""

    id: str
    summary: list[SummaryText]


OutputItem = MessageOutput | CallOutput | ReasoningOutput


class InputDetails(msgspec.Struct, frozen=True):
    """Parts of the prompt that were read from and written to the provider's cache."""

    cached_tokens: int
    cache_write_tokens: int


class OutputDetails(msgspec.Struct, frozen=True):
    """Parts of the answer."""

    reasoning_tokens: int


class ResponseUsage(msgspec.Struct, frozen=True, omit_defaults=True):
    """`usage`. estimated: nobody counted, the gateway guessed from the length of the texts."""

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int
    estimated: bool = False


class ResponseError(msgspec.Struct, frozen=True):
    """Why a response failed; code: as in the error body of a request, or its type."""

    code: str
    message: str


class ResponseState(msgspec.Struct):
    """How far a response is. completed_at_s: seconds since the epoch."""

    status: Status = "queued"
    error: ResponseError | None = None
    completed_at_s: int | None = None
    usage: ResponseUsage | None = None


class ResponseHead(msgspec.Struct, frozen=True):
    """The beginning of a response; the request's echo follows."""

    id: str
    object: str
    created_at: int
    status: Status
    completed_at: int | None
    error: ResponseError | None
    incomplete_details: dict[str, str] | None


class ResponseTail(msgspec.Struct, frozen=True):
    """Its end."""

    output: Sequence[OutputItem]
    usage: ResponseUsage | None


def render_response(
    terms: ResponseTerms, response_id: str, created_at_s: int, state: ResponseState, output: Sequence[OutputItem]
) -> bytes:
    """The JSON of a response."""
    incomplete = {"reason": "max_output_tokens"} if state.status == "incomplete" else None
    head = ResponseHead(
        response_id, "response", created_at_s, state.status, state.completed_at_s, state.error, incomplete
    )
    return _encode(head)[:-1] + b"," + bytes(terms.echo)[1:-1] + b"," + _encode(ResponseTail(output, state.usage))[1:]


def read_usage(usage: Usage) -> ResponseUsage:
    """A run's count in OpenAI's words, where input_tokens includes what came from a cache."""
    return ResponseUsage(
        usage.prompt,
        InputDetails(usage.cache_read, usage.cache_write),
        usage.output,
        OutputDetails(usage.reasoning),
        usage.total,
        usage.estimated,
    )


def read_error(error: GatewayError) -> ResponseError:
    """An error as a response tells it."""
    return ResponseError(error.code or error.type, replace_surrogates(error.message))
