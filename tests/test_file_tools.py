"""The file tools in a real gateway: called by a model, over HTTP, and in the catalog."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.running import Running, config_for, running_gateway
from tests.upstream import Answer, Call, Upstream


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway whose agent has all tools, in a workspace with two files."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    for name in ("a.txt", "b.txt"):
        (workspace / name).write_text("one\ntwo\n")
    agents = {"defaults": {"model": "up/tiny", "workspace": str(workspace), "skipBootstrap": True}}
    config = config_for(upstream, agents=agents, tools={"fs": {"workspaceOnly": True}})
    async with running_gateway(tmp_path, upstream, config=config) as running:
        yield running


def calls_of(*named: tuple[str, dict[str, Any]]) -> Answer:
    """An answer that asks for these calls at once."""
    calls = [Call(name, (json.dumps(given),), f"call_{index}") for index, (name, given) in enumerate(named)]
    return Answer(calls=tuple(calls))


async def test_a_model_works_on_files(gateway: Running, upstream: Upstream, tmp_path: Path) -> None:
    """It reads, changes twice in one reply, in its order, and lists; results come in the order of its calls."""
    upstream.plan(
        calls_of(
            ("read", {"path": "b.txt", "limit": 1}),
            ("edit", {"path": "a.txt", "edits": [{"oldText": "one", "newText": "1"}]}),
            ("edit", {"path": "a.txt", "edits": [{"oldText": "1", "newText": "2"}]}),
            ("read", {"path": "/etc/passwd"}),
        ),
        calls_of(("ls", {})),
    )
    reply = await gateway.chat("work")
    assert reply.status_code == 200, reply.text
    results = [turn["content"] for turn in upstream.requests[-1].json["messages"] if turn["role"] == "tool"]
    assert results[0] == "one\n\n[More lines follow: read on with offset=2.]"
    assert results[1:3] == ["Successfully replaced 1 block(s) in a.txt."] * 2
    assert json.loads(results[3])["error"].startswith("/etc/passwd leads out of ")
    assert results[4] == '"a.txt"\n"b.txt"'
    assert (tmp_path / "workspace" / "a.txt").read_text() == "2\ntwo\n"


CLOSED = "belongs to the gateway itself"


@pytest.mark.parametrize("is_around", [pytest.param(True, id="around"), pytest.param(False, id="beside")])
async def test_files_of_the_gateway_are_closed(tmp_path: Path, upstream: Upstream, *, is_around: bool) -> None:
    """No file tool reads the token, or writes down what commands may, where all else is open to it, too."""
    state, workspace = tmp_path / "home" / "state", tmp_path / ("home" if is_around else "workspace")
    for folder in (state, workspace):
        folder.mkdir(parents=True, exist_ok=True)
    (workspace / "link").symlink_to(state)
    agents = {"defaults": {"model": "up/tiny", "workspace": str(workspace), "skipBootstrap": True}}
    config = config_for(upstream, agents=agents, tools={"fs": {"workspaceOnly": False}})
    async with running_gateway(state, upstream, config=config) as gateway:
        tried = [
            ("read", {"path": str(state / "openclaw.json")}),
            ("read", {"path": "link/openclaw.json"}),
            ("write", {"path": str(state / "exec-approvals.json"), "content": "{}"}),
            ("write", {"path": str(state / "new" / "folder" / "x"), "content": "x"}),
            ("edit", {"path": "link/openclaw.json", "edits": [{"oldText": "local", "newText": "remote"}]}),
            ("ls", {"path": f"{workspace}/./link/state"}),
            ("read", {"path": f"/proc/self/root{state}/openclaw.json"}),
            ("read", {"path": "/proc/self/environ"}),
            ("read", {"path": "/proc/thread-self/environ"}),
        ]
        upstream.plan(calls_of(*tried))
        await gateway.chat("break out")
        results = [turn["content"] for turn in upstream.requests[-1].json["messages"] if turn["role"] == "tool"]
    assert [CLOSED in result for result in results] == [True] * len(tried), results
    assert not (state / "exec-approvals.json").exists()
    assert not (state / "new").exists()


@pytest.mark.parametrize("name", ["read", "write", "edit", "ls", "apply_patch"])
async def test_files_are_no_mere_http_call_away(gateway: Running, name: str) -> None:
    """`POST /tools/invoke` answers as if there were no such tool, to the owner's token too."""
    reply = await gateway.http.post("/tools/invoke", json={"tool": name, "args": {"path": "a.txt"}})
    assert (reply.status_code, reply.json()["error"]["type"]) == (404, "not_found")
