"""Streams of events, from the first to the end, to readers of every kind."""

import asyncio
from collections.abc import Callable

import pytest
from tests.wire.house import House, RawClient, get, open_house, render_error

from openclaw_gateway.endpoints.exchange import HttpReply, HttpRequest, Reply, StreamReply
from openclaw_gateway.errors import GatewayError
from openclaw_gateway.events import (
    MessageAdded,
    ModelFailedOver,
    ModelStarted,
    RunEvent,
    RunFailed,
    RunFinished,
    RunStarted,
    TextDelta,
)
from openclaw_gateway.messages import Usage, UserMessage
from openclaw_gateway.model_errors import ModelServerError
from openclaw_gateway.runs.event_log import EventLog
from openclaw_gateway.wire.limits import WireLimits
from openclaw_gateway.wire.routes import Route
from openclaw_gateway.wire.sse import _COMMENT_AMONG_IDS

STARTED = RunStarted("r", "k", "s", "main", 0)
MODEL = ModelStarted("p", "m", 0)
FAILED_OVER = ModelFailedOver("p", "m", "timeout")
ADDED = MessageAdded(UserMessage("hi"), 1)
FINISHED = RunFinished("stop", Usage(), Usage(), "p", "m", 0, {})
FAILED = RunFailed(ModelServerError("the model's server failed"), 0)


class Encoder:
    """Says each event's kind and number."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def encode(self, event: RunEvent, number: int) -> bytes:
        self.numbers.append(number)
        match event:
            case TextDelta():
                return f"data: {event.text}\n\n".encode()
            case RunFinished():
                return b"data: [DONE]\n\n"
            case RunFailed():
                return b"data: error\n\ndata: [DONE]\n\n"
            case _:
                return b""

    def holds(self, event: RunEvent) -> bool:
        return False

    def encode_failure(self, error: GatewayError) -> HttpReply:
        return render_error(error)


class Stage:
    """A route whose log the test writes."""

    def __init__(self) -> None:
        self.log = EventLog()
        self.encoder = Encoder()
        self.left = asyncio.Event()
        self.heads = 0

    def head(self) -> list[tuple[bytes, bytes]]:
        self.heads += 1
        return [(b"x-openclaw-agent-id", b"main")]

    async def handle(self, request: HttpRequest) -> Reply:
        request.watch_disconnect(self.left.set)
        return StreamReply(self.log, self.encoder, self.head)

    @property
    def routes(self) -> list[Route]:
        return [Route("/stream", ("GET",), self.handle, scope=None)]


async def open_stream(house: House, question: str = get("/stream")) -> RawClient:
    client = await house.connect()
    client.say(question)
    return client


async def test_a_stream_from_head_to_end() -> None:
    """Events arrive in order with the head before and the end behind, and the connection goes on."""
    stage = Stage()
    async with open_house(stage.routes) as house:
        client = await open_stream(house)
        for event in (STARTED, ADDED, MODEL, TextDelta("a"), TextDelta("b"), FINISHED):
            stage.log.say(event)
        answer = await client.read_answer()
        assert answer.body == b"data: a\n\ndata: b\n\ndata: [DONE]\n\n"
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["x-openclaw-agent-id"] == "main"
        assert stage.encoder.numbers == [0, 1, 2, 3, 4, 5]
        assert stage.heads == 1
        client.say(get("/health"))
        assert (await client.read_answer()).status == 200


async def test_each_delta_arrives_at_once() -> None:
    """A delta is on its way before the next one exists."""
    stage = Stage()
    async with open_house(stage.routes) as house:
        client = await open_stream(house)
        stage.log.say(TextDelta("0"))
        await client.reader.readuntil(b"\r\n\r\n")
        chunks = client.chunks()
        assert await anext(chunks) == b"data: 0\n\n"
        for number in range(1, 20):
            stage.log.say(TextDelta(str(number)))
            assert await anext(chunks) == f"data: {number}\n\n".encode()


async def test_events_that_are_there_go_out_together() -> None:
    """A burst is one chunk, not many."""
    stage = Stage()
    async with open_house(stage.routes) as house:
        client = await open_stream(house)
        for number in range(100):
            stage.log.say(TextDelta(str(number)))
        stage.log.say(FINISHED)
        await client.reader.readuntil(b"\r\n\r\n")
        chunks = [chunk async for chunk in client.chunks()]
        assert len(chunks) == 1
        assert chunks[0].count(b"data: ") == 101


@pytest.mark.parametrize("split", range(5))
async def test_failure_before_the_first_word_has_its_status(split: int) -> None:
    """A run that fails before it said anything is answered with its own status, whenever its events come."""
    stage = Stage()
    events: list[RunEvent] = [STARTED, ADDED, MODEL, FAILED_OVER, FAILED]
    for event in events[:split]:
        stage.log.say(event)
    async with open_house(stage.routes) as house:
        client = await open_stream(house)
        for event in events[split:]:
            stage.log.say(event)
            await asyncio.sleep(0)
        answer = await client.read_answer()
        assert (answer.status, stage.heads) == (502, 0)
        assert b"the model's server failed" in answer.body


async def test_failure_after_the_first_word_is_in_the_stream() -> None:
    """Once something was said, a failure is the stream's last event."""
    stage = Stage()
    async with open_house(stage.routes) as house:
        client = await open_stream(house)
        stage.log.say(TextDelta("a"))
        stage.log.say(FAILED)
        answer = await client.read_answer()
        assert answer.status == 200
        assert answer.body == b"data: a\n\ndata: error\n\ndata: [DONE]\n\n"


async def test_head_goes_out_after_the_hold() -> None:
    """After some silence the head and a comment go out, and a failure then is in the stream."""
    stage = Stage()
    async with open_house(stage.routes, limits=WireLimits(head_hold_s=0.05)) as house:
        client = await open_stream(house)
        stage.log.say(STARTED)
        assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        chunks = client.chunks()
        assert await anext(chunks) == b": keepalive\n\n"
        stage.log.say(FAILED)
        assert b"".join([chunk async for chunk in chunks]) == b"data: error\n\ndata: [DONE]\n\n"


async def test_silence_is_filled_with_comments() -> None:
    """Comments come while nothing else does, from before the first token."""
    stage = Stage()
    limits = WireLimits(head_hold_s=0.02, stream_comment_s=0.02)
    async with open_house(stage.routes, limits=limits) as house:
        client = await open_stream(house)
        await client.reader.readuntil(b"\r\n\r\n")
        chunks = client.chunks()
        assert [await anext(chunks) for _ in range(4)] == [b": keepalive\n\n"] * 4
        stage.log.say(FINISHED)
        assert [chunk async for chunk in chunks][-1] == b"data: [DONE]\n\n"


async def test_a_busy_stream_has_no_comments() -> None:
    """A comment is sent only after silence since the last event."""
    stage = Stage()
    limits = WireLimits(head_hold_s=0.01, stream_comment_s=5)
    async with open_house(stage.routes, limits=limits) as house:
        client = await open_stream(house)
        stage.log.say(TextDelta("a"))
        reading = asyncio.create_task(client.read_answer())
        for number in range(20):
            stage.log.say(TextDelta(str(number)))
            await asyncio.wait([reading], timeout=0.005)
        stage.log.say(FINISHED)
        assert b": keepalive" not in (await reading).body


async def test_http_10_gets_the_bare_stream() -> None:
    """A client of HTTP/1.0 reads to the end of the connection."""
    stage = Stage()
    stage.log.say(TextDelta("a"))
    stage.log.say(FINISHED)
    async with open_house(stage.routes) as house:
        client = await open_stream(house, "GET /stream HTTP/1.0\r\nHost: localhost\r\n\r\n")
        head, _, body = (await client.read_to_end()).partition(b"\r\n\r\n")
        assert b"connection: close" in head
        assert b"transfer-encoding" not in head
        assert body == b"data: a\n\ndata: [DONE]\n\n"


@pytest.mark.parametrize(
    "said", [pytest.param([], id="silent upstream"), pytest.param([TextDelta("a")], id="in the middle")]
)
async def test_a_client_that_leaves_is_noticed(said: list[RunEvent]) -> None:
    """Hanging up is told at once, also while nothing is being said, and nothing is left behind."""
    stage = Stage()
    async with open_house(stage.routes) as house:
        client = await open_stream(house)
        stage.log.say(STARTED)
        for event in said:
            stage.log.say(event)
            await client.reader.readuntil(b"\r\n\r\n")
        assert (await house.ask(get("/health"))).status == 200
        client.hang_up()
        async with asyncio.timeout(5):
            await stage.left.wait()
        await house.wait_empty()
        assert await house.server.drain(5) == 0


async def flood(stage: Stage, size: int) -> None:
    for _ in range(size):
        stage.log.say(TextDelta("x" * 10_000))
        await asyncio.sleep(0)


async def test_a_reader_that_does_not_read_is_cut() -> None:
    """A stream whose reader stopped ends after the stall time; the run's log is not held up by it."""
    stage = Stage()
    async with open_house(stage.routes, limits=WireLimits(write_stall_s=0.2)) as house:
        client = await open_stream(house)
        client.writer.transport.pause_reading()
        await flood(stage, 2000)
        async with asyncio.timeout(5):
            await stage.left.wait()
        await house.wait_empty()


async def test_a_slow_reader_gets_everything() -> None:
    """A reader that is behind catches up, and misses nothing."""
    stage = Stage()
    async with open_house(stage.routes) as house:
        client = await open_stream(house)
        client.writer.transport.pause_reading()
        await flood(stage, 2000)
        stage.log.say(FINISHED)
        client.writer.transport.resume_reading()
        assert (await client.read_answer()).body.count(b"data: x") == 2000


async def test_two_readers_of_one_log() -> None:
    """Two answers read one log, each at its own pace."""
    stage = Stage()
    async with open_house(stage.routes) as house:
        first = await open_stream(house)
        stage.log.say(TextDelta("a"))
        await first.reader.readuntil(b"data: a")
        second = await open_stream(house)
        stage.log.say(TextDelta("b"))
        stage.log.say(FINISHED)
        assert (await second.read_answer()).body == b"data: a\n\ndata: b\n\ndata: [DONE]\n\n"


async def test_an_encoder_that_fails_cuts_the_stream(caplog: pytest.LogCaptureFixture) -> None:
    """A bug in the middle of a stream breaks it off, so that nobody takes half an answer for a whole one."""
    stage = Stage()

    def fail(event: RunEvent, number: int) -> bytes:
        if number == 1:
            raise RuntimeError("bug")
        return b"data: a\n\n"

    encode: Callable[[RunEvent, int], bytes] = fail
    stage.encoder.encode = encode  # type: ignore[method-assign]  # the test's own encoder
    async with open_house(stage.routes) as house:
        client = await open_stream(house)
        stage.log.say(TextDelta("a"))
        await client.reader.readuntil(b"data: a\n\n")
        stage.log.say(TextDelta("b"))
        assert b"0\r\n\r\n" not in await client.read_to_end()
        assert "bug" in caplog.text


def test_comments_among_ids_are_no_events_to_an_sdk() -> None:
    """OpenAI's own decoder makes no event of a comment, wherever in a stream with ids it stands."""
    from openai._streaming import SSEDecoder

    event = b'id: run:%d\ndata: {"n":1}\n\n'
    stream = _COMMENT_AMONG_IDS + event % 1 + _COMMENT_AMONG_IDS * 2 + event % 2
    assert [read.data for read in SSEDecoder().iter_bytes(iter([stream]))] == ['{"n":1}'] * 2
