"""The tools that an agent may use, in its runs."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.running import Running, config_for, running_gateway
from tests.upstream import Answer, Call, Upstream

from openclaw_gateway.config.schema import Sandbox
from openclaw_gateway.config.schema.tools import Tools
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.policy import Policy
from openclaw_gateway.tools.tool import ToolContext, ToolResult
from openclaw_gateway.tools.toolbox import Toolboxes


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
    config = config_for(
        upstream, tools={"deny": ["burn", "group:openclaw", "group:fs", "group:runtime"]}, agents=agents
    )
    async with running_gateway(tmp_path, upstream, config=config, options=GatewayOptions(tools=tools)) as running:
        yield running


def test_each_tool_is_allowed_or_denied_by_a_rule(tools: dict[str, Counter]) -> None:
    """What is shown is what is found; the rest has the rule that denied it."""
    toolbox = Toolboxes(tools, Policy("main", Tools(deny=("burn",)))).find("agent:main:main")
    assert list(toolbox.tools) == [spec.name for spec in toolbox.specs] == [*toolbox.names] == ["look"]
    assert toolbox.denied == {"burn": "tools.deny"}
    assert toolbox.shelf is tools


@pytest.mark.parametrize(
    ("lists", "emptied_by"),
    [
        pytest.param({"allow": ["nosuch"]}, "tools.allow", id="a list of nothing that is there"),
        pytest.param({"allow": ["look"], "deny": ["look"]}, "tools.allow", id="listed and denied"),
        pytest.param({"allow": ["look"]}, None, id="something is left"),
        pytest.param({"deny": ["*"]}, None, id="nobody wrote what is allowed"),
        pytest.param({"allow": []}, None, id="a list that allows nothing means it"),
        pytest.param({"profile": "messaging"}, None, id="a profile is no list"),
    ],
)
def test_a_list_that_leaves_nothing_is_named(tools: dict[str, Counter], lists: Any, emptied_by: str | None) -> None:
    """Who wrote down what an agent may use did not mean an agent without tools."""
    toolbox = Toolboxes(tools, Policy("main", msgspec.convert(lists, Tools))).find("agent:main:main")
    assert toolbox.emptied_by == emptied_by


def test_occasions_that_the_config_does_not_tell_apart_share_a_toolbox(tools: dict[str, Counter]) -> None:
    """Nothing is judged twice: models and senders that no key names are like any other."""
    lists = {"byProvider": {"up": {"deny": ["burn"]}}, "toolsBySender": {"id:eve": {"deny": ["look"]}}}
    boxes = Toolboxes(tools, Policy("main", msgspec.convert(lists, Tools)))
    plain = boxes.find("agent:main:main")
    assert boxes.find("agent:main:other", "other/tiny", "alice") is plain
    assert list(boxes.find("agent:main:main", "up/tiny").tools) == ["look"]
    assert list(boxes.find("agent:main:main", "other/tiny", "eve").tools) == ["burn"]
    assert boxes.find("agent:main:main", "up/tiny") is boxes.find("agent:main:main", "up/tiny")
    assert list(boxes.find("agent:main:main", cap=("look",)).tools) == ["look"]


def test_a_session_in_a_sandbox_has_other_tools(tools: dict[str, Counter]) -> None:
    """With mode non-main only the main conversation has the tools that reach out of the sandbox."""
    boxes = Toolboxes(tools, Policy("main"), Sandbox(mode="non-main"))
    assert list(boxes.find("agent:main:main").tools) == ["look", "burn"]
    assert list(boxes.find("agent:main:user:x").tools) == []


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
