"""A model's server for tests: real sockets, OpenAI and Anthropic forms, and every way a server can misbehave.

    async with Upstream() as upstream:
        upstream.say("Hello", PAUSE, " world")      # the next answer, in two pieces
        ...                                         # point a provider at upstream.url (or upstream.anthropic_url)
        upstream.go_on()                            # let the answer pass its PAUSE
        assert upstream.requests[0].json["model"] == "tiny"
        await upstream.wait_cut()                   # a client left in the middle of an answer

Answers are queued and taken in the order of the requests; with an empty queue the server answers `Hello.`. The form of
an answer (chat completion or message, stream or JSON) is chosen when the request is there, by its path and `stream`.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, cast

from tests.upstream_answers import (
    CUT,
    HANG,
    PAUSE,
    Answer,
    Call,
    HangBeforeHead,
    Piece,
    Planned,
    Raw,
    Seen,
    Step,
    Verbatim,
    WireStep,
    as_raw,
    openai_chunk,
    openai_stream,
)

# Tests find the server and the words for its answers in one place.
__all__ = ["CUT", "HANG", "PAUSE", "Answer", "Call", "Planned", "Raw", "Seen", "Upstream", "Verbatim"]

MAX_WAIT_S = 10.0


class Upstream:
    """The server, on 127.0.0.1 and a free port, in the event loop of the test."""

    def __init__(self, models: Sequence[str] = ("tiny",)) -> None:
        self.models = tuple(models)
        self.requests: list[Seen] = []
        self.connections_opened = 0
        self.connections_open = 0
        self.cuts = 0
        self.port = 0
        self._planned: deque[Planned] = deque()
        self._planned_for_get: Planned | None = None
        self._gate = asyncio.Event()
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def __aenter__(self) -> Self:
        await self.open_door()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close_door()

    # --- where it is ------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Base URL for `api: openai-completions`."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def anthropic_url(self) -> str:
        """Base URL for `api: anthropic-messages`."""
        return f"http://127.0.0.1:{self.port}"

    async def open_door(self) -> None:
        """Listen (again), on the same port if there was one."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close_door(self) -> None:
        """Refuse connections from now on, and cut those that are open."""
        if self._server is not None:
            self._server.close()
            for connection in tuple(self._connections):
                connection.abort()
            await self._wait(lambda: self.connections_open == 0)
            await self._server.wait_closed()
            self._server = None

    # --- what it will answer ----------------------------------------------------------------------------------------

    def say(
        self,
        *pieces: Piece,
        reasoning: Sequence[str] = (),
        usage: tuple[int, int, int] | None = (11, 7, 0),
        finish: str | None = None,
    ) -> None:
        """Queue a text answer; each str is one chunk. usage: (prompt, completion, of the prompt cached) or nothing."""
        self.plan(Answer(pieces, tuple(reasoning), (), usage, finish))

    def call(self, name: str, *fragments: str, call_id: str = "call_1") -> None:
        """Queue an answer that asks for one tool call."""
        self.plan(Answer(calls=(Call(name, fragments or ("{}",), call_id),)))

    def fail(self, status: int, message: str = "it went wrong", headers: Mapping[str, str] | None = None) -> None:
        """Queue an error in the form that OpenAI and Anthropic share."""
        body = json.dumps({"type": "error", "error": {"message": message, "type": "some_error", "code": None}}).encode()
        self.plan(Raw(status, {"content-type": "application/json", **(headers or {})}, (body,)))

    def plan(self, *answers: Planned) -> None:
        """Queue answers of any kind."""
        self._planned.extend(answers)

    def plan_for_get(self, answer: Planned) -> None:
        """Answer every GET with this instead of the list of models."""
        self._planned_for_get = answer

    def send_sse(self, *steps: WireStep, is_chunked: bool = True) -> None:
        """Queue an event stream of exactly these bytes."""
        self.plan(Raw(200, {"content-type": "text/event-stream"}, steps, is_chunked))

    def hang_before_head(self) -> None:
        """Queue silence."""
        self.plan(HangBeforeHead())

    def hang_after_head(self) -> None:
        """Queue a head and then silence."""
        self.send_sse(HANG)

    def hang_mid_stream(self, *pieces: str) -> None:
        """Queue some text and then silence."""
        self.plan(Answer((*pieces, HANG)))

    def cut_mid_stream(self, *pieces: str) -> None:
        """Queue some text and then a lost connection."""
        self.plan(Answer((*pieces, CUT)))

    def send_endless_line(self) -> None:
        """Queue a stream whose first line never ends."""
        self.plan(Raw(200, {"content-type": "text/event-stream"}, (b"data: ", b"x" * 65536), repeat_last=1 << 30))

    def speak_garbage(self, content: bytes = b"SSH-2.0-OpenSSH_9.2\r\n") -> None:
        """Queue bytes that are sent as they are, without a head of ours."""
        self.plan(Verbatim(content))

    def drop_on_request(self) -> None:
        """Queue a connection that is closed when the request is there."""
        self.plan(Verbatim(b""))

    def flood(self, megabytes: int = 50) -> None:
        """Queue a well-formed answer of that size, in events of 64 KiB."""
        event = openai_chunk({"content": "x" * 65000})
        self.plan(Raw(200, {"content-type": "text/event-stream"}, (event,), repeat_last=megabytes * 16))

    def comment_only(self, count: int = 3) -> None:
        """Queue a stream of comments and then silence."""
        self.send_sse(*[b": still here\n\n"] * count, HANG)

    def send_byte_by_byte(self, text: str) -> None:
        """Queue a text answer whose every byte is a chunk of its own."""
        whole = b"".join(step for step in openai_stream(Answer((text,)), wants_usage=True) if isinstance(step, bytes))
        self.send_sse(*[whole[place : place + 1] for place in range(len(whole))])

    def shout(self, content: bytes) -> None:
        """Send bytes to every client that is connected, asked or not."""
        for connection in self._connections:
            connection.write(content)

    def go_on(self) -> None:
        """Let every answer that waits at a PAUSE go on, and the coming ones too."""
        self._gate.set()

    def forget_plans(self) -> None:
        """Empty the queue of answers."""
        self._planned.clear()

    def hold_again(self) -> None:
        """Let coming answers wait at their PAUSE again."""
        self._gate.clear()

    # --- what a test waits for --------------------------------------------------------------------------------------

    async def wait_requests(self, count: int = 1) -> Seen:
        """The request with that number, counted from 1, once it is there."""
        await self._wait(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def wait_cut(self, count: int = 1) -> None:
        """Return once so many clients left in the middle of an answer."""
        await self._wait(lambda: self.cuts >= count)

    async def wait_open(self, count: int) -> None:
        """Return once exactly so many connections are open."""
        await self._wait(lambda: self.connections_open == count)

    async def _wait(self, condition: Any) -> None:
        async with asyncio.timeout(MAX_WAIT_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    # --- for its connections ----------------------------------------------------------------------------------------

    def next_answer(self, seen: Seen) -> Planned:
        """Record the request and take its answer."""
        self.requests.append(seen)
        self._changed.set()
        if seen.method == "GET":
            if self._planned_for_get is not None:
                return self._planned_for_get
            listing = {"object": "list", "data": [{"id": model, "object": "model"} for model in self.models]}
            return Raw(200, {"content-type": "application/json"}, (json.dumps(listing).encode(),))
        return self._planned.popleft() if self._planned else Answer(("Hello.",))

    async def wait_gate(self) -> None:
        """Wait for go_on()."""
        await self._gate.wait()

    def opened(self, connection: "_Connection") -> None:
        """A client came."""
        self._connections.add(connection)
        self.connections_opened += 1
        self.connections_open += 1
        self._changed.set()

    def closed(self, connection: "_Connection", *, in_answer: bool) -> None:
        """A client left."""
        self._connections.discard(connection)
        self.connections_open -= 1
        self.cuts += in_answer
        self._changed.set()


class _Connection(asyncio.Protocol):
    """One keep-alive connection: requests in, planned answers out, one at a time."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._answering: asyncio.Task[None] | None = None
        self._is_in_answer = False
        self._can_write = asyncio.Event()
        self._can_write.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast("asyncio.Transport", transport)
        self._transport = transport
        self._upstream.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        task = self._answering
        if task is not None and not task.done():
            task.cancel()
        self._upstream.closed(self, in_answer=self._is_in_answer)

    def abort(self) -> None:
        """Cut."""
        assert self._transport is not None
        self._transport.abort()

    def write(self, content: bytes) -> None:
        """Send as it is."""
        assert self._transport is not None
        self._transport.write(content)

    def pause_writing(self) -> None:
        self._can_write.clear()

    def resume_writing(self) -> None:
        self._can_write.set()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._answering is None or self._answering.done():
            self._begin()

    def _begin(self) -> None:
        seen = self._take_request()
        if seen is not None:
            answer = self._upstream.next_answer(seen)
            self._answering = asyncio.get_running_loop().create_task(self._answer(answer, seen))

    def _take_request(self) -> Seen | None:
        head, blank, _ = bytes(self._buffer).partition(b"\r\n\r\n")
        if not blank:
            return None
        request_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        end = len(head) + 4 + int(headers.get("content-length", "0"))
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[len(head) + 4 : end])
        del self._buffer[:end]
        method, path, _ = request_line.split(" ")
        return Seen(method, path, headers, body)

    async def _answer(self, answer: Planned, seen: Seen) -> None:
        self._is_in_answer = True
        await self._perform(answer, seen)
        # Still True when the client left meanwhile: that is a cut, whoever notices it first.
        self._is_in_answer = self._is_in_answer and self._transport is not None and self._transport.is_closing()

    async def _perform(self, answer: Planned, seen: Seen) -> None:
        match answer:
            case HangBeforeHead():
                await asyncio.Event().wait()
            case Verbatim(content=content):
                assert self._transport is not None
                self._is_in_answer = False
                self._transport.write(content) if content else self._transport.close()
            case Answer():
                await self._send(as_raw(answer, seen))
            case Raw():
                await self._send(answer)

    async def _send(self, raw: Raw) -> None:
        transport = self._transport
        assert transport is not None
        headers = dict(raw.headers)
        if raw.is_chunked:
            headers.setdefault("transfer-encoding", "chunked")
        else:
            headers.setdefault("connection", "close")
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        transport.write(f"HTTP/1.1 {raw.status} Some Reason\r\n{lines}\r\n".encode("latin-1"))
        last = len(raw.steps) - 1
        for place, step in enumerate(raw.steps):
            for _ in range(raw.repeat_last if place == last else 1):
                if not await self._do(step, is_chunked=raw.is_chunked):
                    return
        if raw.is_chunked:
            transport.write(b"0\r\n\r\n")
        else:
            self._is_in_answer = False
            transport.close()

    async def _do(self, step: WireStep, *, is_chunked: bool) -> bool:
        """Do one step; False when the connection is gone."""
        assert self._transport is not None
        match step:
            case Step.PAUSE:
                await self._upstream.wait_gate()
            case Step.HANG:
                await asyncio.Event().wait()
            case Step.CUT:
                # Mid-chunk: a chunk is announced that never comes, so that a client cannot take this for the end.
                self._transport.write(b"40\r\ndata: {")
                self._is_in_answer = False
                self._transport.close()
                return False
            case bytes():
                self._transport.write(b"%x\r\n%b\r\n" % (len(step), step) if is_chunked and step else step)
                await self._can_write.wait()
                await asyncio.sleep(0)  # an answer without an end lets others run, and hears that its client left
        return not self._transport.is_closing()
