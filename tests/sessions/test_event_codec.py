"""Events as they are kept: what comes back is what was said."""

from typing import get_args

import msgspec
import pytest

from openclaw_gateway import events
from openclaw_gateway.errors import GatewayError, MissingScope, RunCancelled
from openclaw_gateway.events import MessageAdded, RunEvent, RunFailed, RunFinished, TextDelta, ToolFinished
from openclaw_gateway.messages import Usage, UserMessage
from openclaw_gateway.model_errors import ModelRateLimited, ModelTimeout
from openclaw_gateway.sessions.event_codec import decode_events, encode_events

USAGE = Usage(input=3, output=4, cache_read=2, reasoning=1, estimated=True)


@pytest.mark.parametrize(
    "event",
    [
        events.RunStarted("r", "agent:main:k", "s", "main", 7),
        events.ModelStarted("up", "tiny", 2),
        events.ModelFailedOver("up", "tiny", "timeout"),
        TextDelta("Grüße \u2028 \n"),
        events.ReasoningDelta("hm"),
        events.ToolCallStarted(1, "c", "lookup"),
        events.ToolCallDelta(1, '{"a":'),
        events.ToolStarted("c", "read", "{}"),
        events.ToolProgress("c", "exec", "more"),
        events.ApprovalRequested("a", "c", "ls", "/", 1, 2),
        events.ApprovalResolved("a", None),
        events.CompactionStarted("manual"),
        events.CompactionFinished(is_compacted=True, reason="", tokens_before=9, tokens_after=3),
        RunFinished("tool_calls", USAGE, Usage(), "up", "tiny", 9, {"queue": 0.5}),
    ],
    ids=lambda event: type(event).__name__,
)
def test_event_comes_back(event: RunEvent) -> None:
    """An event is the same after it was kept."""
    assert decode_events(encode_events([event])) == [event]


def test_every_event_has_its_form() -> None:
    """No kind of event is without a form to be kept in."""
    kept = {type(event) for event in decode_events(encode_events(one_of_each()))}
    assert kept == set(get_args(RunEvent))


def one_of_each() -> list[RunEvent]:
    return [
        events.RunStarted("r", "k", "s", "main", 7), events.ModelStarted("p", "m", 0),
        events.ModelFailedOver("p", "m", "timeout"), TextDelta("t"), events.ReasoningDelta("r"),
        events.ToolCallStarted(0, "c", "n"), events.ToolCallDelta(0, "{"), events.ToolStarted("c", "n", "{}"),
        ToolFinished("c", "n", "t", is_error=False, duration_ms=1), MessageAdded(UserMessage("hi"), 1),
        events.ToolProgress("c", "n", "t"), events.ApprovalRequested("a", "c", "ls", "/", 1, 2),
        events.ApprovalResolved("a", "deny"), events.CompactionStarted("manual"),
        events.CompactionFinished(is_compacted=True, reason="", tokens_before=9, tokens_after=3),
        RunFinished("stop", USAGE, USAGE, "p", "m", 9, {}), RunFailed(GatewayError("x"), 9),
    ]  # fmt: skip


def test_what_is_elsewhere_keeps_its_place_only() -> None:
    """Messages are in the session, and results were for the model: their events stay, their texts do not."""
    said = [
        MessageAdded(UserMessage("a secret"), 5),
        ToolFinished("c", "read", "a secret", is_error=True, duration_ms=12),
    ]
    piece = encode_events(said)
    assert b"secret" not in piece
    added, finished = decode_events(piece)
    assert isinstance(added, MessageAdded)
    assert added.entry_id == 5
    assert finished == ToolFinished("c", "read", "", is_error=True, duration_ms=12)


@pytest.mark.parametrize(
    "error",
    [
        RunCancelled("somebody ended it"),
        ModelRateLimited("slow down", retry_after_s=2.5, param="model"),
        ModelTimeout("silent", limit="idle"),
        MissingScope("operator.admin"),
        GatewayError("odd", code="special"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_failure_comes_back(error: GatewayError) -> None:
    """A failure has its class again, so its status and type, and all that a peer was told."""
    (event,) = decode_events(encode_events([RunFailed(error, 9)]))
    assert isinstance(event, RunFailed)
    again = event.error
    assert type(again) is type(error)
    told = [(e.message, e.param, e.code, e.retry_after_s, e.status, event.ended_at_ms) for e in (error, again)]
    assert told[0] == told[1]


def test_error_class_that_is_gone_is_an_error_still() -> None:
    """An error of a class that a later version does not have is told all the same."""
    piece = b'[["x",{"kind":"OfYesterday","message":"it failed","code":"old"},9]]'
    (event,) = decode_events(piece)
    assert isinstance(event, RunFailed)
    assert (type(event.error), event.error.message, event.error.code) == (GatewayError, "it failed", "old")


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(TextDelta("half \ud83d"), id="text"),
        pytest.param(RunFailed(GatewayError("half \ud83d"), 1), id="failure"),
    ],
)
def test_half_characters_are_kept_as_question_marks(event: RunEvent) -> None:
    """What is no text does not keep a journal from being written."""
    (again,) = decode_events(encode_events([event]))
    assert "half ?" in str(again) or (isinstance(again, RunFailed) and again.error.message == "half ?")


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b'[["?",1]]', id="unknown letter"),
        pytest.param(b'[["t",1]]', id="wrong type"),
        pytest.param(b'[["t"]]', id="a field too few"),
        pytest.param(b'[["t","a","b"]]', id="a field too many"),
        pytest.param(b"{}", id="no list"),
        pytest.param(b"\xff", id="no JSON"),
    ],
)
def test_piece_that_we_did_not_write(piece: bytes) -> None:
    """A damaged piece is an error that the store knows how to tell."""
    with pytest.raises(msgspec.MsgspecError):
        decode_events(piece)


def test_an_event_of_an_older_gateway_is_read() -> None:
    """What was kept before a kind of event had more to tell is read with what it told."""
    (event,) = decode_events(b'[["o","p","m","timeout"]]')
    assert event == events.ModelFailedOver("p", "m", "timeout")
