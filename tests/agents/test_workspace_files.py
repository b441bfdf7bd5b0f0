"""The files of a workspace: a closed set, whole or not at all, never through a link."""

import os
from pathlib import Path

import pytest

from openclaw_gateway.agents.workspace_files import (
    MAX_BYTES,
    FileChanged,
    FileRefused,
    list_files,
    read_file,
    write_file,
)


def test_list_tells_what_is_missing(tmp_path: Path) -> None:
    """BOOTSTRAP.md is listed while it is there, and it is no fault that MEMORY.md is not."""
    assert [(file.name, file.is_expected_absent) for file in list_files(tmp_path)] == [
        ("AGENTS.md", False), ("SOUL.md", False), ("USER.md", False), ("MEMORY.md", True),
    ]  # fmt: skip
    (tmp_path / "BOOTSTRAP.md").write_text("hello")
    (bootstrap,) = [file for file in list_files(tmp_path) if not file.is_missing]
    assert (bootstrap.name, bootstrap.size, bootstrap.content) == ("BOOTSTRAP.md", 5, None)


def test_links_lead_nowhere(tmp_path: Path) -> None:
    """A link is neither read nor written through: it is refused, and replaced by nothing."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "SOUL.md").symlink_to(secret)
    with pytest.raises(FileRefused, match="cannot be read"):
        read_file(workspace, "SOUL.md")
    with pytest.raises(FileRefused):
        write_file(workspace, "SOUL.md", "x")
    assert secret.read_text() == "secret"


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    """A pipe does not hold the reader, and a folder is no file."""
    os.mkfifo(tmp_path / "SOUL.md")
    with pytest.raises(FileRefused, match="not a regular file"):
        read_file(tmp_path, "SOUL.md")
    (tmp_path / "USER.md").mkdir()
    with pytest.raises(FileRefused):
        read_file(tmp_path, "USER.md")


def test_size_is_bounded_both_ways(tmp_path: Path) -> None:
    """Neither a large file nor a large content is taken."""
    (tmp_path / "SOUL.md").write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(FileRefused, match="larger"):
        read_file(tmp_path, "SOUL.md")
    with pytest.raises(FileRefused, match="at most"):
        write_file(tmp_path, "USER.md", "x" * (MAX_BYTES + 1))


def test_writer_must_have_read_the_latest(tmp_path: Path) -> None:
    """With the hash of an older content nothing is written; "" stands for a file that was not there."""
    first = write_file(tmp_path / "new", "SOUL.md", "one", expected_hash="")
    assert first.content == "one"
    with pytest.raises(FileChanged):
        write_file(tmp_path / "new", "SOUL.md", "two", expected_hash="")
    assert write_file(tmp_path / "new", "SOUL.md", "two", expected_hash=first.hash).content == "two"
    assert (tmp_path / "new" / "SOUL.md").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["SOUL.md"]


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A workspace below a file is refused with the reason."""
    (tmp_path / "file").touch()
    with pytest.raises(FileRefused):
        write_file(tmp_path / "file" / "workspace", "SOUL.md", "x")
