"""`models.list`."""

from pathlib import Path

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running, config_for, running_gateway
from tests.upstream import Upstream


async def test_models_are_those_of_the_catalog(gateway: Running) -> None:
    """Every configured model and the demo, with what the config says of it."""
    async with connected(gateway) as client:
        models = (await client.ask("models.list", view="all"))["models"]
        assert [(model["provider"], model["id"]) for model in models] == [("up", "tiny"), ("scripted", "demo")]
        assert models[0]["contextWindow"] == 32_000
        assert models[1]["input"] == ["text", "image"]
        with pytest.raises(Refused, match="Unknown agent id"):
            await client.ask("models.list", agentId="none")


async def test_what_a_model_is_and_can(tmp_path: Path, upstream: Upstream) -> None:
    """A model is told with its place among an agent's models, how hard it may think, and what stands in its way."""
    models = [{"id": "tiny", "reasoning": True}, {"id": "spare"}]
    config = config_for(upstream, agents={"entries": {"ops": {"model": {"primary": "up/spare"}}}})
    config["models"]["providers"]["up"]["models"] = models
    config["models"]["providers"]["openai"] = {"models": [{"id": "gpt-5"}]}
    chosen = {"primary": "up/tiny", "fallbacks": ["openai/gpt-5", "up/unlisted", "up/tiny", "nobody/x"]}
    config["agents"]["defaults"] = {"model": chosen}
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        tiny, spare, keyless, demo, unlisted = (await client.ask("models.list"))["models"]
        assert [model["tags"] for model in (tiny, spare, demo)] == [["default", "fallback#3"], [], []]
        assert [model["tags"] for model in (keyless, unlisted)] == [["fallback#1"], ["fallback#2"]]
        assert [level["id"] for level in tiny["thinkingLevels"]] == ["off", "minimal", "low", "medium", "high"]
        assert (tiny["available"], "thinkingLevels" in spare) == (True, False)
        assert (keyless["available"], keyless["unavailableReason"]) == (False, "missing-auth")
        of_agent = (await client.ask("models.list", agentId="ops"))["models"]
        assert [model["tags"] for model in of_agent][:2] == [[], ["default"]]
