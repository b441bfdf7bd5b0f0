"""Where a path of the model leads: with real links, pipes, and somebody who swaps them meanwhile."""

import os
import re
import socket
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.tools.files.folder import inside

from openclaw_gateway.tools.files.root import NotThere, open_file, reach, require_writable, show_path
from openclaw_gateway.tools.place import Place
from openclaw_gateway.tools.tool import ToolFailure


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with a file, beside a folder with another that is none of its business."""
    folder = tmp_path / "workspace"
    (folder / "src" / "deep").mkdir(parents=True)
    (folder / "src" / "a.txt").write_text("inside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.txt").write_text("secret")
    links = {
        "to_file": "src/a.txt",
        "to_folder": "src",
        "src/deep/back": "../a.txt",
        "absolute": str(folder / "src"),
        "alias": "/workspace/src/a.txt",
        "out_file": "../outside/a.txt",
        "out_folder": "../outside",
        "out_absolute": str(tmp_path / "outside"),
        "out_of_root": "/",
        "chain": "chain_2",
        "chain_2": "out_file",
        "loop": "loop_2",
        "loop_2": "loop",
        "dangling": "nothing",
        "proc": "/proc/self/root",
        "top": ".",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe")
    (folder / "line\nbreak").write_text("inside")
    return folder


def read(place: Place, path: str) -> str:
    with open_file(place, path) as (file, _):
        return os.read(file, 100).decode()


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("src/a.txt", id="relative"),
        pytest.param("./src//./a.txt", id="dots and slashes"),
        pytest.param("src/deep/../a.txt", id="up and down"),
        pytest.param("{folder}/src/a.txt", id="absolute"),
        pytest.param("/{folder}/src/a.txt", id="two slashes"),
        pytest.param("/workspace/src/a.txt", id="as the sandbox shows it"),
        pytest.param("to_file", id="link to a file"),
        pytest.param("to_folder/a.txt", id="link to a folder"),
        pytest.param("to_folder/deep/back", id="link with two dots"),
        pytest.param("to_folder/../src/a.txt", id="two dots after a link"),
        pytest.param("absolute/a.txt", id="absolute link"),
        pytest.param("alias", id="link as commands in a sandbox make it"),
        pytest.param("top/top/src/a.txt", id="link to the top"),
        pytest.param("line\nbreak", id="line break in a name"),
    ],
)
def test_ways_inside_are_walked(workspace: Path, path: str) -> None:
    """Whatever a path is written like, a file inside of a contained place is found."""
    place = Place(workspace, "/workspace", is_contained=True)
    assert read(place, path.format(folder=workspace)) == "inside"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("../outside/a.txt", id="two dots"),
        pytest.param("src/../../outside/a.txt", id="two dots on the way"),
        pytest.param("{folder}/../outside/a.txt", id="two dots after the place's own name"),
        pytest.param("{folder}-2/a.txt", id="a name that begins like the place's"),
        pytest.param("/etc/passwd", id="absolute"),
        pytest.param("~/a.txt", id="home"),
        pytest.param("out_file", id="link to a file"),
        pytest.param("out_folder/a.txt", id="link to a folder"),
        pytest.param("out_absolute/a.txt", id="absolute link"),
        pytest.param("out_of_root/etc/passwd", id="link to the root"),
        pytest.param("chain", id="link to a link"),
        pytest.param("proc/etc/passwd", id="link into /proc"),
        pytest.param("to_folder/../../outside/a.txt", id="two dots after a link"),
        pytest.param("top/../outside/a.txt", id="two dots at the top"),
    ],
)
def test_ways_out_are_refused(workspace: Path, path: str) -> None:
    """A contained place is not left, to read as little as to write, and the path is told as it was written."""
    written = path.format(folder=workspace)
    with pytest.raises(ToolFailure, match=f"^{re.escape(written)} leads out of "):
        read(inside(workspace), written)
    with pytest.raises(ToolFailure, match="leads out of "), reach(inside(workspace), written, makes_parents=True):
        pytest.fail("it was reached")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param("nothing.txt", "^File not found: {folder}/nothing.txt.$", id="missing"),
        pytest.param("no/such/a.txt", "^File not found: {folder}/no/such/a.txt.$", id="missing folder"),
        pytest.param("dangling", "^File not found: ", id="link to nothing"),
        pytest.param("src/a.txt/b", "^Not a directory: ", id="below a file"),
        pytest.param("src", "src is a directory, not a regular file; list it with ls", id="directory"),
        pytest.param("src/", "src is a directory", id="directory with a slash"),
        pytest.param("", "is a directory", id="nothing"),
        pytest.param("pipe", "pipe is a pipe, not a regular file", id="pipe without a writer"),
        pytest.param("loop", "links that lead in a circle", id="loop"),
        pytest.param("loop/a.txt", "links that lead in a circle", id="loop on the way"),
        pytest.param("a/../" * 2_000, "too many levels|File not found", id="endless"),
        pytest.param("a" * 300, "^File name too long", id="long name"),
        pytest.param("src/a.txt\0.png", "cannot be the path of a file", id="NUL"),
        pytest.param("\ud800", "cannot be the path of a file", id="half a surrogate pair"),
    ],
)
@pytest.mark.parametrize("is_contained", [True, False], ids=["contained", "free"])
def test_what_is_no_file_is_told(workspace: Path, path: str, message: str, is_contained: bool) -> None:
    """Nothing that is not a regular file is opened, and none of it blocks."""
    place = Place.of_host(workspace, is_contained=is_contained)
    with pytest.raises(ToolFailure, match=message.format(folder=re.escape(str(workspace)))):
        read(place, path)


def test_sockets_and_devices_are_not_opened(tmp_path: Path) -> None:
    """What would have an effect when opened is only looked at."""
    # Names of sockets are short, those of folders of tests are not.
    with socket.socket(socket.AF_UNIX) as server, TemporaryDirectory(dir="/tmp") as short:
        server.bind(f"{short}/s")
        with pytest.raises(ToolFailure, match="is a socket"):
            read(Place.of_host(Path(short)), "s")
    with pytest.raises(ToolFailure, match="/dev/zero is a device"):
        read(Place.of_host(tmp_path), "/dev/zero")


def test_a_free_place_reaches_all_files(workspace: Path) -> None:
    """Without containment paths mean what they mean to everybody."""
    place = Place.of_host(workspace)
    assert read(place, "../outside/a.txt") == "secret"
    assert read(place, "out_of_root" + str(workspace / "out_file")) == "secret"
    assert read(place, "../" * 50 + str(workspace)[1:] + "/src/a.txt") == "inside"


def test_home_is_where_the_user_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~/` begins at the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.txt").write_text("at home")
    assert read(Place.of_host(Path("/")), "~/a.txt") == "at home"


def test_a_place_may_be_named_by_a_link(workspace: Path, tmp_path: Path) -> None:
    """A workspace that is a link itself is entered, under both of its names."""
    (tmp_path / "link").symlink_to(workspace)
    place = inside(tmp_path / "link")
    assert [read(place, path) for path in ("src/a.txt", f"{tmp_path}/link/src/a.txt", f"{workspace}/src/a.txt")] == [
        "inside"
    ] * 3


def test_paths_are_shown_as_the_agent_knows_them(tmp_path: Path) -> None:
    """Where the files of a sandbox really are is not told."""
    place = Place(tmp_path, "/workspace", is_contained=True)
    assert [show_path(place, path) for path in ("a", "./b/../c", "/etc/x")] == [
        "/workspace/a",
        "/workspace/c",
        "/etc/x",
    ]
    with pytest.raises(NotThere, match=r"^File not found: /workspace/a\.$"):
        read(place, "a")
    with pytest.raises(ToolFailure, match=r"^\.\./x leads out of /workspace"):
        read(place, "../x")


def test_missing_directories_are_made_on_demand(tmp_path: Path) -> None:
    """The folder of the place itself, too; and only when something is to be written."""
    place = inside(tmp_path / "new")
    with pytest.raises(NotThere), reach(place, "a/b"):
        pytest.fail("it was reached")
    with reach(place, "a/b/c.txt", makes_parents=True) as spot:
        assert (spot.name, spot.look(), spot.shown) == ("c.txt", None, str(tmp_path / "new/a/b/c.txt"))
    assert (tmp_path / "new/a/b").is_dir()


def test_a_read_only_place_says_so(tmp_path: Path) -> None:
    """The model is told that reading works."""
    with pytest.raises(ToolFailure, match="/workspace is read-only"):
        require_writable(Place(tmp_path, "/workspace", is_contained=True, is_writable=False))


def test_nobody_gets_out_by_swapping_a_folder_for_a_link(workspace: Path, tmp_path: Path) -> None:
    """While a folder on the way turns into a link to the outside and back, nothing of the outside is ever read."""
    (workspace / "moving").mkdir()
    (workspace / "moving" / "a.txt").write_text("inside")
    (workspace / "bad").symlink_to(tmp_path / "outside")
    is_over = threading.Event()

    def swap() -> None:
        while not is_over.is_set():
            for one, other in (("moving", "kept"), ("bad", "moving"), ("moving", "bad"), ("kept", "moving")):
                os.rename(workspace / one, workspace / other)  # noqa: PTH104 - as quick as can be

    swapper = threading.Thread(target=swap)
    swapper.start()
    seen: set[str] = set()
    try:
        for _ in range(3_000):
            try:
                seen.add(read(inside(workspace), "moving/a.txt"))
            except ToolFailure as failure:
                seen.add(str(failure).split(" ", 1)[0])
    finally:
        is_over.set()
        swapper.join()
    assert "inside" in seen
    assert "secret" not in seen


def test_walks_leave_no_directories_open(workspace: Path) -> None:
    """However a walk ends, what it opened is closed."""
    before = len(os.listdir("/dev/fd"))  # noqa: PTH208 - a list, not paths
    for path in ("src/a.txt", "out_file", "loop", "nothing", "to_folder/../top/src/a.txt", "pipe"):
        try:
            read(inside(workspace), path)
        except ToolFailure:
            continue
    assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208
