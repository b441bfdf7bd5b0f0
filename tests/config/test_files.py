"""Reading the files that config and secrets live in."""

import os
from pathlib import Path

import pytest

from openclaw_gateway.config.files import Unreadable, read_regular


def test_a_regular_file_is_read_whole(tmp_path: Path) -> None:
    """A file of exactly the limit is read, one byte more is refused."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 200_000)
    assert len(read_regular(path, 200_000)) == 200_000
    with pytest.raises(Unreadable, match="larger than 199999 bytes"):
        read_regular(path, 199_999)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("nothing", "no such file", id="missing"),
        pytest.param("file/x", "not a directory", id="below a file"),
        pytest.param("link", "symbolic link", id="link"),
        pytest.param("dangling", "symbolic link", id="link to nothing"),
        pytest.param("folder", "not a regular file", id="folder"),
        pytest.param("pipe", "not a regular file", id="named pipe without a writer"),
        pytest.param("x\0y", "NUL", id="NUL in the name"),
        pytest.param("n" * 5000, "too long", id="endless name"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    """What is no regular file is refused at once, with a reason in words."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable, match=reason) as caught:
        read_regular(tmp_path / name, 100)
    assert caught.value.is_missing == (name == "nothing")


def test_a_device_is_no_file() -> None:
    """/dev/zero has no end and is not read."""
    with pytest.raises(Unreadable, match="not a regular file"):
        read_regular(Path("/dev/zero"), 100)
