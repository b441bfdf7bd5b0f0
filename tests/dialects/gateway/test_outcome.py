"""How a run ended, in the words of the protocol."""

import pytest

from openclaw_gateway.dialects.gateway.outcome import error_detail_of, error_kind_of, stop_reason_of
from openclaw_gateway.errors import GatewayError, RunCancelled, RunTimeout
from openclaw_gateway.events import FinishReason, RunFailed, RunFinished
from openclaw_gateway.messages import Usage
from openclaw_gateway.model_errors import ContextOverflow, ModelRateLimited, ModelRefused, ModelTimeout


@pytest.mark.parametrize(("finish", "reason"), [("stop", "stop"), ("length", "length"), ("tool_calls", "toolUse")])
def test_stop_reason_of_a_good_run(finish: FinishReason, reason: str) -> None:
    """A finished run stops as the model said, in the protocol's spelling."""
    assert stop_reason_of(RunFinished(finish, Usage(), Usage(), "p", "m", 0, {})) == reason


@pytest.mark.parametrize(
    ("error", "reason", "kind"),
    [
        (RunCancelled("x"), "aborted", "unknown"),
        (RunTimeout("x"), "timeout", "timeout"),
        (ModelTimeout("x", limit="idle"), "error", "timeout"),
        (ModelRefused("x"), "error", "refusal"),
        (ModelRateLimited("x"), "error", "rate_limit"),
        (ContextOverflow("x"), "error", "context_length"),
        (GatewayError("x"), "error", "unknown"),
    ],
)
def test_a_failed_run_is_told_apart(error: GatewayError, reason: str, kind: str) -> None:
    """Only the whole run's limit is a timeout of the run; kinds follow the schema's list."""
    assert (stop_reason_of(RunFailed(error, 0)), error_kind_of(error)) == (reason, kind)


def test_only_model_errors_have_a_detail() -> None:
    """Where the model's server had no part there is no detail about it."""
    assert error_detail_of(GatewayError("x")) is None
    assert error_detail_of(ModelRefused("no")) == {"failoverReason": "refusal", "providerErrorMessagePreview": "no"}
