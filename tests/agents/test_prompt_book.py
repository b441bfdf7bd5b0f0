"""The prompts of one agent, kept until a file changes."""

import asyncio
import logging
from pathlib import Path

import pytest

from openclaw_gateway.agents.prompt_book import SKILLS_TRUST_S, TRUST_S, PromptBook, Variant
from openclaw_gateway.agents.prompt_settings import PromptSettings
from openclaw_gateway.agents.skills import SkillSettings
from openclaw_gateway.agents.templates import TEMPLATES


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def book_of(workspace: Path, clock: Clock | None = None, **settings: object) -> PromptBook:
    base = {"workspace": workspace, "state_dir": workspace.parent / "state", "tools": ("read",)}
    return PromptBook(PromptSettings(**{**base, **settings}), clock=clock or Clock())  # type: ignore[arg-type]


MAIN = Variant("/w", is_main=True)
OTHER = Variant("/w")


async def test_files_are_shown_to_whom_they_concern(workspace: Path) -> None:
    """All conversations see the rules; memories and the first talk are of the main one only."""
    for name in ("AGENTS.md", "SOUL.md", "USER.md", "MEMORY.md", "BOOTSTRAP.md", "OTHER.md"):
        (workspace / name).write_text(f"text of {name}")
    book = book_of(workspace)
    (workspace / "SOUL.md").write_text(TEMPLATES["SOUL.md"])
    (workspace / "USER.md").write_text(TEMPLATES["USER.md"])
    main, other, minimal, bare = [
        await book.find(variant) for variant in (MAIN, OTHER, Variant("/w", "minimal"), Variant("/w", has_files=False))
    ]
    seen = [
        [name for name in ("AGENTS", "SOUL", "MEMORY", "BOOTSTRAP", "OTHER") if f"### /w/{name}.md" in text]
        for text in (main, other, minimal, bare)
    ]
    assert seen == [["AGENTS", "SOUL", "MEMORY", "BOOTSTRAP"], ["AGENTS", "SOUL"], ["AGENTS"], []]
    assert "## First talk" in main
    assert "## First talk" not in other


async def test_text_is_kept_until_a_file_changes(workspace: Path) -> None:
    """The very same text is given out, and the disk is asked again when the last look is old, not before."""
    clock = Clock()
    book = book_of(workspace, clock)
    (workspace / "SOUL.md").write_text("calm")
    first = await book.find(OTHER)
    assert await book.find(OTHER) is first
    (workspace / "SOUL.md").write_text("wild")
    assert await book.find(OTHER) is first
    clock.now_s += TRUST_S
    second = await book.find(OTHER)
    assert "wild" in second
    clock.now_s += TRUST_S
    assert await book.find(OTHER) is second
    (workspace / "SOUL.md").unlink()
    clock.now_s += TRUST_S
    assert "wild" not in await book.find(OTHER)


async def test_distrust_looks_at_once(workspace: Path) -> None:
    """After somebody may have written, the next prompt is that of now."""
    book = book_of(workspace)
    await book.find(OTHER)
    (workspace / "SOUL.md").write_text("wild")
    book.distrust()
    assert "wild" in await book.find(OTHER)


async def test_many_at_once_get_the_same(workspace: Path) -> None:
    """Turns that begin together wait for one look and share one text."""
    (workspace / "SOUL.md").write_text("calm")
    book = book_of(workspace)
    texts = await asyncio.gather(*[book.find(OTHER) for _ in range(20)])
    assert all(text is texts[0] for text in texts)


async def test_another_book_writes_the_same_bytes(workspace: Path) -> None:
    """The text depends on config and files alone."""
    (workspace / "SOUL.md").write_text("calm")
    assert await book_of(workspace).find(MAIN) == await book_of(workspace).find(MAIN)


async def test_new_workspace_is_set_up_for_who_can_use_it(tmp_path: Path) -> None:
    """The first look of an agent with tools makes its files; with `skipBootstrap` the folder only."""
    await book_of(tmp_path / "workspace", tools=(), may_set_up=True).find(MAIN)
    assert not (tmp_path / "workspace").exists()
    await book_of(tmp_path / "workspace", may_set_up=False).find(MAIN)
    assert list((tmp_path / "workspace").iterdir()) == []
    text = await book_of(tmp_path / "workspace", may_set_up=True, skipped_files=("USER.md",)).find(MAIN)
    assert "### /w/BOOTSTRAP.md" in text
    assert "USER.md]" not in text
    assert not (tmp_path / "workspace" / "USER.md").exists()


async def test_vanished_file_is_told(tmp_path: Path) -> None:
    """What was made at the beginning and is gone is told in one line; what never has to be there is not."""
    clock = Clock()
    book = book_of(tmp_path / "workspace", clock, may_set_up=True)
    assert "[missing" not in await book.find(MAIN)
    for name in ("SOUL.md", "BOOTSTRAP.md"):
        (tmp_path / "workspace" / name).unlink()
    clock.now_s += TRUST_S
    text = await book.find(MAIN)
    assert text.count("[missing") == 1
    assert "### /w/SOUL.md\n[missing" in text


async def test_first_talk_ends_by_itself(tmp_path: Path) -> None:
    """Once the agent has a name, the first talk is in neither the prompt nor the folder."""
    clock = Clock()
    book = book_of(tmp_path / "workspace", clock, may_set_up=True)
    assert "## First talk" in await book.find(MAIN)
    (tmp_path / "workspace" / "IDENTITY.md").write_text("- Name: Ada\n")
    clock.now_s += TRUST_S
    text = await book.find(MAIN)
    assert text.startswith("You are Ada,")
    assert "## First talk" not in text
    assert not (tmp_path / "workspace" / "BOOTSTRAP.md").exists()


async def test_workspace_that_cannot_be_made_is_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An agent talks without its files, and the log says why."""
    (tmp_path / "file").touch()
    with caplog.at_level(logging.WARNING):
        text = await book_of(tmp_path / "file" / "workspace", may_set_up=True).find(MAIN)
    assert text.startswith("You are OpenClaw,")
    assert "cannot be set up: Not a directory; its agent goes on without files" in caplog.text


async def test_agent_without_tools_sees_what_somebody_wrote(workspace: Path) -> None:
    """Templates and the first talk ask for tools; what a person wrote is followed without them."""
    for name, text in TEMPLATES.items():
        (workspace / name).write_text(text)
    clock = Clock()
    book = book_of(workspace, clock, tools=())
    assert len(await book.find(MAIN)) < 300
    (workspace / "SOUL.md").write_text("Speak in rhymes.")
    clock.now_s += TRUST_S
    text = await book.find(MAIN)
    assert "Speak in rhymes." in text
    assert "BOOTSTRAP" not in text
    assert (workspace / "BOOTSTRAP.md").exists()


@pytest.mark.parametrize(
    ("given", "written", "expected"),
    [
        pytest.param("Bob", "- Name: Ada", "Bob", id="the config first"),
        pytest.param(None, "- Name: Ada", "Ada", id="then the file"),
        pytest.param(None, "- Name: (none)", "OpenClaw", id="then what all are called"),
    ],
)
async def test_name(workspace: Path, given: str | None, written: str, expected: str) -> None:
    """Who an agent is, in the order of who says so; the mode `none` says nothing else."""
    (workspace / "IDENTITY.md").write_text(written)
    book = book_of(workspace, given_name=given)
    assert await book.find(Variant("/w", "none")) == (
        f"You are {expected}, a personal agent that answers through the OpenClaw Gateway."
    )


async def test_folders_do_not_pile_up(workspace: Path) -> None:
    """However many folders of sandboxes there are, each gets its text."""
    book = book_of(workspace)
    for number in range(100):
        assert f"`/w{number}`" in await book.find(Variant(f"/w{number}"))


async def test_skills_are_listed_for_who_can_read_them(workspace: Path) -> None:
    """Skills are in the prompt by their place as the agent knows it, and looked for anew after some seconds."""
    clock = Clock()
    skills = SkillSettings(roots=[("workspace", workspace / "skills")])
    book = book_of(workspace, clock, skills=skills)
    assert "## Skills" not in await book.find(OTHER)
    (workspace / "skills" / "trips").mkdir(parents=True)
    (workspace / "skills" / "trips" / "SKILL.md").write_text("---\nname: trips\ndescription: Plan.\n---\n")
    clock.now_s += SKILLS_TRUST_S
    assert "<location>/w/skills/trips/SKILL.md</location>" in await book.find(OTHER)
    assert "## Skills" not in await book_of(workspace, tools=("session_status",), skills=skills).find(OTHER)
