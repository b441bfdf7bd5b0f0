"""A model server that does next to nothing: prepared answers, one write each, so that the gateway is what is measured.

The first part of the path names the behaviour:

    /fast/v1/chat/completions       eight chunks at once
    /slow/…                         the same after 50 ms, as a model thinks before its first token
    /paced/…                        200 chunks, one every 5 ms
    /endless/…                      chunks every 5 ms until the client leaves
    /flood/…                        50 MB of chunks as fast as they are read
    /line/…                         one line that never ends
    /dies/…                         three chunks, then the connection is lost
    /stats                          counters as JSON

    python -m bench.upstream PORT
"""

import asyncio
import json
import random
import sys
from collections.abc import Callable
from typing import TypeVar, cast

import uvloop

T = TypeVar("T")

THINK_S = 0.05
PACE_S = 0.005
PACED_CHUNKS = 200
FLOOD_BYTES = 50_000_000
LAST_WORD = "fin."

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_CLOSE = b"0\r\n\r\n"
_MARK = b"\r\n\r\n"


def _encode(body: dict[str, object]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _chunk(payload: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(payload), payload)


def _event(delta: dict[str, str], finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    body = {"id": "chatcmpl-bench", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return _chunk(b"data: " + _encode({**body, **more}) + b"\n\n")


_ROLE = _event({"role": "assistant", "content": ""})
_WORD = _event({"content": "a few words "})
_USAGE = {"prompt_tokens": 250, "completion_tokens": 12, "total_tokens": 262}
_LAST = _event({"content": LAST_WORD})
_FINISH = _event({}, "stop", usage=_USAGE) + _chunk(b"data: [DONE]\n\n") + _CLOSE
_STREAM = _HEAD + _ROLE + _WORD * 5 + _LAST + _FINISH
_JSON_BODY = _encode(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "a few words " * 5 + LAST_WORD},
                "finish_reason": "stop",
            }
        ],
        "usage": _USAGE,
    }
)
_JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(_JSON_BODY),
    _JSON_BODY,
)


class Stats:
    """What the server has seen. cut: answers whose client left before their end."""

    def __init__(self) -> None:
        self.requests = 0
        self.body_bytes = 0
        self.last_body_bytes = 0
        self.cut = 0
        self.open = 0


class ModelServer(asyncio.Protocol):
    """One connection; requests come one after another, as our client sends them."""

    def __init__(self, stats: Stats) -> None:
        self.stats = stats
        self._transport: asyncio.Transport
        self._received = bytearray()
        self._need = 0
        self._timer: asyncio.TimerHandle | None = None
        self._is_writable = True
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are no subclass of it
        self.stats.open += 1

    def connection_lost(self, _: Exception | None) -> None:
        """Stop what was still to be said, and count it as cut."""
        self.stats.open -= 1
        if self._timer is not None:
            self._timer.cancel()
        if self._timer is not None or self._left:
            self.stats.cut += 1
        self._left = 0

    def pause_writing(self) -> None:
        """The client does not read: a flood waits."""
        self._is_writable = False

    def resume_writing(self) -> None:
        """The client reads again."""
        self._is_writable = True
        if self._left:
            self._flood()

    def data_received(self, data: bytes) -> None:
        """Collect one request, then answer it."""
        self._received += data
        if len(self._received) < self._need:
            return
        end = self._received.find(_MARK)
        if end < 0:
            return
        head = bytes(self._received[:end])
        length = 0
        at = head.lower().find(b"content-length:")
        if at >= 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        self._need = end + 4 + length
        if len(self._received) < self._need:
            return
        is_stream = self._received.find(b'"stream":true', end) >= 0 or self._received.find(b'"stream": true', end) >= 0
        self._received.clear()
        self._need = 0
        self._answer(head.split(b" ", 2)[1].split(b"/")[1], length, is_stream)

    def _answer(self, behaviour: bytes, length: int, is_stream: bool) -> None:
        if behaviour == b"stats":
            body = json.dumps(vars(self.stats)).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
            self._transport.close()
            return
        self.stats.requests += 1
        self.stats.body_bytes += length
        self.stats.last_body_bytes = length
        whole = _STREAM if is_stream else _JSON
        match behaviour:
            case b"fast":
                self._transport.write(whole)
            case b"slow":
                self._later(THINK_S, self._finish, whole)
            case b"paced" | b"endless":
                self._transport.write(_HEAD + _ROLE)
                chunks = PACED_CHUNKS if behaviour == b"paced" else -1
                # A phase of its own for each stream, so that chunks of many streams do not arrive together.
                self._later(random.random() * PACE_S, self._pace, chunks)
            case b"flood":
                self._transport.write(_HEAD + _ROLE)
                self._left, self._piece = FLOOD_BYTES, _event({"content": "x" * 8000})
                self._flood()
            case b"line":
                self._transport.write(_HEAD + _chunk(b'data: {"choices":[{"index":0,"delta":{"content":"'))
                self._left, self._piece = FLOOD_BYTES, _chunk(b"x" * 8000)
                self._flood()
            case b"dies":
                self._transport.write(_HEAD + _ROLE + _WORD * 2)
                self._later(THINK_S, self._die, None)
            case _:
                self._transport.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")

    def _later(self, delay_s: float, do: Callable[[T], None], argument: T) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay_s, do, argument)

    def _finish(self, whole: bytes) -> None:
        self._timer = None
        self._transport.write(whole)

    def _die(self, _: None) -> None:
        self._timer = None
        self._transport.abort()

    def _pace(self, left: int) -> None:
        if left == 0:
            self._timer = None
            self._transport.write(_LAST + _FINISH)
            return
        self._transport.write(_WORD)
        self._later(PACE_S, self._pace, left - 1)

    def _flood(self) -> None:
        # A transport that is closing drops what it is given without ever asking to pause.
        while self._is_writable and self._left > 0 and not self._transport.is_closing():
            self._transport.write(self._piece)
            self._left -= len(self._piece)
        if self._left <= 0:
            self._left = 0
            self._transport.write(_LAST + _FINISH)


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    stats = Stats()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ModelServer(stats), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
