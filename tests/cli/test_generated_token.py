"""The token of one start, kept where only this user's commands find it."""

import stat
from pathlib import Path

from openclaw_gateway.cli.generated_token import forget_generated_token, read_generated_token, write_generated_token


def test_token_lives_as_long_as_its_gateway(tmp_path: Path) -> None:
    """It is private, replaced by the next start's, and gone when the gateway has ended."""
    assert read_generated_token(tmp_path) is None
    write_generated_token(tmp_path, "first")
    path = write_generated_token(tmp_path, "second")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_generated_token(tmp_path) == "second"
    forget_generated_token(tmp_path)
    forget_generated_token(tmp_path)
    assert read_generated_token(tmp_path) is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link in its place neither leads a write elsewhere nor a read."""
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / "gateway-token").symlink_to(target)
    assert read_generated_token(tmp_path) is None
    write_generated_token(tmp_path, "token")
    assert target.read_text() == "mine"
    assert read_generated_token(tmp_path) == "token"


def test_empty_file_is_no_token(tmp_path: Path) -> None:
    """A file that a full disk left empty counts as none."""
    (tmp_path / "gateway-token").write_text("")
    assert read_generated_token(tmp_path) is None
