"""The approvals that people are asked for: each is answered once, by one person, or by its deadline.

Belongs to one event loop. What waits is bounded; what was answered is kept a while, so that a second answer is told so.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from openclaw_gateway.errors import Busy, Conflict, InvalidRequest, NotFound
from openclaw_gateway.identifiers import new_uuid

Decision = Literal["allow-once", "allow-always", "deny"]
DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)

MAX_PENDING: Final = 128
MAX_PENDING_IN_SESSION: Final = 16
MAX_ANSWERED: Final = 256


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked to allow. decisions: those that can be had. reason: why it is asked.

    run_id, call_id: "" for a question that no run asks. resolved_path: of the first program.
    """

    command: str
    cwd: str
    agent_id: str
    session_key: str
    run_id: str = ""
    call_id: str = ""
    host: str = "gateway"
    security: str = "allowlist"
    ask: str = "on-miss"
    resolved_path: str | None = None
    reason: str = ""
    decisions: tuple[Decision, ...] = DECISIONS


@dataclass(slots=True, eq=False)
class Approval:
    """A question and what became of it. Times are ms since the epoch. decision: None while nobody has answered.

    resolved_at_ms: None while it waits. resolved_by: who answered; "" for nobody. has_expired: its deadline passed.
    """

    id: str
    question: Question
    created_at_ms: int
    expires_at_ms: int
    answered: "asyncio.Future[None]"
    timer: asyncio.TimerHandle | None = None
    decision: Decision | None = None
    resolved_at_ms: int | None = None
    resolved_by: str = ""
    has_expired: bool = False

    @property
    def is_pending(self) -> bool:
        """Whether it can still be answered."""
        return self.resolved_at_ms is None


Watcher = Callable[[Approval], None]


class Book:
    """All approvals of one gateway."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._pending: dict[str, Approval] = {}
        self._answered: dict[str, Approval] = {}
        self._watchers: list[Watcher] = []
        self._is_closed = False

    @property
    def pending(self) -> tuple[Approval, ...]:
        """Those that wait, oldest first."""
        return tuple(self._pending.values())

    def watch(self, watcher: Watcher) -> None:
        """Tell this watcher of each approval twice: when it begins to wait, and when it does not any more."""
        self._watchers.append(watcher)

    def open(self, question: Question, timeout_s: float, approval_id: str | None = None) -> Approval:
        """Ask. Raises Busy when too many wait, Conflict for an id that is taken."""
        approval_id = approval_id or new_uuid()
        if approval_id in self._pending or approval_id in self._answered:
            raise Conflict("this approval id is taken")
        in_session = [one for one in self._pending.values() if one.question.session_key == question.session_key]
        if self._is_closed or len(self._pending) >= MAX_PENDING or len(in_session) >= MAX_PENDING_IN_SESSION:
            raise Busy("too many commands wait for an approval", retry_after_s=10)
        loop, now = asyncio.get_running_loop(), self._now_ms()
        approval = Approval(approval_id, question, now, now + round(timeout_s * 1000), loop.create_future())
        approval.timer = loop.call_later(timeout_s, self._expire, approval)
        self._pending[approval_id] = approval
        self._tell(approval)
        return approval

    async def wait(self, approval: Approval) -> Decision | None:
        """The answer, None if there was none in time. Any number may wait; ending one wait changes nothing."""
        await asyncio.shield(approval.answered)
        return approval.decision

    def resolve(self, approval_id: str, decision: str, resolved_by: str) -> Approval:
        """Answer. Raises NotFound, Conflict for one that is over, InvalidRequest for a decision that cannot be had."""
        approval = self.find(approval_id)
        if decision not in DECISIONS:
            raise InvalidRequest(f"decision: expected {', '.join(DECISIONS)}, got {decision[:40]!r}", param="decision")
        if not approval.is_pending:
            raise Conflict("this approval was answered already", details={"reason": "APPROVAL_ALREADY_RESOLVED"})
        if decision not in approval.question.decisions:
            raise InvalidRequest(
                "allow-always is not available for this command: no entry of the allowlist could stand for it",
                param="decision",
                details={"reason": "APPROVAL_ALLOW_ALWAYS_UNAVAILABLE"},
            )
        self._end(approval, decision, resolved_by)
        return approval

    def withdraw(self, approval: Approval) -> None:
        """Nobody needs the answer any more."""
        self._end(approval, None, "")

    def find(self, approval_id: str) -> Approval:
        """One that waits, or was answered a while ago. Raises NotFound."""
        approval = self._pending.get(approval_id) or self._answered.get(approval_id)
        if approval is None:
            raise NotFound("unknown or expired approval id", details={"reason": "APPROVAL_NOT_FOUND"})
        return approval

    def of_run(self, run_id: str) -> tuple[Approval, ...]:
        """Those that a run has asked for, oldest first, as far as they are kept."""
        known = (*self._answered.values(), *self._pending.values())
        return tuple(sorted([one for one in known if one.question.run_id == run_id], key=lambda one: one.created_at_ms))

    def close(self) -> None:
        """Let nobody wait any more, and take no new questions."""
        self._is_closed = True
        for approval in self.pending:
            self.withdraw(approval)

    def _expire(self, approval: Approval) -> None:
        approval.has_expired = True
        self._end(approval, None, "")

    def _end(self, approval: Approval, decision: Decision | None, resolved_by: str) -> None:
        if self._pending.pop(approval.id, None) is None:
            return
        if approval.timer is not None:
            approval.timer.cancel()
        approval.decision, approval.resolved_by = decision, resolved_by
        approval.resolved_at_ms = self._now_ms()
        if not approval.answered.done():
            approval.answered.set_result(None)
        self._answered[approval.id] = approval
        if len(self._answered) > MAX_ANSWERED:
            del self._answered[next(iter(self._answered))]
        self._tell(approval)

    def _tell(self, approval: Approval) -> None:
        for watcher in self._watchers:
            watcher(approval)
