"""Files below a folder, read without following links."""

import os
from pathlib import Path

import pytest

from openclaw_gateway.agents.plain_files import find_revision, list_plain, read_plain


def test_plain_file_is_read(tmp_path: Path) -> None:
    """A file at any depth is read as text, without its byte order mark, and as far as asked."""
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "a.md").write_bytes(b"\xef\xbb\xbfgr\xc3\xbc\xc3\x9fe")
    assert read_plain(tmp_path, "memory", "a.md") == "grüße"
    assert read_plain(tmp_path, "memory", "a.md", max_bytes=6) == "gr"


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(("link.md",), id="a link to a file"),
        pytest.param(("linked", "secret.md"), id="a link on the way"),
        pytest.param(("pipe",), id="a pipe"),
        pytest.param(("folder",), id="a folder"),
        pytest.param(("absent",), id="nothing"),
        pytest.param(("a\0b",), id="a name that is none"),
    ],
)
def test_what_is_no_plain_file_is_not_there(tmp_path: Path, parts: tuple[str, ...]) -> None:
    """Nothing below the folder leads out of it, and nothing holds the reader."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    folder = tmp_path / "workspace"
    (folder / "folder").mkdir(parents=True)
    (folder / "link.md").symlink_to(outside / "secret.md")
    (folder / "linked").symlink_to(outside)
    os.mkfifo(folder / "pipe")
    assert read_plain(folder, *parts) is None
    if len(parts) == 1:
        assert find_revision(folder, parts[0]) is None
    assert list_plain(folder, "linked") == []


def test_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    """Where the workspace is, is the operator's choice."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "SOUL.md").write_text("kind")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_plain(tmp_path / "link", "SOUL.md") == "kind"


def test_revision_follows_the_file(tmp_path: Path) -> None:
    """Another content is another revision, the same file the same one."""
    file = tmp_path / "SOUL.md"
    file.write_text("one")
    first = find_revision(tmp_path, "SOUL.md")
    assert first is not None
    assert find_revision(tmp_path, "SOUL.md") == first
    file.write_text("three")
    assert find_revision(tmp_path, "SOUL.md") != first


def test_folder_is_listed_by_name(tmp_path: Path) -> None:
    """Entries come in the order of their names; a folder that is not there has none."""
    for name in ("b", "a", "c"):
        (tmp_path / name).touch()
    assert [entry.name for entry in list_plain(tmp_path)] == ["a", "b", "c"]
    assert list_plain(tmp_path, "memory") == []
