"""`commands.list`: what clients complete."""

from tests.protocol_client import connected
from tests.running import Running

from openclaw_gateway.commands.table import COMMANDS


async def test_rows_of_the_table(gateway: Running) -> None:
    """Each command is listed once with its aliases; args are left out on demand."""
    async with connected(gateway, scopes=["operator.read"]) as client:
        listed = (await client.ask("commands.list", includeArgs=True))["commands"]
        short = (await client.ask("commands.list", includeArgs=False))["commands"]
    assert [row["name"] for row in listed] == [row.name for row in COMMANDS]
    think = next(row for row in listed if row["name"] == "think")
    assert think["textAliases"] == ["/think", "/thinking", "/t"]
    assert think["acceptsArgs"] is True
    assert think["args"][0]["description"] == "[level|default]"
    assert all("args" not in row for row in short)
