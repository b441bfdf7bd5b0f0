"""What a session has cost."""

import pytest

from openclaw_gateway.messages import AssistantMessage, CallCost, Message, TextPart, Usage, UserMessage
from openclaw_gateway.sessions.spend import add_cost


def answer(cost: CallCost | None) -> AssistantMessage:
    return AssistantMessage((TextPart("hi"),), usage=Usage(input=1, cost=cost))


@pytest.mark.parametrize(
    ("before", "messages", "after"),
    [
        pytest.param(None, [UserMessage("hi")], None, id="nothing is known"),
        pytest.param(None, [answer(None)], None, id="no price"),
        pytest.param(None, [answer(CallCost(input=0.5, output=0.25))], 750_000_000, id="first price"),
        pytest.param(5, [answer(CallCost(output=1e-9)), answer(None)], 6, id="added"),
        pytest.param(None, [answer(CallCost())], 0, id="free"),
    ],
)
def test_costs_add_up(before: int | None, messages: list[Message], after: int | None) -> None:
    """Known costs are added; free is known, too."""
    assert add_cost(before, messages) == after
