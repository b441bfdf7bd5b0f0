"""An error as OpenAI's clients read it: status, headers and a body whose four keys are always there."""

import math
from typing import Final

import msgspec

from openclaw_gateway.errors import GatewayError, MethodNotAllowed, MissingScope, Unauthorized

_encode = msgspec.json.encode


class ErrorReply(msgspec.Struct, frozen=True):
    """A whole answer; headers beyond those that every answer carries."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class ErrorDetail(msgspec.Struct, frozen=True):
    """What went wrong. param: the field at fault; code: see docs/reference/errors.md."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every error under /v1."""

    error: ErrorDetail


# OpenAI's SDKs send a request again after 409 and 5xx unless told otherwise; where another try cannot help, it would
# only run the agent twice.
_DO_NOT_RETRY: Final = (b"x-should-retry", b"false")


def encode_error(error: GatewayError) -> ErrorReply:
    """The answer to a request that failed before anything was sent."""
    headers: list[tuple[bytes, bytes]] = []
    if error.retry_after_s is not None:
        headers.append((b"retry-after", str(max(0, math.ceil(error.retry_after_s))).encode()))
    if not error.retryable and (error.status >= 500 or error.status == 409):
        headers.append(_DO_NOT_RETRY)
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", error.allowed.encode()))
    elif isinstance(error, Unauthorized):
        headers.append((b"www-authenticate", b"Bearer"))
    return ErrorReply(error.status, headers, encode_error_body(error))


def encode_error_body(error: GatewayError) -> bytes:
    """The body alone; also the data of the event that ends a stream in failure."""
    if isinstance(error, MissingScope):
        return _encode_missing_scope(error)
    return _encode(ErrorBody(_describe(error)))


def encode_error_object(error: GatewayError) -> bytes:
    """What stands under "error" in the body, for answers that hold an error among other things."""
    return _encode(_describe(error))


def _describe(error: GatewayError) -> ErrorDetail:
    param = error.param and replace_surrogates(error.param)
    return ErrorDetail(replace_surrogates(error.message), error.type, param, error.code)


def replace_surrogates(text: str) -> str:
    """Text that UTF-8 can carry: halves of surrogate pairs become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _encode_missing_scope(error: MissingScope) -> bytes:
    """The one error that has the same form on every path of the gateway, also under /v1."""
    return _encode(
        {"ok": False, "error": {"type": error.type, "message": error.message, "details": dict(error.details or {})}}
    )
