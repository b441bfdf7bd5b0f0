"""What headers ask of delivery, and when two requests are the same."""

import asyncio
from collections.abc import Mapping

import pytest

from openclaw_gateway.auth.principal import DEFAULT_SCOPES, Principal
from openclaw_gateway.endpoints.exchange import HttpRequest, StreamPlace
from openclaw_gateway.endpoints.idempotency import (
    digest_body,
    digest_request,
    is_worth_another_try,
    read_event_id,
    read_key,
    read_retry_count,
)
from openclaw_gateway.errors import Busy, Draining, GatewayError, InvalidRequest
from openclaw_gateway.events import MessageAdded, ModelStarted, RunEvent, TextDelta, ToolStarted
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.model_errors import ModelRejected, ModelServerError

BODY = b'{"model":"openclaw"}'
BEGUN: list[RunEvent] = [ModelStarted("p", "m", 0), MessageAdded(UserMessage("hi"), 1)]


@pytest.mark.parametrize(
    ("event_id", "expected"),
    [
        pytest.param("run:12", ("run", StreamPlace(12)), id="whole event"),
        pytest.param("run:12.0", ("run", StreamPlace(12, 0)), id="part"),
        pytest.param("a:b:0", ("a:b", StreamPlace(0)), id="colon in the run's id"),
    ],
)
def test_event_id(event_id: str, expected: tuple[str, StreamPlace]) -> None:
    """An event's id names its run and the place in it."""
    assert read_event_id(event_id) == expected


@pytest.mark.parametrize(
    "event_id", ["", ":1", "run", "run:", "run:1.2.3", "run:.1", "run:+1", "run:1e3", "run:\u0661", "run:0x1"]
)
def test_what_is_no_event_id(event_id: str) -> None:
    """Anything else is refused by the header's name."""
    with pytest.raises(InvalidRequest) as refused:
        read_event_id(event_id)
    assert refused.value.param == "Last-Event-ID"


@pytest.mark.parametrize(
    ("count", "expected"),
    [("0", 0), ("2", 2), ("", 0), ("-1", 0), ("many", 0), ("999999", 100), ("9" * 50, 0), ("\u0662", 0)],
)
def test_retry_count(count: str, expected: int) -> None:
    """What an SDK counts is believed within reason; what is no count is none."""
    assert read_retry_count({"x-stainless-retry-count": count}) == expected


@pytest.mark.parametrize("key", ["k", "k" * 255, "with spaces, and commas", "schlüssel"])
def test_key(key: str) -> None:
    """A key may be any short text."""
    assert read_key({"idempotency-key": key}) == key
    assert read_key({}) is None


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\there", "\u2028"])
def test_what_is_no_key(key: str) -> None:
    """An empty, long or unprintable key is refused."""
    with pytest.raises(InvalidRequest):
        read_key({"idempotency-key": key})


@pytest.mark.parametrize(
    ("headers", "is_same"),
    [
        pytest.param({"user-agent": "other", "x-request-id": "2", "x-stainless-retry-count": "1"}, True, id="how"),
        pytest.param({"x-openclaw-on-disconnect": "continue", "x-openclaw-events": "tools"}, True, id="delivery"),
        pytest.param({"x-openclaw-session-key": "talk"}, False, id="session"),
        pytest.param({"x-openclaw-agent-id": "main"}, False, id="agent"),
        pytest.param({"x-openwebui-chat-id": "7"}, False, id="a chat UI's chat"),
    ],
)
def test_headers_of_the_same_request(headers: Mapping[str, str], is_same: bool) -> None:
    """Headers that choose agent, session or model are part of what is asked, others are not."""
    assert (digest_body({}, BODY) == digest_body(headers, BODY)) is is_same


def test_headers_do_not_run_into_each_other() -> None:
    """Two headers are not one, and none is the beginning of a body."""
    first = digest_body({"x-openclaw-a": "1", "x-openclaw-b": "2"}, b"")
    assert first != digest_body({"x-openclaw-a": "1x-openclaw-b:2"}, b"")
    assert digest_body({"x-openclaw-a": "1"}, b"") != digest_body({}, b"x-openclaw-a:1\n")


async def test_large_bodies_are_digested_beside_the_loop() -> None:
    """A body of many megabytes has the same digest, and the loop goes on meanwhile."""
    body = b"x" * (20 * 1024 * 1024)
    principal = Principal("me", "token", DEFAULT_SCOPES, "127.0.0.1", is_local=True)
    request = HttpRequest("POST", "/x", "", {}, body, principal, "r", 0.0, {}, lambda _: None)
    digesting = asyncio.ensure_future(digest_request(request))
    await asyncio.sleep(0)
    assert not digesting.done()
    assert await digesting == digest_body({}, body)


@pytest.mark.parametrize(
    ("error", "said", "is_stream", "expected"),
    [
        pytest.param(Busy("full"), [], True, True, id="429"),
        pytest.param(ModelServerError("down"), BEGUN, True, True, id="502 before a word"),
        pytest.param(Draining("end"), [*BEGUN, TextDelta("a")], False, True, id="503 amid a text nobody has seen"),
        pytest.param(Draining("end"), [*BEGUN, TextDelta("a")], True, False, id="503 amid a text that was shown"),
        pytest.param(GatewayError("bug"), [*BEGUN, ToolStarted("c", "n", "{}")], False, False, id="500 after a tool"),
        pytest.param(ModelRejected("no"), [], False, False, id="400"),
    ],
)
def test_what_may_be_tried_again(error: GatewayError, said: list[RunEvent], is_stream: bool, expected: bool) -> None:
    """Nothing came of a run that failed with 429 or 5xx before its tools ran, or its text was shown."""
    assert is_worth_another_try(error, said, was_shown=is_stream) is expected
