"""Approvals of a run over HTTP."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.running import Running, eventually
from tests.tools.permission.asking import COMMAND, asking_gateway, call_of
from tests.upstream import Upstream

from openclaw_gateway.tools.permission.book import Approval


async def start(gateway: Running, upstream: Upstream, **fields: Any) -> tuple["asyncio.Task[Any]", Approval]:
    upstream.plan(call_of(COMMAND))
    turn = asyncio.create_task(gateway.chat("do it", **fields))
    book = gateway.gateway.services.gate.book
    await eventually(lambda: book.pending)
    return turn, book.pending[0]


async def test_list_and_answer(tmp_path: Path, upstream: Upstream) -> None:
    """What waits is listed with all that a person needs; the answer is in the list and in the events."""
    async with asking_gateway(tmp_path, upstream) as gateway:
        turn, approval = await start(gateway, upstream, headers={"x-openclaw-on-disconnect": "continue"})
        path = f"/v1/runs/{approval.question.run_id}"
        listed = (await gateway.http.get(f"{path}/approvals")).json()
        (told,) = listed["data"]
        assert (listed["object"], told["object"], told["status"]) == ("list", "openclaw.approval", "pending")
        assert (told["id"], told["command"], told["agent_id"]) == (approval.id, COMMAND, "main")
        assert "not on the allowlist" in told["reason"]
        answered = await gateway.http.post(f"{path}/approvals/{approval.id}", json={"decision": "allow-once"})
        assert (answered.status_code, answered.json()["decision"]) == (200, "allow-once")
        again = await gateway.http.post(f"{path}/approvals/{approval.id}", json={"decision": "deny"})
        assert again.status_code == 409
        await turn
        assert (await gateway.http.get(f"{path}/approvals")).json()["data"][0]["status"] == "resolved"
        events = (await gateway.http.get(f"{path}/events")).text
        assert events.index("event: approval.requested") < events.index("event: approval.resolved")
        (line,) = [line for line in events.split("\n") if '"approval.resolved"' in line]
        assert json.loads(line.removeprefix("data: "))["decision"] == "allow-once"


@pytest.mark.parametrize("scopes", ["operator.read,operator.write", "operator.questions", ""])
async def test_p08_owner_of_a_run_may_not_approve_it_by_that_alone(
    tmp_path: Path, upstream: Upstream, scopes: str
) -> None:
    """Without the scope nothing is told and nothing is answered, also of the caller's own run."""
    async with asking_gateway(tmp_path, upstream, is_open=True) as gateway:
        del gateway.http.headers["authorization"]
        turn, approval = await start(gateway, upstream)
        path, headers = f"/v1/runs/{approval.question.run_id}/approvals", {"x-openclaw-scopes": scopes}
        assert (await gateway.http.get(path, headers=headers)).status_code == 403
        answer = await gateway.http.post(f"{path}/{approval.id}", json={"decision": "allow-once"}, headers=headers)
        assert answer.status_code == 403
        assert approval.is_pending
        await gateway.http.post(f"{path}/{approval.id}", json={"decision": "deny"})
        await turn


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("{run}/approvals/nosuch", {"decision": "deny"}, 404, id="approval"),
        pytest.param("nosuch/approvals/{id}", {"decision": "deny"}, 404, id="run"),
        pytest.param("{run}/approvals/{id}", {"decision": "yes"}, 400, id="decision"),
        pytest.param("{run}/approvals/{id}", {}, 400, id="no decision"),
        pytest.param("{run}/approvals/{id}", {"decision": "deny", "x": 1}, 400, id="unknown field"),
        pytest.param("{run}/approvals/{id}", [], 400, id="no object"),
        pytest.param("{run}/approvals/{id}", {"decision": "d" * 5_000}, 413, id="too large"),
    ],
)
async def test_refusals(tmp_path: Path, upstream: Upstream, path: str, body: Any, status: int) -> None:
    """What is wrong is refused, and the approval still waits."""
    async with asking_gateway(tmp_path, upstream) as gateway:
        turn, approval = await start(gateway, upstream)
        url = "/v1/runs/" + path.format(run=approval.question.run_id, id=approval.id)
        assert (await gateway.http.post(url, json=body)).status_code == status
        assert approval.is_pending
        gateway.gateway.services.gate.book.resolve(approval.id, "deny", "test")
        await turn
