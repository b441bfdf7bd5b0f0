"""`config.schema.lookup` over the protocol."""

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running


async def test_place_and_its_keys(gateway: Running) -> None:
    """A form can go down the config step by step, from the root to a value."""
    async with connected(gateway) as client:
        root = await client.ask("config.schema.lookup", path=".")
        assert "gateway" in [child["key"] for child in root["children"]]
        gate = await client.ask("config.schema.lookup", path="gateway")
        port = next(child for child in gate["children"] if child["key"] == "port")
        assert (port["path"], port["hasChildren"], port["required"]) == ("gateway.port", False, False)
        value = await client.ask("config.schema.lookup", path=port["path"])
        assert (value["schema"]["type"], value["reloadKind"], value["children"]) == ("integer", "restart", [])


@pytest.mark.parametrize("path", ["nosuch", "gateway.port.x", "a..b", "a b", ""])
async def test_unknown_places(gateway: Running, path: str) -> None:
    """A path that leads nowhere, and what is no path, is refused."""
    async with connected(gateway) as client:
        with pytest.raises(Refused, match=r"config schema path not found|cannot read|invalid"):
            await client.ask("config.schema.lookup", path=path)
