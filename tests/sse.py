"""Server-sent events as a client reads them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass(frozen=True)
class SseEvent:
    """One event. name: "" where the stream gave none."""

    id: str
    name: str
    data: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)

    @property
    def text(self) -> str:
        """The content of a chat chunk."""
        choices = [] if self.data == "[DONE]" else self.json.get("choices", [])
        return "".join(choice["delta"].get("content", "") for choice in choices)


def parse_events(body: str) -> list[SseEvent]:
    """The events of a whole stream; comments are left out."""
    return [event for block in body.split("\n\n") if (event := _parse(block.split("\n")))]


async def read_events(reply: httpx2.Response) -> AsyncIterator[SseEvent]:
    """Events as they come."""
    lines: list[str] = []
    async for line in reply.aiter_lines():
        lines.append(line)
        if not line:
            if event := _parse(lines):
                yield event
            lines = []


def _parse(lines: list[str]) -> SseEvent | None:
    fields = dict(line.split(": ", 1) for line in lines if line and not line.startswith(":"))
    return SseEvent(fields.get("id", ""), fields.get("event", ""), fields["data"]) if fields else None


def text_of(events: list[SseEvent]) -> str:
    """The answer that a client puts together."""
    return "".join(event.text for event in events)
