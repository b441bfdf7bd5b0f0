"""Requests with a key that are no runs: tools called over HTTP are called once, and vectors are made once."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from tests.endpoints.openai.test_embeddings import embed, embedding_config, plan_vectors
from tests.running import Running, eventually, running_gateway
from tests.upstream import Raw, Upstream

from openclaw_gateway.endpoints import kept_replies
from openclaw_gateway.errors import StoreUnavailable
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.sessions.reply_record import ReplySlot
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
        return ToolResult.of_text("\ud800" if arguments.get("says_half") else f"call {count}")


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
    assert (again.status_code, again.json()["error"]["code"]) == (410, "answer_not_kept")
    assert counter.calls == 1


@pytest.mark.parametrize(
    ("body", "head"),
    [
        pytest.param(b'{"name":"count","idempotencyKey":"k"}', {}, id="in the body"),
        pytest.param(b'{"name":"count","idempotency\\u004bey":"k"}', {}, id="in the body, spelled with escapes"),
        pytest.param(b'{"name":"count","idempotencyKey":"k"}', {"idempotency-key": "k"}, id="in both"),
        pytest.param(b'{"name":"count","idempotencyKey":null}', {"idempotency-key": "k"}, id="null in the body"),
    ],
)
async def test_key_of_the_body(tmp_path: Path, upstream: Upstream, body: bytes, head: dict[str, str]) -> None:
    """A key in the body of a call counts like the header."""
    counter = ready()
    head = {"content-type": "application/json", **head}
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"count": counter})) as gateway:
        first, second = [await gateway.http.post("/tools/invoke", content=body, headers=head) for _ in range(2)]
        other = await invoke(gateway, {"idempotency-key": "k"}, other=1)
    assert (first.status_code, second.content) == (200, first.content)
    assert counter.calls == 1
    assert (other.status_code, other.json()["ok"]) == (409, False)
    assert other.json()["error"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("key", "head"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("k" * 256, {}, id="long"),
        pytest.param("a\nb", {}, id="unprintable"),
        pytest.param(7, {}, id="number"),
        pytest.param("one", {"idempotency-key": "other"}, id="not the key of the header"),
    ],
)
async def test_wrong_key_of_the_body(tmp_path: Path, upstream: Upstream, key: object, head: dict[str, str]) -> None:
    """A key that is none is told in the form of the endpoint, and no tool is called."""
    counter = ready()
    body = {"name": "count", "idempotencyKey": key}
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"count": counter})) as gateway:
        reply = await gateway.http.post("/tools/invoke", json=body, headers=head)
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "invalid_request")
    assert "idempotencyKey" in reply.json()["error"]["message"]
    assert counter.calls == 0


async def test_call_ends_while_the_gateway_stops(tmp_path: Path, upstream: Upstream) -> None:
    """A gateway that stops lets a call with a key end within its budget, and the client has its answer."""
    counter = ready(may_end=False)
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"count": counter})) as gateway:
        asked = asyncio.create_task(invoke(gateway))
        await eventually(lambda: counter.calls)
        stopping = asyncio.create_task(gateway.gateway.stop())
        await eventually(lambda: gateway.gateway.services.is_draining)
        counter.may_end.set()
        assert (await asked).status_code == 200
        await stopping


async def test_client_of_a_cut_call_is_told(tmp_path: Path, upstream: Upstream) -> None:
    """When the budget is over, the client that still waits is told that the outcome is unknown."""
    counter = ready(may_end=False)
    options = GatewayOptions(tools={"count": counter}, drain_budget_s=0.05)
    async with running_gateway(tmp_path, upstream, options=options) as gateway:
        asked = asyncio.create_task(invoke(gateway))
        await eventually(lambda: counter.calls)
        stopping = asyncio.create_task(gateway.gateway.stop())
        reply = await asked
        await stopping
    assert (reply.status_code, reply.json()["error"]["code"]) == (500, "run_interrupted")


async def test_answer_that_nobody_could_write(tmp_path: Path, upstream: Upstream) -> None:
    """A call whose answer broke on its way out is not made again: what it did is done."""
    counter = ready()
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"count": counter})) as gateway:
        assert (await invoke(gateway, says_half=True)).status_code == 500
        again = await invoke(gateway, says_half=True)
    assert (again.status_code, again.json()["error"]["code"]) == (410, "answer_not_kept")
    assert counter.calls == 1


async def test_answer_that_the_disk_refused(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client gets the answer of a call that was made, also when it cannot be kept; the call is not made again."""
    counter = ready()

    async def refuse(slot: ReplySlot, answer: bytes | None) -> None:
        raise StoreUnavailable("The disk is full.")

    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"count": counter})) as gateway:
        monkeypatch.setattr(gateway.gateway.services.store.reply_records, "finish", refuse)
        assert (await invoke(gateway)).status_code == 200
        again = await invoke(gateway)
    assert (again.status_code, again.json()["error"]["code"]) == (500, "run_interrupted")
    assert counter.calls == 1


@pytest.mark.parametrize("restarts", [pytest.param(False, id="same gateway"), pytest.param(True, id="after a restart")])
async def test_vectors_are_made_once(tmp_path: Path, upstream: Upstream, restarts: bool) -> None:
    """Embeddings of a key are repeated byte by byte with their headers; another input under the key is 409."""
    plan_vectors(upstream, [0.5])
    config = embedding_config(upstream)
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        first = await embed(gateway, ONCE)
        second, other = await embed(gateway, ONCE), await embed(gateway, ONCE, input="other")
    if restarts:
        async with running_gateway(tmp_path, upstream, config=config) as gateway:
            second, other = await embed(gateway, ONCE), await embed(gateway, ONCE, input="other")
    assert (first.status_code, second.status_code, second.content) == (200, 200, first.content)
    assert second.headers["x-openclaw-model"] == first.headers["x-openclaw-model"]
    assert second.headers["idempotent-replayed"] == "true"
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert len(upstream.requests) == 1


async def test_vectors_that_failed_are_asked_for_again(tmp_path: Path, upstream: Upstream) -> None:
    """What the model's server could not do is not kept: the same request with its key may do better."""
    upstream.plan(Raw(401, {"content-type": "application/json"}, (b"{}",)))
    plan_vectors(upstream, [0.5])
    async with running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway:
        assert [(await embed(gateway, ONCE)).status_code for _ in range(2)] == [502, 200]


async def test_vectors_that_were_lost_are_made_again(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors have no effects, so those that were too much to keep are simply made again."""
    monkeypatch.setattr(kept_replies, "MAX_REPLY_BYTES", 10)
    plan_vectors(upstream, [0.5])
    plan_vectors(upstream, [0.5])
    async with running_gateway(tmp_path, upstream, config=embedding_config(upstream)) as gateway:
        assert [(await embed(gateway, ONCE)).status_code for _ in range(2)] == [200, 200]
    assert len(upstream.requests) == 2
