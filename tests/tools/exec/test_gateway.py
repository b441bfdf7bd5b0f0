"""Commands of agents, seen by whoever talks to a gateway."""

import asyncio
import json
from pathlib import Path
from typing import Any

from tests.running import config_for, eventually, running_gateway
from tests.tools.exec.commands import is_alive, pid_in, read_number
from tests.upstream import Answer, Call, Upstream


def config(upstream: Upstream, tmp_path: Path, **sandbox: Any) -> dict[str, Any]:
    """An agent that may run commands unasked."""
    workspace = str(tmp_path / "workspace")
    defaults = {"model": "up/tiny", "workspace": workspace, "skipBootstrap": True, "sandbox": sandbox}
    tools = {"allow": ["exec", "process", "write"], "exec": {"mode": "full"}}
    return config_for(upstream, tools=tools, agents={"defaults": defaults})


def plan(upstream: Upstream, tool: str, **arguments: Any) -> None:
    """The model calls a tool, and then says that it is done."""
    upstream.plan(Answer(calls=(Call(tool, (json.dumps(arguments),)),)), Answer(("Done.",)))


def told(upstream: Upstream) -> str:
    """What the model was told of its call."""
    return str(upstream.requests[-1].json["messages"][-1]["content"])


async def test_a_command_runs_in_the_workspace(tmp_path: Path, upstream: Upstream) -> None:
    """The model reads what it printed; the answer holds nothing of it."""
    async with running_gateway(tmp_path, upstream, config=config(upstream, tmp_path)) as gateway:
        plan(upstream, "exec", command="pwd; echo made > file; exit 3")
        reply = await gateway.chat("do it")
        assert reply.json()["choices"][0]["message"]["content"] == "Done."
        assert told(upstream) == f"{tmp_path}/workspace\n\n(Command exited with code 3)"
        assert (tmp_path / "workspace" / "file").read_text() == "made\n"


async def test_p20_no_secret_of_the_gateway_is_in_a_command(tmp_path: Path, upstream: Upstream) -> None:
    """Neither token nor keys are in the environment, the arguments or the parents' of a command."""
    async with running_gateway(tmp_path, upstream, config=config(upstream, tmp_path)) as gateway:
        plan(
            upstream,
            "exec",
            command="env; cat /proc/self/environ /proc/$PPID/environ /proc/$PPID/cmdline | tr '\\0' '\\n'",
        )
        await gateway.chat("do it")
        assert "OPENCLAW_SHELL=exec" in told(upstream)
        names = {line.partition("=")[0] for line in told(upstream).splitlines()}
        assert not [name for name in names if "TOKEN" in name or "KEY" in name or "SECRET" in name]
        assert "OPENCLAW_STATE_DIR" not in told(upstream)
        assert "dummy" not in told(upstream)


async def test_a_caller_who_leaves_takes_the_command_along(tmp_path: Path, upstream: Upstream) -> None:
    """When the connection of the run's owner ends, so do command and child."""
    async with running_gateway(tmp_path, upstream, config=config(upstream, tmp_path)) as gateway:
        plan(upstream, "exec", command=f"sleep 60 & echo $! > {tmp_path}/pid; wait")
        request = asyncio.create_task(gateway.chat("do it"))
        child = await pid_in(tmp_path / "pid")
        request.cancel()
        await eventually(lambda: not is_alive(child))


async def test_a_gateway_that_stops_leaves_no_command(tmp_path: Path, upstream: Upstream) -> None:
    """What runs in the background outlives its run, and not the gateway."""
    async with running_gateway(tmp_path, upstream, config=config(upstream, tmp_path)) as gateway:
        plan(upstream, "exec", command=f"echo $$ > {tmp_path}/pid; exec sleep 60", background=True)
        await gateway.chat("do it")
        assert told(upstream).startswith("Command still running (session ")
        assert is_alive(await pid_in(tmp_path / "pid"))
    assert not is_alive(read_number(tmp_path / "pid"))


async def test_file_tools_are_confined_with_the_commands(tmp_path: Path, upstream: Upstream) -> None:
    """In a sandbox with a folder of its own a file goes there, under the name that commands know it by."""
    sandboxed = config(upstream, tmp_path, mode="all", backend="bubblewrap")
    async with running_gateway(tmp_path, upstream, config=sandboxed) as gateway:
        plan(upstream, "write", path="/workspace/note", content="inside")
        await gateway.chat("do it")
        assert (tmp_path / "sandboxes" / "agent-main" / "note").read_text() == "inside"
        plan(upstream, "write", path=str(tmp_path / "workspace" / "note"), content="outside")
        await gateway.chat("do it")
        assert not (tmp_path / "workspace" / "note").exists()
