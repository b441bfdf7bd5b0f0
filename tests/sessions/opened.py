"""What the tests of this room share: a clock, a store in a folder, messages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from openclaw_gateway.messages import AssistantMessage, TextPart, UserMessage
from openclaw_gateway.sessions.session import Session
from openclaw_gateway.sessions.store import SqliteStore

KEY = "agent:main:chat"


class Clock:
    """Milliseconds that pass when the test says so."""

    def __init__(self, now_ms: int = 1_000_000) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


@asynccontextmanager
async def opened(folder: Path, clock: Clock | None = None, *, ttl_s: float = 3600.0) -> AsyncIterator[SqliteStore]:
    """The store of a folder, closed at the end."""
    store = await SqliteStore.start(folder, now_ms=clock or Clock(), ephemeral_ttl_s=ttl_s, lock_timeout_s=0)
    try:
        yield store
    finally:
        await store.close()


def asked(text: str) -> UserMessage:
    return UserMessage(text)


def answered(text: str) -> AssistantMessage:
    return AssistantMessage((TextPart(text),))


def texts(session: Session | None) -> list[str]:
    """The texts along the path."""
    assert session is not None
    return [
        message.text if isinstance(message, AssistantMessage) else str(message.content) for message in session.messages
    ]
