"""Whether and when the same model is asked again: a decision, without a clock or a sleep of its own.

Bounded to seconds (DESIGN promises fast failure): the original's ten tries within 90 s keep a person waiting who could
have had another model's answer, or an honest error.
"""

from collections.abc import Callable

from openclaw_gateway.model_errors import ModelError, ModelTimeout

MAX_TRIES = 3
# All waiting and all failed tries of one call together.
BUDGET_S = 4.0
FIRST_DELAY_S = 0.4
FACTOR = 2.5
# Half of a delay is fixed, half is chance, so that many callers do not come back at once.
JITTER = 0.5


class Retries:
    """The tries of one call. chance: a number in [0, 1), from the caller, so that tests can give theirs."""

    __slots__ = ("_began_at", "_chance", "count")

    def __init__(self, began_at: float, chance: Callable[[], float]) -> None:
        self._began_at = began_at
        self._chance = chance
        self.count = 0

    def next_delay_s(self, error: ModelError, now: float) -> float | None:
        """Seconds to wait before the next try; None when there is none.

        A `Retry-After` that does not fit the budget ends it at once: the caller is told how long, and may decide.
        """
        # Our own limit has just cost more than the budget, and the server's would again.
        if not error.retryable or isinstance(error, ModelTimeout) or self.count + 1 >= MAX_TRIES:
            return None
        delay_s = FIRST_DELAY_S * FACTOR**self.count * (1 - JITTER * self._chance())
        if error.retry_after_s is not None:
            delay_s = max(delay_s, error.retry_after_s)
        if now + delay_s - self._began_at > BUDGET_S:
            return None
        self.count += 1
        return delay_s
