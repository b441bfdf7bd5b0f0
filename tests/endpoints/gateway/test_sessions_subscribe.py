"""Subscriptions of one connection."""

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running

from openclaw_gateway.endpoints.gateway.sessions_subscribe import MAX_TOPICS


async def test_subscriptions_are_bounded(gateway: Running) -> None:
    """A client that subscribes to ever more sessions is told to stop; one that leaves makes room."""
    async with connected(gateway) as client:
        for number in range(MAX_TOPICS):
            await client.ask("sessions.messages.subscribe", key=f"s{number}")
        with pytest.raises(Refused, match="unsubscribe from some"):
            await client.ask("sessions.messages.subscribe", key="one-more")
        await client.ask("sessions.messages.unsubscribe", key="s0")
        assert (await client.ask("sessions.messages.subscribe", key="one-more"))["subscribed"]


async def test_approvals_to_replay_are_none(gateway: Running) -> None:
    """Who wants approvals with the messages is told that there are none."""
    async with connected(gateway) as client:
        told = await client.ask("sessions.messages.subscribe", key="main", includeApprovals=True)
        assert told == {"subscribed": True, "key": "agent:main:main", "approvalReplay": []}
