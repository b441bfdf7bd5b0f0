"""Who is connected."""

import asyncio

import pytest
from tests.protocol_client import connected
from tests.running import Running

from openclaw_gateway.dialects.gateway.frames import EncodedEvent
from openclaw_gateway.endpoints.audience import Nobody
from openclaw_gateway.endpoints.gateway.presence import PresenceFeed
from openclaw_gateway.endpoints.services import Services


async def test_clients_are_told_of_each_other(gateway: Running) -> None:
    """Who is connected is in the answer; a client that comes or goes is told to the others soon."""
    async with connected(gateway) as first:
        (alone,) = await first.ask("system-presence")
        assert (alone["host"], alone["mode"], alone["roles"]) == ("test", "test", ["operator"])
        assert "ip" not in alone
        async with connected(gateway):
            assert len(await first.ask("system-presence")) == 2
            told = await first.wait_event("presence")
            assert len(told["presence"]) == 2


class Crowd(Nobody):
    """Listeners that keep what they hear."""

    def __init__(self) -> None:
        self.heard: list[EncodedEvent] = []
        self.told = asyncio.Event()

    def publish(self, event: EncodedEvent) -> None:
        self.heard.append(event)
        self.told.set()


async def test_a_crowd_is_told_once(services: Services) -> None:
    """However many come at once, there is one event, and its version counts all of them."""
    crowd = services.audience = Crowd()
    feed = PresenceFeed(services, settle_s=0.01)
    for _ in range(1000):
        feed.note_change()
    async with asyncio.timeout(10):
        await crowd.told.wait()
    assert len(crowd.heard) == 1
    assert b'"presence":1000' in crowd.heard[0].head
    feed.note_change()
    feed.stop()
    feed.stop()


@pytest.mark.parametrize("scope", ["operator.read"])
async def test_reading_is_enough(gateway: Running, scope: str) -> None:
    """Presence is for who may read."""
    async with connected(gateway, scopes=[scope]) as reader:
        assert len(await reader.ask("system-presence")) == 1
