"""Commands that make an installation give its agent its first files."""

from pathlib import Path

import pytest
from tests.cli.command import openclaw
from tests.cli.home import read_config, write_config

ONBOARD = ("onboard", "--non-interactive", "--accept-risk", "--auth-choice", "skip", "--json")


@pytest.mark.parametrize(
    "command", [pytest.param(("setup", "--json"), id="setup"), pytest.param(ONBOARD, id="onboard")]
)
def test_workspace_is_set_up_once(tmp_path: Path, command: tuple[str, ...]) -> None:
    """The first files are there before the first run; what somebody deleted stays deleted."""
    outcome = openclaw(tmp_path, *command)
    assert (outcome.code, outcome.err) == (0, "")
    workspace = tmp_path / ".openclaw" / "workspace"
    assert {path.name for path in workspace.glob("*.md")} == {
        "AGENTS.md", "SOUL.md", "IDENTITY.md", "USER.md", "BOOTSTRAP.md",
    }  # fmt: skip
    (workspace / "SOUL.md").unlink()
    assert openclaw(tmp_path, *command).code == 0
    assert not (workspace / "SOUL.md").exists()


def test_config_says_what_is_skipped(tmp_path: Path) -> None:
    """`skipOptionalBootstrapFiles` leaves files out, `--skip-bootstrap` leaves all out, now and later."""
    write_config(tmp_path, agents={"defaults": {"skipOptionalBootstrapFiles": ["SOUL.md"]}})
    assert openclaw(tmp_path, "setup").code == 0
    workspace = tmp_path / ".openclaw" / "workspace"
    assert (workspace / "AGENTS.md").exists()
    assert not (workspace / "SOUL.md").exists()
    other = tmp_path / "other"
    other.mkdir()
    assert openclaw(other, *ONBOARD, "--skip-bootstrap").code == 0
    assert read_config(other)["agents"]["defaults"]["skipBootstrap"] is True
    assert list((other / ".openclaw" / "workspace").iterdir()) == []


def test_workspace_that_cannot_be_made_is_a_warning(tmp_path: Path) -> None:
    """The configuration is good without its agent's files."""
    (tmp_path / "file").touch()
    write_config(tmp_path, agents={"defaults": {"workspace": str(tmp_path / "file" / "workspace")}})
    outcome = openclaw(tmp_path, "setup")
    assert outcome.code == 0
    assert f"the workspace {tmp_path}/file/workspace cannot be set up: Not a directory" in outcome.err
