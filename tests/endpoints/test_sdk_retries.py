"""Retries that an SDK makes by itself, in the cases that timing hides from a test with a real one."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from tests.running import Running, eventually, running_gateway
from tests.test_cancellation import Waiter
from tests.upstream import HANG, PAUSE, Upstream

from openclaw_gateway.auth.principal import DEFAULT_SCOPES, Principal
from openclaw_gateway.endpoints import sdk_retries
from openclaw_gateway.endpoints.exchange import HttpRequest
from openclaw_gateway.endpoints.idempotency import digest_body
from openclaw_gateway.endpoints.seen_run import see
from openclaw_gateway.gateway import GatewayOptions
from openclaw_gateway.messages import UserMessage
from openclaw_gateway.runs.order import RunOrder
from openclaw_gateway.runs.run import Run


def attempt(count: int) -> dict[str, str]:
    return {"x-stainless-retry-count": str(count)}


async def lose(gateway: Running, upstream: Upstream, count: int = 0) -> None:
    """An attempt that loses its connection when the model's server has begun."""
    call = asyncio.create_task(gateway.chat("hi", headers=attempt(count)))
    await upstream.wait_requests(len(upstream.requests) + 1)
    call.cancel()
    await asyncio.wait([call])


async def wait_over(gateway: Running) -> None:
    await eventually(lambda: not gateway.gateway.services.runs.live)


async def test_answer_that_came_meanwhile(gateway: Running, upstream: Upstream) -> None:
    """A run that ends while its client is away is there for the retry."""
    upstream.say("done", PAUSE)
    await lose(gateway, upstream)
    upstream.go_on()
    await wait_over(gateway)
    reply = await gateway.chat("hi", headers=attempt(1))
    assert reply.json()["choices"][0]["message"]["content"] == "done"
    assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda gateway: gateway.chat("hi", headers=attempt(0)), id="first attempt"),
        pytest.param(lambda gateway: gateway.chat("hi"), id="no SDK"),
        pytest.param(lambda gateway: gateway.chat("other", headers=attempt(1)), id="another request"),
        pytest.param(lambda gateway: gateway.chat("hi", user="x", headers=attempt(1)), id="another user"),
    ],
)
async def test_only_a_retry_finds_the_lost_run(
    gateway: Running, upstream: Upstream, ask: "Callable[[Running], asyncio.Future[httpx2.Response]]"
) -> None:
    """What is no retry of the lost attempt is a run of its own."""
    upstream.say("first", PAUSE)
    upstream.say("second")
    await lose(gateway, upstream)
    reply = await ask(gateway)
    assert reply.json()["choices"][0]["message"]["content"] == "second"
    upstream.go_on()


async def test_retry_may_be_lost_as_well(gateway: Running, upstream: Upstream) -> None:
    """The second retry finds the run that the first one lost."""
    upstream.say("at last", PAUSE)
    await lose(gateway, upstream)
    second = asyncio.create_task(gateway.chat("hi", headers=attempt(1)))
    (run,) = gateway.gateway.services.runs.live
    await eventually(lambda: len(run.log._awaiting_end) == 2)
    second.cancel()
    await asyncio.wait([second])
    third = asyncio.create_task(gateway.chat("hi", headers=attempt(2)))
    upstream.go_on()
    assert (await third).json()["choices"][0]["message"]["content"] == "at last"
    assert len(upstream.requests) == 1


async def test_late_retry_of_harmless_run_is_a_new_one(
    gateway: Running, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the wait was too short and nothing had been done, the retry runs anew."""
    monkeypatch.setattr(sdk_retries, "FIRST_BACKOFF_S", 0)
    monkeypatch.setattr(sdk_retries, "CONNECT_S", 0)
    upstream.say("lost", HANG)
    upstream.say("anew")
    await lose(gateway, upstream)
    await upstream.wait_cut()
    await wait_over(gateway)
    reply = await gateway.chat("hi", headers=attempt(1))
    assert reply.json()["choices"][0]["message"]["content"] == "anew"


async def test_late_retry_after_a_tool_is_refused(
    tmp_path: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a tool of the agent had run, the retry is told that its run was cancelled; none is started."""
    monkeypatch.setattr(sdk_retries, "FIRST_BACKOFF_S", 0)
    monkeypatch.setattr(sdk_retries, "CONNECT_S", 0)
    upstream.call("wait")
    upstream.say("never seen", HANG)
    async with running_gateway(tmp_path, upstream, options=GatewayOptions(tools={"wait": Waiter()})) as gateway:
        call = asyncio.create_task(gateway.chat("hi", headers=attempt(0)))
        await upstream.wait_requests(2)
        call.cancel()
        await upstream.wait_cut()
        await wait_over(gateway)
        reply = await gateway.chat("hi", headers=attempt(1))
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "run_cancelled")
    assert len(upstream.requests) == 2


async def test_lost_runs_are_bounded(gateway: Running, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    """When too many wait for a retry, the longest waiting one is cancelled."""
    monkeypatch.setattr(sdk_retries, "MAX_WAITING", 1)
    upstream.say("one", HANG)
    upstream.say("two", PAUSE)
    await lose(gateway, upstream)
    await lose(gateway, upstream)
    async with asyncio.timeout(0.5):
        await upstream.wait_cut(1)
    upstream.go_on()
    reply = await gateway.chat("hi", headers=attempt(1))
    assert reply.json()["choices"][0]["message"]["content"] == "two"


def parked(retries: sdk_retries.SdkRetries, name: str, byte_count: int) -> Run:
    """A run that lost its client, made of a request of that size."""
    message, key = (UserMessage("hi"),), f"agent:main:{name}"
    run = Run(RunOrder(name, "main", key, is_ephemeral=True, incoming=message, byte_count=byte_count), lambda: 0, ())
    request = HttpRequest(
        method="POST", path="/", query="", headers={}, body=name.encode(), request_id="r", received_at=0.0,
        principal=Principal("s", "token", DEFAULT_SCOPES, "::1", is_local=True), path_params={},
        watch_disconnect=lambda _: None,
    )  # fmt: skip
    retries.park(request, see(run, "ephemeral"), 0, ())
    return run


async def test_waiting_runs_are_bounded_in_bytes() -> None:
    """When the runs that wait for their SDK hold too much together, the oldest is cancelled and forgotten."""
    retries = sdk_retries.SdkRetries()
    runs = [parked(retries, name, sdk_retries.MAX_WAITING_BYTES // 2) for name in "abc"]
    assert [run.id for run in runs if run.cause is not None] == ["a"]
    found = [retries.take("s", "/", digest_body({}, name)) for name in (b"a", b"b", b"c")]
    assert [seen and seen.live for seen in found] == [None, runs[1], runs[2]]
    runs.append(parked(retries, "d", sdk_retries.MAX_WAITING_BYTES))
    assert runs[-1].cause is None
