"""Files that get new content in one step."""

import asyncio
import os
import threading
from pathlib import Path

import pytest
from tests.tools.files.folder import inside, names_in

from openclaw_gateway.tools.files.replacement import Replacement, finish_in_thread, replace_file
from openclaw_gateway.tools.files.root import reach
from openclaw_gateway.tools.tool import ToolFailure


def put(folder: Path, name: str, content: bytes) -> None:
    with reach(inside(folder), name) as spot:
        replace_file(spot, content, spot.look_for_file())


def test_a_new_file_obeys_the_umask(tmp_path: Path) -> None:
    """It is as any program would make it, and nothing else is left."""
    mask = os.umask(0o027)
    try:
        put(tmp_path, "a", b"new")
    finally:
        os.umask(mask)
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "a").stat().st_mode & 0o777) == (b"new", 0o640)
    assert names_in(tmp_path) == ["a"]


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o4755], ids=oct)
def test_an_old_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    """Scripts stay executable, secrets private; set-user-ID goes, as it does with every write."""
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(mode)
    put(tmp_path, "a", b"new")
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "a").stat().st_mode & 0o7777) == (b"new", mode & 0o777)


def test_a_link_inside_stays_a_link(tmp_path: Path) -> None:
    """The file that it points to is changed."""
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "link").symlink_to("a")
    put(tmp_path, "link", b"new")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "a").read_bytes()) == (True, b"new")


def test_hard_links_are_not_written_through(tmp_path: Path) -> None:
    """Another name of the file, perhaps outside, keeps what it had."""
    (tmp_path / "in").mkdir()
    (tmp_path / "other").write_bytes(b"old")
    os.link(tmp_path / "other", tmp_path / "in/a")
    put(tmp_path / "in", "a", b"new")
    assert ((tmp_path / "other").read_bytes(), (tmp_path / "in/a").read_bytes()) == (b"old", b"new")


@pytest.mark.parametrize("was_there", [True, False], ids=["changed", "appeared"])
def test_what_somebody_else_wrote_meanwhile_stays(tmp_path: Path, was_there: bool) -> None:
    """A file that is not what it was is not replaced, and nothing is left beside it."""
    if was_there:
        (tmp_path / "a").write_bytes(b"old")
    with reach(inside(tmp_path), "a") as spot:
        replacement = Replacement(spot, b"new", spot.look_for_file())
        replacement.prepare()
        (tmp_path / "a").write_bytes(b"theirs")
        with pytest.raises(ToolFailure, match="meanwhile; read it again"):
            replacement.put()
        replacement.drop()
    assert (names_in(tmp_path), (tmp_path / "a").read_bytes()) == (["a"], b"theirs")


def test_a_link_that_took_the_place_meanwhile_is_not_followed(tmp_path: Path) -> None:
    """Not even in the moment of the replacement."""
    (tmp_path / "other").write_bytes(b"old")
    (tmp_path / "a").write_bytes(b"old")
    with reach(inside(tmp_path), "a") as spot:
        old = spot.look_for_file()
        (tmp_path / "a").unlink()
        (tmp_path / "a").symlink_to("other")
        with pytest.raises(ToolFailure):
            replace_file(spot, b"new", old)
    assert (tmp_path / "other").read_bytes() == b"old"


async def test_a_change_is_over_when_its_call_is(tmp_path: Path) -> None:
    """Cancelling waits for the thread: a change happens before the call ends or not at all."""
    started, go_on = threading.Event(), threading.Event()

    def change() -> None:
        started.set()
        go_on.wait()
        (tmp_path / "a").write_bytes(b"new")

    call = asyncio.create_task(finish_in_thread(change))
    await asyncio.to_thread(started.wait)
    call.cancel()
    await asyncio.sleep(0)
    assert not call.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (tmp_path / "a").read_bytes() == b"new"
