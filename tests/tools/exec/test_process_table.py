"""All commands of a gateway."""

import asyncio
from pathlib import Path

import pytest
from tests.tools.exec.commands import at_work, failure_of, is_alive, start

from openclaw_gateway.tools.exec import process_table
from openclaw_gateway.tools.exec.process_table import ProcessTable


async def test_closing_ends_all_and_starts_none(tmp_path: Path) -> None:
    """At the end of the gateway nothing runs, and nothing begins."""
    async with at_work(tmp_path) as bench:
        runs = [await start(bench.table, "trap '' TERM; sleep 60 & wait; wait") for _ in range(3)]
        await bench.table.close()
        assert not any(is_alive(run.pid) for run in runs)
        assert "shutting down" in await failure_of(start(bench.table, "true"))


async def test_commands_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many at once and no more; one that ended makes room."""
    monkeypatch.setattr(process_table, "MAX_RUNNING", 2)
    async with at_work(tmp_path) as bench:
        first = await start(bench.table, "sleep 60")
        await start(bench.table, "sleep 60")
        assert "2 commands run already" in await failure_of(start(bench.table, "true"))
        first.stop(grace_s=0)
        await first.gone.wait()
        await (await start(bench.table, "true")).ended.wait()


async def test_what_is_over_is_forgotten_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished command is known for the time of the config, and not for ever."""
    monkeypatch.setattr(process_table, "MIN_KEPT_S", 0.01)
    async with at_work(tmp_path) as bench:
        run = await start(bench.table, "true", kept_s=0.05)
        run.is_listed = True
        await run.gone.wait()
        assert bench.table.of_agent("main") == [run]
        async with asyncio.timeout(10):
            while bench.table.of_agent("main"):  # noqa: ASYNC110  (forgetting is not announced)
                await asyncio.sleep(0.01)


async def test_names_are_their_own(tmp_path: Path) -> None:
    """No two commands have the same name."""
    table = ProcessTable()
    names = set()
    for _ in range(600):
        name = table._new_id()
        table._commands[name] = None  # type: ignore[assignment]  # only the names matter
        names.add(name)
    assert len(names) == 600
