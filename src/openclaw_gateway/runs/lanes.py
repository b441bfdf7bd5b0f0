"""Lanes: one run per session, a cap on all runs, and bounded queues in front of both.

Synchronous and without I/O: a lane decides who starts, the caller does the starting. Order is first come, first served
within a session, and over all sessions among those whose session is free.
"""

from collections import deque

from openclaw_gateway.errors import Busy

# How long a caller that was refused should stay away, seconds. Turns take seconds; a queue of them does not clear
# sooner.
RETRY_AFTER_S = 2.0


class Ticket:
    """One run's place in its lane. has_started flips once; `start` is what the lane calls when the turn has come."""

    __slots__ = ("has_started", "is_over", "session_key")

    def __init__(self, session_key: str) -> None:
        self.session_key = session_key
        self.has_started = False
        self.is_over = False

    def start(self) -> None:
        """Called by whoever released a place; subclasses wake their run."""


class Lanes:
    """Admission of runs. max_running: over all sessions. max_waiting: over all; max_waiting_per_session: behind one
    run.
    """

    def __init__(self, *, max_running: int, max_waiting: int = 1000, max_waiting_per_session: int = 20) -> None:
        self.max_running = max_running
        self._max_waiting = max_waiting
        self._max_waiting_per_session = max_waiting_per_session
        self._running = 0
        self._waiting = 0
        # A key is here while a run of that session is running or waiting for a global place; behind it, those who wait.
        self._sessions: dict[str, deque[Ticket] | None] = {}
        self._ready: deque[Ticket] = deque()

    @property
    def running(self) -> int:
        """Runs that hold a place."""
        return self._running

    @property
    def waiting(self) -> int:
        """Runs that wait, for their session or for a place."""
        return self._waiting

    def admit(self, ticket: Ticket) -> None:
        """Start the ticket, or queue it. Raises Busy when the queue in front of its session or of the gateway is
        full.
        """
        key = ticket.session_key
        behind = self._sessions.get(key)
        is_session_free = key not in self._sessions
        if is_session_free and self._running < self.max_running:
            self._sessions[key] = None
            self._running += 1
            ticket.has_started = True
            return
        if self._waiting >= self._max_waiting:
            raise Busy("the gateway's queue is full; try again shortly", retry_after_s=RETRY_AFTER_S)
        if is_session_free:
            self._sessions[key] = None
            self._ready.append(ticket)
        else:
            if behind is None:
                behind = self._sessions[key] = deque()
            if len(behind) >= self._max_waiting_per_session:
                raise Busy(
                    f"{len(behind)} messages already wait for this session; try again shortly",
                    retry_after_s=RETRY_AFTER_S,
                )
            behind.append(ticket)
        self._waiting += 1

    def leave(self, ticket: Ticket) -> list[Ticket]:
        """Give the ticket's place back, running or not; returns those that may start now, already counted as running.

        Leaving twice is harmless. The caller calls `start` on each of the returned tickets.
        """
        if ticket.is_over:
            return []
        ticket.is_over = True
        if ticket.has_started:
            self._running -= 1
            self._hand_on(ticket.session_key)
        else:
            self._withdraw(ticket)
        return self._fill() if self._ready else []

    def _withdraw(self, ticket: Ticket) -> None:
        self._waiting -= 1
        if ticket in self._ready:
            self._ready.remove(ticket)
            self._hand_on(ticket.session_key)
            return
        behind = self._sessions[ticket.session_key]
        if behind is not None:
            behind.remove(ticket)

    def _hand_on(self, key: str) -> None:
        """The session has no run in front now: its next waiting one queues for a global place."""
        behind = self._sessions[key]
        if behind:
            self._ready.append(behind.popleft())
        else:
            del self._sessions[key]

    def _fill(self) -> list[Ticket]:
        started = []
        while self._ready and self._running < self.max_running:
            ticket = self._ready.popleft()
            ticket.has_started = True
            self._running += 1
            self._waiting -= 1
            started.append(ticket)
        return started
