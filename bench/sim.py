"""`python -m bench.sim`: random clients against one gateway that is stopped and killed under them.

Each client talks in a session of its own: new messages only or the whole chat resent, plain or streamed; it leaves
streams, retries what failed, and regenerates answers. After each restart, and at the end, what every client was told
as done is stored in its order, with the answer that it read. The choices follow from the seed; their timing does not.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.faults.client import Answer, calling, read_history, text_of

from bench.processes import Gateway, Upstream, free_port, gateway_config

CLIENTS = 6
RESTART_EVERY_TURNS = 60


class Broken(AssertionError):
    """The gateway did not keep a promise."""


class Client:
    """One application with one session. told: the (question, answer) pairs it holds for done."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.agent = ("main", "paced")[number % 3 == 2]
        self.key = f"agent:{self.agent}:sim-{number}"
        self.told: list[tuple[str, str]] = []
        self.turns = 0
        self._chance = chance
        self._pending: str | None = None

    async def act(self, port: int) -> None:
        """Take one turn in some way."""
        self.turns += 1
        chance = self._chance.random
        question = self._pending or f"{self.key} question {self.turns}."
        resends = chance() < 0.4
        if self.told and chance() < 0.1:
            # Regenerate: the last question again, its answer forgotten.
            resends = True
            question, _ = self.told.pop()
        self._pending = question
        history = [
            message
            for said, answer in (self.told if resends else [])
            for message in ({"role": "user", "content": said}, {"role": "assistant", "content": answer})
        ]
        is_stream = chance() < 0.5
        body = {
            "model": f"openclaw/{self.agent}",
            "stream": is_stream,
            "messages": [*history, {"role": "user", "content": question}],
        }
        leaves = is_stream and chance() < 0.2
        try:
            async with calling(port, "/v1/chat/completions", body, {"x-openclaw-session-key": self.key}) as call:
                if leaves:
                    await call.read_until(b"a few words")
                    return
                answer = await call.read_answer()
        except ConnectionError:
            return
        if answer.is_acknowledged:
            self.told.append((question, answer.text))
            self._pending = None
        else:
            self._check_failure(answer)

    def _check_failure(self, answer: Answer) -> None:
        """A turn may fail only because the gateway is going away."""
        if answer.is_complete and answer.error is not None and answer.error["code"] != "shutting_down":
            raise Broken(f"{self.key}: {answer}")

    async def check(self, port: int) -> None:
        """What was told as done is stored, in order, each question followed by the answer read."""
        messages = await read_history(port, self.key)
        last = {text_of(message): place for place, message in enumerate(messages) if message["role"] == "user"}
        places = [last.get(question, -1) for question, _ in self.told[-400:]]
        if -1 in places or places != sorted(places):
            raise Broken(f"{self.key}: told {self.told} but stored {[text_of(message) for message in messages]}")
        for place, (question, answer) in zip(places, self.told[-400:], strict=True):
            if place + 1 >= len(messages) or text_of(messages[place + 1]) != answer:
                raise Broken(f"{self.key}: the answer to {question!r} is not the one told")


async def _simulate(seed: int, turns: int, folder: Path) -> None:
    chance = random.Random(seed)
    with ExitStack() as stack:
        upstream = stack.enter_context(Upstream(folder / "upstream"))
        providers = {name: upstream.provider(name) for name in ("fast", "paced")}
        config = gateway_config(free_port(), providers, {"main": "fast/m", "paced": "paced/m"})

        def start() -> Gateway:
            gateway: Gateway = stack.enter_context(Gateway(folder / "gateway", config))
            gateway.wait_ready(gateway.port)
            return gateway

        clients = [Client(number, random.Random(seed * 1000 + number)) for number in range(CLIENTS)]
        done = 0
        while done < turns:
            done += await _until_restart(start(), clients, chance)
        gateway = start()
        for client in clients:
            await client.check(gateway.port)
    told = sum(len(client.told) for client in clients)
    print(f"seed {seed}: {done} turns, {told} told as done and all kept", flush=True)


async def _until_restart(gateway: Gateway, clients: list[Client], chance: random.Random) -> int:
    """Check what is stored, then let the clients act until the gateway is killed or told to stop; returns turns."""
    for client in clients:
        await client.check(gateway.port)
    left = total = chance.randrange(RESTART_EVERY_TURNS // 2, RESTART_EVERY_TURNS * 2)
    is_time = asyncio.Event()

    async def act(client: Client) -> None:
        nonlocal left
        while left > 0:
            left -= 1
            if left == len(clients):
                is_time.set()
            await client.act(gateway.port)

    end: Callable[[], object] = gateway.kill if chance.random() < 0.6 else gateway.terminate
    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(act(client))
        await is_time.wait()
        await asyncio.to_thread(end)
    return total


def main() -> int:
    """Run the seeds one after another; the first broken promise ends it with a traceback."""
    parser = argparse.ArgumentParser(prog="python -m bench.sim", description=__doc__)
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--seeds", type=int, default=10, help="how many, from 1 (default 10)")
    parser.add_argument("--turns", type=int, default=600, help="turns of each seed (default 600)")
    arguments = parser.parse_args()
    for seed in [arguments.seed] if arguments.seed is not None else range(1, arguments.seeds + 1):
        with tempfile.TemporaryDirectory(prefix="openclaw-sim-") as folder:
            asyncio.run(_simulate(seed, arguments.turns, Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
