"""Errors as OpenAI's clients read them."""

import json

import pytest

from openclaw_gateway.dialects.openai.error_body import encode_error, encode_error_body
from openclaw_gateway.errors import (
    AuthRateLimited,
    Busy,
    Conflict,
    GatewayError,
    InvalidRequest,
    MethodNotAllowed,
    MissingScope,
    NotFound,
    PayloadTooLarge,
    RunTimeout,
    Unauthorized,
)
from openclaw_gateway.model_errors import ModelAuthFailed, ModelRateLimited, ModelServerError, ModelTimeout

NO_RETRY = (b"x-should-retry", b"false")


@pytest.mark.parametrize(
    ("error", "status", "type_", "headers"),
    [
        (InvalidRequest("x"), 400, "invalid_request_error", []),
        (Unauthorized("x"), 401, "unauthorized", [(b"www-authenticate", b"Bearer")]),
        (NotFound("x"), 404, "invalid_request_error", []),
        (MethodNotAllowed("x", allowed="POST"), 405, "invalid_request_error", [(b"allow", b"POST")]),
        (Conflict("x"), 409, "invalid_request_error", [NO_RETRY]),
        (PayloadTooLarge("x"), 413, "invalid_request_error", []),
        (AuthRateLimited("x", retry_after_s=299.2), 429, "rate_limited", [(b"retry-after", b"300")]),
        (Busy("x", retry_after_s=0.2), 429, "rate_limited", [(b"retry-after", b"1")]),
        (ModelRateLimited("x"), 429, "rate_limited", []),
        (GatewayError("x"), 500, "api_error", [NO_RETRY]),
        (ModelAuthFailed("x"), 502, "api_error", [NO_RETRY]),
        (ModelServerError("x"), 502, "api_error", []),
        (RunTimeout("x"), 504, "api_error", [NO_RETRY]),
        (ModelTimeout("x", limit="idle"), 504, "api_error", []),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, GatewayError) else "",
)
def test_error(error: GatewayError, status: int, type_: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Each error has its status and type, four keys, and tells SDKs when to come again or not at all."""
    reply = encode_error(error)
    assert (reply.status, reply.headers) == (status, headers)
    assert json.loads(reply.body) == {
        "error": {"message": "x", "type": type_, "param": None, "code": error.default_code}
    }


def test_param_and_code() -> None:
    """The field at fault and the cause are told."""
    error = InvalidRequest("No.", param="messages[0].content", code="too_odd")
    assert json.loads(encode_error_body(error))["error"] == {
        "message": "No.",
        "type": "invalid_request_error",
        "param": "messages[0].content",
        "code": "too_odd",
    }


def test_missing_scope_has_its_own_form() -> None:
    """A scope failure has the same form on every path."""
    reply = encode_error(MissingScope("operator.write"))
    details = {
        "code": "MISSING_SCOPE",
        "missingScope": "operator.write",
        "requiredScopes": ["operator.write"],
    }
    assert (reply.status, reply.headers) == (403, [])
    assert json.loads(reply.body) == {
        "ok": False,
        "error": {"type": "forbidden", "message": "missing scope: operator.write", "details": details},
    }


def test_any_text_can_be_told() -> None:
    """Text that UTF-8 cannot carry is told with question marks instead of failing."""
    error = NotFound("No agent '\ud800é'.", param="\udfff")
    assert json.loads(encode_error_body(error))["error"]["message"] == "No agent '?é'."
