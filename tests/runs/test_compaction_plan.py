"""Where a session is parted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_gateway.messages import AssistantMessage, Message, TextPart, ToolCall, ToolResultMessage, UserMessage
from openclaw_gateway.runs.compaction_plan import KeepRule, keep_rule, plan_cut
from openclaw_gateway.sessions.session import Entry

ASKED = UserMessage("question")
CALLED = AssistantMessage((ToolCall("c", "look", "{}"),), stop_reason="toolUse")
FOUND = ToolResultMessage("c", (TextPart("found"),), "look")
ANSWERED = AssistantMessage((TextPart("answer"),))
TURN = (ASKED, CALLED, FOUND, FOUND, ANSWERED)


def entries(*messages: Message, tokens: int = 10) -> list[Entry]:
    return [Entry(number, None, message, "r", tokens) for number, message in enumerate(messages)]


@pytest.mark.parametrize(
    ("messages", "rule", "cut"),
    [
        pytest.param(TURN * 4, KeepRule(200, 0, 400), 0, id="all of it may stay"),
        pytest.param(TURN * 4, KeepRule(100, 0, 400), 10, id="two turns are as large as may stay"),
        pytest.param(TURN * 4, KeepRule(90, 0, 400), 10, id="a turn is kept whole"),
        pytest.param(TURN * 4, KeepRule(10, 2, 400), 10, id="turns that are to stay"),
        pytest.param(TURN * 4, KeepRule(10, 3, 60), 15, id="turns that are too large to stay"),
        pytest.param(TURN * 4, KeepRule(10, 9, 400), 0, id="more turns to stay than there are"),
        pytest.param((ASKED, *TURN[1:] * 4), KeepRule(45, 3, 45), 13, id="inside one long turn"),
        pytest.param((ASKED, CALLED, FOUND, FOUND, FOUND), KeepRule(20, 3, 20), 1, id="never before a result"),
        pytest.param((ASKED,), KeepRule(5, 3, 5), 0, id="one message"),
    ],
)
def test_place_of_the_cut(messages: tuple[Message, ...], rule: KeepRule, cut: int) -> None:
    """As much stays as the rule allows, in whole turns where that is possible."""
    assert plan_cut(entries(*messages), rule) == cut


@given(
    st.lists(st.sampled_from([ASKED, CALLED, FOUND, ANSWERED]), max_size=30),
    st.integers(0, 400), st.integers(0, 12), st.integers(0, 400),
)  # fmt: skip
def test_a_call_stays_with_its_result(messages: list[Message], tokens: int, turns: int, most: int) -> None:
    """Whatever the session looks like: something stays, and what stays does not begin with a result."""
    cut = plan_cut(entries(*messages), KeepRule(min(tokens, most), turns, most))
    assert 0 <= cut < max(1, len(messages))
    assert not cut or not isinstance(messages[cut], ToolResultMessage)


def test_small_windows_keep_less() -> None:
    """In a window that is smaller than what the config keeps, half of it may stay."""
    assert keep_rule(20_000, 3, 6_000) == KeepRule(3_000, 3, 3_000)
