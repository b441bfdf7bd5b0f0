"""The writer's thread, apart from sessions."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from openclaw_gateway.errors import Conflict, StoreUnavailable
from openclaw_gateway.sessions.schema import open_database
from openclaw_gateway.sessions.writer import Writer, refusal


def make_writer(folder: Path) -> Writer:
    path = folder / "database"
    connection = open_database(path)
    connection.execute("CREATE TABLE note (text TEXT UNIQUE)")
    return Writer(connection, path)


async def note(writer: Writer, text: str) -> int:
    def write(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO note VALUES (?)", (text,))
        return len(text)

    return await writer.call(write)


async def read_notes(writer: Writer) -> list[str]:
    return [
        text for (text,) in await writer.call(lambda connection: connection.execute("SELECT * FROM note").fetchall())
    ]


async def test_calls_run_in_order_and_return(tmp_path: Path) -> None:
    """More calls than fit one commit are all done, in the order in which they were handed over."""
    writer = make_writer(tmp_path)
    lengths = await asyncio.gather(*[note(writer, "x" * length) for length in range(600)])
    assert lengths == list(range(600))
    assert [len(text) for text in await read_notes(writer)] == lengths
    await writer.close()


async def test_one_refused_row_fails_alone(tmp_path: Path) -> None:
    """Of calls that are committed together the impossible one fails and the others are done, once."""
    writer = make_writer(tmp_path)
    results = await asyncio.gather(*[note(writer, text) for text in ("a", "b", "a", "c")], return_exceptions=True)
    assert [type(result) for result in results] == [int, int, Conflict, int]
    assert await read_notes(writer) == ["a", "b", "c"]
    await writer.close()


async def test_lost_connection_is_made_again(tmp_path: Path) -> None:
    """A connection that broke fails those in flight; the next ones get a new one."""
    writer = make_writer(tmp_path)

    def break_it(connection: sqlite3.Connection) -> None:
        connection.close()

    with pytest.raises(StoreUnavailable):
        await writer.call(break_it)
    assert await note(writer, "a") == 1
    assert await read_notes(writer) == ["a"]
    await writer.close()


async def test_close_finishes_what_was_handed_over(tmp_path: Path) -> None:
    """Close waits for everything before it, may be called twice, and what comes after it is refused."""
    writer = make_writer(tmp_path)
    notes = [asyncio.create_task(note(writer, str(number))) for number in range(300)]
    await asyncio.sleep(0)
    await writer.close()
    await writer.close()
    assert len(await asyncio.gather(*notes)) == 300
    with pytest.raises(StoreUnavailable, match="closed"):
        await note(writer, "late")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_bug_in_the_thread_leaves_nobody_waiting(tmp_path: Path) -> None:
    """If the thread ends by a bug, all who wait are told, and all who come."""
    writer = make_writer(tmp_path)

    def stumble(_: sqlite3.Connection) -> None:
        raise ZeroDivisionError

    results = await asyncio.gather(writer.call(stumble), note(writer, "a"), return_exceptions=True)
    assert [type(result) for result in results] == [StoreUnavailable, StoreUnavailable]
    with pytest.raises(StoreUnavailable):
        await note(writer, "b")
    await writer.close()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        pytest.param(
            sqlite3.SQLITE_FULL,
            "its disk is full, or what session.maintenance.maxDiskBytes allows is used up",
            id="full",
        ),
        pytest.param(sqlite3.SQLITE_IOERR_WRITE, "its disk fails or is full", id="variety of an I/O error"),
        pytest.param(sqlite3.SQLITE_READONLY_DBMOVED, "its file is read-only", id="variety of read-only"),
        pytest.param(sqlite3.SQLITE_CORRUPT, "its file is damaged", id="damaged"),
        pytest.param(None, "of an error that the gateway's log names", id="without code"),
    ],
)
def test_reason_is_told_without_the_librarys_words(code: int | None, reason: str) -> None:
    """A peer reads what kind of error it was, and when to come again; never SQLite's own text."""
    error = sqlite3.OperationalError("secret /path")
    if code is not None:
        error.sqlite_errorcode = code
    told = refusal(error)
    assert told.message == f"The session store cannot be used: {reason}. Try again later."
    assert told.retry_after_s == 5
