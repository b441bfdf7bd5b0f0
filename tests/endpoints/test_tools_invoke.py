"""`POST /tools/invoke` against a running gateway with tools of the test."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from tests.running import TOKEN, Running, config_for, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.messages import ImagePart, TextPart
from openclaw_gateway.tools.tool import ToolContext, ToolResult


class EchoTool:
    """Answers with its arguments and where it was called."""

    description = "Repeats."
    is_parallel = True

    def __init__(self, name: str, parameters: bytes = b'{"type":"object","properties":{"action":{}}}') -> None:
        self.name = name
        self.parameters = msgspec.Raw(parameters)
        self.contexts: list[ToolContext] = []

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        self.contexts.append(context)
        return ToolResult.of_text(json.dumps({"args": arguments, "session": context.session_key}))


class PlainTool(EchoTool):
    """Has no schema to speak of, and shows a picture."""

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        return ToolResult((TextPart(json.dumps(arguments)), ImagePart("image/png", "AAAA")))


class BrokenTool(EchoTool):
    """Fails with words that are nobody's business."""

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        raise RuntimeError("secret of the machine")


class FailingTool(EchoTool):
    """Says that it failed."""

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        return ToolResult.of_text("no luck", is_error=True)


class EndlessTool(EchoTool):
    """Is at work until it is cancelled."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.started = asyncio.Event()
        self.cancelled = asyncio.Event()

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        self.started.set()
        try:
            return await asyncio.Future()
        finally:
            self.cancelled.set()


def tools() -> dict[str, Any]:
    made = [EchoTool(name) for name in ("echo", "exec", "cron", "read", "web_fetch")]
    others = [PlainTool("plain", b"{}"), BrokenTool("broken"), FailingTool("failing"), EndlessTool("endless")]
    return {tool.name: tool for tool in (*made, *others)}


@pytest.fixture
async def gateway(tmp_path: Path, upstream: Upstream) -> AsyncIterator[Running]:
    """A gateway with tools and two agents."""
    agents = {"defaults": {"model": "up/tiny"}, "entries": {"main": {}, "ops": {"tools": {"deny": ["echo"]}}}}
    config = config_for(upstream, agents=agents, tools={"deny": ["web_*"]})
    options = GatewayOptions(tools=tools())
    async with running_gateway(tmp_path, upstream, config=config, options=options) as running:
        yield running


async def invoke(gateway: Running, body: Any, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"content-type": "application/json", **(headers or {})}
    return await gateway.http.post("/tools/invoke", content=content, headers=head)


def said(reply: httpx2.Response) -> Any:
    """What the echo tool was called with."""
    assert reply.status_code == 200, reply.text
    return json.loads(reply.json()["result"]["content"][0]["text"])


@pytest.mark.parametrize(
    ("body", "args"),
    [
        pytest.param({"name": "echo", "args": {"a": [1, None]}}, {"a": [1, None]}, id="arguments"),
        pytest.param({"tool": "echo"}, {}, id="older name of the field"),
        pytest.param({"tool": "exec", "name": "echo"}, {}, id="name wins"),
        pytest.param({"name": "echo", "action": "go"}, {"action": "go"}, id="action"),
        pytest.param({"name": "echo", "action": "go", "args": {"action": "own"}}, {"action": "own"}, id="own action"),
        pytest.param({"name": "echo", "args": None}, {}, id="null"),
        pytest.param({"name": "echo", "args": [1]}, {}, id="list"),
        pytest.param({"name": "echo", "args": "x"}, {}, id="text"),
        pytest.param({"name": "echo", "dryRun": True, "idempotencyKey": "k", "other": 1}, {}, id="ignored fields"),
    ],
)
async def test_call(gateway: Running, body: Any, args: Any) -> None:
    """The tool gets its arguments; what is no object counts as an empty one."""
    assert said(await invoke(gateway, body))["args"] == args


async def test_result(gateway: Running) -> None:
    """All parts of a result are shown; `action` is not pressed on a tool that has no such parameter."""
    reply = await invoke(gateway, {"name": "plain", "action": "go"})
    assert reply.json() == {
        "result": {
            "content": [{"type": "text", "text": "{}"}, {"type": "image", "mimeType": "image/png", "data": "AAAA"}]
        },
        "ok": True,
    }


@pytest.mark.parametrize(
    ("fields", "session"),
    [
        pytest.param({}, "agent:main:main", id="nothing"),
        pytest.param({"sessionKey": "main"}, "agent:main:main", id="main"),
        pytest.param({"sessionKey": "default"}, "agent:main:main", id="default"),
        pytest.param({"sessionKey": "Talk"}, "agent:main:talk", id="short key"),
        pytest.param({"sessionKey": "agent:main:talk", "agentId": "main"}, "agent:main:talk", id="named twice"),
    ],
)
async def test_session(gateway: Running, fields: Any, session: str) -> None:
    """A call belongs to the main session of the agent, or to the one it names."""
    assert said(await invoke(gateway, {"name": "echo", **fields}))["session"] == session


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({}, "tools.invoke requires name", id="no name"),
        pytest.param({"name": "", "tool": None}, "tools.invoke requires name", id="empty name"),
        pytest.param({"name": "echo", "agentId": "nobody"}, "Unknown agent 'nobody'.", id="unknown agent"),
        pytest.param({"name": "echo", "agentId": "../x"}, "must name an agent", id="hostile agent"),
        pytest.param(
            {"name": "echo", "agentId": "main", "sessionKey": "agent:ops:x"}, "belongs to agent 'ops'", id="conflict"
        ),
        pytest.param({"name": "echo", "sessionKey": "cron:x"}, "reserved internal session namespaces", id="reserved"),
        pytest.param({"name": "echo", "sessionKey": "a\u0000b"}, "printable", id="hostile key"),
        pytest.param({"name": 1}, "name: Invalid input: expected string, received number", id="number"),
        pytest.param([], "expected object, received array", id="list"),
        pytest.param(b"null", "expected object, received null", id="null"),
        pytest.param(b"", "the body is empty", id="nothing"),
        pytest.param(b'{"name":"echo","args":{"a":"\\ud800"}}', "Invalid JSON", id="half a character"),
        pytest.param(b'{"name":"echo","args":' + b'{"a":' * 99 + b"1" + b"}" * 99 + b"}", "nested deeper", id="deep"),
        pytest.param(b'{"name":"echo","args":' + b"[" * 99999, "Invalid JSON", id="very deep"),
    ],
)
async def test_bad_request(gateway: Running, body: Any, message: str) -> None:
    """What cannot be understood is 400 in the endpoint's own form."""
    reply = await invoke(gateway, body)
    assert reply.status_code == 400, reply.text
    told = reply.json()
    assert (told["ok"], told["error"]["type"]) == (False, "invalid_request")
    assert message in told["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"name": "nosuch"}, id="unknown"),
        pytest.param({"name": "exec"}, id="denied over HTTP"),
        pytest.param({"name": "read"}, id="never over HTTP"),
        pytest.param({"name": "web_fetch"}, id="denied by tools.deny"),
        pytest.param({"name": "echo", "agentId": "ops"}, id="denied for the agent"),
    ],
)
async def test_denied_looks_like_unknown(gateway: Running, body: Any) -> None:
    """A tool that may not be used and one that is not there give the same answer."""
    reply = await invoke(gateway, body)
    assert reply.status_code == 404
    message = f"Tool not available: {body['name']}"
    assert reply.json() == {"ok": False, "error": {"type": "not_found", "message": message}}


async def test_config_lifts_a_denial_for_owners(tmp_path: Path, upstream: Upstream) -> None:
    """`gateway.tools.allow` opens a tool for callers with operator.admin, and for nobody else."""
    config = config_for(upstream, tools={})
    config["gateway"]["auth"] = {"mode": "none"}
    config["gateway"]["tools"] = {"allow": ["exec", "cron"]}
    options = GatewayOptions(tools=tools())
    async with running_gateway(tmp_path, upstream, config=config, options=options) as gateway:
        assert (await invoke(gateway, {"name": "exec"})).status_code == 200
        scopes = {"x-openclaw-scopes": "operator.write"}
        assert (await invoke(gateway, {"name": "cron"}, scopes)).status_code == 404
        reply = await invoke(gateway, {"name": "echo"}, {"x-openclaw-scopes": "operator.read"})
        assert (reply.status_code, reply.json()["error"]["details"]["missingScope"]) == (403, "operator.write")


@pytest.mark.parametrize("name", ["broken", "failing"])
async def test_failing_tool(gateway: Running, name: str) -> None:
    """A tool that fails is a 500 that tells nothing of the inside."""
    reply = await invoke(gateway, {"name": name})
    assert reply.status_code == 500
    assert reply.json() == {"ok": False, "error": {"type": "tool_error", "message": "tool execution failed"}}


async def test_body_is_bounded(gateway: Running) -> None:
    """More than 2 MB is refused on its announcement."""
    reply = await invoke(gateway, b'{"name":"' + b"x" * (2 << 20) + b'"}')
    assert reply.status_code == 413
    error = reply.json()["error"]
    assert (error["message"], error["type"]) == ("Payload too large", "invalid_request_error")


async def test_client_that_leaves_ends_the_call(gateway: Running) -> None:
    """A tool does not go on for a client that is gone."""
    tool = gateway.gateway.services.prepared.toolboxes["main"].shelf["endless"]
    assert isinstance(tool, EndlessTool)
    host, port = gateway.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    body = b'{"name":"endless"}'
    head = f"POST /tools/invoke HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    async with asyncio.timeout(10):
        await tool.started.wait()
        writer.close()
        await tool.cancelled.wait()
