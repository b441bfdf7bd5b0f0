"""How a run ended, in the words of the protocol: `stopReason`, `errorKind`, and the detail that clients show."""

from openclaw_gateway.errors import GatewayError, RunCancelled, RunTimeout
from openclaw_gateway.events import LastEvent, RunFailed, RunFinished
from openclaw_gateway.model_errors import ContextOverflow, ModelError, ModelRateLimited, ModelRefused, ModelTimeout

# errorDetail's strings in the published schema.
MAX_DETAIL_CHARS = 300


def stop_reason_of(event: LastEvent) -> str:
    """Why the run stopped, in one word: stop, length, toolUse, aborted, timeout or error."""
    match event:
        case RunFinished(finish_reason="tool_calls"):
            return "toolUse"
        case RunFinished(finish_reason=reason):
            return reason
        case RunFailed(error=RunCancelled()):
            return "aborted"
        case RunFailed(error=RunTimeout()):
            return "timeout"
        case RunFailed():
            return "error"


def error_kind_of(error: GatewayError) -> str:
    """The kind that a chat client chooses its words by."""
    match error:
        case ModelRefused():
            return "refusal"
        case RunTimeout() | ModelTimeout():
            return "timeout"
        case ModelRateLimited():
            return "rate_limit"
        case ContextOverflow():
            return "context_length"
        case _:
            return "unknown"


def error_detail_of(error: GatewayError) -> dict[str, object] | None:
    """What the model's server had to do with it; None if nothing."""
    if not isinstance(error, ModelError):
        return None
    detail: dict[str, object] = {"failoverReason": error.reason}
    if error.provider:
        detail["provider"] = error.provider[:MAX_DETAIL_CHARS]
    if error.model:
        detail["model"] = error.model[:MAX_DETAIL_CHARS]
    if error.upstream_status is not None and 100 <= error.upstream_status <= 599:
        detail["httpStatus"] = error.upstream_status
    detail["providerErrorMessagePreview"] = error.message[:MAX_DETAIL_CHARS]
    return detail
