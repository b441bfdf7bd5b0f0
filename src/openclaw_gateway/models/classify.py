"""From what a model's server answered to the error that says what to do about it.

Providers agree neither on status nor on form: a wrong key is 400 at Gemini, an empty account is 400 at Anthropic and
429 at OpenAI, a prompt that is too long is 500 at llama.cpp. So the words decide first, where they are clear, and the
status decides the rest. Reasons: OpenClaw docs/concepts/model-failover.md.
"""

import re
from collections.abc import Callable, Mapping

import msgspec

from openclaw_gateway.json_errors import JSON_ERRORS
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

MAX_MESSAGE_CHARS = 300
MAX_RETRY_AFTER_S = 24 * 3600.0

# Statuses that only say "it took too long".
TIMEOUT_STATUSES = frozenset((408, 499, 504, 522, 524))

# The first whose words are found decides, for the statuses it names. Plain strings: `re` compiles and keeps them when
# the first failure is there, so that a start does not pay for it.
_RULES: tuple[tuple[str, frozenset[int], type[ModelError]], ...] = (
    (
        (
            r"context_length_exceeded|context (?:window|length|size)|maximum context|prompt is too long"
            r"|input is too long|too many input tokens"
            r"|exceeds? the (?:maximum|available|max) (?:number of tokens|context)"
            r"|input token count|reduce the length of the messages|request too large for model|n_ctx"
        ),
        frozenset((400, 413, 422, 500)),
        ContextOverflow,
    ),
    (r"resource_exhausted|rate_limit_exceeded", frozenset((400, 403, 429, 500)), ModelRateLimited),
    (
        (
            r"insufficient_quota|exceeded your current quota|credit balance|insufficient (?:credits|balance|funds)"
            r"|billing_\w+|payment required|out of credits"
        ),
        frozenset((400, 401, 402, 403, 429)),
        ModelBilling,
    ),
    (
        (
            r"invalid[ _]api[ _]key|incorrect api key|api key not valid|api_key_invalid|authentication_error"
            r"|no_db_connection|unauthorized"
        ),
        frozenset((400, 401, 403)),
        ModelAuthFailed,
    ),
    (
        (
            r"model_not_found|not_found_error|model .{0,200}(?:does not exist|not found|is not supported)|unknown model"
            r"|invalid model|no endpoints found|not a valid model"
        ),
        frozenset((400, 404, 422)),
        ModelNotFound,
    ),
    (r"overloaded_error|\boverloaded\b|at capacity", frozenset((400, 429, 500, 502, 503, 529)), ModelOverloaded),
    (
        r"content_filter|content_policy|content management policy|safety system|usage policies",
        frozenset((400, 403, 422)),
        ModelRefused,
    ),
    (r"rate_limit_error", frozenset((400, 403, 500)), ModelRateLimited),
)

_BY_STATUS: Mapping[int, type[ModelError]] = {
    401: ModelAuthFailed,
    402: ModelBilling,
    403: ModelAuthFailed,
    404: ModelNotFound,
    413: ContextOverflow,
    429: ModelRateLimited,
    503: ModelOverloaded,
    529: ModelOverloaded,
}


class _Detail(msgspec.Struct):
    """The `error` object as OpenAI, Anthropic and Gemini write it."""

    message: str = ""
    type: str | None = None
    code: str | int | None = None
    status: str | int | None = None


class _ErrorBody(msgspec.Struct):
    error: _Detail | str | None = None
    message: str | None = None
    detail: str | None = None
    type: str | None = None


_decode_body = msgspec.json.Decoder(_ErrorBody | list[_ErrorBody]).decode


def classify(
    status: int,
    body: bytes,
    *,
    provider: str,
    model: str,
    retry_after_s: float | None = None,
    secrets: tuple[str, ...] = (),
) -> ModelError:
    """The error for an answer with that status and body; the provider's words in it are short and hold no secret."""
    said, clues = _read_body(body)
    kind = _choose_kind(status, clues)
    if retry_after_s is None and kind is ModelRateLimited:
        retry_after_s = _find_delay(body)
    place = f"{provider}/{model}: HTTP {status}"
    if kind is ModelAuthFailed:
        place += f", the gateway's key is refused (models.providers.{provider}.apiKey)"
    message = f"{place}: {shorten(said, secrets)}" if said else place
    return build_error(kind, message, provider, model, upstream_status=status, retry_after_s=retry_after_s)


def classify_event(event: bytes, *, provider: str, model: str, secrets: tuple[str, ...] = ()) -> ModelError:
    """The error for an `error` event in the middle of a stream that began with 200."""
    said, clues = _read_body(event)
    number = re.search(r"\b([45]\d\d)\b", clues)
    status = int(number[1]) if number else 500
    kind = _choose_kind(status, clues)
    message = f"{provider}/{model} ended the stream: {shorten(said, secrets) or 'it gave no reason'}"
    return build_error(kind, message, provider, model, upstream_status=status)


def build_error(
    kind: type[ModelError],
    message: str,
    provider: str,
    model: str,
    *,
    upstream_status: int | None = None,
    retry_after_s: float | None = None,
) -> ModelError:
    """One of the tree with everything that failover and dialects read."""
    if kind is ModelTimeout:
        timeout = ModelTimeout(message, limit="upstream", provider=provider, model=model)
        timeout.upstream_status = upstream_status
        return timeout
    return kind(message, provider=provider, model=model, upstream_status=upstream_status, retry_after_s=retry_after_s)


def shorten(text: str, secrets: tuple[str, ...] = ()) -> str:
    """One line of at most 300 characters without the given secrets and without control characters."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[redacted]")
    # Cut before splitting, so that 50 MB of spaces cost nothing.
    line = " ".join("".join([char if char.isprintable() else " " for char in text[: 4 * MAX_MESSAGE_CHARS]]).split())
    return line if len(line) <= MAX_MESSAGE_CHARS else line[: MAX_MESSAGE_CHARS - 1] + "…"


def parse_retry_after(headers: Mapping[str, str], now_s: Callable[[], float]) -> float | None:
    """Seconds from `retry-after-ms` or `retry-after` (seconds or an HTTP date); None without a usable one.

    headers: by lower-case name. now_s: seconds since the epoch, asked only for a date.
    """
    seconds = _parse_number(headers.get("retry-after-ms"), 1000.0)
    if seconds is None:
        value = headers.get("retry-after")
        seconds = _parse_number(value, 1.0)
        if seconds is None and value:
            seconds = _seconds_until(value, now_s)
    return seconds if seconds is None else min(seconds, MAX_RETRY_AFTER_S)


def _find_delay(body: bytes) -> float | None:
    """Seconds that Google asks for in the body of a rate limit, as `"retryDelay": "17s"`; it sends no header."""
    found = re.search(rb'"retryDelay"\s*:\s*"(\d{1,6}(?:\.\d{1,9})?)s"', body)
    return min(float(found[1]), MAX_RETRY_AFTER_S) if found else None


def _parse_number(value: str | None, per_second: float) -> float | None:
    if value is None or len(value) > 20:
        return None
    try:
        number = float(value) / per_second
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _seconds_until(date: str, now_s: Callable[[], float]) -> float | None:
    from email.utils import parsedate_to_datetime  # 10 ms of imports that most starts never need

    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - now_s())
    except (ValueError, OverflowError):
        return None


def _choose_kind(status: int, clues: str) -> type[ModelError]:
    for words, statuses, kind in _RULES:
        if status in statuses and re.search(words, clues, re.IGNORECASE):
            return kind
    if status in TIMEOUT_STATUSES:
        return ModelTimeout
    named = _BY_STATUS.get(status)
    if named is not None:
        return named
    if status >= 500:
        return ModelServerError
    return ModelRejected if status >= 400 else ModelProtocolError


def _read_body(body: bytes) -> tuple[str, str]:
    """(what the server says to a person, everything in it that may tell the kind)."""
    try:
        parsed = _decode_body(body)
    except JSON_ERRORS:
        text = body[:4096].decode("utf-8", "replace").strip()
        # An error page of a proxy says nothing to a person.
        return ("" if text.startswith("<") else text), text
    found = parsed[0] if isinstance(parsed, list) and parsed else parsed
    if not isinstance(found, _ErrorBody):
        return "", ""
    detail = found.error
    if isinstance(detail, _Detail):
        marks = (detail.type, detail.code, detail.status, detail.message)
        return detail.message, " ".join([str(mark) for mark in marks if mark])
    said = detail or found.message or found.detail or ""
    return said, f"{found.type or ''} {said}"
