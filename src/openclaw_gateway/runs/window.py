"""A turn and the window of its model: what makes the context fit before each call, and once more when it did not.

Before a call old tool results are shown shorter (`runs/pruning.py`, if the config says so); a context that is still too
large is summed up (`runs/compaction.py`), and where that cannot be done the oldest turns are left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openclaw_gateway.events import RunEvent
from openclaw_gateway.messages import AssistantMessage, Message, Usage
from openclaw_gateway.model_errors import ContextOverflow
from openclaw_gateway.models.model import Model
from openclaw_gateway.runs.prepared import Prepared
from openclaw_gateway.runs.prompt import Show, count_context, fit_context, make_room, reaching_entries, show_shorter
from openclaw_gateway.runs.pruning import prune
from openclaw_gateway.sessions.compaction import CompactionReason
from openclaw_gateway.sessions.session import Session, SessionStore

# Of a context that the provider found too large, what is tried again.
RETRY_SHARE = 0.5

_NOTHING = Usage()


@dataclass(slots=True)
class Window:
    """Of one turn. usage: of the calls that wrote summaries. has_overflowed: the provider refused a prompt already.

    has_failed: no summary could be written. It is not tried again in this turn: each of its rounds would pay for that.
    """

    prepared: Prepared
    store: SessionStore
    candidates: Sequence[Model]
    now_ms: Callable[[], int]
    say: Callable[[RunEvent], None]
    usage: Usage = _NOTHING
    has_overflowed: bool = False
    has_failed: bool = False

    def spent(self) -> Usage:
        """Tokens of the calls that wrote summaries."""
        return self.usage

    @property
    def _sums_up(self) -> bool:
        return self.prepared.config.agents.defaults.compaction.enabled and not self.has_failed

    async def fit(self, session: Session, show: Show | None, *, reserved: int) -> tuple[Message, ...]:
        """The session's messages for the next call. reserved: tokens that are not theirs."""
        window = self.candidates[0].context_window
        size = count_context(session, show)
        if self.prepared.pruning is not None and size:
            self._prune(session, size, window)
            size = session.context_tokens
        if size <= window - reserved:
            return session.context
        if self._sums_up:
            await self._sum_up(session, "threshold", reserved)
        return fit_context(session, window=window, reserved=reserved, show=show)

    async def recover(self, session: Session, error: ContextOverflow, *, reserved: int) -> None:
        """Make the context smaller, because the provider refused it; raises the error if that was tried, or cannot be
        done.
        """
        if self.has_overflowed:
            raise error
        self.has_overflowed = True
        before = session.context_tokens
        target = int(before * RETRY_SHARE)
        if not self._sums_up or not await self._sum_up(session, "overflow", reserved, target):
            make_room(session, target)
        if count_context(session, session.show) >= before:
            raise error

    async def _sum_up(
        self, session: Session, reason: CompactionReason, reserved: int, max_tokens: int | None = None
    ) -> bool:
        from openclaw_gateway.runs.compaction import TOO_SMALL, Compactor  # most turns need none

        compactor = Compactor(self.prepared, self.store, session, self.candidates, self.now_ms, self.say)
        try:
            result = await compactor.compact(reason, reserved=reserved, max_tokens=max_tokens)
        finally:
            self.usage = self.usage + compactor.usage
        self.has_failed = not result.is_compacted and result.reason != TOO_SMALL
        return result.is_compacted

    def _prune(self, session: Session, size: int, window: int) -> None:
        """Shorten old results, if the provider's cache of the prompt has gone cold since it was asked last."""
        rules = self.prepared.pruning
        entries = reaching_entries(session)
        answers = (entry.message for entry in reversed(entries) if _is_answer(entry.message))
        last = next(answers, None)
        if rules is None or last is None or self.now_ms() - last.timestamp <= rules.ttl_ms:
            return
        shown = prune(entries, session.pruned, rules, tokens=size, window=window)
        if shown != session.pruned:
            show_shorter(session, shown)


def _is_answer(message: Message) -> bool:
    return type(message) is AssistantMessage and not message.exclude_from_context
