"""What one run may do at most: tool rounds, calls in one reply, circles, tokens and dollars.

Each bound ends the run with an error of its own, after what was done until then is stored.
"""

from collections.abc import Callable, Collection

from openclaw_gateway.config.schema import RunLimits
from openclaw_gateway.errors import RunBudgetExceeded, RunLimitExceeded
from openclaw_gateway.messages import Usage
from openclaw_gateway.runs.loop_detection import LoopWatch

MAX_CALLS_IN_REPLY = 32
# A model that was told twice that there is no such tool will not find one.
MAX_LOST_ROUNDS = 3

_DEFAULTS = RunLimits()


def _spent_nothing() -> Usage:
    return Usage()


class Bounds:
    """Those of one run. known: names of its tools. spent_beside: tokens of calls that the loop does not see."""

    __slots__ = ("_detects_loops", "_known", "_spent", "_spent_beside", "_watch", "limits")

    def __init__(
        self,
        known: Collection[str],
        limits: RunLimits = _DEFAULTS,
        detects_loops: bool | None = None,
        spent_beside: Callable[[], Usage] = _spent_nothing,
    ) -> None:
        self.limits = limits
        self._known = known
        self._detects_loops = detects_loops
        self._watch: LoopWatch | None = None
        self._spent_beside = spent_beside
        self._spent: Usage | None = None

    @property
    def watch(self) -> LoopWatch:
        """Who watches the calls; most runs have none."""
        if self._watch is None:
            self._watch = LoopWatch(self._detects_loops, self._known)
        return self._watch

    def check_spend(self, usage: Usage | None = None) -> None:
        """Raise RunBudgetExceeded when no further model call may be paid for.

        usage: of the loop's calls so far; None if there was none since it was last told.
        """
        limits = self.limits
        if limits.max_tokens is None and limits.max_cost_usd is None:
            return
        self._spent = usage or self._spent
        beside = self._spent_beside()
        usage = beside if self._spent is None else self._spent + beside
        if limits.max_tokens is not None and usage.total >= limits.max_tokens:
            raise RunBudgetExceeded(f"the run used {usage.total} tokens; runLimits.maxTokens is {limits.max_tokens}")
        spent = usage.cost.total if usage.cost is not None else 0.0
        if limits.max_cost_usd is not None and spent >= limits.max_cost_usd:
            raise RunBudgetExceeded(f"the run cost {spent:.4f} USD; runLimits.maxCostUsd is {limits.max_cost_usd:g}")


def check_calls_in_reply(count: int) -> None:
    """Raise RunLimitExceeded for a flood of calls."""
    if count > MAX_CALLS_IN_REPLY:
        raise RunLimitExceeded(f"the model asked for {count} tools at once; the limit is {MAX_CALLS_IN_REPLY}")
