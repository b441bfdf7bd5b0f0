"""One command: streams, input, terminal, time limit, and that nothing of it is left."""

import asyncio
from pathlib import Path

import pytest
from tests.tools.exec.commands import at_work, count_descriptors, is_alive, pid_in, read_number, start

from openclaw_gateway.tools.exec.command import CommandEnd
from openclaw_gateway.tools.tool import ToolFailure


@pytest.mark.parametrize(
    ("command", "output", "end"),
    [
        pytest.param("echo out; echo err >&2; echo out", "out\nerr\nout\n", CommandEnd("exit", 0), id="order is kept"),
        pytest.param("exit 3", "", CommandEnd("exit", 3), id="code"),
        pytest.param("kill -9 $$", "", CommandEnd("signal", None, "SIGKILL"), id="signal"),
        pytest.param("cat; echo read", "read\n", CommandEnd("exit", 0), id="no input"),
        pytest.param(
            "printf '\\377a\\033[31mred\\033[0m'", "\ufffdared", CommandEnd("exit", 0), id="binary and colours"
        ),
        pytest.param("ls /proc/self/fd | wc -l", "4\n", CommandEnd("exit", 0), id="inherits no descriptor"),
    ],
)
async def test_a_command_is_told_as_it_went(tmp_path: Path, command: str, output: str, end: CommandEnd) -> None:
    """Output of both kinds in its order, and the code or the signal."""
    async with at_work(tmp_path) as bench:
        run = await start(bench.table, command)
        await run.ended.wait()
        assert (run.output.text, run.end) == (output, end)


async def test_a_lot_of_output_is_read_without_holding_up_the_loop(tmp_path: Path) -> None:
    """A command that prints without end is read in bursts, and kept up to the bound."""
    async with at_work(tmp_path) as bench:
        run = await start(bench.table, "head -c 3000000 /dev/zero | tr '\\0' x")
        await run.ended.wait()
        assert run.end == CommandEnd("exit", 0)
        assert 200_000 <= len(run.output.text) < 200_100
        assert "2800000 characters not kept" in run.output.text


async def test_time_is_limited(tmp_path: Path) -> None:
    """What takes too long is ended, although it ignores the polite signal, together with its children."""
    async with at_work(tmp_path) as bench:
        script = f"trap '' TERM; sleep 60 & echo $! > {tmp_path}/pid; wait; wait"
        run = await start(bench.table, script, timeout_s=0.2)
        child = await pid_in(tmp_path / "pid")
        await run.gone.wait()
        assert run.end is not None
        assert (run.end.reason, is_alive(child), is_alive(run.pid)) == ("overall-timeout", False, False)


async def test_what_left_the_group_is_ended_too(tmp_path: Path) -> None:
    """A process that forked twice into a session of its own, deaf to SIGTERM, is gone after the stop."""
    async with at_work(tmp_path) as bench:
        deaf = f"trap '' TERM HUP; echo $$ > {tmp_path}/pid; while :; do sleep 60; done"
        run = await start(
            bench.table, f'(setsid sh -c "{deaf.replace("$", chr(92) + "$")}" >/dev/null 2>&1 &); sleep 60'
        )
        stray = await pid_in(tmp_path / "pid")
        assert is_alive(stray)
        run.stop(grace_s=0.1)
        await run.gone.wait()
        assert not is_alive(stray)


async def test_what_a_command_leaves_at_work_is_known_and_ended_later(tmp_path: Path) -> None:
    """The command is over, its daemon counted; closing the table ends the daemon."""
    async with at_work(tmp_path) as bench:
        run = await start(bench.table, f"setsid sleep 60 >/dev/null 2>&1 & echo $! > {tmp_path}/pid")
        await run.ended.wait()
        daemon = await pid_in(tmp_path / "pid")
        assert run.end == CommandEnd("exit", 0, left=1)
        assert is_alive(daemon)
        await bench.table.close()
        assert (is_alive(daemon), run.gone.is_set()) == (False, True)


async def test_input_is_given_and_ended(tmp_path: Path) -> None:
    """What is written arrives, more than a pipe holds too; after its end no more is taken."""
    async with at_work(tmp_path) as bench:
        run = await start(bench.table, "wc -c", has_input=True)
        run.write(b"x" * 300_000)
        run.write(b"y", is_end=True)
        await run.ended.wait()
        assert run.output.text.strip() == "300001"
        with pytest.raises(ToolFailure, match="takes no input"):
            run.write(b"more")


async def test_input_that_nobody_reads_is_bounded(tmp_path: Path) -> None:
    """A command that does not read cannot make us keep everything."""
    async with at_work(tmp_path) as bench:
        run = await start(bench.table, "sleep 60", has_input=True)
        run.write(b"x" * 1_000_000)
        with pytest.raises(ToolFailure, match="does not read its input"):
            run.write(b"x" * 200_000)


async def test_a_terminal_is_one(tmp_path: Path) -> None:
    """With a terminal programs see one, of a size, and its end-of-input key works."""
    async with at_work(tmp_path) as bench:
        run = await start(bench.table, "test -t 0 && test -t 1 && stty size && cat", is_tty=True)
        run.write(b"typed\n", is_end=True)
        await run.ended.wait()
        assert run.end == CommandEnd("exit", 0)
        # The terminal shows what is typed when it is typed, which may be before the size is asked.
        assert sorted(run.output.text.splitlines()) == ["40 120", "typed", "typed"]


async def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    """A folder that is gone is told, and nothing is left in the table."""
    from openclaw_gateway.tools.exec.order import Start

    async with at_work(tmp_path) as bench:
        lost = Start(("/bin/sh", "-c", "true"), {}, str(tmp_path / "gone"))
        with pytest.raises(ToolFailure, match="No such file"):
            await bench.table.start(lost, "true", cwd="/", agent_id="main", session_key="k")
        assert bench.table.of_agent("main") == []


async def test_a_start_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    """Cancelled at each of its steps, a start leaves no process and no open descriptor."""
    async with at_work(tmp_path) as bench:
        (await start(bench.table, "true")).stop()  # whatever is opened once is open now
        before = count_descriptors()
        for steps in range(12):
            task = asyncio.create_task(start(bench.table, f"echo $$ > {tmp_path}/pid-{steps}; sleep 60"))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result().stop(grace_s=0)
        async with asyncio.timeout(10):
            while count_descriptors() > before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        pids = [read_number(tmp_path / f"pid-{steps}") for steps in range(12)]
        assert not any(is_alive(pid) for pid in pids if pid)
