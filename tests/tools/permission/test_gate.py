"""A command that wants to run, in a real run of a real gateway; a person answers over HTTP."""

import asyncio
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.running import TOKEN, Running, config_for, eventually, running_gateway
from tests.tools.permission.asking import COMMAND, asking_gateway, call_of
from tests.upstream import Answer, Call, Upstream

from openclaw_gateway.errors import RunCancelled
from openclaw_gateway.tools.permission.book import Approval

# The run is kept, so that it can be asked about when it is over.
HEADERS = {"x-openclaw-session-key": "talk", "x-openclaw-on-disconnect": "continue"}


async def wait_approval(gateway: Running) -> Approval:
    book = gateway.gateway.services.gate.book
    await eventually(lambda: book.pending)
    return book.pending[0]


async def answer(gateway: Running, approval: Approval, decision: str) -> httpx2.Response:
    path = f"/v1/runs/{approval.question.run_id}/approvals/{approval.id}"
    return await gateway.http.post(path, json={"decision": decision})


async def say(gateway: Running, upstream: Upstream, command: str) -> "asyncio.Task[httpx2.Response]":
    upstream.plan(call_of(command))
    return asyncio.create_task(gateway.chat("do it", headers=HEADERS))


def result_of(upstream: Upstream) -> str:
    """What the model was told of its call."""
    return str(upstream.requests[-1].json["messages"][-1]["content"])


@pytest.mark.parametrize(
    ("exec_settings", "told"),
    [
        pytest.param({"mode": "full"}, "ran", id="full"),
        pytest.param({"mode": "deny"}, "denied for this agent", id="deny"),
        pytest.param({"mode": "allowlist"}, "not on the allowlist", id="allowlist"),
    ],
)
async def test_without_a_person(tmp_path: Path, upstream: Upstream, exec_settings: Any, told: str) -> None:
    """Where nobody is asked the verdict comes at once, and its reason is told to the model."""
    async with asking_gateway(tmp_path, upstream, **exec_settings) as gateway:
        await (await say(gateway, upstream, COMMAND))
        assert told in result_of(upstream)


@pytest.mark.parametrize(("decision", "told"), [("allow-once", "ran"), ("deny", "a person has denied")])
async def test_asked_by_default(tmp_path: Path, upstream: Upstream, decision: str, told: str) -> None:
    """An installation that says nothing of commands asks; the answer decides this one command and no other."""
    async with asking_gateway(tmp_path, upstream) as gateway:
        for _ in range(2):
            turn = await say(gateway, upstream, COMMAND)
            approval = await wait_approval(gateway)
            assert (approval.question.command, approval.question.agent_id) == (COMMAND, "main")
            assert (await answer(gateway, approval, decision)).status_code == 200
            await turn
            assert told in result_of(upstream)


async def test_allow_always(tmp_path: Path, upstream: Upstream) -> None:
    """What was allowed for good is not asked again, also after a restart; with other arguments it is."""
    async with asking_gateway(tmp_path, upstream) as gateway:
        turn = await say(gateway, upstream, COMMAND)
        assert (await answer(gateway, await wait_approval(gateway), "allow-always")).status_code == 200
        await turn
    async with asking_gateway(tmp_path, upstream) as gateway:
        await (await say(gateway, upstream, COMMAND))
        assert "ran" in result_of(upstream)
        turn = await say(gateway, upstream, "touch else")
        await answer(gateway, await wait_approval(gateway), "deny")
        await turn
        assert "denied" in result_of(upstream)
    assert len(json.loads((tmp_path / "exec-approvals.json").read_text())["agents"]["main"]["allowlist"]) == 1


async def test_allow_always_for_what_no_entry_can_stand_for(tmp_path: Path, upstream: Upstream) -> None:
    """A program on the command line is allowed once at most."""
    async with asking_gateway(tmp_path, upstream) as gateway:
        turn = await say(gateway, upstream, "sh -c 'touch x' $HOME")
        approval = await wait_approval(gateway)
        refused = await answer(gateway, approval, "allow-always")
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "decision")
        await answer(gateway, approval, "allow-once")
        await turn
        assert "ran" in result_of(upstream)
    assert not (tmp_path / "exec-approvals.json").exists()


async def test_time_out(tmp_path: Path, upstream: Upstream) -> None:
    """Nobody answers: the command is not run, and a later answer is too late."""
    async with asking_gateway(tmp_path, upstream, approvalTimeoutSeconds=1) as gateway:
        turn = await say(gateway, upstream, COMMAND)
        approval = await wait_approval(gateway)
        await turn
        assert "nobody has allowed" in result_of(upstream)
        assert (await answer(gateway, approval, "allow-once")).status_code == 409


@pytest.mark.parametrize(
    ("fallback", "told"),
    [("deny", "nobody has allowed"), ("allowlist", "nobody has allowed"), ("full", "ran")],
)
async def test_fallback_of_the_file(tmp_path: Path, upstream: Upstream, fallback: str, told: str) -> None:
    """What holds without an answer may be said in the approvals file."""
    (tmp_path / "exec-approvals.json").write_text(json.dumps({"version": 1, "defaults": {"askFallback": fallback}}))
    async with asking_gateway(tmp_path, upstream, approvalTimeoutSeconds=1) as gateway:
        await (await say(gateway, upstream, COMMAND))
        assert told in result_of(upstream)


async def test_file_is_stricter_than_the_config(tmp_path: Path, upstream: Upstream) -> None:
    """A file that denies wins over a config that allows; one that is broken denies too."""
    async with asking_gateway(tmp_path, upstream, mode="full") as gateway:
        for content, told in (('{"version": 1, "agents": {"*": {"security": "deny"}}}', "denied"), ("{", "no command")):
            (tmp_path / "exec-approvals.json").write_text(content)
            await (await say(gateway, upstream, COMMAND))
            assert told in result_of(upstream)


async def test_cancelled_run_takes_its_question_back(tmp_path: Path, upstream: Upstream) -> None:
    """The run ends: nobody is asked any more."""
    async with asking_gateway(tmp_path, upstream) as gateway:
        turn = await say(gateway, upstream, COMMAND)
        approval = await wait_approval(gateway)
        gateway.gateway.services.runs.live[0].cancel(RunCancelled("over"))
        await turn
        assert not approval.is_pending
        assert (await answer(gateway, approval, "allow-once")).status_code == 409


async def test_shutdown_does_not_wait_for_a_person(tmp_path: Path, upstream: Upstream) -> None:
    """A gateway that stops answers its questions with no, whatever the file says of silence."""
    (tmp_path / "exec-approvals.json").write_text(json.dumps({"version": 1, "defaults": {"askFallback": "full"}}))
    async with asking_gateway(tmp_path, upstream) as gateway:
        turn = await say(gateway, upstream, COMMAND)
        await wait_approval(gateway)
        async with asyncio.timeout(5):
            await gateway.gateway.stop()
        await turn
        assert "shutting down" in result_of(upstream)


@pytest.mark.parametrize(
    "command",
    [
        pytest.param("./tool", id="a program"),
        pytest.param("sh tool", id="given to a shell"),
        pytest.param("sh -x ./tool | cat", id="given to a shell with options"),
        pytest.param("env bash tool", id="given to a shell by a wrapper"),
        pytest.param("cd .. && sh workspace/tool", id="from a folder that it goes to"),
        pytest.param(". ./tool", id="read by the shell itself"),
    ],
)
async def test_change_before_the_start(tmp_path: Path, upstream: Upstream, command: str) -> None:
    """A program or script that is another when the answer comes is not started."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    script = workspace / "tool"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    async with asking_gateway(tmp_path, upstream) as gateway:
        turn = await say(gateway, upstream, command)
        approval = await wait_approval(gateway)
        script.write_text("#!/bin/sh\nrm -rf everything\n")
        await answer(gateway, approval, "allow-once")
        await turn
        assert "has changed" in result_of(upstream)


async def test_another_program_of_the_name_before_the_start(tmp_path: Path, upstream: Upstream) -> None:
    """A program that is put where its name is looked for first is not started in place of the one that was allowed."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    _write_program(second / "tool")
    async with asking_gateway(tmp_path, upstream, search_path=f"{first}:{second}") as gateway:
        turn = await say(gateway, upstream, "tool now")
        approval = await wait_approval(gateway)
        _write_program(first / "tool")
        await answer(gateway, approval, "allow-once")
        await turn
        assert "is another program" in result_of(upstream)


def _write_program(path: Path) -> None:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    "command",
    ["/approve x allow-once", "openclaw approvals approve x", "cd /; openclaw --dev approvals approve x --always"],
)
async def test_an_agent_does_not_approve(tmp_path: Path, upstream: Upstream, command: str) -> None:
    """What would answer for a person is refused in every mode."""
    async with asking_gateway(tmp_path, upstream, mode="full") as gateway:
        await (await say(gateway, upstream, command))
        assert "may not answer for people" in result_of(upstream)


async def test_time_of_the_run_stands_still(tmp_path: Path, upstream: Upstream) -> None:
    """A run that waits for a person longer than its own limit goes on when the answer comes."""
    async with asking_gateway(tmp_path, upstream) as gateway:
        turn = await say(gateway, upstream, COMMAND)
        approval = await wait_approval(gateway)
        (run,) = gateway.gateway.services.runs.live
        loop = asyncio.get_running_loop()
        run.due_at = loop.time() + 1_000
        assert run.look_again_at(loop.time() + 5_000) > loop.time() + 5_000
        await answer(gateway, approval, "allow-once")
        assert (await turn).status_code == 200
        assert run.due_at > loop.time()


async def test_real_command(tmp_path: Path, upstream: Upstream) -> None:
    """The tool `exec` runs what was allowed, in the folder that was shown, and not what was denied."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    config = config_for(upstream, tools={"allow": ["exec"]})
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        for name, decision in (("no", "deny"), ("yes", "allow-once")):
            arguments = json.dumps({"command": f"touch {name}"})
            upstream.plan(Answer(calls=(Call("exec", (arguments,)),)))
            turn = asyncio.create_task(gateway.chat("do it", headers=HEADERS))
            approval = await wait_approval(gateway)
            assert approval.question.cwd == str(workspace)
            await answer(gateway, approval, decision)
            await turn
    assert [path.name for path in workspace.iterdir() if path.name in ("no", "yes")] == ["yes"]


async def test_agent_has_no_credential_to_answer_with(tmp_path: Path, upstream: Upstream) -> None:
    """The environment of a command holds nothing that would let it answer, and the command line refuses there."""
    config = config_for(upstream, tools={"allow": ["exec"], "exec": {"mode": "full"}})
    program = shlex.quote(sys.executable)
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        arguments = json.dumps({"command": f"env; {program} -m openclaw_gateway approvals list"})
        upstream.plan(Answer(calls=(Call("exec", (arguments,)),)))
        await gateway.chat("do it")
    told = result_of(upstream)
    assert "OPENCLAW_SHELL=exec" in told
    assert TOKEN not in told
    assert "given by people" in told
