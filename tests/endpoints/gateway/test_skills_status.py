"""`skills.status`."""

from pathlib import Path

from tests.protocol_client import connected
from tests.running import config_for, running_gateway
from tests.upstream import Upstream


async def test_skills_are_told_as_they_are_on_disk(tmp_path: Path, upstream: Upstream) -> None:
    """Each skill comes with its place and what it lacks; the config's switches hold."""
    for name, head in (
        ("here", "name: here\ndescription: Usable."),
        (
            "lacking",
            'name: lacking\ndescription: Not here.\nmetadata: {"openclaw": {"requires": {"bins": ["no-such"]}}}',
        ),
        ("off", "name: off\ndescription: Turned off."),
    ):
        folder = tmp_path / "skills" / name
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text(f"---\n{head}\n---\n")
    config = config_for(upstream, skills={"entries": {"off": {"enabled": False}}})
    async with running_gateway(tmp_path, upstream, config=config) as gateway, connected(gateway) as client:
        status = await client.ask("skills.status")
    assert (status["agentId"], status["workspaceDir"]) == ("main", str(tmp_path / "workspace"))
    rows = {row["name"]: row for row in status["skills"]}
    assert {name: (row["eligible"], row["disabled"], row["modelVisible"]) for name, row in rows.items()} == {
        "here": (True, False, True), "lacking": (False, False, False), "off": (False, True, False),
    }  # fmt: skip
    assert rows["lacking"]["missing"]["bins"] == ["no-such"]
    assert rows["here"]["filePath"] == str(tmp_path / "skills" / "here" / "SKILL.md")
    assert rows["here"]["source"] == "openclaw-managed"
