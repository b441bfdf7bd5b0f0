"""What a model's server did, as errors that a peer may see: the branch of the tree that failover reads."""

from typing import ClassVar

from openclaw_gateway.errors import GatewayError


class ModelError(GatewayError):
    """The model's server failed. provider and model name the entry; upstream_status is its HTTP status, if it gave one.

    reason is a word of OpenClaw docs/concepts/model-failover.md or ours: auth, billing, rate_limit, overloaded,
    timeout, server_error, model_not_found, format, refusal, context_overflow, empty, unreachable, too_large,
    protocol. `advances` tells failover whether another model may do better.
    """

    status = 502
    default_code = "model_error"
    reason: ClassVar[str] = "server_error"
    advances: ClassVar[bool] = True

    def __init__(
        self,
        message: str,
        *,
        provider: str = "",
        model: str = "",
        upstream_status: int | None = None,
        param: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, param=param, retry_after_s=retry_after_s)
        self.provider = provider
        self.model = model
        self.upstream_status = upstream_status


class ModelServerError(ModelError):
    """5xx from the model's server."""

    retryable = True
    default_code = "upstream_error"


class ModelOverloaded(ModelError):
    """The model's server says that it is overloaded (503, 529)."""

    status = 503
    retryable = True
    default_code = "upstream_overloaded"
    reason = "overloaded"


class ModelUnreachable(ModelError):
    """No connection: refused, unknown host, TLS failure, connection lost."""

    retryable = True
    default_code = "upstream_unreachable"
    reason = "unreachable"


class ModelRateLimited(ModelError):
    """429 of the model's server; retry_after_s is what it asked for."""

    status = 429
    type = "rate_limited"
    retryable = True
    default_code = "upstream_rate_limited"
    reason = "rate_limit"


class ModelTimeout(ModelError):
    """One of our limits on the model's server fired. limit: "connect", "first_token" or "idle"; the message names
    it.
    """

    status = 504
    retryable = True
    default_code = "upstream_timeout"
    reason = "timeout"

    def __init__(self, message: str, *, limit: str, provider: str = "", model: str = "") -> None:
        super().__init__(message, provider=provider, model=model)
        self.limit = limit


class ModelAuthFailed(ModelError):
    """The model's server refuses the gateway's own key. 502, not 401: the caller's credential is fine."""

    default_code = "upstream_auth"
    reason = "auth"


class ModelBilling(ModelError):
    """The account at the model's server has no credit."""

    default_code = "upstream_billing"
    reason = "billing"


class ModelNotFound(ModelError):
    """The model's server does not know the model."""

    default_code = "upstream_model_not_found"
    reason = "model_not_found"


class ModelRejected(ModelError):
    """The model's server refuses the request itself (400, 422); another try or model would not mend it."""

    status = 400
    type = "invalid_request_error"
    default_code = "upstream_rejected"
    reason = "format"
    advances = False


class ModelRefused(ModelError):
    """The provider's safety layer refused to answer."""

    status = 400
    type = "invalid_request_error"
    default_code = "content_filter"
    reason = "refusal"
    advances = False


class ContextOverflow(ModelError):
    """The conversation does not fit into the model's window."""

    status = 400
    type = "invalid_request_error"
    default_code = "context_length_exceeded"
    reason = "context_overflow"
    advances = False


class ModelAnswerEmpty(ModelError):
    """The model's server ended its answer without text or tool call."""

    default_code = "upstream_empty"
    reason = "empty"


class ModelAnswerTooLarge(ModelError):
    """The answer, one line or one event of it passed our cap; the connection was cut."""

    default_code = "upstream_too_large"
    reason = "too_large"
    advances = False


class ModelProtocolError(ModelError):
    """The answer is not in the form that the entry's `api` names."""

    default_code = "upstream_protocol"
    reason = "protocol"
