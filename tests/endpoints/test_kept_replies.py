"""Requests with a key that are no runs: tools called over HTTP are called once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from tests.running import Running, eventually, running_gateway
from tests.upstream import Upstream

from openclaw_gateway.endpoints import kept_replies
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.tools.tool import ToolContext, ToolResult

ONCE = {"idempotency-key": "only-once"}


@dataclass
class Counter:
    """A tool that counts its calls, and answers when it may."""

    name: str = "count"
    description: str = "Counts."
    parameters: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b'{"type":"object"}'))
    is_parallel: bool = True
    calls: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, arguments: Mapping[str, object], context: ToolContext) -> ToolResult:
        self.calls += 1
        count = self.calls
        await self.may_end.wait()
        if arguments.get("fails"):
            raise RuntimeError("as asked")
        return ToolResult.of_text(f"call {count}")


def ready(*, may_end: bool = True) -> Counter:
    counter = Counter()
    if may_end:
        counter.may_end.set()
    return counter


async def invoke(
    gateway: Running, headers: Mapping[str, str] = ONCE, name: str = "count", **args: Any
) -> httpx2.Response:
    return await gateway.http.post("/tools/invoke", json={"name": name, "args": args}, headers=headers)


@pytest.mark.parametrize("restarts", [pytest.param(False, id="same gateway"), pytest.param(True, id="after a restart")])
@pytest.mark.parametrize("args", [pytest.param({}, id="well"), pytest.param({"fails": True}, id="badly")])
async def test_done_once(tmp_path: Path, upstream: Upstream, restarts: bool, args: dict[str, Any]) -> None:
    """The same request with its key gets the first answer again, however it went, and the tool is called once."""
    counter = ready()
    options = GatewayOptions(tools={"count": counter})
    async with running_gateway(tmp_path, upstream, options=options) as gateway:
        first = await invoke(gateway, **args)
        second = await invoke(gateway, **args)
    if restarts:
        async with running_gateway(tmp_path, upstream, options=options) as gateway:
            second = await invoke(gateway, **args)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second.headers["idempotent-replayed"] == "true"
    assert counter.calls == 1


async def test_without_a_key_each_request_is_done(tmp_path: Path, upstream: Upstream) -> None:
    """Nothing is kept of a request without a key."""
    counter = ready()
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"count": counter})) as gateway:
        texts = [(await invoke(gateway, {})).json()["result"]["content"][0]["text"] for _ in range(2)]
    assert texts == ["call 1", "call 2"]


async def test_retry_joins_what_its_lost_attempt_began(tmp_path: Path, upstream: Upstream) -> None:
    """A client that lost its connection gets the answer of the call that went on meanwhile; another body is 409."""
    counter = ready(may_end=False)
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"count": counter})) as gateway:
        lost = asyncio.create_task(invoke(gateway))
        await eventually(lambda: counter.calls)
        lost.cancel()
        await asyncio.wait([lost])
        again = asyncio.create_task(invoke(gateway))
        other = await invoke(gateway, other=1)
        assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
        counter.may_end.set()
        assert (await again).json()["result"]["content"][0]["text"] == "call 1"
        after = await invoke(gateway, other=1)
        assert (after.status_code, after.json()["error"]["code"]) == (409, "idempotency_key_reused")


async def test_refusal_takes_its_key_with_it(tmp_path: Path, upstream: Upstream) -> None:
    """A request that was refused before anything was done may be sent again."""
    counter = Counter()
    options = GatewayOptions(tools={"count": counter})
    async with running_gateway(tmp_path, upstream, options=options) as gateway:
        assert (await invoke(gateway, name="no-such-tool")).status_code == 404
        counter.may_end.set()
        assert (await invoke(gateway)).status_code == 200


async def test_call_that_the_gateway_did_not_survive(tmp_path: Path, upstream: Upstream) -> None:
    """When the gateway ended amid a call, the retry is told so; the tool is not called again."""
    counter = ready(may_end=False)
    options = GatewayOptions(tools={"count": counter}, drain_budget_s=0.1)
    async with running_gateway(tmp_path, upstream, options=options) as gateway:
        lost = asyncio.create_task(invoke(gateway))
        await eventually(lambda: counter.calls)
    await asyncio.wait([lost])
    lost.exception()
    async with running_gateway(tmp_path, upstream, options=options) as gateway:
        again = await invoke(gateway)
    assert (again.status_code, again.json()["error"]["code"]) == (500, "run_interrupted")
    assert counter.calls == 1


async def test_answer_that_was_too_much(tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an answer over the bound it is known that it was given, and no more."""
    monkeypatch.setattr(kept_replies, "MAX_REPLY_BYTES", 10)
    counter = ready()
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"count": counter})) as gateway:
        await invoke(gateway)
        again = await invoke(gateway)
    assert (again.status_code, again.json()["error"]["code"]) == (410, "events_not_kept")
    assert counter.calls == 1
