"""What the official client library does with a connection that is lost: it joins the run that is there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai
import pytest
from tests.relay import Relay
from tests.running import TOKEN, Running, eventually
from tests.upstream import HANG, PAUSE, Upstream

ONCE = {"idempotency-key": "order-66"}


@asynccontextmanager
async def sdk_behind_a_relay(gateway: Running, **options: Any) -> AsyncIterator[tuple[openai.AsyncOpenAI, Relay]]:
    """OpenAI's SDK on a network that can break."""
    async with (
        Relay(gateway.gateway.addresses[0][1]) as relay,
        openai.AsyncOpenAI(base_url=f"{relay.url}/v1", api_key=TOKEN, timeout=10, **options) as client,
    ):
        yield client, relay


def ask(client: openai.AsyncOpenAI, **fields: Any) -> Any:
    return client.chat.completions.create(model="openclaw", messages=[{"role": "user", "content": "hi"}], **fields)


@pytest.mark.parametrize(
    "headers",
    [pytest.param({}, id="without a key"), pytest.param(ONCE, id="with a key")],
)
async def test_retry_of_the_sdk_joins_the_run(gateway: Running, upstream: Upstream, headers: dict[str, str]) -> None:
    """The connection breaks in the middle of an answer, the SDK tries again by itself, and the agent runs once."""
    upstream.say("half", PAUSE, " and half")
    async with sdk_behind_a_relay(gateway, default_headers=headers) as (client, relay):
        call = asyncio.create_task(ask(client))
        await upstream.wait_requests(1)
        relay.cut()
        await eventually(lambda: relay.connections == 2)
        upstream.go_on()
        completion = await call
    assert completion.choices[0].message.content == "half and half"
    assert len(upstream.requests) == 1
    assert upstream.cuts == 0


async def test_sdk_that_does_not_return_takes_its_run_along(gateway: Running, upstream: Upstream) -> None:
    """Without a retry the run is cancelled within the second."""
    upstream.hang_after_head()
    async with sdk_behind_a_relay(gateway, max_retries=0) as (client, relay):
        call = asyncio.create_task(ask(client))
        await upstream.wait_requests(1)
        relay.cut()
        async with asyncio.timeout(1):
            await upstream.wait_cut()
        with pytest.raises(openai.APIConnectionError):
            await call


async def test_sdk_resumes_nothing_of_its_streams(gateway: Running, upstream: Upstream) -> None:
    """Once a stream has begun the SDK will not send it again, so its run ends with its connection."""
    upstream.say("half", HANG)
    async with sdk_behind_a_relay(gateway) as (client, relay):
        stream = await ask(client, stream=True)
        while not (await anext(stream)).choices[0].delta.content:
            pass
        relay.cut()
        with pytest.raises((openai.APIConnectionError, httpx2.HTTPError)):
            await anext(stream)
        async with asyncio.timeout(0.4):
            await upstream.wait_cut()
    assert len(upstream.requests) == 1


async def test_many_sdks_with_the_same_request(gateway: Running, upstream: Upstream) -> None:
    """Retries of the same request by several clients find one lost run each."""
    upstream.say("one", PAUSE)
    upstream.say("two", PAUSE)
    async with sdk_behind_a_relay(gateway) as (client, relay):
        calls = [asyncio.create_task(ask(client)) for _ in range(2)]
        await upstream.wait_requests(2)
        relay.cut()
        await eventually(lambda: relay.connections == 4)
        upstream.go_on()
        texts = sorted([(await call).choices[0].message.content for call in calls])
    assert texts == ["one", "two"]
    assert len(upstream.requests) == 2
