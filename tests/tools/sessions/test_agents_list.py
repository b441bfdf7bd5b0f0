"""`agents_list` from outside."""

from pathlib import Path

import pytest
from tests.tools.sessions.office import office


@pytest.mark.parametrize(
    ("allowed", "allows_any", "listed"),
    [
        pytest.param(None, False, ["main"], id="nothing said"),
        pytest.param(["OPS"], False, ["main", "ops"], id="one named"),
        pytest.param(["*"], True, ["main", "ops"], id="all"),
        pytest.param(["nobody"], False, ["main"], id="one that is not there"),
    ],
)
async def test_agents(tmp_path: Path, allowed: list[str] | None, allows_any: bool, listed: list[str]) -> None:
    """An agent may spawn its own sessions, and those of whom the config allows."""
    subagents = {} if allowed is None else {"subagents": {"allowAgents": allowed}}
    async with office(tmp_path, agents={"entries": {"main": subagents, "ops": {}}}) as house:
        told = await house.call("agents_list")
        assert (told["requester"], told["allowAny"]) == ("main", allows_any)
        assert [agent["id"] for agent in told["agents"]] == listed
        assert told["agents"][0] == {
            "id": "main",
            "configured": True,
            "model": "up/tiny",
            "agentRuntime": "openclaw",
        }
