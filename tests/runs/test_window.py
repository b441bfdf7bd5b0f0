"""A turn and its model's window: what the provider is sent of old tool results."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.running import config_for, running_gateway
from tests.upstream import Upstream

KEY = {"x-openclaw-session-key": "agent:main:pruned"}


def results(body: Any) -> list[str]:
    return [message["content"] for message in body["messages"] if message["role"] == "tool"]


async def test_old_results_are_shown_shorter(tmp_path: Path, upstream: Upstream) -> None:
    """Once the cache has gone cold long results of old calls keep their beginning and end, the very same way in each
    later prompt; what is stored stays whole.
    """
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "long.txt").write_text("line of text\n" * 1_000)
    config = config_for(upstream, tools={})
    config["agents"]["defaults"]["contextPruning"] = {"mode": "cache-ttl", "ttl": "0ms"}
    config["models"]["providers"]["up"]["models"][0]["contextWindow"] = 10_000
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        upstream.call("read", json.dumps({"path": "long.txt"}))
        await gateway.chat("read it", headers=KEY)
        whole = results(upstream.requests[-1].json)
        assert len(whole[0]) > 10_000
        for text in ("one", "two", "three", "four"):
            await gateway.chat(text, headers=KEY)
        shown = [results(seen.json) for seen in upstream.requests[2:]]
        assert shown[0] == whole  # the newest answers are safe
        assert len(shown[-1][0]) < 3_500
        assert shown[-1][0].startswith(whole[0][:1_000])
        assert shown[-2] == shown[-1]
        stored = await gateway.history("agent:main:pruned")
        assert any(len(json.dumps(message["content"])) > 10_000 for message in stored)


async def test_results_within_the_time_are_left_alone(tmp_path: Path, upstream: Upstream) -> None:
    """While the provider's cache is warm nothing changes in the prompt."""
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "long.txt").write_text("line of text\n" * 1_000)
    config = config_for(upstream, tools={})
    config["agents"]["defaults"]["contextPruning"] = {"mode": "cache-ttl"}
    config["models"]["providers"]["up"]["models"][0]["contextWindow"] = 10_000
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        upstream.call("read", json.dumps({"path": "long.txt"}))
        await gateway.chat("read it", headers=KEY)
        for text in ("one", "two", "three", "four"):
            await gateway.chat(text, headers=KEY)
        assert results(upstream.requests[-1].json) == results(upstream.requests[1].json)


@pytest.mark.parametrize(
    ("limits", "is_refused"),
    [pytest.param({}, False, id="unbounded"), pytest.param({"maxTokens": 40}, True, id="spent")],
)
async def test_a_summary_that_fails_is_paid_for_once(
    tmp_path: Path, upstream: Upstream, limits: dict[str, int], is_refused: bool
) -> None:
    """A run whose session cannot be summed up asks for it once, however many rounds it has, and within its budget."""
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "long.txt").write_text("line of text\n" * 1_000)
    config = config_for(upstream, tools={"allow": ["read"]})
    config["agents"]["defaults"] |= {"runLimits": limits, "compaction": {"qualityGuard": {"maxRetries": 0}}}
    config["models"]["providers"]["up"]["models"][0]["contextWindow"] = 10_000
    async with running_gateway(tmp_path, upstream, config=config) as gateway:
        for text in ("one", "two"):
            await gateway.chat(f"{text} " * 4_000, headers=KEY)
        upstream.requests.clear()
        upstream.say("x" * 40_000, usage=(30, 20, 0))
        for limit in (900, 800, 700):
            upstream.call("read", json.dumps({"path": "long.txt", "limit": limit}))
        reply = await gateway.chat("three " * 4_000, headers=KEY)
        summaries = [seen for seen in upstream.requests if not seen.json.get("tools")]
        assert len(summaries) == 1
        assert len(upstream.requests) == (1 if is_refused else 5)
        assert ("runLimits.maxTokens" in reply.text) is is_refused
