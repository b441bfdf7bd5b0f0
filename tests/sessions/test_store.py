"""The promises of the store, kept by real files, processes and signals."""

import asyncio
import gc
import json
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from tests.sessions.opened import KEY, Clock, answered, asked, opened, texts

from openclaw_gateway.errors import Conflict, InvalidRequest, NotFound, StoreUnavailable
from openclaw_gateway.messages import (
    AssistantMessage,
    ImagePart,
    Message,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolResultMessage,
    Usage,
    UserMessage,
)
from openclaw_gateway.sessions import schema
from openclaw_gateway.sessions.refused import FolderLocked
from openclaw_gateway.sessions.store import DATABASE_NAME, SqliteStore

CHILD = Path(__file__).with_name("child.py")


# --- What is written is there --------------------------------------------------------------------------------------


async def test_turns_are_there_after_a_restart(tmp_path: Path) -> None:
    """A session that is opened again, by a later process too, has all its messages, stamped and in order."""
    everything: tuple[Message, ...] = (
        UserMessage((TextPart("ü look"), ImagePart("image/png", "QUJD", detail="low")), name="ann"),
        AssistantMessage(
            (ThinkingPart("hm", signature="s"), TextPart("so"), ToolCall("c", "read", '{"a": 1}')),
            provider="p",
            model="m",
            usage=Usage(input=3, output=4, cache_read=5),
            stop_reason="toolUse",
        ),
        ToolResultMessage("c", (TextPart("r"),), tool_name="read", is_error=True),
        AssistantMessage((TextPart("par"),), stop_reason="aborted"),
    )
    clock = Clock(now_ms=77)
    async with opened(tmp_path, clock) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        entries = await store.append(session, everything, run_id="run-1")
        assert entries == session.path
    async with opened(tmp_path, clock) as store:
        again = await store.open(KEY, "main", is_ephemeral=False)
        assert again.path == entries
        assert (again.session_id, again.created_at_ms, again.updated_at_ms) == (session.session_id, 77, 77)
    assert {entry.message.timestamp for entry in entries} == {77}
    assert [entry.parent_id for entry in entries] == [None, entries[0].id, entries[1].id, entries[2].id]
    assert {entry.run_id for entry in entries} == {"run-1"}


def test_kill_loses_nothing_acknowledged(tmp_path: Path) -> None:
    """Ten times: after kill -9 in the middle of appends, every acknowledged entry is on the path of its session."""
    for _ in range(10):
        child = subprocess.Popen([sys.executable, CHILD, "append", tmp_path], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        with child, child.stdout as output:
            lines = [output.readline() for _ in range(200)]
            child.kill()
            lines += output.readlines()
        acknowledged: dict[str, list[int]] = {}
        for line in lines:
            if line.endswith("\n"):
                key, entry_id = line.split()
                acknowledged.setdefault(key, []).append(int(entry_id))
        assert len(acknowledged) == 8
        stored = asyncio.run(read_ids(tmp_path, list(acknowledged)))
        for key, ids in acknowledged.items():
            assert stored[key][: len(ids)] == ids


async def read_ids(folder: Path, keys: list[str]) -> dict[str, list[int]]:
    """Ids along the paths; a further turn must work too."""
    ids = {}
    async with opened(folder) as store:
        for key in keys:
            session = await store.open(key, "main", is_ephemeral=False)
            ids[key] = [entry.id for entry in session.path]
            await store.append(session, (asked("next"),), run_id="r")
    return ids


def test_full_disk_fails_the_turn_and_passes(tmp_path: Path) -> None:
    """While files cannot grow, appends fail and the session is as before; when they can, the next append works."""
    done = subprocess.run([sys.executable, CHILD, "full", tmp_path], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert len(told["failures"]) == 3
    assert "full" in told["failures"][0]
    assert told["length_when_full"] == 1

    async def read_back() -> list[str]:
        async with opened(tmp_path) as store:
            return texts(await store.read(KEY))

    assert asyncio.run(read_back()) == ["before", "after"]


async def test_locked_database_fails_the_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the write lock, an append is StoreUnavailable; afterwards it works."""
    monkeypatch.setattr(schema, "BUSY_TIMEOUT_S", 0.01)
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        other = sqlite3.connect(tmp_path / DATABASE_NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="another process") as caught:
            await store.append(session, (asked("one"),), run_id="r")
        assert caught.value.retry_after_s is not None
        other.execute("ROLLBACK")
        other.close()
        await store.append(session, (asked("two"),), run_id="r")
        assert texts(session) == texts(await store.read(KEY)) == ["two"]


async def test_damage_is_told_and_does_not_spread(tmp_path: Path) -> None:
    """A body that is no message makes its session unavailable, and no other."""
    async with opened(tmp_path) as store:
        for key in (KEY, "agent:main:other"):
            await store.append(await store.open(key, "main", is_ephemeral=False), (asked("a"),), run_id="r")
    database = sqlite3.connect(tmp_path / DATABASE_NAME)
    database.execute("UPDATE entry SET body = x'7b' WHERE id = 1")
    database.commit()
    database.close()
    async with opened(tmp_path) as store:
        with pytest.raises(StoreUnavailable, match="cannot read"):
            await store.open(KEY, "main", is_ephemeral=False)
        assert texts(await store.open("agent:main:other", "main", is_ephemeral=False)) == ["a"]


async def test_text_that_is_none_is_refused_alone(tmp_path: Path) -> None:
    """Half a surrogate pair, which no database can hold, fails its own append and nobody else's."""
    async with opened(tmp_path) as store:
        mine = await store.open(KEY, "main", is_ephemeral=False)
        theirs = await store.open("agent:main:other", "main", is_ephemeral=False)
        async with asyncio.TaskGroup() as tasks:
            bad_run = tasks.create_task(wait_refused(store, mine, asked("fine"), run_id="\ud800"))
            bad_text = tasks.create_task(wait_refused(store, mine, asked("\ud800"), run_id="r"))
            good = tasks.create_task(store.append(theirs, (asked("b"),), run_id="r"))
        assert isinstance(bad_run.result(), Conflict)
        assert isinstance(bad_text.result(), InvalidRequest)
        assert [entry.message.content for entry in good.result()] == ["b"]
        assert mine.path == []


async def wait_refused(store: SqliteStore, session: object, message: Message, *, run_id: str) -> Exception:
    try:
        await store.append(session, (message,), run_id=run_id)  # type: ignore[arg-type]  # it came from open
    except (Conflict, InvalidRequest) as error:
        return error
    raise AssertionError("it was taken")


# --- Many at once ----------------------------------------------------------------------------------------------------


async def test_many_sessions_at_once(tmp_path: Path) -> None:
    """Appends of a hundred sessions at once are all there, each in its own order."""

    async def talk(store: SqliteStore, number: int) -> None:
        session = await store.open(f"agent:main:{number}", "main", is_ephemeral=False)
        for turn in range(10):
            await store.append(session, (asked(f"{number}.{turn}"), answered("a")), run_id="r")

    async with opened(tmp_path) as store, asyncio.TaskGroup() as tasks:
        for number in range(100):
            tasks.create_task(talk(store, number))
    async with opened(tmp_path) as store:
        for number in range(100):
            said = texts(await store.read(f"agent:main:{number}"))
            assert said[::2] == [f"{number}.{turn}" for turn in range(10)]


async def test_appends_of_one_session_keep_their_order(tmp_path: Path) -> None:
    """Appends handed over without waiting for each other follow one another on the path."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        async with asyncio.TaskGroup() as tasks:
            for number in range(5):
                tasks.create_task(store.append(session, (asked(str(number)),), run_id="r"))
        assert texts(session) == ["0", "1", "2", "3", "4"]
        assert [entry.parent_id for entry in session.path[1:]] == [entry.id for entry in session.path[:-1]]


async def test_cancelled_append_leaves_memory_as_the_disk(tmp_path: Path) -> None:
    """Whoever stops waiting for an append finds the session in memory as it is on disk, and can append on."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        task = asyncio.create_task(store.append(session, (asked("one"),), run_id="r"))
        await asyncio.sleep(0)  # the task has begun: it is handed over
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await store.append(session, (answered("cut off"),), run_id="r")
        assert texts(session) == ["one", "cut off"]
    async with opened(tmp_path) as store:
        assert texts(await store.read(KEY)) == ["one", "cut off"]


async def test_open_gives_one_object(tmp_path: Path) -> None:
    """All who open a key at the same time get the same session, loaded once."""
    async with opened(tmp_path) as store:
        await store.append(await store.open(KEY, "main", is_ephemeral=False), (asked("a"),), run_id="r")
    async with opened(tmp_path) as store:
        first, *others = await asyncio.gather(*[store.open(KEY, "main", is_ephemeral=False) for _ in range(5)])
        assert texts(first) == ["a"]
        assert all(other is first for other in others)


# --- Branches --------------------------------------------------------------------------------------------------------


async def test_branch_is_durable_with_the_next_append(tmp_path: Path) -> None:
    """After a branch the path is the kept part and what was appended, also after a restart; the older branch stays."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("a"), answered("b"), asked("c"), answered("d")), run_id="r")
        await store.branch(session, 3)
        await store.branch(session, 2)
        await store.append(session, (asked("e"),), run_id="r")
        assert texts(session) == ["a", "b", "e"]
    async with opened(tmp_path) as store:
        again = await store.open(KEY, "main", is_ephemeral=False)
        assert texts(again) == ["a", "b", "e"]
        await store.branch(again, 0)
        await store.append(again, (asked("f"),), run_id="r")
    async with opened(tmp_path) as store:
        assert texts(await store.read(KEY)) == ["f"]
        assert [summary.message_count for summary in await store.list_sessions()] == [1]
    database = sqlite3.connect(tmp_path / DATABASE_NAME)
    assert database.execute("SELECT count(*) FROM entry").fetchone() == (6,)
    database.close()


async def test_branch_without_append_comes_to_nothing(tmp_path: Path) -> None:
    """A run that branched and failed leaves the path as it was for the next one, and for readers meanwhile."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("a"), answered("b"), asked("c")), run_id="r")
        await store.branch(session, 1)
        assert texts(session) == ["a"]
        assert texts(await store.read(KEY)) == ["a", "b", "c"]
        assert texts(await store.open(KEY, "main", is_ephemeral=False)) == ["a", "b", "c"]


@pytest.mark.parametrize("keep", [-1, 2])
async def test_branch_outside_the_path_is_a_bug(tmp_path: Path, keep: int) -> None:
    """Keeping more entries than there are, or fewer than none, is refused."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("a"),), run_id="r")
        with pytest.raises(ValueError, match="expected 0 to 1"):
            await store.branch(session, keep)


# --- Which sessions there are ----------------------------------------------------------------------------------------


async def test_list_shows_newest_first(tmp_path: Path) -> None:
    """The list has stored sessions, newest first, of one agent or all; ephemeral ones are not in it."""
    clock = Clock()
    async with opened(tmp_path, clock) as store:
        for agent, name, is_ephemeral in (("a", "1", False), ("b", "2", False), ("a", "3", True), ("a", "4", False)):
            clock.now_ms += 1
            session = await store.open(f"agent:{agent}:{name}", agent, is_ephemeral=is_ephemeral)
            await store.append(session, (asked("q"), answered("a")), run_id="r")
        await store.open("agent:a:untouched", "a", is_ephemeral=False)
        assert [row.key for row in await store.list_sessions()] == ["agent:a:4", "agent:b:2", "agent:a:1"]
        assert [row.key for row in await store.list_sessions(agent_id="a", limit=1)] == ["agent:a:4"]
        assert [row.message_count for row in await store.list_sessions(agent_id="b")] == [2]
        assert await store.session_count() == 3


async def test_read_creates_nothing(tmp_path: Path) -> None:
    """Reading a key that nothing is stored of gives None, also when somebody has opened it; what is read is a copy."""
    async with opened(tmp_path) as store:
        assert await store.read(KEY) is None
        session = await store.open(KEY, "main", is_ephemeral=False)
        assert await store.read(KEY) is None
        await store.append(session, (asked("a"),), run_id="r")
        copy = await store.read(KEY)
        assert copy is not None
        copy.path.clear()
        assert texts(session) == ["a"]
        with pytest.raises(TypeError, match="opened"):
            await store.append(copy, (asked("b"),), run_id="r")


async def test_foreign_agent_finds_nothing(tmp_path: Path) -> None:
    """A key of another agent is as good as missing (P12)."""
    async with opened(tmp_path) as store:
        await store.append(await store.open(KEY, "main", is_ephemeral=False), (asked("a"),), run_id="r")
        with pytest.raises(NotFound):
            await store.open(KEY, "ops", is_ephemeral=False)


async def test_delete_removes_everything(tmp_path: Path) -> None:
    """A deleted session is gone with all branches; who holds it begins anew; deleting it again finds nothing."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.append(session, (asked("a"), answered("b")), run_id="r")
        await store.branch(session, 1)
        await store.append(session, (answered("c"),), run_id="r")
        appending = asyncio.create_task(store.append(session, (asked("late"),), run_id="r"))
        await asyncio.sleep(0)
        assert await store.delete(KEY)
        await appending
        assert await store.read(KEY) is None
        assert not await store.delete(KEY)
        await store.append(session, (asked("new"),), run_id="r")
        assert texts(await store.read(KEY)) == ["new"]
    async with opened(tmp_path) as store:
        assert texts(await store.read(KEY)) == ["new"]
    database = sqlite3.connect(tmp_path / DATABASE_NAME)
    assert database.execute("SELECT count(*) FROM entry").fetchone() == (1,)
    database.close()


# --- Ephemeral sessions ----------------------------------------------------------------------------------------------


async def test_used_up_key_is_refused(tmp_path: Path) -> None:
    """An ephemeral key that is not fresh after all cannot write into the session that has it."""
    async with opened(tmp_path) as store:
        await store.append(await store.open(KEY, "main", is_ephemeral=True), (asked("mine"),), run_id="r")
        gc.collect()
        second = await store.open(KEY, "main", is_ephemeral=True)
        with pytest.raises(Conflict):
            await store.append(second, (asked("other"),), run_id="r")
    async with opened(tmp_path) as store:
        assert texts(await store.read(KEY)) == ["mine"]


# --- The folder ------------------------------------------------------------------------------------------------------


async def test_files_are_private(tmp_path: Path) -> None:
    """The folder is 0700 and all files in it are 0600, whatever they were before and whatever the umask."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    (folder / DATABASE_NAME).touch(mode=0o644)
    async with opened(folder) as store:
        await store.append(await store.open(KEY, "main", is_ephemeral=False), (asked("a"),), run_id="r")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(
        [DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm", "gateway.lock"], 0o600
    )


async def test_folder_has_one_owner(tmp_path: Path) -> None:
    """A second store of the folder is refused, and welcome when the first has closed."""
    async with opened(tmp_path):
        with pytest.raises(FolderLocked, match=r"gateway already running \(pid \d+\); lock timeout after 0ms"):
            await SqliteStore.start(tmp_path, now_ms=Clock(), lock_timeout_s=0)
    async with opened(tmp_path):
        pass


async def test_closed_store_takes_nothing(tmp_path: Path) -> None:
    """After close everything is StoreUnavailable; what was handed over before it is written."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        appending = asyncio.create_task(store.append(session, (asked("a"),), run_id="r"))
        await asyncio.sleep(0)
    await appending
    with pytest.raises(StoreUnavailable):
        await store.append(session, (asked("b"),), run_id="r")
    with pytest.raises(StoreUnavailable):
        await store.list_sessions()
    async with opened(tmp_path) as store:
        assert texts(await store.read(KEY)) == ["a"]
