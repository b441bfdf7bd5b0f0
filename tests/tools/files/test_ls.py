"""`ls`, as a model calls it."""

import json
from pathlib import Path

import pytest
from tests.tools.files.folder import call, inside

from openclaw_gateway.config.schema.sandbox import Sandbox
from openclaw_gateway.tools.files.ls import LsTool
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import ToolFailure

LS = LsTool()


async def test_names_are_quoted_and_in_order(tmp_path: Path) -> None:
    """Hidden ones too; a name cannot pretend to be two lines, or letters that are not seen."""
    for name in ("b.txt", "A.txt", ".hidden", "line\nbreak", "é", 'quo"te', "\u202eevil"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    assert (await call(LS, inside(tmp_path))).split("\n") == [
        '".hidden"', '"A.txt"', '"b.txt"', '"folder/"', '"line\\nbreak"', '"link"', '"quo\\"te"', '"é"',
        '"\\u202eevil"',
    ]  # fmt: skip
    assert await call(LS, inside(tmp_path), path="folder") == "(no names)"


async def test_pages_follow_each_other(tmp_path: Path) -> None:
    """Each says how to go on; all names come once, whatever the size of a page."""
    names = [f"n{number}" for number in range(23)]
    for name in names:
        (tmp_path / name).touch()
    for limit, max_chars in ((5, 16_000), (100, 1_720)):
        seen: list[str] = []
        after: str | None = None
        while True:
            page = (await call(LS, inside(tmp_path), limit=limit, after=after, max_chars=max_chars)).split("\n")
            seen += [json.loads(line) for line in page if not line.startswith("[")]
            if not page[-1].startswith("["):
                break
            after = json.loads(page[-1].removeprefix("[More names follow: go on with after=").removesuffix(".]"))
        assert seen == sorted(names)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("nothing", "^Directory not found: ", id="missing"),
        pytest.param("a.txt", "a.txt is not a directory; look at it with read", id="file"),
        pytest.param("..", "leads out of", id="outside"),
        pytest.param("out", "leads out of", id="link to the outside"),
    ],
)
async def test_what_is_no_directory_is_told(tmp_path: Path, path: str, message: str) -> None:
    """And how to look at it instead."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.txt").touch()
    (tmp_path / "in/out").symlink_to(tmp_path)
    with pytest.raises(ToolFailure, match=message):
        await call(LS, inside(tmp_path / "in"), path=path)


async def test_folder_of_a_new_sandbox_is_empty(tmp_path: Path) -> None:
    """A sandbox that nobody has written to yet has no names; a workspace that is gone is not made anew."""
    fresh = Place(tmp_path / "boxes" / "new", "/workspace", is_contained=True, sandbox=Sandbox(mode="all"))
    assert await call(LS, fresh) == "(no names)"
    with pytest.raises(ToolFailure, match="not found"):
        await call(LS, inside(tmp_path / "gone"))
    assert not (tmp_path / "gone").exists()
