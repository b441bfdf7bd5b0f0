"""Counting the chats that come under one name."""

import pytest

from openclaw_gateway.messages import UserMessage
from openclaw_gateway.routing.history import HistoryPlan, Kind
from openclaw_gateway.routing.shared_user import SUSPECT_CHATS, count_chats


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        pytest.param(["append"] * 20, 0, id="a client that sends only what is new"),
        pytest.param(["append", *["resend"] * 20], 1, id="a client that resends one chat"),
        pytest.param(["append", "resend", "trimmed", "branch", "resend"], 1, id="edited and trimmed"),
        pytest.param(["append", "resend", "append", "resend", "append", "append"], 4, id="chats begun anew"),
        pytest.param(["append", "unrelated", "unrelated", "unrelated"], 4, id="chats that have nothing in common"),
    ],
)
def test_chats_are_counted(kinds: list[Kind], expected: int) -> None:
    """A client that resends gives away whenever it begins anew."""
    count = 0
    for stored, kind in enumerate(kinds):
        count = count_chats(count, HistoryPlan(0, (UserMessage("x"),), kind), stored=stored)
    assert count == expected
    assert (count >= SUSPECT_CHATS) is (expected == 4)
