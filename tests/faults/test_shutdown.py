"""SIGTERM in the middle of streams."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack

from bench.processes import Gateway
from bench.upstream import LAST_WORD
from tests.faults.client import ask, calling, read_history, text_of, turn

STREAMS = 8


async def test_streams_end_before_exit(start: Callable[[], Gateway]) -> None:
    """At SIGTERM short streams finish, endless ones end with an error event and [DONE], and the exit code is 0."""
    gateway = start()
    async with AsyncExitStack() as stack:
        calls = {}
        for agent in ("paced", "endless"):
            for number in range(STREAMS):
                headers = {"x-openclaw-session-key": f"agent:{agent}:term-{number}"}
                body = turn("go on", agent=agent, stream=True)
                call = await stack.enter_async_context(calling(gateway.port, "/v1/chat/completions", body, headers))
                calls[agent, number] = call
                await call.read_until(b"a few words")
        ending = asyncio.create_task(asyncio.to_thread(gateway.terminate))
        answers = {name: await call.read_answer() for name, call in calls.items()}
        assert await ending == 0, gateway.output
    for (agent, _), answer in answers.items():
        assert answer.is_complete
        assert answer.events[-1] == "[DONE]"
        assert answer.events.count("[DONE]") == 1
        if agent == "paced":
            assert answer.error is None
            assert answer.text.endswith(LAST_WORD)
        else:
            assert answer.error is not None
            assert answer.error["code"] == "shutting_down"
    gateway = start()
    for (agent, number), answer in answers.items():
        last = (await read_history(gateway.port, f"agent:{agent}:term-{number}"))[-1]
        assert last["role"] == "assistant"
        assert last.get("stopReason", "stop") == ("stop" if agent == "paced" else "aborted")
        assert text_of(last) == answer.text


async def test_nothing_new_while_draining(start: Callable[[], Gateway]) -> None:
    """A gateway that was told to stop takes no new turn: it refuses the connection or answers 503."""
    gateway = start()
    body = turn("go on", agent="paced", stream=True)
    async with calling(gateway.port, "/v1/chat/completions", body) as call:
        await call.read_until(b"a few words")
        ending = asyncio.create_task(asyncio.to_thread(gateway.terminate))
        async with asyncio.timeout(10):
            answer = await ask(gateway.port, "one more")
            while answer.is_acknowledged:
                answer = await ask(gateway.port, "one more")
        assert answer.status in {0, 503}
        if answer.status == 503:
            assert json.loads(answer.body)["error"]["code"] == "shutting_down"
        assert (await call.read_answer()).text.endswith(LAST_WORD)
        assert await ending == 0
