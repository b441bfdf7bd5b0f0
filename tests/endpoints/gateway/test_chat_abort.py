"""`chat.abort`: runs are ended by session or by id."""

import asyncio
from typing import Any

import pytest
from tests.endpoints.gateway.conftest import Peer, peer_with
from tests.running import eventually

from openclaw_gateway.endpoints.services import Services

MAIN = "agent:main:main"


async def start_hanging(peer: Peer, services: Services, *keys: str) -> list["asyncio.Task[Any]"]:
    tasks = [asyncio.create_task(peer.ask("agent", message="[[hang]]", idempotencyKey=key)) for key in keys]
    await eventually(lambda: len(services.runs.live) == len(keys))
    return tasks


async def test_session_is_aborted_with_what_waits_in_it(peer: Peer, services: Services) -> None:
    """All runs of the session end as cancelled, the waiting one without ever having begun."""
    tasks = await start_hanging(peer, services, "k1", "k2")
    aborted = (await peer_with(services, "operator.write").ask("chat.abort", sessionKey="main"))["payload"]
    assert (aborted["ok"], aborted["aborted"], sorted(aborted["runIds"])) == (True, True, ["k1", "k2"])
    for answer in await asyncio.gather(*tasks):
        assert answer["ok"] is False
        assert answer["error"]["details"]["code"] == "RUN_CANCELLED"


async def test_one_run_is_aborted_by_its_id(peer: Peer, services: Services) -> None:
    """The named run ends, the others of its session go on."""
    tasks = await start_hanging(peer, services, "k1", "k2")
    other = peer_with(services, "operator.write")
    assert (await other.ask("chat.abort", sessionKey=MAIN, runId="k2"))["payload"]["runIds"] == ["k2"]
    assert [run.id for run in services.runs.live if not run.is_done][:1] == ["k1"]
    await other.ask("chat.abort", sessionKey=MAIN)
    await asyncio.gather(*tasks)


async def test_nothing_to_abort_is_an_answer(peer: Peer) -> None:
    """A session without a run is no error."""
    assert (await peer.ask("chat.abort", sessionKey=MAIN))["payload"] == {"ok": True, "aborted": False, "runIds": []}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        pytest.param({}, "must have required property 'sessionKey'", id="no session"),
        pytest.param({"sessionKey": "agent:nope:main"}, "Unknown agent 'nope'", id="unknown agent"),
        pytest.param({"sessionKey": "agent:ops:main", "runId": "k1"}, "does not belong", id="run of another session"),
        pytest.param({"sessionKey": "main", "bogus": 1}, "unexpected property 'bogus'", id="unknown param"),
    ],
)
async def test_bad_params_are_refused(peer: Peer, services: Services, params: dict[str, Any], message: str) -> None:
    """Bad params end nothing and are named."""
    tasks = await start_hanging(peer, services, "k1")
    other = peer_with(services, "operator.write")
    answer = await other.ask("chat.abort", **params)
    assert answer["ok"] is False
    assert message in answer["error"]["message"]
    assert not tasks[0].done()
    await other.ask("chat.abort", sessionKey=MAIN)
    await asyncio.gather(*tasks)


async def test_writing_is_demanded(services: Services) -> None:
    """A reader may not end runs."""
    answer = await peer_with(services, "operator.read").ask("chat.abort", sessionKey=MAIN)
    assert answer["error"]["message"] == "missing scope: operator.write"
