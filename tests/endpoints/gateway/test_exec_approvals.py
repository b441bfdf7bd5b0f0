"""Approvals over the protocol: asked, told, answered, and who may do which of it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running
from tests.tools.permission.asking import COMMAND, asking_gateway, call_of
from tests.upstream import Upstream


async def test_command_of_a_run(tmp_path: Path, upstream: Upstream) -> None:
    """Clients with the scope hear of the command and of its answer, which lets the run go on; others hear nothing."""
    upstream.plan(call_of(COMMAND))
    async with (
        asking_gateway(tmp_path, upstream) as gateway,
        connected(gateway, scopes=["operator.approvals"]) as approver,
        connected(gateway, scopes=["operator.read", "operator.write"]) as reader,
    ):
        turn = asyncio.create_task(gateway.chat("do it"))
        asked = await approver.wait_event("exec.approval.requested")
        assert asked["request"]["command"] == COMMAND
        assert asked["request"]["allowedDecisions"] == ["allow-once", "allow-always", "deny"]
        assert asked["decision"] is None
        assert asked["expiresAtMs"] - asked["createdAtMs"] == 120_000
        assert [one["id"] for one in await approver.ask("exec.approval.list")] == [asked["id"]]
        waiting = await approver.send("exec.approval.waitDecision", id=asked["id"])
        assert await approver.ask("exec.approval.resolve", id=asked["id"], decision="allow-once") == {"ok": True}
        assert (await approver.answer(waiting))["decision"] == "allow-once"
        ended = await approver.wait_event("exec.approval.resolved")
        assert (ended["id"], ended["decision"], ended["resolvedBy"]) == (asked["id"], "allow-once", "shared-secret")
        await turn
        assert "ran" in upstream.requests[-1].json["messages"][-1]["content"]
        assert (await approver.ask("exec.approval.get", id=asked["id"]))["decision"] == "allow-once"
        with pytest.raises(Refused, match="answered already"):
            await approver.ask("exec.approval.resolve", id=asked["id"], decision="deny")
        await reader.ask("health")
        assert not [event for event in reader.events if event["event"].startswith("exec.approval")]


@pytest.mark.parametrize(
    ("method", "params", "scope"),
    [
        pytest.param("exec.approval.request", {"command": "ls"}, "operator.approvals", id="request"),
        pytest.param("exec.approval.list", {}, "operator.approvals", id="list"),
        pytest.param("exec.approval.get", {"id": "x"}, "operator.approvals", id="get"),
        pytest.param("exec.approval.waitDecision", {"id": "x"}, "operator.approvals", id="wait"),
        pytest.param("exec.approval.resolve", {"id": "x", "decision": "deny"}, "operator.approvals", id="resolve"),
        pytest.param("exec.approvals.get", {}, "operator.admin", id="file"),
        pytest.param("exec.approvals.set", {"file": {}}, "operator.admin", id="new file"),
    ],
)
async def test_scope(tmp_path: Path, upstream: Upstream, method: str, params: Any, scope: str) -> None:
    """Whoever may only read and write runs answers nothing, not even for its own."""
    scopes = ["operator.read", "operator.write", "operator.questions"]
    async with asking_gateway(tmp_path, upstream) as gateway, connected(gateway, scopes=scopes) as client:
        with pytest.raises(Refused, match=f"missing scope: {scope}"):
            await client.ask(method, **params)


async def ask_of_client(client: ProtocolClient, **params: Any) -> Any:
    return await client.ask("exec.approval.request", command="ls", **params)


async def test_question_of_a_client(tmp_path: Path, upstream: Upstream) -> None:
    """A client may ask people, too; it is told twice if it wishes, and None when nobody answers."""
    async with asking_gateway(tmp_path, upstream) as gateway, connected(gateway) as client:
        request = await client.send("exec.approval.request", command="ls", twoPhase=True, id="mine")
        first = await client.answer(request)
        assert (first["status"], first["id"]) == ("accepted", "mine")
        await client.ask("exec.approval.resolve", id="mine", decision="deny")
        assert (await client.answer(request))["decision"] == "deny"
        assert (await ask_of_client(client, timeoutMs=1))["decision"] is None
        with pytest.raises(Refused, match="taken"):
            await ask_of_client(client, id="mine")


@pytest.mark.parametrize(
    ("method", "params", "told"),
    [
        pytest.param("exec.approval.resolve", {"id": "x", "decision": "deny"}, "unknown or expired approval", id="id"),
        pytest.param("exec.approval.request", {}, "command is required", id="no command"),
        pytest.param(
            "exec.approval.request", {"commandArgv": ["x" * 60_000] * 2}, "at most 100000 characters", id="long command"
        ),
        pytest.param("exec.approval.request", {"command": "ls", "cwd": "x" * 4097}, "4096", id="long folder"),
        pytest.param("exec.approvals.set", {"file": {"version": 9}}, "not understood", id="version"),
    ],
)
async def test_refusals(tmp_path: Path, upstream: Upstream, method: str, params: Any, told: str) -> None:
    """What cannot be done is said."""
    async with asking_gateway(tmp_path, upstream) as gateway, connected(gateway) as client:
        with pytest.raises(Refused, match=told) as refused:
            await client.ask(method, **params)
        assert refused.value.error["code"] == "INVALID_REQUEST"


async def test_file(tmp_path: Path, upstream: Upstream) -> None:
    """The file is replaced by whoever has seen it, and counts at once; the token of a socket in it is hidden."""
    async with asking_gateway(tmp_path, upstream) as gateway, connected(gateway) as client:
        empty = await client.ask("exec.approvals.get")
        assert (empty["exists"], empty["resolvedDefaults"]["security"]) == (False, "full")
        content = {"version": 1, "agents": {"main": {"security": "deny"}}, "socket": {"token": "s3cret"}}
        told = await client.ask("exec.approvals.set", file=content)
        assert (told["exists"], told["file"]["agents"]) == (True, content["agents"])
        assert "s3cret" not in json.dumps(told)
        with pytest.raises(Refused, match="base hash"):
            await client.ask("exec.approvals.set", file={"version": 1})
        await denied(gateway, upstream)


async def denied(gateway: Running, upstream: Upstream) -> None:
    upstream.plan(call_of(COMMAND))
    await gateway.chat("do it")
    assert "denied for this agent" in upstream.requests[-1].json["messages"][-1]["content"]
