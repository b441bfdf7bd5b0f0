"""The agents that a config names."""

import json
from pathlib import Path
from typing import Any

import pytest

from openclaw_gateway.agents.agent import build_agents
from openclaw_gateway.config.load import LaunchOptions, load, read_environment
from openclaw_gateway.config.schema import Config, ModelChoice


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path


def config_of(state: Path, agents: dict[str, Any]) -> Config:
    path = state / "openclaw.json"
    path.write_text(json.dumps({"gateway": {"mode": "local"}, "agents": agents}))
    environment = read_environment({"OPENCLAW_CONFIG_PATH": str(path), "OPENCLAW_STATE_DIR": str(state)})
    return load(LaunchOptions(), environment).config


def test_config_without_agents_has_one(state: Path) -> None:
    """With no entries there is the implicit agent `main`, whose workspace is in the state folder."""
    agents = build_agents(config_of(state, {}), state)
    assert list(agents) == ["main"]
    assert agents["main"].workspace == state / "workspace"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(None, ModelChoice("p/a", ("p/b",)), id="inherits the default"),
        pytest.param("p/x", ModelChoice("p/x", ()), id="a string is strict"),
        pytest.param({"primary": "p/x"}, ModelChoice("p/x", ()), id="a primary alone is strict"),
        pytest.param({"primary": "p/x", "fallbacks": ["p/y"]}, ModelChoice("p/x", ("p/y",)), id="brings its own"),
        pytest.param({"fallbacks": ["p/y"]}, ModelChoice("p/a", ("p/y",)), id="fallbacks keep the inherited primary"),
    ],
)
def test_model_of_an_agent(state: Path, own: Any, expected: ModelChoice) -> None:
    """An agent's own choice replaces the default's as the original's does."""
    entry = {} if own is None else {"model": own}
    defaults = {"model": {"primary": "p/a", "fallbacks": ["p/b"]}}
    agents = build_agents(config_of(state, {"defaults": defaults, "entries": {"main": entry}}), state)
    assert agents["main"].model == expected


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        pytest.param({"entries": {"main": {"workspace": "/w/own"}}}, {"main": "/w/own"}, id="its own"),
        pytest.param(
            {"defaults": {"workspace": "/w"}, "entries": {"ops": {}}}, {"ops": "/w"}, id="sole agent: the base"
        ),
        pytest.param(
            {"defaults": {"workspace": "/w"}, "entries": {"a": {}, "b": {}}}, {"a": "/w/a", "b": "/w/b"}, id="several"
        ),
    ],
)
def test_workspace_of_an_agent(state: Path, agents: dict[str, Any], expected: dict[str, str]) -> None:
    """Where an agent works: its own folder, or one below the default."""
    built = build_agents(config_of(state, agents), state)
    assert {agent.id: str(agent.workspace) for agent in built.values()} == expected


@pytest.mark.parametrize(
    ("entries", "agent_id", "name"),
    [
        pytest.param({}, "main", "OpenClaw", id="implicit agent"),
        pytest.param({"main": {}}, "main", "OpenClaw", id="main without a name"),
        pytest.param({"main": {"name": "Ada"}}, "main", "Ada", id="named"),
        pytest.param({"ops": {}}, "ops", "ops", id="another one is called by its id"),
    ],
)
def test_name_of_an_agent(state: Path, entries: dict[str, Any], agent_id: str, name: str) -> None:
    """An agent knows itself by its given name; nobody is called "main"."""
    agent = build_agents(config_of(state, {"entries": entries}), state)[agent_id]
    assert agent.name == name
    assert agent.given_name == (name if entries.get("main") else None)


def test_several_agents_keep_apart_without_a_base(state: Path) -> None:
    """Without a default workspace each of several agents has a folder of its own in the state folder."""
    agents = build_agents(config_of(state, {"entries": {"a": {}, "b": {}}}), state)
    assert {agent.workspace for agent in agents.values()} == {state / "workspace-a", state / "workspace-b"}
