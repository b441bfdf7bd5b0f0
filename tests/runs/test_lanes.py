"""Lanes: who runs, who waits, who is refused."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.errors import Busy
from openclaw_gateway.runs.lanes import Lanes, Ticket


def test_one_run_for_each_session() -> None:
    """A second run of a session waits until the first has left, whatever places are free."""
    lanes = Lanes(max_running=8)
    first, second = Ticket("s"), Ticket("s")
    lanes.admit(first)
    lanes.admit(second)
    assert (first.has_started, second.has_started) == (True, False)
    assert lanes.leave(first) == [second]
    assert second.has_started


def test_places_go_to_who_came_first() -> None:
    """When all places are taken, sessions start in the order of their arrival."""
    lanes = Lanes(max_running=1)
    tickets = [Ticket(str(number)) for number in range(4)]
    for ticket in tickets:
        lanes.admit(ticket)
    for ticket, following in pairwise(tickets):
        assert lanes.leave(ticket) == [following]
    assert lanes.leave(tickets[-1]) == []
    assert (lanes.running, lanes.waiting) == (0, 0)


def test_full_queue_of_a_session_refuses() -> None:
    """The message past the bound of its session is refused with the time to come back; others are still served."""
    lanes = Lanes(max_running=8, max_waiting_per_session=2)
    for _ in range(3):
        lanes.admit(Ticket("s"))
    with pytest.raises(Busy) as refused:
        lanes.admit(Ticket("s"))
    assert refused.value.retry_after_s
    other = Ticket("t")
    lanes.admit(other)
    assert other.has_started


def test_full_queue_of_the_gateway_refuses() -> None:
    """Past the bound of all waiting runs everybody is refused, and nothing of the refused one stays behind."""
    lanes = Lanes(max_running=1, max_waiting=1)
    running, waiting = Ticket("a"), Ticket("b")
    lanes.admit(running)
    lanes.admit(waiting)
    with pytest.raises(Busy):
        lanes.admit(Ticket("c"))
    assert lanes.leave(running) == [waiting]
    assert lanes.leave(waiting) == []
    fresh = Ticket("c")
    lanes.admit(fresh)
    assert fresh.has_started


@pytest.mark.parametrize("leaver", [pytest.param(1, id="behind its session"), pytest.param(2, id="for a free place")])
def test_who_waits_may_leave(leaver: int) -> None:
    """A run that is cancelled while it waits gives its place in the queue back at once."""
    lanes = Lanes(max_running=1)
    tickets = [Ticket("a"), Ticket("a"), Ticket("b")]
    for ticket in tickets:
        lanes.admit(ticket)
    assert lanes.leave(tickets[leaver]) == []
    assert lanes.waiting == 1
    (rest,) = {1, 2} - {leaver}
    assert lanes.leave(tickets[0]) == [tickets[rest]]


def test_one_client_does_not_get_every_place() -> None:
    """A client that fills the lanes leaves a place, and whoever else comes starts in it at once."""
    lanes = Lanes(max_running=8)
    greedy = [Ticket(f"g{number}", "greedy") for number in range(20)]
    for ticket in greedy:
        lanes.admit(ticket)
    assert [ticket.has_started for ticket in greedy] == [True] * 7 + [False] * 13
    other = Ticket("o", "other")
    lanes.admit(other)
    assert other.has_started
    assert lanes.leave(other) == []
    assert lanes.leave(greedy[0]) == [greedy[7]]


def test_one_client_does_not_fill_the_queue() -> None:
    """Past half of the queue a client is refused, while others may still wait; it may wait again once one has left."""
    lanes = Lanes(max_running=1, max_waiting=10)
    greedy = [Ticket(f"g{number}", "greedy") for number in range(6)]
    for ticket in greedy:
        lanes.admit(ticket)
    with pytest.raises(Busy, match="5 requests of this client already wait"):
        lanes.admit(Ticket("g", "greedy"))
    lanes.admit(Ticket("o", "other"))
    lanes.leave(greedy[3])
    lanes.admit(Ticket("g", "greedy"))


def test_clients_take_turns() -> None:
    """Free places go to the waiting clients in turn, however many requests one of them has sent before."""
    lanes = Lanes(max_running=1)
    first = Ticket("first", "a")
    lanes.admit(first)
    a, b, c = ([Ticket(f"{name}{number}", name) for number in range(3)] for name in "abc")
    for ticket in (*a, *b[:2], c[0]):
        lanes.admit(ticket)
    order, leaving = [], first
    while next_ones := lanes.leave(leaving):
        (leaving,) = next_ones
        order.append(leaving.session_key)
    assert order == ["a0", "b0", "c0", "a1", "b1", "a2"]
    assert (lanes.running, lanes.waiting) == (0, 0)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 30), st.booleans()), max_size=80),
    st.integers(1, 3),
    st.booleans(),
)
def test_rules_hold_in_any_order(moves: list[tuple[str, int, bool]], places: int, has_clients: bool) -> None:
    """In every sequence: never two runs of a session, never more than the places, nobody starves, nothing leaks."""
    lanes = Lanes(max_running=places, max_waiting=5, max_waiting_per_session=2)
    here: list[Ticket] = []
    for key, pick, is_arrival in moves:
        if is_arrival or not here:
            ticket = Ticket(key, "ab"[key > "b"] if has_clients else "")
            try:
                lanes.admit(ticket)
            except Busy:
                continue
            here.append(ticket)
        else:
            leaver = here.pop(pick % len(here))
            lanes.leave(leaver)
            assert lanes.leave(leaver) == []
        running = [ticket for ticket in here if ticket.has_started]
        waiting = [ticket for ticket in here if not ticket.has_started]
        assert len({ticket.session_key for ticket in running}) == len(running) == lanes.running <= places
        assert len(waiting) == lanes.waiting
        busy = {ticket.session_key for ticket in running}
        assert len(running) == places or all(ticket.session_key in busy for ticket in waiting)
    for ticket in here:
        lanes.leave(ticket)
    assert (lanes.running, lanes.waiting) == (0, 0)


def test_those_behind_are_seen_and_bounded() -> None:
    """Who waits for a session is seen in order, and a bound of the caller's own counts instead of the lane's."""
    lanes = Lanes(max_running=8, max_waiting_per_session=1)
    tickets = [Ticket("s") for _ in range(3)]
    assert not lanes.is_taken("s")
    for ticket in tickets:
        lanes.admit(ticket, max_behind=2)
    assert lanes.is_taken("s")
    assert list(lanes.behind("s")) == tickets[1:]
    with pytest.raises(Busy):
        lanes.admit(Ticket("s"), max_behind=2)
    lanes.leave(tickets[1])
    assert list(lanes.behind("s")) == tickets[2:]
    assert list(lanes.behind("t")) == []


def test_room_is_for_who_would_start() -> None:
    """There is room where neither the session nor the places are taken."""
    lanes = Lanes(max_running=1)
    assert lanes.has_room(Ticket("s"))
    lanes.admit(Ticket("s"))
    assert not lanes.has_room(Ticket("s"))
    assert not lanes.has_room(Ticket("other"))
