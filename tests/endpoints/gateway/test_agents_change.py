"""More and fewer agents over the protocol."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client with the full grant."""
    async with connected(gateway) as connection:
        yield connection


def entries(folder: Path) -> Any:
    return json.loads((folder / "openclaw.json").read_text())["agents"]["entries"]


def is_there(folder: str) -> bool:
    return Path(folder).is_dir()


def remove(folder: str) -> None:
    Path(folder).rmdir()


async def ids(client: ProtocolClient) -> list[str]:
    return [agent["id"] for agent in (await client.ask("agents.list"))["agents"]]


async def test_life_of_an_agent(client: ProtocolClient, tmp_path: Path) -> None:
    """An agent that was made answers at once, is changed, and is gone when it was removed; its folder is kept aside."""
    made = await client.ask("agents.create", name="Night Shift", model="up/tiny", emoji="🌙")
    assert (made["ok"], made["agentId"], made["name"], made["model"]) == (True, "night-shift", "Night Shift", "up/tiny")
    workspace = made["workspace"]
    assert is_there(workspace)
    assert await ids(client) == ["main", "night-shift"]
    await client.ask("chat.send", sessionKey="agent:night-shift:main", message="hi", idempotencyKey="k1")
    assert (await client.ask("agent.wait", runId="k1"))["status"] == "ok"
    assert (await client.ask("agents.list"))["defaultId"] == "main"

    assert await client.ask("agents.update", agentId="night-shift", name="Day", model=None) == {
        "ok": True,
        "agentId": "night-shift",
    }
    changed = entries(tmp_path)["night-shift"]
    assert (changed["name"], "model" in changed, changed["identity"]["emoji"]) == ("Day", False, "🌙")
    await client.ask("agents.update", agentId="night-shift", model="up/tiny", avatar="")
    assert entries(tmp_path)["night-shift"]["model"] == {"primary": "up/tiny"}

    gone = await client.ask("agents.delete", agentId="night-shift")
    assert gone["removed"] == [{"path": workspace, "method": "trash"}]
    assert not is_there(workspace)
    assert await ids(client) == ["main"]


@pytest.mark.parametrize(
    ("method", "params", "fault"),
    [
        pytest.param("agents.create", {"name": "main"}, "there is an agent 'main' already", id="there already"),
        pytest.param("agents.create", {"name": "!!"}, "no id can be made", id="no id"),
        pytest.param("agents.create", {"name": "a", "model": "nosuch/x"}, "unknown model", id="unknown model"),
        pytest.param("agents.create", {"name": "a${HOME}"}, "must not name a variable", id="a variable"),
        pytest.param("agents.create", {"name": "a\n"}, "printable", id="control characters"),
        pytest.param("agents.create", {"name": "a", "workspace": "/etc"}, "chosen on the machine", id="a folder"),
        pytest.param("agents.update", {"agentId": "nobody"}, "Unknown agent id", id="update of nobody"),
        pytest.param("agents.update", {"agentId": "main", "workspace": "/"}, "on the machine", id="another folder"),
        pytest.param("agents.delete", {"agentId": "nobody"}, "Unknown agent id", id="delete of nobody"),
        pytest.param("agents.delete", {"agentId": "main"}, "cannot be deleted", id="the only one"),
    ],
)
async def test_refusals(
    client: ProtocolClient, tmp_path: Path, method: str, params: dict[str, str], fault: str
) -> None:
    """What cannot be is refused with the reason, and the file stays as it was."""
    before = (tmp_path / "openclaw.json").read_bytes()
    with pytest.raises(Refused, match=fault):
        await client.ask(method, **params)
    assert (tmp_path / "openclaw.json").read_bytes() == before


async def test_files_may_stay(client: ProtocolClient) -> None:
    """An agent may go without its folder; a folder that is gone is told as missing."""
    workspace = (await client.ask("agents.create", name="one"))["workspace"]
    assert "removed" not in await client.ask("agents.delete", agentId="one", deleteFiles=False)
    assert is_there(workspace)
    await client.ask("agents.create", name="one", workspace=workspace)
    remove(workspace)
    gone = await client.ask("agents.delete", agentId="one")
    assert (gone["removed"], gone["failed"]) == ([{"path": workspace, "method": "missing"}], [])


async def test_who_may(gateway: Running) -> None:
    """Agents are changed by admins."""
    async with connected(gateway, scopes=["operator.write"]) as client:
        for method, params in (("agents.create", {"name": "a"}), ("agents.delete", {"agentId": "main"})):
            with pytest.raises(Refused, match=r"missing scope: operator\.admin"):
                await client.ask(method, **params)
