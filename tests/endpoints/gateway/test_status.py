"""`status`: the projection."""

import asyncio

from tests.endpoints.gateway.conftest import Peer, peer_with

from openclaw_gateway import COMPATIBLE_VERSION
from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import RunCancelled


async def test_status_tells_version_model_and_sessions(peer: Peer) -> None:
    """Version, the default agent's model and the sessions are told."""
    await peer.ask("agent", message="[[say x]]", idempotencyKey="k1")
    status = (await peer.ask("status"))["payload"]
    assert (status["runtimeVersion"], status["heartbeat"]["defaultAgentId"]) == (COMPATIBLE_VERSION, "main")
    assert status["sessions"]["defaults"]["model"] == "demo/scripted"
    assert status["sessions"]["defaults"]["contextTokens"] > 0
    assert (status["sessions"]["count"], status["sessions"]["recent"][0]["key"]) == (1, "agent:main:main")


async def test_runs_in_flight_are_counted(peer: Peer, services: Services) -> None:
    """A run that goes on is counted until it is over."""
    asking = asyncio.create_task(peer.ask("agent", message="[[hang]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    reader = peer_with(services, "operator.read")
    assert (await reader.ask("status"))["payload"]["liveRuns"] == 1
    run = services.runs.find("k1")
    assert run is not None
    run.cancel(RunCancelled("enough"))
    await asking
    assert (await reader.ask("status"))["payload"]["liveRuns"] == 0


async def test_keys_of_sessions_are_for_admins(peer: Peer, services: Services) -> None:
    """A reader sees counts only."""
    await peer.ask("agent", message="[[say x]]", idempotencyKey="k1")
    sessions = (await peer_with(services, "operator.read").ask("status"))["payload"]["sessions"]
    assert (sessions["count"], sessions["recent"], sessions["paths"]) == (1, [], [])
