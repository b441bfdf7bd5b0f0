"""The three frames of the protocol: requests come in, responses and events go out, each one JSON text.

Decoding meets whatever a peer may send and ends in a `Request` or an `InvalidFrame`. Encoding happens once: an event is
encoded up to its closing brace, and each socket adds its own `seq`.
Source: OpenClaw docs/gateway/protocol.md, "Framing".
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec

from openclaw_gateway.dialects.gateway.validation import explain_invalid
from openclaw_gateway.errors import GatewayError, InvalidRequest

# An id is echoed in every answer and a method in the error about it; no client needs more than a UUID and a word.
MAX_ID_CHARS = 256
MAX_METHOD_CHARS = 128

# The id that an answer carries when the request had none that could be read.
UNREADABLE_ID = "invalid"

NO_PARAMS = msgspec.Raw(b"{}")
NO_DETAILS: Mapping[str, object] = MappingProxyType({})


class Request(msgspec.Struct, frozen=True):
    """A request as it came; `params` is parsed by whoever knows the method. Fields we do not know are passed over."""

    type: Literal["req"]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARS)]
    method: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_METHOD_CHARS)]
    params: msgspec.Raw = NO_PARAMS


class InvalidFrame(InvalidRequest):
    """A text that is not a request. request_id: whom to answer, as far as that could be read."""

    def __init__(self, message: str, *, request_id: str = UNREADABLE_ID) -> None:
        super().__init__(message)
        self.request_id = request_id


class _Addressed(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARS)]


class _ErrorShape(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    code: str
    message: str
    details: dict[str, object] | None = None
    retryable: bool = False
    retry_after_ms: int | None = None


class _Answer(msgspec.Struct, frozen=True):
    type: Literal["res"]
    id: str
    ok: bool
    payload: object


class _Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    # The two constants have no default, or they would be left out of the frame with the absent payload.
    type: Literal["res"]
    id: str
    ok: bool
    error: _ErrorShape
    payload: object = None


class StateVersion(msgspec.Struct, frozen=True):
    """Versions of the two states that clients mirror; they come with presence and health events."""

    presence: int
    health: int


class _Event(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    type: Literal["event"]
    event: str
    payload: object
    state_version: StateVersion | None = None


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event, encoded once for all its readers.

    head: the frame without its closing brace. scope: what a reader's grant must imply; None for everybody. cap: the
    capability that a client must have declared to be sent it; unless_cap: one that it must not have. is_droppable: a
    reader that is behind may miss it, because a later event repeats what it said. topics: sent to those only who
    subscribed to one of them.
    """

    head: bytes
    scope: str | None = None
    cap: str | None = None
    is_droppable: bool = False
    topics: frozenset[str] | None = None
    unless_cap: str | None = None

    def numbered(self, seq: int) -> bytes:
        """The whole frame, as one socket's event of that number."""
        return b'%b,"seq":%d}' % (self.head, seq)

    def unnumbered(self) -> bytes:
        """The whole frame without `seq`: only `connect.challenge` goes out like this."""
        return self.head + b"}"


_decode_request = msgspec.json.Decoder(Request).decode
_decode_addressed = msgspec.json.Decoder(_Addressed).decode
_encode = msgspec.json.Encoder().encode


def decode_request(text: str | bytes) -> Request:
    """Read a request frame: {"type": "req", "id": str, "method": str, "params"?: any}.

    Raises InvalidFrame for everything else, however broken, deep or large its parts.
    """
    try:
        return _decode_request(text)
    except msgspec.ValidationError as error:
        raise InvalidFrame(f"invalid request frame: {explain_invalid(error)}", request_id=_read_id(text)) from error
    except (ValueError, RecursionError) as error:
        # ValueError covers malformed JSON, bytes that are not UTF-8 and lone surrogates; RecursionError, depth.
        raise InvalidFrame("invalid request frame: expected one JSON object of moderate depth") from error


def _read_id(text: str | bytes) -> str:
    try:
        return _decode_addressed(text).id
    except (ValueError, RecursionError):
        return UNREADABLE_ID


def encode_answer(request_id: str, payload: object) -> bytes:
    """A good response: {"type": "res", "id", "ok": true, "payload"}."""
    return _encode(_Answer("res", request_id, ok=True, payload=payload))


def encode_refusal(
    request_id: str, error: GatewayError, *, payload: object = None, details: Mapping[str, object] = NO_DETAILS
) -> bytes:
    """A bad response: {"type", "id", "ok": false, "error": {code, message, details?, retryable?, retryAfterMs?}}.

    payload goes beside the error where a method answers a failed run with its state; details add to the error's own.
    An error without a detail code of its own tells its machine-readable cause there, in the upper case of these codes.
    """
    told = {**(error.details or NO_DETAILS), **details}
    if "code" not in told and error.code is not None:
        told["code"] = error.code.upper()
    retry_after_ms = None if error.retry_after_s is None else max(0, math.ceil(error.retry_after_s * 1000))
    shape = _ErrorShape(error.frame_code, error.message, told or None, error.retryable, retry_after_ms)
    return _encode(_Refusal("res", request_id, ok=False, error=shape, payload=payload))


def encode_event(
    name: str,
    payload: object,
    *,
    scope: str | None = None,
    cap: str | None = None,
    is_droppable: bool = False,
    topics: frozenset[str] | None = None,
    state_version: StateVersion | None = None,
    unless_cap: str | None = None,
) -> EncodedEvent:
    """An event for any number of readers; `payload` is anything that msgspec encodes."""
    frame = _encode(_Event("event", name, payload, state_version))
    return EncodedEvent(frame[:-1], scope, cap, is_droppable, topics, unless_cap)
