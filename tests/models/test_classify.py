"""What a provider's failure means."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.model_errors import (
    ContextOverflow,
    ModelAuthFailed,
    ModelBilling,
    ModelError,
    ModelNotFound,
    ModelOverloaded,
    ModelProtocolError,
    ModelRateLimited,
    ModelRefused,
    ModelRejected,
    ModelServerError,
    ModelTimeout,
)
from openclaw_gateway.models.classify import MAX_MESSAGE_CHARS, classify, classify_event, parse_retry_after, shorten


def openai(message: str, kind: str | None = None, code: object = None) -> dict[str, object]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def anthropic(kind: str, message: str) -> dict[str, object]:
    return {"type": "error", "error": {"type": kind, "message": message}}


TOO_LONG = "This model's maximum context length is 2048 tokens. However, you requested 15024 tokens"

CASES = [
    pytest.param(401, openai("Incorrect API key provided", code="invalid_api_key"), ModelAuthFailed, id="OpenAI key"),
    pytest.param(400, [openai("API key not valid. Please pass a valid API key.")], ModelAuthFailed, id="Gemini key"),
    pytest.param(401, anthropic("authentication_error", "invalid x-api-key"), ModelAuthFailed, id="Anthropic key"),
    pytest.param(400, openai("No connected db.", "no_db_connection", "400"), ModelAuthFailed, id="LiteLLM key"),
    pytest.param(403, b"Forbidden", ModelAuthFailed, id="403 without words"),
    pytest.param(402, openai("Payment Required"), ModelBilling, id="402"),
    pytest.param(429, openai("You exceeded your current quota", "insufficient_quota"), ModelBilling, id="OpenAI quota"),
    pytest.param(
        400, anthropic("invalid_request_error", "Your credit balance is too low"), ModelBilling, id="Anthropic credit"
    ),
    pytest.param(429, openai("Rate limit reached. Add a payment method."), ModelRateLimited, id="OpenAI rate"),
    pytest.param(
        429,
        [{"error": {"code": 429, "message": "You exceeded your current quota", "status": "RESOURCE_EXHAUSTED"}}],
        ModelRateLimited,
        id="Gemini rate",
    ),
    pytest.param(404, openai("The model `x` does not exist", code="model_not_found"), ModelNotFound, id="OpenAI model"),
    pytest.param(
        400,
        anthropic("invalid_request_error", "Invalid model name passed in model=nope."),
        ModelNotFound,
        id="LiteLLM model",
    ),
    pytest.param(404, {"error": 'model "x" not found, try pulling it first'}, ModelNotFound, id="Ollama model"),
    pytest.param(404, b"<html>404</html>", ModelNotFound, id="404 page"),
    pytest.param(400, openai(TOO_LONG, code="context_length_exceeded"), ContextOverflow, id="OpenAI overflow"),
    pytest.param(
        400,
        anthropic("invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum"),
        ContextOverflow,
        id="Anthropic overflow",
    ),
    pytest.param(500, openai("Requested tokens exceed context window of 2048"), ContextOverflow, id="overflow as 500"),
    pytest.param(413, b"Request Entity Too Large", ContextOverflow, id="413"),
    pytest.param(529, anthropic("overloaded_error", "Overloaded"), ModelOverloaded, id="Anthropic overloaded"),
    pytest.param(503, b"", ModelOverloaded, id="503"),
    pytest.param(500, b"Internal Server Error", ModelServerError, id="plain text 500"),
    pytest.param(502, b"<html>", ModelServerError, id="502"),
    pytest.param(504, b"", ModelTimeout, id="504"),
    pytest.param(408, b"", ModelTimeout, id="408"),
    pytest.param(524, b"", ModelTimeout, id="Cloudflare"),
    pytest.param(400, openai("The response was filtered", code="content_filter"), ModelRefused, id="Azure filter"),
    pytest.param(400, openai("Unrecognized request argument: foo"), ModelRejected, id="400"),
    pytest.param(422, {"detail": "no"}, ModelRejected, id="422"),
    pytest.param(301, b"", ModelProtocolError, id="redirect"),
]


@pytest.mark.parametrize(("status", "body", "kind"), CASES)
def test_failures_are_told_apart(status: int, body: object, kind: type[ModelError]) -> None:
    """Status and words together say what to do, as each provider means them."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    error = classify(status, raw, provider="p", model="m", retry_after_s=3)
    assert type(error) is kind
    assert (error.provider, error.model, error.upstream_status) == ("p", "m", status)
    assert error.message.startswith(f"p/m: HTTP {status}")
    assert "<html" not in error.message


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        pytest.param(anthropic("overloaded_error", "Overloaded"), ModelOverloaded, id="Anthropic"),
        pytest.param(openai("Provider returned error", code=429), ModelRateLimited, id="OpenRouter"),
        pytest.param({"object": "error", "message": "boom"}, ModelServerError, id="vLLM"),
        pytest.param({}, ModelServerError, id="nothing"),
    ],
)
def test_errors_in_a_stream_are_told_apart(event: object, kind: type[ModelError]) -> None:
    """An error event is classed by its own words and number."""
    assert type(classify_event(json.dumps(event).encode(), provider="p", model="m")) is kind


def test_the_key_is_never_repeated() -> None:
    """A provider that repeats the key in its message does not get it past us."""
    error = classify(
        401, json.dumps(openai("bad key sk-12345")).encode(), provider="p", model="m", secrets=("sk-12345",)
    )
    assert "sk-12345" not in error.message
    assert "[redacted]" in error.message


@given(st.integers(300, 599), st.binary(max_size=300))
def test_any_body_becomes_one_short_line(status: int, body: bytes) -> None:
    """Whatever the body holds, the error is one printable line."""
    error = classify(status, body, provider="p", model="m")
    assert len(error.message) < MAX_MESSAGE_CHARS + 40
    assert error.message.isprintable()


@pytest.mark.parametrize("body", [b"[" * 100_000, b"[]", b'{"error":[1]}', b"\xff\xfe", b" " * 1_000_000])
def test_hostile_bodies_cost_nothing(body: bytes) -> None:
    """Deep, odd and long bodies are a server error like any other."""
    assert type(classify(500, body, provider="p", model="m")) is ModelServerError


def test_long_words_are_cut() -> None:
    """What a provider says is passed on up to 300 characters."""
    assert shorten("x" * 1000) == "x" * (MAX_MESSAGE_CHARS - 1) + "…"
    assert shorten(" a\r\n\tb\x00c ") == "a b c"


NOW_S = 1_445_412_480.0  # Wed, 21 Oct 2015 07:28:00 GMT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, 30),
        ({"retry-after": "Wed, 21 Oct 2015 07:27:30 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e300"}, 24 * 3600),
        ({"retry-after": "9" * 5000}, None),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds and dates are read; nonsense is nothing; a day is the most."""
    assert parse_retry_after(headers, lambda: NOW_S) == seconds


@pytest.mark.parametrize(
    ("delay", "header_s", "expected"),
    [
        pytest.param(b'"retryDelay": "17.5s"', None, 17.5, id="in the body"),
        pytest.param(b'"retryDelay": "17s"', 3.0, 3.0, id="a header says it too"),
        pytest.param(b'"retryDelay": "soon"', None, None, id="no number"),
    ],
)
def test_a_delay_in_the_body_of_a_rate_limit(delay: bytes, header_s: float | None, expected: float | None) -> None:
    """Google says in the body how long to wait."""
    body = b'{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{%b}]}}' % delay
    error = classify(429, body, provider="p", model="m", retry_after_s=header_s)
    assert (type(error), error.retry_after_s) == (ModelRateLimited, expected)
