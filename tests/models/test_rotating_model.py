"""One model, several keys, over real sockets; and what of that a caller sees."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.models.asking import HI, catalog
from tests.running import config_for, running_gateway
from tests.upstream import Raw, Upstream

from openclaw_gateway.model_errors import ModelError, ModelRateLimited
from openclaw_gateway.models.cooldown_file import FILE_NAME, read_cooldowns
from openclaw_gateway.models.http_client import HttpClient
from openclaw_gateway.models.model import ModelRequest

LIMITED = Raw(status=429, headers={"retry-after": "2"}, steps=(b'{"error":{"message":"slow down"}}',))
REFUSED = Raw(status=401, steps=(b'{"error":{"message":"bad key"}}',))
BROKEN = Raw(status=500, steps=(b'{"error":{"message":"it broke"}}',))


def two_keys(upstream: Upstream, **auth: Any) -> dict[str, Any]:
    """A provider `p` with the keys `one` (its own) and `two` (a profile)."""
    provider = {"baseUrl": upstream.url, "apiKey": "key-one", "models": [{"id": "tiny"}]}
    profile = {"provider": "p", "mode": "api_key", "apiKey": "key-two"}
    return {"models": {"providers": {"p": provider}}, "auth": {"profiles": {"p:work": profile}, **auth}}


def keys_seen(upstream: Upstream) -> list[str]:
    return [seen.headers["authorization"].removeprefix("Bearer key-") for seen in upstream.requests]


@pytest.mark.parametrize("failure", [pytest.param(LIMITED, id="limited"), pytest.param(REFUSED, id="refused")])
async def test_the_next_key_is_asked_at_once(client: HttpClient, upstream: Upstream, failure: Raw) -> None:
    """What is wrong with one key is not waited out while there is another; it is passed over in the next turn."""
    model = catalog(client, **two_keys(upstream)).resolve("p/tiny")
    upstream.plan(failure)
    for _ in range(2):
        reply = await model.ask(HI, lambda event: None)
        assert reply.message.text == "Hello."
    assert keys_seen(upstream) == ["one", "two", "two"]


async def test_another_key_does_not_mend_a_server(client: HttpClient, upstream: Upstream) -> None:
    """A server that is broken is not asked with every key."""
    model = catalog(client, **two_keys(upstream)).resolve("p/tiny")
    upstream.plan(BROKEN, BROKEN, BROKEN)
    with pytest.raises(ModelError, match="it broke"):
        await model.ask(HI, lambda event: None)
    assert set(keys_seen(upstream)) == {"one"}


async def test_when_all_keys_are_limited_the_caller_is_told(client: HttpClient, upstream: Upstream) -> None:
    """The last word is the rate limit, with the time to wait; and the next turn is asked all the same."""
    model = catalog(client, **two_keys(upstream)).resolve("p/tiny")
    upstream.plan(LIMITED, LIMITED)
    with pytest.raises(ModelRateLimited) as caught:
        await model.ask(HI, lambda event: None)
    assert caught.value.retry_after_s == 2
    assert (await model.ask(HI, lambda event: None)).message.text == "Hello."


async def test_an_order_is_kept(client: HttpClient, upstream: Upstream) -> None:
    """With `auth.order` the first key is always asked first, else keys take turns among sessions."""
    ordered = catalog(client, **two_keys(upstream, order={"p": ["p:work", "p:default"]})).resolve("p/tiny")
    for session in ("a", "b"):
        await ordered.ask(of_session(session), lambda event: None)
    turning = catalog(client, **two_keys(upstream)).resolve("p/tiny")
    for session in ("a", "b", "a", "b"):
        await turning.ask(of_session(session), lambda event: None)
    assert keys_seen(upstream) == ["two", "two", "one", "two", "one", "two"]


def of_session(session: str) -> ModelRequest:
    return msgspec.structs.replace(HI, session=session)


def with_fallback(upstream: Upstream) -> dict[str, Any]:
    """`dead/tiny` where nobody listens, and `up/tiny` as its fallback."""
    config = config_for(upstream)
    config["models"]["providers"]["dead"] = {"baseUrl": "http://127.0.0.1:9/v1", "models": [{"id": "tiny"}]}
    config["agents"] = {"defaults": {"model": {"primary": "dead/tiny", "fallbacks": ["up/tiny"]}}}
    return config


async def test_a_dead_primary_costs_one_turn_and_not_each(tmp_path: Path, upstream: Upstream) -> None:
    """The path is told in headers; the dead one is skipped from then on, after a restart too."""
    for _ in range(2):
        async with running_gateway(tmp_path, upstream, config=with_fallback(upstream)) as gateway:
            for _ in range(2):
                reply = await gateway.chat("hi")
                assert reply.status_code == 200
                assert reply.headers["x-openclaw-model"] == "up/tiny"
                assert reply.headers["x-openclaw-fallback"] == "dead/tiny=unreachable"
    (row,) = read_cooldowns(tmp_path / "state" / FILE_NAME).values()
    assert row.error_count == 1, "it was asked in the first turn only"


async def test_a_good_answer_tells_its_model_alone(tmp_path: Path, upstream: Upstream) -> None:
    """Without a fallback there is nothing to tell of one, in a stream neither."""
    async with running_gateway(tmp_path, upstream) as gateway:
        streamed, _ = await gateway.stream("hi")
        for reply in (await gateway.chat("hi"), streamed):
            assert reply.headers["x-openclaw-model"] == "up/tiny"
            assert "x-openclaw-fallback" not in reply.headers
