"""`agent.wait`: the end of a run, or that it is not there yet."""

import asyncio

import pytest
from tests.endpoints.gateway.conftest import Peer, peer_with

from openclaw_gateway.endpoints.services import Services
from openclaw_gateway.errors import RunCancelled


async def test_end_of_a_run_is_told(peer: Peer) -> None:
    """A run that is over is told at once with its times."""
    await peer.ask("agent", message="[[say x]]", idempotencyKey="k1")
    payload = (await peer.ask("agent.wait", runId="k1", timeoutMs=0))["payload"]
    assert (payload["runId"], payload["status"], payload["stopReason"]) == ("k1", "ok", "stop")
    assert 0 < payload["startedAt"] <= payload["endedAt"]


async def test_failure_of_a_run_is_told_as_a_result(peer: Peer) -> None:
    """A failed run is a good answer about a bad end."""
    await peer.ask("agent", message="[[error 400 nonsense]]", idempotencyKey="k1")
    answer = await peer.ask("agent.wait", runId="k1")
    assert (answer["ok"], answer["payload"]["status"], answer["payload"]["stopReason"]) == (True, "error", "error")
    assert "nonsense" in answer["payload"]["error"]


async def test_waiting_ends_with_the_run(peer: Peer, services: Services) -> None:
    """Whoever waits learns of the end when it comes."""
    asking = asyncio.create_task(peer.ask("agent", message="[[hang]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    waiting = asyncio.create_task(peer_with(services, "operator.write").ask("agent.wait", runId="k1"))
    await asyncio.sleep(0)
    run = services.runs.find("k1")
    assert run is not None
    run.cancel(RunCancelled("stopped"))
    answer, _ = await asyncio.gather(waiting, asking)
    assert (answer["payload"]["status"], answer["payload"]["error"]) == ("error", "stopped")


@pytest.mark.parametrize("timeout_ms", [pytest.param(0, id="only looking"), pytest.param(10, id="a moment")])
async def test_waiting_in_vain_does_not_end_the_run(peer: Peer, services: Services, timeout_ms: int) -> None:
    """When the time is over the answer has only run and status, and the run goes on."""
    asking = asyncio.create_task(peer.ask("agent", message="[[hang]]", idempotencyKey="k1"))
    await peer.wait_frames(1)
    answer = await peer_with(services, "operator.write").ask("agent.wait", runId="k1", timeoutMs=timeout_ms)
    assert answer["payload"] == {"runId": "k1", "status": "timeout"}
    run = services.runs.find("k1")
    assert run is not None
    assert not run.is_done
    run.cancel(RunCancelled("enough"))
    await asking


async def test_run_nobody_knows_is_waited_for_in_vain(peer: Peer) -> None:
    """A run that nobody asks for is not there when the time is over."""
    answer = await peer.ask("agent.wait", runId="k1", timeoutMs=1)
    assert answer["payload"] == {"runId": "k1", "status": "timeout"}


async def test_run_asked_for_in_the_meantime_is_found(peer: Peer, services: Services) -> None:
    """Whoever waits for a run before it is asked for learns of its end when it comes."""
    waiting = asyncio.create_task(peer_with(services, "operator.write").ask("agent.wait", runId="k1"))
    await asyncio.sleep(0)
    await peer.ask("agent", message="[[say x]]", idempotencyKey="k1")
    assert (await waiting)["payload"]["status"] == "ok"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "invalid agent.wait params: must have required property 'runId'"),
        ({"runId": ""}, "invalid agent.wait params: at /runId: must NOT have fewer than 1 characters"),
        ({"runId": "k", "timeoutMs": -1}, "invalid agent.wait params: at /timeoutMs: must be >= 0"),
        ({"runId": "k", "timeoutMs": 10**12}, "invalid agent.wait params: at /timeoutMs: must be <= 2147483647"),
    ],
)
async def test_bad_params_are_refused(peer: Peer, params: dict[str, object], message: str) -> None:
    """A wait without end or without a run is refused."""
    assert (await peer.ask("agent.wait", **params))["error"]["message"] == message
