"""What all runs say, told to those who listen."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.endpoints.gateway.conftest import Peer

from openclaw_gateway.dialects.gateway.frames import EncodedEvent
from openclaw_gateway.endpoints.gateway.run_feed import RunFeed
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.events import ReasoningDelta, RunEvent, TextDelta, ToolFinished, ToolProgress, ToolStarted


class Listener:
    """Everything that was published, in order."""

    def __init__(self) -> None:
        self.events: list[EncodedEvent] = []
        self.arrived = asyncio.Event()

    def publish(self, event: EncodedEvent) -> None:
        self.events.append(event)
        self.arrived.set()

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [json.loads(event.numbered(1)) for event in self.events]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Payloads of one agent stream or chat state."""
        return [
            frame["payload"]
            for frame in self.frames
            if kind in (frame["payload"].get("stream"), frame["payload"].get("state"))
        ]

    async def wait_for(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while not (found := self.of(kind)):
                self.arrived.clear()
                await self.arrived.wait()
        return found[-1]


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def feed(services: Services, listener: Listener) -> Iterator[RunFeed]:
    feed = RunFeed(services.runs, listener.publish, services.now_ms)
    yield feed
    feed.stop()


async def test_run_is_told_from_its_beginning_to_its_end(feed: RunFeed, listener: Listener, peer: Peer) -> None:
    """A run's events come in the observed order and end with chat final."""
    feed.start()
    await peer.ask("agent", message="[[say Hello]]", idempotencyKey="k1")
    told = [
        (payload.get("stream") or payload["state"], payload.get("phase") or payload.get("data", {}).get("phase"))
        for payload in [frame["payload"] for frame in listener.frames]
    ]
    assert told[:3] == [
        ("status", "preparing_context"),
        ("run_status", "preparing_context"),
        ("lifecycle", "start"),
    ]
    assert told[-3:] == [("lifecycle", "finishing"), ("lifecycle", "end"), ("final", None)]
    assert listener.of("final")[0]["message"]["content"] == [{"type": "text", "text": "Hello"}]
    assert "".join(payload["data"]["delta"] for payload in listener.of("assistant")) == "Hello"


async def test_content_is_for_readers(feed: RunFeed, listener: Listener, peer: Peer) -> None:
    """Everything of a run needs operator.read; only what a later event repeats may be dropped."""
    feed.start()
    await peer.ask("agent", message="[[say Hello]]", idempotencyKey="k1")
    assert {event.scope for event in listener.events} == {"operator.read"}
    droppable = [
        frame["payload"].get("stream") or frame["payload"]["state"]
        for event, frame in zip(listener.events, listener.frames, strict=True)
        if event.is_droppable
    ]
    assert set(droppable) == {"assistant", "delta"}


async def test_nothing_is_told_while_nobody_listens(feed: RunFeed, listener: Listener, peer: Peer) -> None:
    """Before start and after stop the feed is silent."""
    await peer.ask("agent", message="[[say one]]", idempotencyKey="k1")
    feed.start()
    feed.stop()
    await peer.ask("agent", message="[[say two]]", idempotencyKey="k2")
    assert listener.events == []


async def test_late_listener_gets_the_text_so_far(
    feed: RunFeed, listener: Listener, peer: Peer, services: Services
) -> None:
    """Whoever comes in the middle of a run is given the whole text with the next delta, numbered on."""
    asking = asyncio.create_task(peer.ask("agent", message="[[hang]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    run = services.runs.find("k1")
    assert run is not None
    run.say(TextDelta("early "))
    feed.start()
    run.say(TextDelta("late"))
    told = await listener.wait_for("assistant")
    assert (told["data"]["text"], told["data"]["delta"]) == ("early late", "late")
    assert told["seq"] > 1
    run.cancel(RunCancelled("enough"))
    await asking
    assert listener.frames[-1]["payload"]["state"] == "aborted"


async def test_deltas_of_a_long_text_are_joined(
    feed: RunFeed, listener: Listener, peer: Peer, services: Services
) -> None:
    """The longer the text is, the more deltas are joined; nothing of it is lost and the end is not held back."""
    feed.start()
    asking = asyncio.create_task(peer.ask("agent", message="[[hang]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    run = services.runs.find("k1")
    assert run is not None
    pieces = ["x" * 1_000_000, *[f"{number} " for number in range(1000)]]
    for piece in pieces:
        run.say(TextDelta(piece))
    assert len(listener.of("assistant")) == 1
    run.cancel(RunCancelled("enough"))
    await asking
    assert [payload["data"]["delta"] for payload in listener.of("assistant")] == [pieces[0], "".join(pieces[1:])]
    assert listener.of("aborted")[0]["message"]["content"][0]["text"] == "".join(pieces)


async def test_joined_deltas_are_told_by_themselves(
    feed: RunFeed, listener: Listener, peer: Peer, services: Services
) -> None:
    """A delta that had to wait comes out without another event of the run."""
    feed.start()
    asking = asyncio.create_task(peer.ask("agent", message="[[hang]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    run = services.runs.find("k1")
    assert run is not None
    run.say(TextDelta("x" * 10_000))
    run.say(TextDelta("tail"))
    async with asyncio.timeout(10):
        while len(listener.of("assistant")) < 2:
            listener.arrived.clear()
            await listener.arrived.wait()
    assert listener.of("assistant")[-1]["data"]["delta"] == "tail"
    run.cancel(RunCancelled("enough"))
    await asking


async def told_of(listener: Listener, peer: Peer, services: Services, message: str, events: list[RunEvent]) -> None:
    """A run that says these events while it hangs, told to its end."""
    asking = asyncio.create_task(peer.ask("agent", message=message, idempotencyKey="k1"))
    await listener.wait_for("run_status")
    run = services.runs.find("k1")
    assert run is not None
    await peer.wait_frames(1)
    for event in events:
        run.say(event)
    run.cancel(RunCancelled("enough"))
    await asking


@pytest.mark.parametrize(
    ("directive", "deltas"),
    [
        pytest.param("", [], id="off is the default"),
        pytest.param("/reasoning off ", [], id="off"),
        pytest.param("/reasoning on ", ["Let me see"], id="on is whole"),
        pytest.param("/reasoning stream ", ["Let me", " see"], id="stream is as it comes"),
    ],
)
async def test_reasoning_is_told_as_it_is_shown(
    feed: RunFeed, listener: Listener, peer: Peer, services: Services, directive: str, deltas: list[str]
) -> None:
    """The stream `reasoning` follows /reasoning, and the answer is told either way."""
    feed.start()
    events: list[RunEvent] = [ReasoningDelta("Let me"), ReasoningDelta(" see"), TextDelta("Two")]
    await told_of(listener, peer, services, f"{directive}[[hang]]", events)
    assert "".join([payload["data"]["delta"] for payload in listener.of("reasoning")]) == "".join(deltas)
    assert len(listener.of("reasoning")) <= len(deltas)
    assert listener.of("assistant")[-1]["data"]["text"] == "Two"


@pytest.mark.parametrize(
    ("directive", "for_all", "brief"),
    [
        pytest.param("", [], [], id="off is the default"),
        pytest.param("/verbose on ", [], ["start", "result"], id="on: without what tools return"),
        pytest.param("/verbose full ", ["start", "update", "result"], [], id="full: everything"),
    ],
)
async def test_tools_are_told_as_they_are_shown(
    feed: RunFeed, listener: Listener, peer: Peer, services: Services, directive: str, for_all: list[str],
    brief: list[str],
) -> None:  # fmt: skip
    """Clients without the capability hear of tools as /verbose says; those with it hear all of it in any case."""
    feed.start()
    events: list[RunEvent] = [
        ToolStarted("c1", "exec", "{}"),
        ToolProgress("c1", "exec", "secret-free output"),
        ToolFinished("c1", "exec", "secret-free output", is_error=False, duration_ms=1),
    ]
    await told_of(listener, peer, services, f"{directive}[[hang]]", events)
    tools = [
        (event, json.loads(event.numbered(1))["payload"]["data"])
        for event in listener.events
        if b'"stream":"tool"' in event.numbered(1)
    ]
    everything = ["start", "update", "result"]
    assert [told["phase"] for event, told in tools if event.unless_cap is None] == everything
    assert [told["phase"] for event, told in tools if event.cap is None and event.unless_cap is None] == for_all
    assert [told["phase"] for event, told in tools if event.unless_cap is not None] == brief
    assert all("result" not in told for event, told in tools if event.unless_cap is not None)


async def test_usage_is_told_below_the_answer(feed: RunFeed, listener: Listener, peer: Peer) -> None:
    """`/usage tokens` puts a line of its own below answers, which is not stored with them."""
    feed.start()
    await peer.ask("agent", message="/usage tokens", idempotencyKey="k1")
    answer = await peer.ask("agent", message="[[say Hello]]", idempotencyKey="k2")
    parts = [part["text"] for part in listener.of("final")[-1]["message"]["content"]]
    texts = [entry["text"] for entry in answer["payload"]["result"]["payloads"]]
    assert parts == texts
    assert parts[0] == "Hello"
    assert parts[1].startswith("Usage: ")
    history = await peer.ask("chat.history", sessionKey="main")
    assert "tokens in" not in json.dumps(history)
    assert "Hello" in json.dumps(history)


async def test_reasoning_that_is_on_is_before_the_answer(peer: Peer) -> None:
    """With `/reasoning on` the final response has the reasoning as a payload of its own, ahead of the answer."""
    answer = await peer.ask("agent", message="/reasoning on [[think Hmm]] [[say Two]]", idempotencyKey="k1")
    reasoning, said = answer["payload"]["result"]["payloads"]
    assert reasoning == {"text": "Reasoning:\nHmm", "mediaUrl": None, "isReasoning": True}
    assert said["text"].strip() == "Two"
    assert answer["payload"]["result"]["meta"]["finalAssistantVisibleText"].strip() == "Two"
