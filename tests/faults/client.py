"""A client of the gateway for breaking things: it sees status, events, and exactly where an answer stopped."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from bench.processes import TOKEN

WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, as far as it came. is_complete: it ended as HTTP says, not with the connection."""

    status: int
    head: str
    body: bytes
    is_complete: bool

    @property
    def events(self) -> list[str]:
        """What the `data:` lines of a stream hold."""
        lines = self.body.decode(errors="replace").splitlines()
        return [line[6:] for line in lines if line.startswith("data: ")]

    @property
    def text(self) -> str:
        """The assistant's text, of either form of answer."""
        if "text/event-stream" not in self.head:
            return str(json.loads(self.body)["choices"][0]["message"]["content"])
        choices = [json.loads(event).get("choices") for event in self.events if event != "[DONE]"]
        return "".join(choice[0]["delta"].get("content") or "" for choice in choices if choice)

    @property
    def error(self) -> dict[str, object] | None:
        """The error object of either form, if there is one."""
        bodies = [event for event in self.events if event != "[DONE]"] if self.events else [self.body.decode()]
        found = [json.loads(body)["error"] for body in bodies if body.startswith("{") and '"error"' in body]
        return found[0] if found else None

    @property
    def is_acknowledged(self) -> bool:
        """Whether the gateway said that this turn is done."""
        if self.status != 200 or not self.is_complete or self.error is not None:
            return False
        return not self.events or self.events[-1] == "[DONE]"


def _request(port: int, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {TOKEN}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


class Call:
    """One request under way on a connection of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.received = bytearray()

    async def read_until(self, mark: bytes) -> None:
        """Read until the bytes received so far contain `mark`; raises ConnectionError at the end of the answer."""
        async with asyncio.timeout(WAIT_S):
            while mark not in self.received:
                piece = await self._reader.read(65536)
                if not piece:
                    raise ConnectionError(f"ended before {mark!r}: {bytes(self.received[-300:])!r}")
                self.received += piece

    async def read_answer(self) -> Answer:
        """Read until the connection ends, in whatever way."""
        try:
            async with asyncio.timeout(WAIT_S):
                while piece := await self._reader.read(65536):
                    self.received += piece
        except ConnectionError:
            pass
        return _parse(bytes(self.received))

    def leave(self) -> None:
        """Cut the connection without a word."""
        self._writer.transport.abort()


def _parse(received: bytes) -> Answer:
    head, mark, body = received.partition(b"\r\n\r\n")
    if not mark:
        return Answer(0, head.decode(errors="replace"), b"", is_complete=False)
    lowered = head.lower().decode(errors="replace")
    status = int(head[9:12])
    if "transfer-encoding: chunked" not in lowered:
        length = int(lowered.split("content-length:")[1].split("\r\n")[0])
        return Answer(status, lowered, body, is_complete=len(body) == length)
    whole = bytearray()
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        if length == 0:
            return Answer(status, lowered, bytes(whole), is_complete=rest == b"\r\n")
        whole += rest[:length]
        body = rest[length + 2 :]
    return Answer(status, lowered, bytes(whole), is_complete=False)


@asynccontextmanager
async def calling(
    port: int, path: str, body: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Call]:
    """Send a request (POST if it has a body); the connection is cut at the end of the block."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        content = b"" if body is None else json.dumps(body).encode()
        writer.write(_request(port, "GET" if body is None else "POST", path, headers or {}, content))
        yield Call(reader, writer)
    finally:
        writer.transport.abort()


def turn(text: str, *, agent: str = "main", stream: bool = False) -> dict[str, object]:
    """The body of a turn that sends only the new message."""
    return {"model": f"openclaw/{agent}", "stream": stream, "messages": [{"role": "user", "content": text}]}


async def ask(port: int, text: str, *, key: str | None = None, agent: str = "main", stream: bool = False) -> Answer:
    """One turn, read to its end; status 0 when the gateway was gone."""
    headers = {} if key is None else {"x-openclaw-session-key": key}
    try:
        async with calling(port, "/v1/chat/completions", turn(text, agent=agent, stream=stream), headers) as call:
            return await call.read_answer()
    except ConnectionError:
        return Answer(0, "", b"", is_complete=False)


async def read_history(port: int, key: str) -> list[dict[str, object]]:
    """The stored messages of a session, oldest first; empty if there is none."""
    async with calling(port, f"/sessions/{quote(key, safe='')}/history?limit=1000") as call:
        answer = await call.read_answer()
    if answer.status == 404:
        return []
    assert answer.status == 200, answer
    items = json.loads(answer.body)["items"]
    assert isinstance(items, list)
    return items


def text_of(message: Mapping[str, object]) -> str:
    """The text of one stored message."""
    content = message["content"]
    if isinstance(content, str):
        return content
    assert isinstance(content, list)
    return "".join(part.get("text", "") for part in content)
