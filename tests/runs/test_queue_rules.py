"""How a message waits, and with whom it may share an answer."""

from typing import Any

import msgspec
import pytest

from openclaw_gateway.asking import Sampling, ToolSpec
from openclaw_gateway.config.schema.operation import Queue
from openclaw_gateway.messages import TextPart, UserMessage
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.queue_rules import MAX_SUMMARY_CHARS, may_join, rules_for, sum_up, tell_dropped
from openclaw_gateway.sessions.settings import NO_SETTINGS, SessionSettings

ORDER = RunOrder("r", "main", "agent:main:main", False, (UserMessage("hi"),), queue_mode="configured", channel="tui")  # noqa: FBT003


def order(**changes: Any) -> RunOrder:
    return msgspec.structs.replace(ORDER, **changes)


@pytest.mark.parametrize(
    ("asking", "settings", "config", "mode"),
    [
        pytest.param(order(), NO_SETTINGS, Queue(), "steer", id="built in"),
        pytest.param(order(), NO_SETTINGS, Queue(mode="followup"), "followup", id="config"),
        pytest.param(
            order(), NO_SETTINGS, Queue(mode="followup", by_channel={"tui": "collect"}), "collect", id="its channel"
        ),
        pytest.param(order(), NO_SETTINGS, Queue(by_channel={"other": "collect"}), "steer", id="another channel"),
        pytest.param(
            order(), SessionSettings(queue_mode="interrupt"), Queue(by_channel={"tui": "collect"}), "interrupt",
            id="session",
        ),
        pytest.param(
            order(queue_mode="steer"), SessionSettings(queue_mode="interrupt"), Queue(mode="collect"), "steer",
            id="its own word",
        ),
    ],
)  # fmt: skip
def test_who_is_heard_first(asking: RunOrder, settings: SessionSettings, config: Queue, mode: str) -> None:
    """The message, then its session, then its channel, then the gateway."""
    assert rules_for(asking, config, settings).mode == mode


def test_session_bends_the_rest() -> None:
    """Debounce, cap and drop of the session come before those of the config; a channel has its own debounce."""
    config = Queue(debounce_ms_by_channel={"tui": 40}, cap=7, drop="old")
    told = rules_for(ORDER, config, NO_SETTINGS)
    assert (told.debounce_s, told.cap, told.drop) == (0.04, 7, "old")
    bent = rules_for(ORDER, config, SessionSettings(queue_debounce_ms=0, queue_cap=2, queue_drop="new"))
    assert (bent.debounce_s, bent.cap, bent.drop) == (0.0, 2, "new")


@pytest.mark.parametrize(
    ("other", "may"),
    [
        pytest.param(order(run_id="x", incoming=(UserMessage("more"),), timeout_s=5.0), True, id="another message"),
        pytest.param(order(queue_mode="followup", client="elsewhere"), True, id="from elsewhere"),
        pytest.param(order(queue_mode="own"), False, id="one request's own"),
        pytest.param(order(principal_subject="other"), False, id="another person"),
        pytest.param(order(agent_id="ops"), False, id="another agent"),
        pytest.param(order(model="up/large"), False, id="another model"),
        pytest.param(order(system="Be short."), False, id="other system text"),
        pytest.param(order(sampling=Sampling(temperature=0.1)), False, id="other sampling"),
        pytest.param(order(thinking="high"), False, id="another effort"),
        pytest.param(order(tools=(ToolSpec("t", None, None),)), False, id="tools of its own"),
    ],
)
def test_who_may_share_an_answer(other: RunOrder, may: bool) -> None:
    """Only what asks under the same terms, whichever of the two came first."""
    assert (may_join(ORDER, other), may_join(other, ORDER)) == (may, may)


def test_summary_is_one_short_line() -> None:
    """A dropped message is told in one line of bounded length, pictures left out."""
    long = sum_up(order(incoming=(UserMessage((TextPart("a\n\nb " * 100),)),)))
    assert len(long) == MAX_SUMMARY_CHARS
    assert long.startswith("a b a b")
    assert tell_dropped(["one", "two"], 2).splitlines()[1:] == ["- one", "- two"]
    assert tell_dropped(["one", "two"], 5).splitlines()[3:] == ["- and 3 more"]
