"""`tools.catalog`, `tools.effective` and `tools.invoke`."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running, config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.tool import ToolContext, ToolResult


@dataclass
class Echo:
    """A tool that says where it was called with what."""

    name: str = "echo"
    description: str = "Says it again."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b'{"type":"object"}'))
    is_parallel: bool = True
    calls: list[str] = field(default_factory=list)

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        self.calls.append(self.name)
        if arguments.get("fail"):
            raise ValueError("it broke")
        return ToolResult.of_text(f"{arguments.get('word')} in {context.session_key}")


@pytest.fixture
def calls() -> list[str]:
    """Which tools were called."""
    return []


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream, calls: list[str]) -> AsyncIterator[Running]:
    """A gateway with three tools, one of them denied by the config and one that is never called from outside."""
    tools = {name: Echo(name, calls=calls) for name in ("echo", "denied", "exec")}
    config = config_for(upstream, tools={"deny": ["denied"]})
    options = GatewayOptions(tools=tools)
    async with running_gateway(tmp_path, upstream, config=config, options=options) as running:
        yield running


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client with the full grant."""
    async with connected(gateway) as connection:
        yield connection


async def test_catalog_has_all_and_effective_what_is_allowed(client: ProtocolClient) -> None:
    """The catalog lists every tool; what the policy denies is not effective."""
    catalog = await client.ask("tools.catalog")
    effective = await client.ask("tools.effective", sessionKey="main")
    shelf, usable = (
        {tool["id"] for group in told["groups"] for tool in group["tools"]} for told in (catalog, effective)
    )
    assert shelf >= {"echo", "denied", "exec", "read", "write", "edit", "apply_patch", "ls", "view_image"}
    assert shelf - usable == {"denied"}
    assert (effective["agentId"], effective["profile"]) == ("main", "full")


async def test_invoke_runs_the_tool(client: ProtocolClient) -> None:
    """The tool is called in the session that is named, else in the main one, and its failure is an answer."""
    told = await client.ask("tools.invoke", name="echo", args={"word": "hi"}, sessionKey="web")
    assert told == {
        "ok": True,
        "toolName": "echo",
        "source": "core",
        "output": {"content": [{"type": "text", "text": "hi in agent:main:web"}]},
    }
    told = await client.ask("tools.invoke", name="echo")
    assert "agent:main:main" in str(told["output"])
    failed = await client.ask("tools.invoke", name="echo", args={"fail": True})
    assert (failed["ok"], failed["error"]["code"]) == (False, "tool_error")


async def test_key_calls_once(client: ProtocolClient, calls: list[str]) -> None:
    """The same request with the same key calls the tool once and is answered alike; another request is refused."""
    request = {"name": "echo", "args": {"word": "hi"}, "idempotencyKey": "k1"}
    first = await client.ask("tools.invoke", **request)
    assert await client.ask("tools.invoke", **request) == first
    assert calls == ["echo"]
    with pytest.raises(Refused, match="another request"):
        await client.ask("tools.invoke", **{**request, "args": {"word": "ho"}})
    assert not (await client.ask("tools.invoke", name="nosuch", idempotencyKey="k2"))["ok"]
    assert (await client.ask("tools.invoke", name="echo", idempotencyKey="k2"))["ok"]
    failing = {"name": "echo", "args": {"fail": True}, "idempotencyKey": "k3"}
    assert [(await client.ask("tools.invoke", **failing))["ok"] for _ in range(2)] == [False, False]
    assert calls == ["echo", "echo", "echo"]


@pytest.mark.parametrize("name", ["denied", "exec", "nosuch"])
async def test_denied_looks_unknown(client: ProtocolClient, name: str) -> None:
    """What may not be called, by the config or from outside at all, looks as if it were not there."""
    told = await client.ask("tools.invoke", name=name)
    assert told["error"] == {"code": "not_found", "message": f"Tool not available: {name}"}


async def test_reading_is_not_enough_to_call(gateway: Running) -> None:
    """Calling a tool is writing."""
    async with connected(gateway, scopes=["operator.read"]) as reader:
        await reader.ask("tools.catalog")
        with pytest.raises(Refused, match=r"missing scope: operator\.write"):
            await reader.ask("tools.invoke", name="echo")
