"""Frames as a client sees them: requests out; responses and events in (OpenClaw docs/gateway/protocol.md, "Frames")."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from openclaw_gateway.client.failures import ConnectionLost
from openclaw_gateway.json_errors import JSON_ERRORS

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


class Refusal(msgspec.Struct, frozen=True, rename="camel"):
    """The `error` of a response."""

    code: str
    message: str
    details: msgspec.Raw = msgspec.Raw(b"{}")
    retryable: bool = False
    retry_after_ms: float | None = None


class Response(msgspec.Struct, frozen=True, tag_field="type", tag="res"):
    """The answer to the request with the same id; a run gives two, the first with `status: "accepted"`."""

    id: str
    ok: bool
    payload: msgspec.Raw = msgspec.Raw(b"null")
    error: Refusal | None = None


class EventFrame(msgspec.Struct, frozen=True, tag_field="type", tag="event"):
    """Something that happened; seq counts the events of this connection from 1."""

    event: str
    payload: msgspec.Raw = msgspec.Raw(b"null")
    seq: int | None = None


class Event(msgspec.Struct, frozen=True):
    """An event with its payload read. missed: events that were lost just before this one (refresh what you keep)."""

    name: str
    payload: JsonValue
    seq: int | None
    missed: int


class _Request(msgspec.Struct, frozen=True, tag_field="type", tag="req"):
    id: str
    method: str
    params: Mapping[str, object]


_decoder: msgspec.json.Decoder[Response | EventFrame] = msgspec.json.Decoder(Response | EventFrame)
_value_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def encode_request(request_id: str, method: str, params: Mapping[str, object]) -> bytes:
    """The text of a request frame. Raises TypeError or ValueError for params that are not JSON."""
    return _encoder.encode(_Request(request_id, method, params))


def decode_frame(text: bytes) -> Response | EventFrame:
    """Read a frame of the gateway. Raises ConnectionLost for what is none: nothing after it could be trusted."""
    try:
        return _decoder.decode(text)
    except JSON_ERRORS as error:
        raise ConnectionLost(f"the peer sent what is not a frame of the Gateway protocol: {error}") from error


def read_value(raw: msgspec.Raw) -> JsonValue:
    """The JSON of a payload, as plain Python values. Raises ConnectionLost if it is none."""
    try:
        value: JsonValue = _value_decoder.decode(raw)
    except JSON_ERRORS as error:
        raise ConnectionLost(f"the peer sent a payload that cannot be read: {error}") from error
    return value
