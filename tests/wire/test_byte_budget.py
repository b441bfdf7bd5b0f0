"""A bound on what all holders have together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.wire.byte_budget import ByteBudget


def test_what_is_too_much_changes_nothing() -> None:
    """A holder that would pass the bound is told so and keeps what it had; what one gives back another may have."""
    budget: ByteBudget[str] = ByteBudget(100)
    assert budget.hold("a", 60)
    assert not budget.hold("b", 50)
    assert budget.hold("a", 50)
    assert budget.hold("b", 50)
    assert not budget.hold("a", 51)
    budget.release("a")
    budget.release("a")
    assert budget.hold("b", 100)


@pytest.mark.parametrize(
    ("size", "leaving"),
    [
        pytest.param(20, [], id="enough for all"),
        pytest.param(50, ["heavy"], id="the heaviest gives up"),
        pytest.param(90, ["new"], id="which may be the newcomer"),
        pytest.param(80, ["new"], id="in any case until it fits"),
    ],
)
def test_the_heaviest_is_displaced(size: int, leaving: list[str]) -> None:
    """When it is too much together, whoever has most gives up, and is not counted any more."""
    budget: ByteBudget[str] = ByteBudget(100)
    budget.displace("light", 10)
    budget.displace("heavy", 60)
    assert budget.displace("new", size) == leaving
    assert budget.total <= 100
    assert budget.displace("new", 0) == []


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.sampled_from(["hold", "displace", "release"])))
)
def test_the_total_is_what_is_held(moves: list[tuple[str, int, str]]) -> None:
    """In any order of calls the total is the sum of what the holders have, and within the bound."""
    budget: ByteBudget[str] = ByteBudget(100)
    held: dict[str, int] = {}
    for holder, size, move in moves:
        if move == "release":
            budget.release(holder)
            held.pop(holder, None)
        elif move == "hold":
            if budget.hold(holder, size):
                held[holder] = size
        else:
            held[holder] = size
            for gone in budget.displace(holder, size):
                del held[gone]
        assert budget.total == sum(held.values()) <= 100
