"""When the same model is asked again."""

import pytest

from openclaw_gateway.model_errors import (
    ModelAuthFailed,
    ModelError,
    ModelOverloaded,
    ModelRateLimited,
    ModelRejected,
    ModelServerError,
    ModelTimeout,
    ModelUnreachable,
)
from openclaw_gateway.models.retry import BUDGET_S, MAX_TRIES, Retries


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("kind", [ModelServerError, ModelOverloaded, ModelUnreachable, ModelRateLimited])
def test_tries_and_time_are_bounded(kind: type[ModelError], chance: float) -> None:
    """A failure that may pass is tried again, with growing delays, within seconds in all."""
    retries = Retries(100.0, lambda: chance)
    now, delays = 100.0, []
    while (delay := retries.next_delay_s(kind("no"), now)) is not None:
        delays.append(delay)
        now += delay
    assert len(delays) == MAX_TRIES - 1 == retries.count
    assert delays == sorted(delays)
    assert 0 < sum(delays) < BUDGET_S


@pytest.mark.parametrize(
    "error",
    [ModelAuthFailed("no"), ModelRejected("no"), ModelTimeout("no", limit="idle")],
    ids=["key", "request", "our own limit"],
)
def test_what_will_not_pass_is_not_tried_again(error: ModelError) -> None:
    """Another try would cost time and change nothing."""
    assert Retries(0.0, lambda: 0.0).next_delay_s(error, 0.0) is None


@pytest.mark.parametrize(("retry_after_s", "delay"), [(2.0, 2.0), (0.0, 0.4), (30.0, None), (4.1, None)])
def test_retry_after_is_honoured(retry_after_s: float, delay: float | None) -> None:
    """What the server asks for is waited if it fits, and is told at once if it does not."""
    error = ModelRateLimited("slow", retry_after_s=retry_after_s)
    assert Retries(0.0, lambda: 0.0).next_delay_s(error, 0.0) == delay


def test_slow_failures_use_the_budget_up() -> None:
    """A failure that took seconds is not tried again."""
    assert Retries(0.0, lambda: 0.0).next_delay_s(ModelServerError("no"), BUDGET_S) is None
