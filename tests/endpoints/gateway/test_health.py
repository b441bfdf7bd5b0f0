"""`health`: the snapshot."""

from tests.endpoints.gateway.conftest import Peer, peer_with

from openclaw_gateway.endpoints.services import Services


async def test_snapshot_counts_agents_and_sessions(peer: Peer) -> None:
    """All agents are there, with their sessions and which of them is the default."""
    await peer.ask("agent", message="[[say x]]", idempotencyKey="k1")
    await peer.ask("agent", message="[[say x]]", idempotencyKey="k2", agentId="ops", sessionKey="notes")
    snapshot = (await peer.ask("health", probe=True))["payload"]
    assert (snapshot["ok"], snapshot["defaultAgentId"], snapshot["channels"]) == (True, "main", {})
    assert [(agent["agentId"], agent["isDefault"], agent["sessions"]["count"]) for agent in snapshot["agents"]] == [
        ("main", True, 1),
        ("ops", False, 1),
    ]
    assert [recent["key"] for recent in snapshot["sessions"]["recent"]] == ["agent:ops:notes", "agent:main:main"]


async def test_keys_of_sessions_are_for_admins(peer: Peer, services: Services) -> None:
    """A reader learns how many sessions there are, not what they are called, and nobody learns paths."""
    await peer.ask("agent", message="[[say x]]", idempotencyKey="k1")
    snapshot = (await peer_with(services, "operator.read").ask("health"))["payload"]
    assert snapshot["sessions"] == {"path": "[redacted]", "count": 1, "recent": []}


async def test_reading_is_demanded(services: Services) -> None:
    """Health is for those who may read."""
    answer = await peer_with(services, "operator.approvals").ask("health")
    assert answer["error"]["message"] == "missing scope: operator.read"
