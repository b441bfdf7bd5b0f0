"""The first files of a workspace."""

import shutil
from pathlib import Path

import pytest

from openclaw_gateway.agents.bootstrap import end_first_talk, has_been_set_up, set_up_workspace
from openclaw_gateway.agents.templates import TEMPLATES

NAMES = ("AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md", "BOOTSTRAP.md")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


def test_new_workspace_gets_all_files_once(workspace: Path, state: Path) -> None:
    """All templates are written, for this user alone, with a history where there is git; the second time nothing is."""
    assert not has_been_set_up(workspace, state)
    assert set_up_workspace(workspace, state) == NAMES
    assert has_been_set_up(workspace, state)
    assert {path.name for path in workspace.glob("*.md")} == set(NAMES)
    assert workspace.stat().st_mode & 0o077 == 0
    assert (workspace / ".git").is_dir() == (shutil.which("git", path="/bin:/usr/bin") is not None)
    (workspace / "SOUL.md").unlink()
    assert set_up_workspace(workspace, state) == ()
    assert not (workspace / "SOUL.md").exists()


def test_vanished_workspace_is_not_made_anew(workspace: Path, state: Path) -> None:
    """A workspace that was set up and is gone stays gone: its disk may only not be mounted."""
    set_up_workspace(workspace, state)
    shutil.rmtree(workspace)
    assert set_up_workspace(workspace, state) == ()
    assert not workspace.exists()


def test_folder_in_use_keeps_what_it_has(workspace: Path, state: Path) -> None:
    """In somebody's folder files are left as they are, and there is neither a first talk nor a new repository."""
    workspace.mkdir()
    (workspace / "AGENTS.md").write_text("mine")
    assert set_up_workspace(workspace, state) == ("SOUL.md", "IDENTITY.md", "USER.md")
    assert (workspace / "AGENTS.md").read_text() == "mine"
    assert not (workspace / ".git").exists()


def test_skipped_files_are_not_written(workspace: Path, state: Path) -> None:
    """What the config skips is left out."""
    assert set_up_workspace(workspace, state, skipped=("SOUL.md", "USER.md")) == (
        "AGENTS.md", "IDENTITY.md", "BOOTSTRAP.md",
    )  # fmt: skip


def test_links_are_not_written_through(workspace: Path, state: Path, tmp_path: Path) -> None:
    """A link in the place of a file is a file that is there."""
    workspace.mkdir()
    (workspace / "SOUL.md").symlink_to(tmp_path / "elsewhere")
    set_up_workspace(workspace, state)
    assert not (tmp_path / "elsewhere").exists()


def test_workspace_that_cannot_be_made(state: Path, tmp_path: Path) -> None:
    """A file in its way is an error, and it is not taken for set up."""
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        set_up_workspace(tmp_path / "file" / "workspace", state)
    assert not has_been_set_up(tmp_path / "file" / "workspace", state)


@pytest.mark.parametrize(
    ("path", "text", "is_over"),
    [
        pytest.param("IDENTITY.md", "- Name: Ada", True, id="the agent has a name"),
        pytest.param("SOUL.md", "# Me", True, id="it knows itself"),
        pytest.param("SOUL.md", TEMPLATES["SOUL.md"] + "\n", False, id="a line break is no change"),
        pytest.param("AGENTS.md", "rules", False, id="rules are the operator's"),
        pytest.param("memory/2026-11-20.md", "met", True, id="it has memories"),
    ],
)
def test_first_talk_ends(workspace: Path, state: Path, path: str, text: str, is_over: bool) -> None:
    """BOOTSTRAP.md goes once the talk has left its traces, and does not come back."""
    set_up_workspace(workspace, state)
    (workspace / path).parent.mkdir(exist_ok=True)
    (workspace / path).write_text(text)
    assert end_first_talk(workspace) is is_over
    assert (workspace / "BOOTSTRAP.md").exists() is not is_over
    assert not end_first_talk(workspace)


def test_templates_are_short() -> None:
    """They are part of every prompt."""
    assert sum(len(text) for text in TEMPLATES.values()) < 2_500
