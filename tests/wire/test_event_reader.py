"""Events of a run as numbered events of a stream, from any place."""

import pytest

from openclaw_gateway.endpoints.exchange import HttpReply, StreamPlace, StreamReply
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import ModelStarted, RunEvent, RunFinished, RunStarted, TextDelta
from openclaw_gateway.messages import Usage
from openclaw_gateway.runs.event_log import EventLog
from openclaw_gateway.wire.event_reader import EventReader

SAID: list[RunEvent] = [
    RunStarted("r", "k", "s", "main", 0),
    ModelStarted("p", "m", 0),
    TextDelta("a"),
    TextDelta("b"),
    RunFinished("stop", Usage(), Usage(), "p", "m", 0, {}),
]
WHOLE = (
    b"id: r:0\ndata: role\n\n"
    b"id: r:2\ndata: a\n\n"
    b"id: r:3\ndata: b\n\n"
    b"id: r:4.0\nevent: end\ndata: finish\n\nid: r:4.1\ndata: usage\n\nid: r:4\ndata: [DONE]\n\n"
)


class Encoder:
    """One event of the stream for most events of the run, none for one, three for the last."""

    def encode(self, event: RunEvent, number: int) -> bytes:
        match event:
            case RunStarted():
                return b"data: role\n\n"
            case TextDelta():
                return f"data: {event.text}\n\n".encode()
            case RunFinished():
                return b"event: end\ndata: finish\n\ndata: usage\n\ndata: [DONE]\n\n"
            case _:
                return b""

    def holds(self, event: RunEvent) -> bool:
        return False

    def encode_failure(self, error: GatewayError) -> HttpReply:
        raise AssertionError(error)


def reader(*said: RunEvent, run_id: str = "r", after: StreamPlace | None = None) -> tuple[EventLog, EventReader]:
    log = EventLog()
    for event in said:
        log.say(event)
    return log, EventReader(StreamReply(log, Encoder(), list, run_id, after))


def test_every_event_has_its_id() -> None:
    """What an event of the run became is numbered by its place; several parts are told apart."""
    assert reader(*SAID)[1].read() == WHOLE


def test_one_by_one_is_the_same() -> None:
    """Read as they come, events are the same bytes as read at once."""
    log, one = reader()
    parts = []
    for event in SAID:
        log.say(event)
        parts.append(one.read())
    assert b"".join(parts) == WHOLE
    assert one.place == len(SAID)


def test_without_a_run_there_are_no_ids() -> None:
    """A stream that cannot be resumed is sent as the dialect made it."""
    assert b"id:" not in reader(*SAID, run_id="")[1].read()


@pytest.mark.parametrize(
    ("after", "rest"),
    [
        pytest.param(StreamPlace(-1), WHOLE, id="from the beginning"),
        pytest.param(StreamPlace(0), WHOLE[WHOLE.index(b"id: r:2") :], id="first"),
        pytest.param(StreamPlace(1), WHOLE[WHOLE.index(b"id: r:2") :], id="silent event"),
        pytest.param(StreamPlace(3), WHOLE[WHOLE.index(b"id: r:4.0") :], id="before the end"),
        pytest.param(StreamPlace(4, 0), WHOLE[WHOLE.index(b"id: r:4.1") :], id="first part"),
        pytest.param(StreamPlace(4, 1), WHOLE[WHOLE.index(b"id: r:4\n") :], id="second part"),
        pytest.param(StreamPlace(4), WHOLE[WHOLE.index(b"id: r:4\n") :], id="everything"),
        pytest.param(StreamPlace(4, 99), WHOLE[WHOLE.index(b"id: r:4\n") :], id="a part that never was"),
        pytest.param(StreamPlace(99), WHOLE[WHOLE.index(b"id: r:4\n") :], id="beyond the end"),
    ],
)
def test_from_any_place(after: StreamPlace, rest: bytes) -> None:
    """A client gets what comes behind its place, and at the end the end."""
    assert reader(*SAID, after=after)[1].read() == rest


@pytest.mark.parametrize(
    "after", [pytest.param(StreamPlace(3), id="all so far"), pytest.param(StreamPlace(9), id="more than there is")]
)
def test_from_a_place_in_a_run_that_goes_on(after: StreamPlace) -> None:
    """While the run goes on, a client that has everything is sent nothing until there is more."""
    log, one = reader(*SAID[:4], after=after)
    assert one.read() == b""
    log.say(SAID[4])
    assert one.read() == WHOLE[WHOLE.index(b"id: r:4.0") :]


def test_from_a_place_in_a_run_that_has_not_begun() -> None:
    """Coming back before the first event is coming for all of them."""
    log, one = reader(after=StreamPlace(5))
    for event in SAID:
        log.say(event)
    assert one.read() == WHOLE
