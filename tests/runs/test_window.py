"""A turn and its model's window: what the provider is sent of old tool results."""

import json
from pathlib import Path
from typing import Any

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
