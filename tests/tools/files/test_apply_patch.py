"""`apply_patch`, as a model calls it."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tools.files.folder import call, context_of, inside, names_in

from openclaw_gateway.config.schema.tools import ApplyPatch
from openclaw_gateway.tools.files.apply_patch import ApplyPatchTool
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import ToolFailure

PATCH = ApplyPatchTool(ApplyPatch())


def patch(*lines: str) -> str:
    return "\n".join(["*** Begin Patch", *lines, "*** End Patch"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with two files, beside another one."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "a.txt").write_text("one\ntwo\nthree\n")
    (workspace / "b.sh").write_text("echo\n")
    (workspace / "b.sh").chmod(0o755)
    (tmp_path / "outside.txt").write_text("one\n")
    return workspace


async def test_files_are_added_changed_moved_and_deleted(folder: Path) -> None:
    """All by one patch, told with a letter and the path, in its order."""
    (folder / "c.txt").touch()
    told = await call(
        PATCH,
        inside(folder),
        input=patch(
            "*** Add File: new/d.txt", "+fresh",
            "*** Update File: a.txt", "@@ one", "-two", "+2",
            "*** Update File: b.sh", "*** Move to: bin/b.sh", "-echo", "+echo hi",
            "*** Delete File: c.txt",
        ),
    )  # fmt: skip
    assert told == "Success. Updated the following files:\nA new/d.txt\nM a.txt\nM bin/b.sh\nD c.txt"
    assert names_in(folder) == ["a.txt", "bin", "bin/b.sh", "new", "new/d.txt"]
    assert [(folder / name).read_text() for name in ("new/d.txt", "a.txt", "bin/b.sh")] == [
        "fresh\n",
        "one\n2\nthree\n",
        "echo hi\n",
    ]
    assert (folder / "bin/b.sh").stat().st_mode & 0o777 == 0o755


CHANGE = ("*** Update File: a.txt", "-two", "+2")


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        pytest.param(("*** Update File: a.txt", "-four"), "^Line 5 of the patch: the old lines of this", id="no place"),
        pytest.param(("*** Update File: no.txt", "-a"), "^Line 4 of the patch: File not found: .*no.txt", id="missing"),
        pytest.param(("*** Delete File: no.txt",), "^Line 4 of the patch: File not found: ", id="nothing to delete"),
        pytest.param(("*** Delete File: folder",), "folder is a directory", id="a folder to delete"),
        pytest.param(("*** Delete File: pipe",), "pipe is a pipe", id="a pipe to delete"),
        pytest.param(("*** Add File: b.sh", "+x"), "^Line 4 of the patch: .*b.sh is there already", id="added twice"),
        pytest.param(("*** Update File: b.sh", "*** Move to: pipe"), "pipe is there already", id="no free place"),
        pytest.param(("*** Delete File: ./folder/../a.txt",), "a.txt is in the patch twice", id="twice"),
        pytest.param(("*** Update File: link", "-one"), "link is in the patch twice", id="twice by a link"),
        pytest.param(("*** Add File: ../x", "+x"), "leads out of", id="outside"),
        pytest.param(("*** Update File: out", "-one"), "leads out of", id="outside by a link"),
        pytest.param(("*** Update File: b.sh", "*** Move to: /tmp/x"), "leads out of", id="moved to the outside"),
        pytest.param(("*** Add File: a.txt/x", "+x"), "Not a directory", id="below a file"),
        pytest.param(
            ("*** Update File: b.sh", "echo"), "^Line 5 of the patch: a line of a change begins", id="no patch"
        ),
    ],
)
async def test_a_patch_that_does_not_fit_changes_nothing(folder: Path, sections: tuple[str, ...], message: str) -> None:
    """Not even what stands before the part that does not fit, whose line in the patch is told."""
    (folder / "folder").mkdir()
    (folder / "link").symlink_to("a.txt")
    (folder / "out").symlink_to("../outside.txt")
    os.mkfifo(folder / "pipe")
    before = names_in(folder.parent)
    lines = ("*** Update File: a.txt", "+0", *sections)
    with pytest.raises(ToolFailure, match=message):
        await call(PATCH, inside(folder), input=patch(*lines))
    assert names_in(folder.parent) == before
    assert [(folder / name).read_text() for name in ("a.txt", "b.sh")] == ["one\ntwo\nthree\n", "echo\n"]


async def test_what_was_done_is_told_when_the_rest_fails(folder: Path) -> None:
    """Two sections that are fine one by one, and impossible together."""
    with pytest.raises(ToolFailure, match=r"Done before: A new/x\.txt; not done: A new$"):
        await call(PATCH, inside(folder), input=patch("*** Add File: new/x.txt", "+x", "*** Add File: new", "+x"))
    assert names_in(folder) == ["a.txt", "b.sh", "new", "new/x.txt"]


async def test_a_link_is_deleted_not_what_it_points_to(folder: Path) -> None:
    """Wherever that is."""
    (folder / "out").symlink_to("../outside.txt")
    assert (await call(PATCH, inside(folder), input=patch("*** Delete File: out"))).endswith("\nD out")
    assert (names_in(folder), (folder.parent / "outside.txt").read_text()) == (["a.txt", "b.sh"], "one\n")


@pytest.mark.parametrize(
    ("settings", "is_allowed"),
    [
        pytest.param(ApplyPatch(), False, id="the workspace alone"),
        pytest.param(ApplyPatch(workspace_only=False), True, id="everywhere"),
    ],
)
async def test_patches_stay_in_the_workspace(folder: Path, settings: ApplyPatch, is_allowed: bool) -> None:
    """Also where other tools may leave it, unless the config says otherwise."""
    tool, text = ApplyPatchTool(settings), patch("*** Update File: ../outside.txt", "-one", "+1")
    if is_allowed:
        await call(tool, Place.of_host(folder), input=text)
    else:
        with pytest.raises(ToolFailure, match="leads out of"):
            await call(tool, Place.of_host(folder), input=text)
    assert (folder.parent / "outside.txt").read_text() == ("1\n" if is_allowed else "one\n")


@pytest.mark.parametrize(
    ("model", "is_allowed"),
    [
        ("openai/GPT-5", True),
        ("other/gpt-5", True),
        ("up/special", True),
        ("special", False),
        ("up/tiny", False),
        ("", True),
    ],
)
async def test_patches_are_for_the_models_that_may(folder: Path, model: str, is_allowed: bool) -> None:
    """Named alone or with their provider; a call without a model is somebody else's."""
    tool = ApplyPatchTool(ApplyPatch(allow_models=("gpt-5", "up/special")))
    context = context_of(inside(folder), model=model)
    if is_allowed:
        assert not (await tool.call({"input": patch(*CHANGE)}, context)).is_error
    else:
        with pytest.raises(ToolFailure, match=f"not for the model {model}"):
            await tool.call({"input": patch(*CHANGE)}, context)


async def test_a_read_only_place_is_not_patched(folder: Path) -> None:
    """Whatever the patch says."""
    with pytest.raises(ToolFailure, match="is read-only"):
        await call(PATCH, replace(inside(folder), is_writable=False), input=patch(*CHANGE))


async def test_many_files_are_too_many(folder: Path) -> None:
    """Before any of them is looked at."""
    with pytest.raises(ToolFailure, match="The patch changes 101 files; at most 100"):
        await call(PATCH, inside(folder), input=patch(*[f"*** Add File: f{number}" for number in range(101)]))
