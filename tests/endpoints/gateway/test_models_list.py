"""`models.list`."""

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running


async def test_models_are_those_of_the_catalog(gateway: Running) -> None:
    """Every configured model and the demo, with what the config says of it."""
    async with connected(gateway) as client:
        models = (await client.ask("models.list", view="all"))["models"]
        assert [(model["provider"], model["id"]) for model in models] == [("up", "tiny"), ("scripted", "demo")]
        assert models[0]["contextWindow"] == 32_000
        assert models[1]["input"] == ["text", "image"]
        with pytest.raises(Refused, match="Unknown agent id"):
            await client.ask("models.list", agentId="none")
