"""Which file a name means, and whether it stayed the same."""

import os
from pathlib import Path

import pytest

from openclaw_gateway.tools.permission.executables import Changed, bind, find_executable


def program(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "search_path", "found"),
    [
        pytest.param("x", "{0}/a:{0}/b", "a/x", id="the first of the path"),
        pytest.param("x", "{0}/nosuch:{0}/b", "b/x", id="the next where the first has none"),
        pytest.param("x", ":{0}/b", "work/x", id="an empty part is the working directory"),
        pytest.param("./x", "{0}/a", "work/x", id="a path"),
        pytest.param("../a/x", "", "a/x", id="a path upwards"),
        pytest.param("plain", "{0}/a", None, id="not executable"),
        pytest.param("folder", "{0}/a", None, id="a folder"),
        pytest.param("a\0b", "{0}/a", None, id="NUL"),
        pytest.param("x" * 5000, "{0}/a", None, id="too long for a name"),
    ],
)
def test_find(tmp_path: Path, name: str, search_path: str, found: str | None) -> None:
    """A name means what a shell in that folder would start."""
    for folder in ("a", "b", "work"):
        program(tmp_path / folder / "x")
    (tmp_path / "a" / "plain").write_text("", encoding="utf-8")
    (tmp_path / "a" / "folder").mkdir()
    executable = find_executable(name, tmp_path / "work", search_path.format(tmp_path))
    assert (executable.found if executable else None) == (str(tmp_path / found) if found else None)


def test_links(tmp_path: Path) -> None:
    """A link keeps its own name, below the true folder, beside the file that it leads to."""
    real = program(tmp_path / "real" / "tool")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "link").symlink_to(real)
    (tmp_path / "alias").symlink_to(tmp_path / "bin")
    executable = find_executable("link", tmp_path, str(tmp_path / "alias"))
    assert executable is not None
    assert (executable.found, executable.real, executable.name) == (str(tmp_path / "bin/link"), str(real), "tool")


def change_content(path: Path) -> None:
    status = path.stat()
    path.write_text("#!/bin/no\n", encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace(path: Path) -> None:
    program(path.with_name("other"), path.read_text(encoding="utf-8")).replace(path)


@pytest.mark.parametrize(
    "change",
    [pytest.param(change_content, id="content, times kept"), pytest.param(replace, id="another file"), Path.unlink],
)
def test_changed_file(tmp_path: Path, change: object) -> None:
    """A file that is changed, replaced or gone is not the one that was bound."""
    path = program(tmp_path / "x")
    binding = bind(str(path))
    binding.check()
    assert callable(change)
    change(path)
    with pytest.raises(Changed):
        binding.check()


def test_changed_folder(tmp_path: Path) -> None:
    """A folder may get other content, and may not become another folder."""
    folder = tmp_path / "w"
    folder.mkdir()
    binding = bind(str(folder))
    (folder / "new").mkdir()
    binding.check()
    folder.rename(tmp_path / "old")
    folder.mkdir()
    with pytest.raises(Changed):
        binding.check()
