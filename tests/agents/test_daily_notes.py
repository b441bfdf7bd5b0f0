"""The notes of the last days."""

from datetime import date
from pathlib import Path

import pytest

from openclaw_gateway.agents.daily_notes import read_recent_notes
from openclaw_gateway.config.schema.agents import StartupContext

TODAY = date(2026, 11, 20)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def test_newest_notes_first(memory: Path) -> None:
    """Today and yesterday, with whatever stands behind the date; nothing older, nothing else."""
    for name in ("2026-11-20.md", "2026-11-19-trip.md", "2026-11-18.md", "2026-11-20.txt", "2026-11-20x.md", "x.md"):
        (memory / name).write_text(f"note of {name}")
    assert read_recent_notes(memory.parent, TODAY, StartupContext()) == (
        "### memory/2026-11-20.md\nnote of 2026-11-20.md\n\n### memory/2026-11-19-trip.md\nnote of 2026-11-19-trip.md"
    )


def test_notes_are_bounded(memory: Path) -> None:
    """One note and all notes together never pass the limits."""
    for name in ("2026-11-20.md", "2026-11-20-b.md", "2026-11-19.md"):
        (memory / name).write_text("n" * 50_000)
    text = read_recent_notes(memory.parent, TODAY, StartupContext())
    assert len(text) <= 2_800
    assert text.count("the rest is in the file") == 2


def test_notes_behind_links_are_not_read(tmp_path: Path) -> None:
    """A link in the place of the folder leads nowhere, and no folder is no notes."""
    assert read_recent_notes(tmp_path, TODAY, StartupContext()) == ""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "2026-11-20.md").write_text("secret")
    (tmp_path / "memory").symlink_to(outside)
    assert read_recent_notes(tmp_path, TODAY, StartupContext()) == ""
