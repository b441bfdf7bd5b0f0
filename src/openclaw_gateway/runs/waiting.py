"""The messages that wait behind the run of their session: which are let in, given up, or taken along by that run.

Synchronous like the lanes below it. A run that takes a message along is its host: one answer serves both.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from openclaw_gateway.asking import QueueMode
from openclaw_gateway.errors import InputDropped
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.runs.lanes import Lanes, Ticket
from openclaw_gateway.runs.queue_rules import QueueRules, may_join, sum_up, tell_dropped
from openclaw_gateway.runs.run import Run

# Messages that a turn is told of with a line each; of more than these it is told how many.
MAX_TOLD = 20


class Dropped(NamedTuple):
    """What the next turn is told of messages that were given up, and the runs they were to begin."""

    message: UserMessage
    run_ids: tuple[str, ...]


@dataclass(slots=True)
class _Notes:
    """Of one session. count: all that were given up; the first of them are told with a line and stay on disk."""

    count: int = 0
    run_ids: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


class WaitingRuns:
    """Lets messages in behind their session's run and hands them out. Belongs to the event loop of the runs."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._dropped: dict[str, _Notes] = {}

    def admit(self, run: Run, rules: QueueRules) -> None:
        """Start the run, or let it wait; the oldest that wait are given up for it where the rules say so.

        Raises Busy; then nothing has changed.
        """
        run.rules = rules
        behind = [ticket for ticket in self._lanes.behind(run.session_key) if isinstance(ticket, Run)]
        waiting = [each for each in behind if each.cause is None]
        leaving = len(behind) - len(waiting)
        given_up: list[Run] = []
        if rules.mode == "interrupt":
            leaving = len(behind)  # they will all be ended
        elif rules.drop != "new":
            surplus = max(0, len(waiting) + 1 - rules.cap)
            given_up = [each for each in waiting if each.rules is not None][:surplus]
        self._lanes.admit(run, max_behind=rules.cap + leaving + len(given_up))
        for each in given_up:
            self._give_up(each, rules)

    def have(self, host: Run, mode: QueueMode) -> bool:
        """Whether somebody waits whom this run may take along."""
        return any(self._may_join(host, ticket, mode) for ticket in self._lanes.behind(host.session_key))

    def take(self, host: Run, mode: QueueMode) -> list[Run]:
        """Those whom this run takes along, in the order they came; from here on its end is theirs."""
        joining = [
            ticket
            for ticket in self._lanes.behind(host.session_key)
            if isinstance(ticket, Run) and self._may_join(host, ticket, mode)
        ]
        for guest in joining:
            self.release(guest)
            guest.join(host)
        return joining

    def last_accepted_at(self, host: Run) -> float:
        """When the youngest message that this run may collect came, or the run's own; `time.perf_counter()`."""
        joining = [
            ticket.accepted_at
            for ticket in self._lanes.behind(host.session_key)
            if isinstance(ticket, Run) and self._may_join(host, ticket, "collect")
        ]
        return max([host.accepted_at, *joining])

    def take_dropped(self, session_key: str) -> Dropped | None:
        """What was given up since the last turn of the session, for this turn to tell."""
        notes = self._dropped.pop(session_key, None)
        if notes is None:
            return None
        return Dropped(UserMessage(tell_dropped(notes.lines, notes.count)), tuple(notes.run_ids))

    def release(self, ticket: Ticket) -> None:
        """Give the ticket's place back and start those who may start now."""
        for following in self._lanes.leave(ticket):
            following.grant()

    def _may_join(self, host: Run, ticket: Ticket, mode: QueueMode) -> bool:
        return (
            isinstance(ticket, Run)
            and ticket.rules is not None
            and ticket.rules.mode == mode
            and ticket.is_input_stored
            and ticket.cause is None
            and may_join(host.order, ticket.order)
        )

    def _note(self, run: Run) -> bool:
        """Remember a message for the next turn; False if so many are to be told of that it is only counted."""
        notes = self._dropped.setdefault(run.session_key, _Notes())
        notes.count += 1
        if len(notes.lines) == MAX_TOLD:
            return False
        notes.run_ids.append(run.id)
        notes.lines.append(sum_up(run.order))
        return True

    def _give_up(self, run: Run, rules: QueueRules) -> None:
        """End a message that waits. One that is summed up stays on disk until a turn has told of it."""
        is_told = rules.drop == "summarize" and self._note(run)
        run.cancel(
            InputDropped(
                f"more than {rules.cap} messages wait for this session, so the oldest was dropped"
                + ("; the next turn is told what it said" if is_told else ""),
                is_kept=is_told,
            )
        )
        self.release(run)
