"""Lists of sessions, and what people decide about them."""

from pathlib import Path

import msgspec
import pytest
from tests.sessions.opened import KEY, Clock, answered, asked, opened

from openclaw_gateway.messages import AssistantMessage, TextPart, Usage
from openclaw_gateway.sessions.directory import RowFilter
from openclaw_gateway.sessions.settings import SessionSettings
from openclaw_gateway.sessions.store import SqliteStore


async def say(store: SqliteStore, key: str, *texts: str) -> None:
    agent_id = key.split(":")[1]
    session = await store.open(key, agent_id, is_ephemeral=False)
    for text in texts:
        await store.append(session, (asked(text), answered(f"{text}!")), run_id=f"run-{text}")


def named(label: str) -> SessionSettings:
    return SessionSettings(label=label)


async def test_row_shows_both_ends_of_the_path(tmp_path: Path) -> None:
    """A row has the newest message, the run that wrote it and, if asked for, the first message of the branch."""
    async with opened(tmp_path) as store:
        await say(store, KEY, "one", "two")
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.branch(session, 0)
        await store.append(session, (asked("anew"), answered("yes")), run_id="run-3")
        row = await store.directory.find_row(KEY, with_first=True)
        assert row is not None
        assert (row.message_count, row.last_run_id) == (2, "run-3")
        assert (row.first, row.last) == (session.path[0].message, session.path[1].message)
        assert store.directory.find_live(KEY) == row
        plain = await store.directory.find_row(KEY)
        assert plain is not None
        assert plain.first is None


async def test_settings_outlive_the_process(tmp_path: Path) -> None:
    """What was decided is there after a restart, in the row and in the session, and goes with the session."""
    async with opened(tmp_path) as store:
        await say(store, KEY, "one")
        assert await store.directory.change_settings(KEY, lambda _: named("Plans")) == named("Plans")
    async with opened(tmp_path) as store:
        row = await store.directory.find_row(KEY)
        session = await store.read(KEY)
        assert row is not None
        assert session is not None
        assert row.settings == session.settings == named("Plans")
        await store.delete(KEY)
        await say(store, KEY, "one")
        row = await store.directory.find_row(KEY)
        assert row is not None
        assert row.settings == SessionSettings()


async def test_change_may_decline(tmp_path: Path) -> None:
    """A change that declines changes nothing, and what is not stored has no settings."""
    async with opened(tmp_path) as store:
        await say(store, KEY, "one")
        assert await store.directory.change_settings(KEY, lambda _: None) is None
        assert await store.directory.change_settings("agent:main:none", lambda _: named("x")) is None
        row = await store.directory.find_row(KEY)
        assert row is not None
        assert row.settings == SessionSettings()


async def test_created_session_is_listed_empty(tmp_path: Path) -> None:
    """A session that was only created is in the list, and survives a restart."""
    async with opened(tmp_path) as store:
        session = await store.open(KEY, "main", is_ephemeral=False)
        await store.directory.create(session)
        await store.directory.create(session)
        await store.append(session, (asked("hi"),), run_id="r")
    async with opened(tmp_path) as store:
        row = await store.directory.find_row(KEY)
        assert row is not None
        assert (row.session_id, row.message_count) == (session.session_id, 1)


@pytest.mark.parametrize(
    ("wanted", "keys", "total"),
    [
        pytest.param(RowFilter(), ["ops:b", "main:b", "main:a"], 3, id="all, newest first"),
        pytest.param(RowFilter(limit=1, offset=1), ["main:b"], 3, id="a page"),
        pytest.param(RowFilter(agent_id="ops"), ["ops:b"], 1, id="of one agent"),
        pytest.param(RowFilter(agent_ids=("main",)), ["main:b", "main:a"], 2, id="of some agents"),
        pytest.param(RowFilter(label="Plans"), ["main:a"], 1, id="by name"),
        pytest.param(RowFilter(search="PLAN"), ["main:a"], 1, id="part of the name"),
        pytest.param(RowFilter(search="agent:ops"), ["ops:b"], 1, id="part of the key"),
        pytest.param(RowFilter(search="%"), [], 0, id="no wildcard"),
        pytest.param(RowFilter(archived=False), ["ops:b", "main:a"], 2, id="not archived"),
        pytest.param(RowFilter(archived=True), ["main:b"], 1, id="archived"),
        pytest.param(RowFilter(updated_after_ms=2000), ["ops:b", "main:b"], 2, id="used lately"),
        pytest.param(RowFilter(key="agent:main:a"), ["main:a"], 1, id="by key"),
        pytest.param(RowFilter(session_id="none"), [], 0, id="by id"),
    ],
)
async def test_rows_are_chosen(tmp_path: Path, wanted: RowFilter, keys: list[str], total: int) -> None:
    """Each filter chooses, and the total counts what the page leaves out."""
    clock = Clock()
    async with opened(tmp_path, clock) as store:
        for now_ms, key in ((1000, "agent:main:a"), (2000, "agent:main:b"), (3000, "agent:ops:b")):
            clock.now_ms = now_ms
            await say(store, key, "hi")
        await store.directory.change_settings("agent:main:a", lambda _: named("Plans"))
        await store.directory.change_settings("agent:main:b", lambda _: SessionSettings(archived_at_ms=1))
        rows, count = await store.directory.list_rows(wanted)
        assert [row.key.removeprefix("agent:") for row in rows] == keys
        assert count == total


async def test_chosen_models_are_known_at_start(tmp_path: Path) -> None:
    """Sessions with a model of their own are told without reading all others."""
    async with opened(tmp_path) as store:
        await say(store, KEY, "one")
        await say(store, "agent:main:other", "one")
        await store.directory.change_settings(KEY, lambda old: msgspec.structs.replace(old, model="up/tiny"))
        assert await store.directory.models() == {KEY: "up/tiny"}


async def test_usage_is_read_from_the_messages(tmp_path: Path) -> None:
    """Every model call of the time asked for is told once, those of older branches too; ephemeral sessions never."""
    clock = Clock(1000)
    spent = AssistantMessage((TextPart("ok"),), provider="up", model="tiny", usage=Usage(input=7, output=2))
    async with opened(tmp_path, clock) as store:
        for key, is_ephemeral in ((KEY, False), ("agent:main:gone", True)):
            session = await store.open(key, "main", is_ephemeral=is_ephemeral)
            await store.append(session, (asked("a"), spent), run_id="r1")
            await store.branch(session, 0)
            clock.now_ms += 1000
            await store.append(session, (asked("b"), spent), run_id="r2")
        listed = await store.directory.list_usage(after_ms=0, before_ms=9000, key=None, limit=10)
        assert [(entry.key, entry.at_ms, entry.usage.input, entry.model) for entry in listed] == [
            (KEY, 1000, 7, "tiny"),
            (KEY, 2000, 7, "tiny"),
        ]
        for after_ms, before_ms, key, limit, count in (
            (1500, 9000, None, 10, 1),
            (0, 2000, None, 10, 1),
            (0, 9000, "agent:main:x", 10, 0),
            (0, 9000, KEY, 1, 1),
        ):
            listed = await store.directory.list_usage(after_ms=after_ms, before_ms=before_ms, key=key, limit=limit)
            assert len(listed) == count
