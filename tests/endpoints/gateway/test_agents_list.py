"""`agents.list` and `agent.identity.get`."""

from pathlib import Path

import pytest
from tests.protocol_client import Refused, connected
from tests.running import config_for, running_gateway
from tests.upstream import Upstream

AGENTS = {
    "defaults": {"model": "up/tiny"},
    "entries": {
        "main": {"identity": {"name": "Iris", "emoji": "*"}},
        "ops": {"name": "Operator", "model": {"primary": "up/tiny", "fallbacks": ["scripted/demo"]}},
        "plain": {},
    },
}


async def test_agents_are_told_as_configured(tmp_path: Path, upstream: Upstream) -> None:
    """Every agent in the config's order, with its name, model and workspace; `main` is the default one."""
    config = config_for(upstream, agents=AGENTS)
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        listed = await client.ask("agents.list")
        assert (listed["defaultId"], listed["selectionRequired"]) == ("main", False)
        assert [(agent["id"], agent["name"]) for agent in listed["agents"]] == [
            ("main", "Iris"), ("ops", "Operator"), ("plain", "plain"),
        ]  # fmt: skip
        assert listed["agents"][1]["model"] == {"primary": "up/tiny", "fallbacks": ["scripted/demo"]}
        assert listed["agents"][0]["identity"] == {"name": "Iris", "emoji": "*"}
        sources = [
            (await client.ask("agent.identity.get", agentId=agent["id"]))["nameSource"] for agent in listed["agents"]
        ]
        assert sources == ["config", "agent", "default"]
        by_session = await client.ask("agent.identity.get", sessionKey="agent:ops:main")
        assert (by_session["agentId"], by_session["name"]) == ("ops", "Operator")
        assert (await client.ask("agent.identity.get"))["emoji"] == "*"
        with pytest.raises(Refused, match='Unknown agent id "none"'):
            await client.ask("agent.identity.get", agentId="none")


async def test_no_default_has_to_be_chosen(tmp_path: Path, upstream: Upstream) -> None:
    """Where several agents are equal, clients are told to let their user choose."""
    agents = {"defaults": {"model": "up/tiny"}, "entries": {"a": {}, "b": {}}}
    config = config_for(upstream, agents=agents)
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        listed = await client.ask("agents.list")
        assert (listed["defaultId"], listed["selectionRequired"]) == ("a", True)
        with pytest.raises(Refused, match="pass agentId"):
            await client.ask("chat.send", sessionKey="main", message="hi", idempotencyKey="k")


async def test_identity_file_speaks_where_the_config_is_silent(tmp_path: Path, upstream: Upstream) -> None:
    """What the agent wrote about itself in IDENTITY.md is told, behind what the config says."""
    agents = {
        "defaults": {"model": "up/tiny"},
        "entries": {"main": {"identity": {"emoji": "*"}}, "ops": {"name": "Op"}},
    }
    for name in ("main", "ops"):
        (tmp_path / f"workspace-{name}").mkdir()
        (tmp_path / f"workspace-{name}" / "IDENTITY.md").write_text("- Name: Ada\n- Emoji: +\n- Theme: night\n")
    config = config_for(upstream, agents=agents)
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        main, ops = [await client.ask("agent.identity.get", agentId=name) for name in ("main", "ops")]
        listed = await client.ask("agents.list")
    assert (main["name"], main["nameSource"], main["emoji"]) == ("Ada", "workspace", "*")
    assert (ops["name"], ops["nameSource"], ops["emoji"]) == ("Op", "agent", "+")
    assert listed["agents"][0]["name"] == "Ada"
    assert listed["agents"][0]["identity"] == {"name": "Ada", "theme": "night", "emoji": "*"}
