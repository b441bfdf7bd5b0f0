"""`agents.files.*`: the closed set of workspace files."""

from pathlib import Path

import pytest
from tests.protocol_client import Refused, connected
from tests.running import Running


async def test_files_are_written_and_read(gateway: Running, tmp_path: Path) -> None:
    """What was set is read back with its hash, and the list shows it."""
    async with connected(gateway) as client:
        listed = await client.ask("agents.files.list", agentId="main")
        assert {file["name"]: file["missing"] for file in listed["files"]} == {
            "AGENTS.md": True, "SOUL.md": True, "USER.md": True, "MEMORY.md": True,
        }  # fmt: skip
        written = (await client.ask("agents.files.set", agentId="main", name="SOUL.md", content="Be kind."))["file"]
        read = await client.ask("agents.files.get", agentId="main", name="SOUL.md")
        assert read["file"] == written
        assert (tmp_path / "workspace" / "SOUL.md").read_text() == "Be kind."
        with pytest.raises(Refused, match="changed meanwhile"):
            await client.ask("agents.files.set", agentId="main", name="SOUL.md", content="x", expectedHash="0")
        await client.ask(
            "agents.files.set", agentId="main", name="SOUL.md", content="Be brief.", expectedHash=read["file"]["hash"]
        )


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("../openclaw.json", id="outside"),
        pytest.param("notes.md", id="not of the set"),
        pytest.param("soul.md", id="another case"),
    ],
)
async def test_other_files_are_not_reached(gateway: Running, name: str) -> None:
    """A name that is not of the set is refused for reading and writing."""
    async with connected(gateway) as client:
        with pytest.raises(Refused, match="unknown file"):
            await client.ask("agents.files.get", agentId="main", name=name)
        with pytest.raises(Refused, match="unknown file"):
            await client.ask("agents.files.set", agentId="main", name=name, content="x")


async def test_writing_is_for_admins(gateway: Running) -> None:
    """What an agent is told at each turn is not for everybody to write."""
    async with connected(gateway, scopes=["operator.write"]) as writer:
        assert (await writer.ask("agents.files.get", agentId="main", name="SOUL.md"))["file"]["missing"]
        with pytest.raises(Refused, match="missing scope"):
            await writer.ask("agents.files.set", agentId="main", name="SOUL.md", content="x")
