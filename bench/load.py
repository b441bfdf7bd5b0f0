"""The load: connections that send a prepared request as soon as the last answer is complete, and check what came.

Raw sockets under uvloop, no HTTP library: on two cores the load generator's own work would else be what is measured.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

from bench.processes import TOKEN
from bench.upstream import LAST_WORD

TIMEOUT_S = 60.0
_WORD = b"a few words "
_LAST_WORD = LAST_WORD.encode()


class BadAnswer(RuntimeError):
    """An answer that is not the one the upstream gave: a benchmark of wrong answers is worth nothing."""


@dataclass(slots=True)
class Result:
    """What a load came to. latencies_s: of whole turns. words: pieces of text, however they were put into chunks."""

    wall_s: float
    latencies_s: list[float] = field(default_factory=list)
    first_s: list[float] = field(default_factory=list)
    words: int = 0

    def percentile_ms(self, share: float) -> float:
        """Latency in ms below which `share` of the turns were."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


@dataclass(frozen=True, slots=True)
class Target:
    """Where turns go and in what form. session_of: the key of turn number i, or None for ephemeral turns."""

    port: int
    path: str = "/v1/chat/completions"
    model: str = "openclaw"
    is_stream: bool = False
    body_bytes: int = 1024
    session_of: Callable[[int], str] | None = None
    is_checked: bool = True

    def request(self) -> Callable[[int], bytes]:
        """A function from a turn's number to the bytes of its request."""
        stream = "true" if self.is_stream else "false"
        start = f'{{"model":"{self.model}","stream":{stream},"messages":[{{"role":"user","content":"'
        end = '"}]}'
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {self.body_bytes}\r\n"
        ).encode()
        filler = "The quick brown fox jumps over the lazy dog. " * (self.body_bytes // 45 + 1)
        room = self.body_bytes - len(start) - len(end)
        session_of = self.session_of

        def build(number: int) -> bytes:
            mark = f"{number:08d} "
            session = f"x-openclaw-session-key: {session_of(number)}\r\n".encode() if session_of is not None else b""
            return head + session + b"\r\n" + (start + mark + filler[: room - len(mark)] + end).encode()

        return build


class _Turns(asyncio.Protocol):
    """One connection: turn after turn from the shared counter until it is used up."""

    def __init__(self, target: Target, numbers: Iterator[int], result: Result) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._build = target.request()
        self._target = target
        self._numbers = numbers
        self._result = result
        self._received = bytearray()
        self._sent_at = 0.0
        self._need = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are no subclass of it
        self._next()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(BadAnswer(f"connection lost after {bytes(self._received[-300:])!r}"))

    def _next(self) -> None:
        number = next(self._numbers, None)
        if number is None:
            self.done.set_result(None)
            self._transport.close()
            return
        request = self._build(number)
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        received = self._received
        if not received:
            self._result.first_s.append(time.perf_counter() - self._sent_at)
        received += data
        if not self._need:
            end = received.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(received[:end]).lower()
            at = head.find(b"content-length:")
            # A chunked answer is read until its closing chunk: one request at a time, so nothing can follow it.
            self._need = end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else -1
        if self._need > 0:
            if len(received) < self._need:
                return
        elif not received.endswith(b"\r\n0\r\n\r\n"):
            return
        self._result.latencies_s.append(time.perf_counter() - self._sent_at)
        self._check(bytes(received))
        received.clear()
        self._need = 0
        if not self.done.done():
            self._next()

    def _check(self, answer: bytes) -> None:
        if self._target.is_stream:
            self._result.words += answer.count(_WORD)
        is_whole = _LAST_WORD in answer and (not self._target.is_stream or answer.count(b"data: [DONE]") == 1)
        if answer[9:12] != b"200" or (self._target.is_checked and not is_whole):
            self.done.set_exception(BadAnswer(repr(answer[:600])))
            self._transport.abort()


async def send_turns(target: Target, turns: int, concurrency: int, *, first_number: int = 0) -> Result:
    """Send that many turns over that many connections; raises BadAnswer at the first wrong one."""
    numbers = iter(range(first_number, first_number + turns))
    result = Result(0.0)
    loop = asyncio.get_running_loop()
    started_at = time.perf_counter()
    connections = []
    for _ in range(concurrency):
        _, connection = await loop.create_connection(lambda: _Turns(target, numbers, result), "127.0.0.1", target.port)
        connections.append(connection)
    async with asyncio.timeout(TIMEOUT_S + turns * 0.01):
        await asyncio.gather(*[connection.done for connection in connections])
    result.wall_s = time.perf_counter() - started_at
    return result
