"""The tools that an agent may use, in its runs."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from tests.running import Running, config_for, running_gateway
from tests.upstream import Answer, Call, Upstream

from openclaw_gateway.config.schema.tools import AgentTools, Tools
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.tool import ToolContext, ToolResult
from openclaw_gateway.tools.toolbox import fill_toolbox


@dataclass
class Counter:
    """A tool that counts its calls."""

    name: str
    description: str = "Counts."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b'{"type":"object"}'))
    is_parallel: bool = True
    calls: int = 0

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        self.calls += 1
        return ToolResult.of_text(f"{self.name} was called")


@pytest.fixture
def tools() -> dict[str, Counter]:
    """Two tools."""
    return {name: Counter(name) for name in ("look", "burn")}


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream, tools: dict[str, Counter]) -> AsyncIterator[Running]:
    """A gateway that denies one of them to all agents, and the other to `ops` alone."""
    agents = {
        "defaults": {"model": "up/tiny"},
        "entries": {"main": {}, "ops": {"tools": {"deny": ["look"]}}},
    }
    config = config_for(upstream, tools={"allow": ["look", "burn"], "deny": ["burn"]}, agents=agents)
    async with running_gateway(tmp_path, upstream, config=config, options=GatewayOptions(tools=tools)) as running:
        yield running


def test_each_tool_is_allowed_or_denied_by_a_rule(tools: dict[str, Counter]) -> None:
    """What is shown is what is found; the rest has the rule that denied it."""
    toolbox = fill_toolbox(tools, Tools(deny=("burn",)), AgentTools())
    assert list(toolbox.tools) == [spec.name for spec in toolbox.specs] == ["look"]
    assert toolbox.denied == {"burn": "tools.deny"}


@pytest.mark.parametrize(
    ("agent", "shown"), [pytest.param("main", ["look"], id="for all"), pytest.param("ops", [], id="for one agent")]
)
async def test_denied_tool_is_not_shown(gateway: Running, upstream: Upstream, agent: str, shown: list[str]) -> None:
    """The model is told of the tools that its agent may use, and of no other."""
    await gateway.chat("hi", headers={"x-openclaw-agent-id": agent})
    assert [tool["function"]["name"] for tool in upstream.requests[0].json.get("tools", [])] == shown


async def test_denied_tool_is_not_run(gateway: Running, upstream: Upstream, tools: dict[str, Counter]) -> None:
    """A model that calls a denied tool is told that there is none, as for any other name; an allowed one is run."""
    upstream.plan(Answer(calls=(Call("burn", ("{}",), "a"), Call("look", ("{}",), "b"))))
    await gateway.chat("hi")
    denied, allowed = [message["content"] for message in upstream.requests[1].json["messages"][-2:]]
    assert "Tool burn not found" in denied
    assert allowed == "look was called"
    assert (tools["burn"].calls, tools["look"].calls) == (0, 1)


async def test_caller_may_use_the_name_of_a_denied_tool(gateway: Running, upstream: Upstream) -> None:
    """A tool of the caller clashes with what its agent may use, not with what it may not."""
    function = {"name": "burn", "parameters": {"type": "object"}}
    reply = await gateway.chat("hi", tools=[{"type": "function", "function": function}])
    assert reply.status_code == 200
    assert [tool["function"]["name"] for tool in upstream.requests[0].json["tools"]] == ["look", "burn"]
