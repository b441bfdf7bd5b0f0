"""kill -9 in the middle of turns."""

import asyncio
import random
from collections.abc import Callable
from itertools import pairwise

from bench.processes import TOKEN, Gateway
from tests.faults.client import Answer, ask, calling, read_history, text_of, turn

from openclaw_gateway.client import GatewayClient

CLIENTS = 8
LOOPS = 10


class Talker:
    """A client that takes turns in one session until its gateway dies, and remembers which were acknowledged."""

    def __init__(self, number: int) -> None:
        self.is_stream = number % 2 == 1
        self.agent = "slow" if number % 4 >= 2 else "main"
        self.key = f"agent:{self.agent}:kill-{number}"
        self.acknowledged: list[str] = []
        self._turns = 0

    async def take_turn(self, port: int) -> Answer:
        self._turns += 1
        text = f"{self.key} turn {self._turns}."
        answer = await ask(port, text, key=self.key, agent=self.agent, stream=self.is_stream)
        if answer.is_acknowledged:
            self.acknowledged.append(text)
        return answer

    async def talk(self, port: int, on_turn: Callable[[], None]) -> None:
        while (await self.take_turn(port)).is_acknowledged:
            on_turn()

    async def assert_kept(self, port: int) -> None:
        messages = await read_history(port, self.key)
        said = [text_of(message) for message in messages if message["role"] == "user"]
        assert [text for text in said if text in self.acknowledged] == self.acknowledged
        for message, following in pairwise(messages):
            if text_of(message) in self.acknowledged:
                assert following["role"] == "assistant"


async def test_acknowledged_turns_survive_kill(start: Callable[[], Gateway]) -> None:
    """Ten times: the gateway is killed amid turns; every acknowledged turn is there after restart, the next works."""
    talkers = [Talker(number) for number in range(CLIENTS)]
    chance = random.Random(1)
    gateway = start()
    for _ in range(LOOPS):
        count = 0
        is_time = asyncio.Event()
        kill_after = chance.randrange(CLIENTS, CLIENTS * 12)

        def on_turn() -> None:
            nonlocal count
            count += 1
            if count == kill_after:  # noqa: B023 -- ended before the next loop
                is_time.set()  # noqa: B023

        async with asyncio.TaskGroup() as group:
            for talker in talkers:
                group.create_task(talker.talk(gateway.port, on_turn))
            async with asyncio.timeout(30):
                await is_time.wait()
            gateway.kill()
        gateway = start()
        for talker in talkers:
            await talker.assert_kept(gateway.port)
            answer = await talker.take_turn(gateway.port)
            assert answer.is_acknowledged, answer
            await talker.assert_kept(gateway.port)


async def test_cut_stream_is_not_taken_for_done(start: Callable[[], Gateway]) -> None:
    """A stream that kill -9 cuts leaves nothing that looks like a finished answer, and its session goes on."""
    key = "agent:endless:cut"
    gateway = start()
    body = turn("going on", agent="endless", stream=True)
    async with calling(gateway.port, "/v1/chat/completions", body, {"x-openclaw-session-key": key}) as call:
        await call.read_until(b"a few words")
        gateway.kill()
        answer = await call.read_answer()
    assert not answer.is_complete
    gateway = start()
    history = await read_history(gateway.port, key)
    assert not [message for message in history if message.get("stopReason") == "stop"]
    assert (await ask(gateway.port, "and now?", key=key.replace("endless", "main"))).is_acknowledged


async def test_stream_is_picked_up_after_a_kill(start: Callable[[], Gateway]) -> None:
    """After kill -9 a stream with a key is read again as far as it was written down, to an error and [DONE]."""
    gateway = start()
    body = turn("going on", agent="endless", stream=True)
    once = {"idempotency-key": "only-once"}
    async with calling(gateway.port, "/v1/chat/completions", body, once) as call:
        await call.read_until(b":150\n")  # so late that what came first has been written down
        gateway.kill()
    run_id = bytes(call.received).partition(b"\nid: ")[2].partition(b":")[0].decode()
    gateway = start()
    for headers in (once, {"last-event-id": f"{run_id}:0"}):
        async with calling(gateway.port, "/v1/chat/completions", body, headers) as call:
            answer = await call.read_answer()
        assert "a few words" in answer.text
        assert answer.error is not None
        assert answer.error["code"] == "run_interrupted"
        assert answer.events[-1] == "[DONE]"


async def test_waiting_messages_survive_a_kill(start: Callable[[], Gateway]) -> None:
    """What was acknowledged while it waited is there after kill -9, shown as interrupted, and nobody has run it."""
    key = "agent:endless:waiting"
    gateway = start()
    with GatewayClient.connect(f"ws://127.0.0.1:{gateway.port}", token=TOKEN) as client:
        for number in range(5):
            params = {"sessionKey": key, "message": f"message {number}", "idempotencyKey": f"k{number}"}
            assert await asyncio.to_thread(client.request, "chat.send", params)
        gateway.kill()
    gateway = start()
    with GatewayClient.connect(f"ws://127.0.0.1:{gateway.port}", token=TOKEN) as client:
        history = await asyncio.to_thread(client.request, "chat.history", {"sessionKey": key})
    waiting = [(item["runId"], item["state"]) for item in history["pendingInputs"]["items"]]
    assert waiting == [(f"k{number}", "interrupted") for number in range(1, 5)]
    assert [text_of(message) for message in await read_history(gateway.port, key)][:1] == ["message 0"]


async def test_run_that_only_waited_is_started_by_its_retry(start: Callable[[], Gateway]) -> None:
    """A request with a key whose run waited at kill -9 is done when it is sent again: nothing of it had happened."""
    headers = {"x-openclaw-session-key": "agent:endless:busy"}
    busy, waits = turn("going on", agent="endless", stream=True), turn("me too", agent="endless", stream=True)
    gateway = start()
    async with calling(gateway.port, "/v1/chat/completions", busy, headers) as first:
        await first.read_until(b"a few words")
        async with calling(gateway.port, "/v1/chat/completions", waits, headers | {"idempotency-key": "w"}) as second:
            await second.read_until(b": ")  # a comment of a stream that has nothing to say yet
            gateway.kill()
    gateway = start()
    async with calling(gateway.port, "/v1/chat/completions", waits, headers | {"idempotency-key": "w"}) as again:
        await again.read_until(b"a few words")
