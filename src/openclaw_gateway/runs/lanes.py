"""Lanes: one run per session, a cap on all runs, and bounded queues in front of both.

Synchronous and without I/O: a lane decides who starts, the caller does the starting. Order is first come, first served
within a session and among the sessions of one client; the clients take turns. One client alone gets almost all places
and half of the queue, and never all of them: somebody else who comes is served at once.
"""

from collections import deque
from collections.abc import Iterable

from openclaw_gateway.errors import Busy

# How long a caller that was refused should stay away, seconds. Turns take seconds; a queue of them does not clear
# sooner.
RETRY_AFTER_S = 2.0

# One place in so many is kept from any single client; where there are fewer, each is too precious to stay empty.
PLACES_PER_RESERVED = 8


class Ticket:
    """One run's place in its lane. has_started flips once; `grant` is what the lane calls when its place is free.

    client: whose run it is, for whoever shares fairly between clients; "" is the gateway itself.
    """

    __slots__ = ("client", "has_started", "is_over", "session_key")

    def __init__(self, session_key: str, client: str = "") -> None:
        self.session_key = session_key
        self.client = client
        self.has_started = False
        self.is_over = False

    def grant(self) -> None:
        """Called by whoever released a place; subclasses wake their run."""


class Lanes:
    """Admission of runs. max_running: over all sessions. max_waiting: over all; max_waiting_per_session: behind one
    run.
    """

    def __init__(self, *, max_running: int, max_waiting: int = 1000, max_waiting_per_session: int = 20) -> None:
        self.max_running = max_running
        self._max_running_per_client = max_running - max_running // PLACES_PER_RESERVED
        self._max_waiting = max_waiting
        self._max_waiting_per_client = max(1, max_waiting // 2)
        self._max_waiting_per_session = max_waiting_per_session
        self._running = 0
        self._waiting = 0
        # A key is here while a run of that session is running or waiting for a global place; behind it, those who wait.
        self._sessions: dict[str, deque[Ticket] | None] = {}
        # Those who wait for a global place, by client; the client whose turn it is comes first.
        self._ready: dict[str, deque[Ticket]] = {}
        self._running_of: dict[str, int] = {}
        self._waiting_of: dict[str, int] = {}

    @property
    def running(self) -> int:
        """Runs that hold a place."""
        return self._running

    @property
    def waiting(self) -> int:
        """Runs that wait, for their session or for a place."""
        return self._waiting

    def behind(self, session_key: str) -> Iterable[Ticket]:
        """Those that wait for the run of a session, in their order."""
        return self._sessions.get(session_key) or ()

    def is_taken(self, session_key: str) -> bool:
        """Whether who comes now must wait for somebody of the same session."""
        return session_key in self._sessions

    def has_room(self, ticket: Ticket) -> bool:
        """Whether the ticket would start at once."""
        return ticket.session_key not in self._sessions and self._has_place(ticket.client)

    def admit(self, ticket: Ticket, *, max_behind: int | None = None) -> None:
        """Start the ticket, or queue it. max_behind: how many may wait for its session, instead of the lane's bound.

        Raises Busy when the queue in front of its session or of the gateway is full.
        """
        key = ticket.session_key
        is_session_free = key not in self._sessions
        if is_session_free and self._has_place(ticket.client):
            self._sessions[key] = None
            self._begin(ticket)
            return
        behind = self._sessions.get(key)
        self._check_room(ticket, len(behind) if behind else 0, max_behind or self._max_waiting_per_session)
        if is_session_free:
            self._sessions[key] = None
            self._line_up(ticket)
        elif behind is None:
            self._sessions[key] = deque([ticket])
        else:
            behind.append(ticket)
        self._waiting += 1
        _add(self._waiting_of, ticket.client, 1)

    def leave(self, ticket: Ticket) -> list[Ticket]:
        """Give the ticket's place back, running or not; returns those that may start now, already counted as running.

        Leaving twice is harmless. The caller calls `start` on each of the returned tickets.
        """
        if ticket.is_over:
            return []
        ticket.is_over = True
        if ticket.has_started:
            self._running -= 1
            _add(self._running_of, ticket.client, -1)
            self._hand_on(ticket.session_key)
        else:
            self._withdraw(ticket)
        return self._fill() if self._ready else []

    def _has_place(self, client: str) -> bool:
        return self._running < self.max_running and self._running_of.get(client, 0) < self._max_running_per_client

    def _begin(self, ticket: Ticket) -> None:
        ticket.has_started = True
        self._running += 1
        _add(self._running_of, ticket.client, 1)

    def _check_room(self, ticket: Ticket, behind: int, max_behind: int) -> None:
        if self._waiting >= self._max_waiting:
            reason = "the gateway's queue is full"
        elif self._waiting_of.get(ticket.client, 0) >= self._max_waiting_per_client:
            reason = f"{self._max_waiting_per_client} requests of this client already wait"
        elif behind >= max_behind:
            reason = f"{behind} messages already wait for this session"
        else:
            return
        raise Busy(f"{reason}; try again shortly", retry_after_s=RETRY_AFTER_S)

    def _line_up(self, ticket: Ticket) -> None:
        self._ready.setdefault(ticket.client, deque()).append(ticket)

    def _withdraw(self, ticket: Ticket) -> None:
        self._waiting -= 1
        _add(self._waiting_of, ticket.client, -1)
        line = self._ready.get(ticket.client)
        if line is not None and ticket in line:
            line.remove(ticket)
            if not line:
                del self._ready[ticket.client]
            self._hand_on(ticket.session_key)
            return
        behind = self._sessions[ticket.session_key]
        if behind is not None:
            behind.remove(ticket)

    def _hand_on(self, key: str) -> None:
        """The session has no run in front now: its next waiting one queues for a global place."""
        behind = self._sessions[key]
        if behind:
            self._line_up(behind.popleft())
        else:
            del self._sessions[key]

    def _fill(self) -> list[Ticket]:
        started = []
        while (client := next(filter(self._has_place, self._ready), None)) is not None:
            line = self._ready.pop(client)
            ticket = line.popleft()
            if line:
                self._ready[client] = line  # behind the other clients
            self._waiting -= 1
            _add(self._waiting_of, client, -1)
            self._begin(ticket)
            started.append(ticket)
        return started


def _add(counts: dict[str, int], client: str, change: int) -> None:
    """Count; clients without anything are forgotten, or every address that ever came would be kept."""
    count = counts.get(client, 0) + change
    if count:
        counts[client] = count
    else:
        del counts[client]
