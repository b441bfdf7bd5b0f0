"""`python -m bench.soak`: minutes of mixed traffic, good and bad; memory, files and threads must stay flat.

Exit code 1 when they grew: when the median of the last third of the rounds is above that of the middle third by more
than the allowance.
"""

import argparse
import asyncio
import itertools
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import uvloop

from bench.load import Target, send_turns
from bench.processes import TOKEN, Gateway, Upstream, free_port, gateway_config

TURNS = 400
ODD = 40
MAX_GROWTH_MB = 2.0
MAX_GROWTH_FILES = 8


class Traffic:
    """One gateway and everything that is sent to it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        upstream = stack.enter_context(Upstream(folder / "upstream"))
        behaviours = ("fast", "paced", "endless", "dies")
        providers = {name: upstream.provider(name) for name in behaviours}
        models = {"main": "fast/m", **{name: f"{name}/m" for name in behaviours}}
        config = gateway_config(free_port(), providers, models)
        self.gateway: Gateway = stack.enter_context(Gateway(folder / "gateway", config))
        self.gateway.wait_ready(self.gateway.port)
        self._numbers = itertools.count()
        self.turns = 0

    async def round(self) -> None:
        """Some of everything, beside each other."""
        await asyncio.gather(
            self._turns(is_stream=False, is_durable=True),
            self._turns(is_stream=True, is_durable=True),
            self._turns(is_stream=False, is_durable=False),
            self._leave_streams(),
            self._lose_upstream(),
            self._talk_nonsense(),
        )

    async def _turns(self, *, is_stream: bool, is_durable: bool) -> None:
        number = next(self._numbers)

        def session_of(turn: int) -> str:
            return f"agent:main:soak-{number}-{turn % 32}"

        durable = session_of if is_durable else None
        await send_turns(Target(self.gateway.port, is_stream=is_stream, session_of=durable), TURNS, 8)
        self.turns += TURNS

    async def _leave_streams(self) -> None:
        for _ in range(ODD):
            reader, writer = await self._send(_turn_bytes("endless"))
            await reader.readuntil(b"a few words")
            writer.transport.abort()

    async def _lose_upstream(self) -> None:
        for _ in range(ODD):
            reader, writer = await self._send(_turn_bytes("dies"))
            await reader.readuntil(b"data: [DONE]")
            writer.transport.abort()

    async def _talk_nonsense(self) -> None:
        wrong_key = _turn_bytes("main").replace(TOKEN.encode(), b"wrong" + TOKEN[5:].encode())
        for nonsense in (
            b"\x00\xff\r\n\r\n",
            b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n",
            wrong_key,
            b"POST /v1",
        ):
            for _ in range(ODD // 4):
                reader, writer = await self._send(nonsense)
                if nonsense != b"POST /v1":
                    await reader.read(65536)
                writer.transport.abort()

    async def _send(self, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.gateway.port)
        writer.write(request)
        return reader, writer


def _turn_bytes(agent: str) -> bytes:
    body = f'{{"model":"openclaw/{agent}","stream":true,"messages":[{{"role":"user","content":"hello"}}]}}'
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def _soak(minutes: float, folder: Path) -> bool:
    samples: list[tuple[float, int, int]] = []
    with ExitStack() as stack:
        traffic = Traffic(folder, stack)
        gateway = traffic.gateway
        end = time.monotonic() + minutes * 60
        while time.monotonic() < end or len(samples) < 6:
            async with asyncio.timeout(60):
                await traffic.round()
            samples.append((gateway.rss_mb, gateway.open_files, gateway.threads))
            memory, files, threads = samples[-1]
            print(f"{traffic.turns:>9,} turns  {memory:6.1f} MB  {files:4} files  {threads:3} threads", flush=True)
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[-third:]
    grown = [
        statistics.median(sample[column] for sample in last) - statistics.median(sample[column] for sample in middle)
        for column in range(3)
    ]
    print(f"grown from the middle third to the last: {grown[0]:+.1f} MB, {grown[1]:+g} files, {grown[2]:+g} threads")
    return grown[0] <= MAX_GROWTH_MB and grown[1] <= MAX_GROWTH_FILES and grown[2] <= 0


def main() -> int:
    """Soak for the minutes asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="openclaw-soak-") as folder:
        return 0 if uvloop.run(_soak(minutes, Path(folder))) else 1


if __name__ == "__main__":
    sys.exit(main())
