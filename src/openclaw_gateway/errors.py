"""Every error that a peer may see, in one tree; what a model's server did is in `model_errors.py`.

A class knows its HTTP status, the `type` of the OpenAI error body, the `code` of the WebSocket error frame, and whether
the same request may succeed later. The dialects translate; nobody else does. Messages say what came, what was expected
and what to do. They never hold a secret, a path of a stack, a library's own words, or more of a caller's than a start.
"""

from collections.abc import Mapping
from typing import ClassVar


class GatewayError(Exception):
    """Root of the tree; an instance of it directly is a bug of ours, told as 500.

    message: what the peer reads. param: the offending field, as the peer spelled it ("messages[2].content").
    code: machine-readable cause, snake_case, in the OpenAI error body. retry_after_s: seconds, sent as `Retry-After`
    (rounded up) and `retryAfterMs`. details: JSON object of the WebSocket error frame.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "api_error"
    frame_code: ClassVar[str] = "UNAVAILABLE"
    retryable: ClassVar[bool] = False
    default_code: ClassVar[str | None] = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after_s: float | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.message = message[:2_000]  # some repeat what came
        super().__init__(self.message)
        self.param = param
        self.code = code if code is not None else self.default_code
        self.retry_after_s = retry_after_s
        self.details = details


# --- What the caller did -------------------------------------------------------------------------------------------


class InvalidRequest(GatewayError):
    """The request cannot be understood or is not allowed as it stands."""

    status = 400
    type = "invalid_request_error"
    frame_code = "INVALID_REQUEST"
    default_code = None


class Unauthorized(GatewayError):
    """No credential, or a wrong one."""

    status = 401
    type = "unauthorized"
    frame_code = "INVALID_REQUEST"
    default_code = None


class NotPaired(Unauthorized):
    """A WebSocket client without the shared secret, whose device nobody has approved."""

    frame_code = "NOT_PAIRED"


class Forbidden(GatewayError):
    """A known caller who may not do this."""

    status = 403
    type = "forbidden"
    frame_code = "FORBIDDEN"
    default_code: ClassVar[str | None] = None


class NoToolsLeft(Forbidden):
    """A list gave an agent its tools, and none of them is there and allowed: it would answer without having looked."""

    default_code = "no_tools_left"


class MissingScope(Forbidden):
    """The principal's grant lacks a scope that the handler declares."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"missing scope: {scope}",
            details={"code": "MISSING_SCOPE", "missingScope": scope, "requiredScopes": [scope]},
        )
        self.scope = scope


class ProxyAttributionRequired(Forbidden):
    """A request that says it was forwarded, from a source that is not a listed proxy."""

    type = "proxy_attribution_required"
    default_code = "proxy_attribution_required"


class NotFound(GatewayError):
    """The thing named does not exist, or is not the caller's."""

    status = 404
    type = "invalid_request_error"
    frame_code = "INVALID_REQUEST"
    default_code = "not_found"


class MethodNotAllowed(GatewayError):
    """The path exists, the method does not; allowed: as in `Allow:`, "GET, HEAD"."""

    status = 405
    type = "invalid_request_error"
    frame_code = "INVALID_REQUEST"
    default_code = "method_not_allowed"

    def __init__(self, message: str, *, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


class RequestTimeout(GatewayError):
    """The caller did not finish sending its request in time."""

    status = 408
    type = "invalid_request_error"
    frame_code = "INVALID_REQUEST"
    default_code = "request_timeout"


class Conflict(GatewayError):
    """The request contradicts a state that it was told of, or an earlier one with the same idempotency key."""

    status = 409
    type = "invalid_request_error"
    frame_code = "INVALID_REQUEST"
    default_code = "conflict"


class Gone(NotFound):
    """What is named was there, and is not kept any more."""

    status = 410
    default_code = "gone"


class PayloadTooLarge(GatewayError):
    """The body is over the cap of its route."""

    status = 413
    type = "invalid_request_error"
    frame_code = "INVALID_REQUEST"
    default_code = "payload_too_large"


class UnsupportedMediaType(GatewayError):
    """A content type or content encoding that we do not read."""

    status = 415
    type = "invalid_request_error"
    frame_code = "INVALID_REQUEST"
    default_code = "unsupported_media_type"


class HeadTooLarge(PayloadTooLarge):
    """The request line, a header or all headers together are over their cap."""

    status = 431
    default_code = "head_too_large"


# --- What the gateway cannot do now ---------------------------------------------------------------------------------


class AuthRateLimited(GatewayError):
    """Too many wrong credentials from this client; retry_after_s is the rest of the lock-out."""

    status = 429
    type = "rate_limited"
    frame_code = "INVALID_REQUEST"
    retryable = True
    default_code = "auth_rate_limited"


class Busy(GatewayError):
    """A bounded queue is full: come again after retry_after_s."""

    status = 429
    type = "rate_limited"
    frame_code = "UNAVAILABLE"
    retryable = True
    default_code = "queue_full"


class Draining(GatewayError):
    """The gateway is shutting down and takes no new work."""

    status = 503
    frame_code = "UNAVAILABLE"
    retryable = True
    default_code = "shutting_down"

    @classmethod
    def now(cls) -> "Draining":
        """For a request that comes too late."""
        return cls("the gateway is shutting down; try again shortly", retry_after_s=1.0)


class StoreUnavailable(GatewayError):
    """The turn could not be written (disk full, database busy or damaged), so it is not acknowledged."""

    status = 503
    frame_code = "UNAVAILABLE"
    retryable = True
    default_code = "storage_unavailable"


# --- What the run came to -------------------------------------------------------------------------------------------


class RunTimeout(GatewayError):
    """The whole run passed its time limit."""

    status = 504
    frame_code = "UNAVAILABLE"
    default_code = "run_timeout"


class RunCancelled(GatewayError):
    """Someone who may do so ended the run. A caller who reads this did not cancel it by leaving: another one did."""

    status = 409
    frame_code = "UNAVAILABLE"
    default_code = "run_cancelled"


class InputDropped(GatewayError):
    """A message that waited was given up, because too many waited. is_kept: a later turn is told what it said."""

    status = 409
    frame_code = "UNAVAILABLE"
    default_code = "input_dropped"

    def __init__(self, message: str, *, is_kept: bool) -> None:
        super().__init__(message)
        self.is_kept = is_kept


class RunLimitExceeded(GatewayError):
    """A bound of the run itself (tool rounds, calls in one reply, calls in a circle) ended it."""

    status = 502
    default_code = "run_limit_exceeded"


class RunBudgetExceeded(GatewayError):
    """The run has used what the config allows one run to cost. 402, so that no client tries the same again at once."""

    status = 402
    type = "insufficient_quota"
    frame_code = "UNAVAILABLE"
    default_code = "run_budget_exceeded"


class RunInterrupted(GatewayError):
    """The gateway ended in the middle of the run; what the agent did until then is done."""

    default_code = "run_interrupted"


class ToolChoiceUnsatisfied(GatewayError):
    """The caller required a call of one of its tools, and the run ended without it."""

    status = 502
    default_code = "tool_choice_unsatisfied"
