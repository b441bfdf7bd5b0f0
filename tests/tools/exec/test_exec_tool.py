"""`exec` as a model calls it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.tools.exec.commands import at_work, details_of, failure_of, is_alive, pid_in, sandboxed, text_of

from openclaw_gateway.config.schema.tools import Exec
from openclaw_gateway.events import ToolProgress
from openclaw_gateway.tools.place import Place


@pytest.mark.parametrize(
    ("command", "text", "is_error"),
    [
        pytest.param("echo hello", "hello", False, id="output"),
        pytest.param("true", "(no output)", False, id="nothing to say"),
        pytest.param("echo no; exit 3", "no\n\n(Command exited with code 3)", False, id="code"),
        pytest.param("exit 1", "(Command exited with code 1)", False, id="code alone"),
        pytest.param("kill -15 $$", "(Command was ended by SIGTERM)", True, id="signal"),
        pytest.param("echo $OPENCLAW_SHELL", "exec", False, id="told that it is us"),
        pytest.param("pwd | xargs basename", "workspace", False, id="in the workspace"),
    ],
)
async def test_the_result_is_the_output_and_how_it_ended(
    tmp_path: Path, command: str, text: str, is_error: bool
) -> None:
    """A code other than 0 is an answer to read; only what did not end by itself is an error."""
    async with at_work(tmp_path) as bench:
        result = await bench.exec(command)
        assert (text_of(result), result.is_error) == (text, is_error)
        assert text_of(await bench.process("list")) == "No running or recent sessions."


async def test_details_are_for_programs(tmp_path: Path) -> None:
    """Status, code, reason, duration, output and folder stand in the details."""
    async with at_work(tmp_path) as bench:
        details = dict(details_of(await bench.exec("echo hi; exit 2")))
        assert details.pop("durationMs") >= 0
        assert details == {
            "status": "completed", "exitCode": 2, "exitReason": "exit", "aggregated": "hi", "cwd": str(bench.folder),
        }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param({"env": {"PATH": "/x"}}, "env.PATH may not be set", id="PATH"),
        pytest.param({"env": {"LD_PRELOAD": "x"}}, "env.LD_PRELOAD may not be set", id="LD_*"),
        pytest.param({"env": {"DYLD_LIBRARY_PATH": "x"}}, "may not be set", id="DYLD_*"),
        pytest.param({"env": {"OPENCLAW_SHELL": "x"}}, "may not be set", id="ours"),
        pytest.param({"env": {"A=B": "x"}}, "is no name of a variable", id="no name"),
        pytest.param({"env": {"A": "x\0y"}}, "NUL", id="NUL in a value"),
        pytest.param({"workdir": "missing"}, "is no folder", id="no folder"),
        pytest.param({"workdir": "~nobody-of-this-name"}, "nobody's home", id="no such home"),
        pytest.param({"workdir": "a\0b"}, "NUL", id="NUL in the folder"),
        pytest.param({"host": "sandbox"}, "has no sandbox", id="no sandbox"),
        pytest.param({"host": "node"}, "no nodes here", id="no nodes"),
        pytest.param({"timeoutSeconds": -1}, "timeoutSeconds", id="negative time"),
        pytest.param({"command": "a\0b"}, "NUL", id="NUL in the command"),
        pytest.param({"shell": "x"}, "unknown parameter", id="unknown"),
    ],
)
async def test_what_cannot_be_is_refused(tmp_path: Path, arguments: dict[str, Any], sentence: str) -> None:
    """A refusal names the parameter; nothing was started."""
    async with at_work(tmp_path) as bench:
        assert sentence in await failure_of(bench.exec(**{"command": "touch started", **arguments}))
        assert not (bench.folder / "started").exists()


async def test_denied_means_denied(tmp_path: Path) -> None:
    """The permission is asked before anything is started."""
    async with at_work(tmp_path, settings=Exec(mode="deny")) as bench:
        assert "denied" in await failure_of(bench.exec("touch started"))
        assert not (bench.folder / "started").exists()


async def test_p20_secrets_of_the_gateway_never_reach_a_command(tmp_path: Path) -> None:
    """Of the gateway's environment a command gets what is on a list; its parent's has nothing to read either."""
    from openclaw_gateway.tools.exec.process_table import ProcessTable

    canary = "canary-4711"
    names = (
        "OPENCLAW_GATEWAY_TOKEN",
        "OPENAI_API_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "GH_TOKEN",
        "HTTP_PROXY",
        "MY_PASSWORD",
    )
    async with at_work(tmp_path) as bench:
        bench.table = ProcessTable({"PATH": "/usr/bin:/bin", **dict.fromkeys(names, canary)})
        said = text_of(await bench.exec("env; cat /proc/$PPID/environ /proc/$PPID/cmdline | tr '\\0' '\\n'"))
        assert "PATH=/usr/bin:/bin" in said
        assert canary not in said
        assert not [name for name in names if name in said]


async def test_output_beyond_the_cap_says_how_to_go_on(tmp_path: Path) -> None:
    """Head and tail are shown, and `process log` has the rest."""
    async with at_work(tmp_path) as bench:
        result = await bench.exec("seq 1 5000", bench.context(max_result_chars=2_000))
        text = text_of(result)
        assert len(text) <= 2_000
        assert text.startswith("1\n2\n")
        assert text.endswith("4999\n5000")
        session = details_of(result)["sessionId"]
        assert f'sessionId "{session}"' in text
        log = await bench.process("log", sessionId=session, offset=2_499, limit=2)
        assert text_of(log).startswith("2500\n2501\n\n[lines 2499 to 2500 of 5000")


async def test_what_takes_long_goes_on_in_the_background(tmp_path: Path) -> None:
    """After yieldMs the call returns, and the command goes on under a name."""
    async with at_work(tmp_path) as bench:
        result = await bench.exec("echo begun; sleep 60", yieldMs=200)
        details = details_of(result)
        session, pid = details["sessionId"], details["pid"]
        assert text_of(result) == (
            f"Command still running (session {session}, pid {pid}). Use process (list/poll/log/write/send-keys/submit/"
            "paste/kill/clear/remove) for follow-up.\n\nOutput so far:\nbegun"
        )
        assert (details["status"], details["tail"], is_alive(pid)) == ("running", "begun\n", True)


async def test_cancelling_a_call_ends_its_command(tmp_path: Path) -> None:
    """When the run is gone, so are command and children."""
    async with at_work(tmp_path) as bench:
        call = asyncio.create_task(bench.exec(f"sleep 60 & echo $! > {tmp_path}/pid; wait"))
        child = await pid_in(tmp_path / "pid")
        call.cancel()
        await asyncio.wait([call])
        assert (call.cancelled(), is_alive(child)) == (True, False)


async def test_time_over_is_told(tmp_path: Path) -> None:
    """The time limit of the call ends it, and the text says so."""
    async with at_work(tmp_path) as bench:
        result = await bench.exec("echo begun; sleep 60", timeoutSeconds=0.2)
        assert result.is_error
        assert text_of(result).startswith("begun\n\n(Command timed out")
        assert details_of(result)["exitReason"] == "overall-timeout"


async def test_what_a_command_leaves_at_work_is_told_and_can_be_ended(tmp_path: Path) -> None:
    """A daemon does not go unnoticed: its session stays, and kill ends it."""
    async with at_work(tmp_path) as bench:
        result = await bench.exec(f"setsid sleep 60 >/dev/null 2>&1 & echo $! > {tmp_path}/pid")
        assert "(1 processes that it started are still at work" in text_of(result)
        daemon = await pid_in(tmp_path / "pid")
        await bench.process("kill", sessionId=details_of(result)["sessionId"])
        assert not is_alive(daemon)


async def test_who_watches_sees_output_while_it_comes(tmp_path: Path) -> None:
    """Progress is told during the call, seldom enough that a flood is no flood of events."""
    async with at_work(tmp_path) as bench:
        await bench.exec("for i in $(seq 1 300); do echo line $i; sleep 0.002; done")
        told = [event for event in bench.told if isinstance(event, ToolProgress)]
        assert 1 <= len(told) <= 12
        assert told[0].text.startswith("line 1\n")
        assert {(event.id, event.name) for event in told} == {("call", "exec")}


@pytest.mark.parametrize(
    ("workdir", "is_inside"),
    [
        pytest.param("sub", True, id="relative"),
        pytest.param("sub/../sub", True, id="there and back"),
        pytest.param("..", False, id="parent"),
        pytest.param("/", False, id="root"),
        pytest.param("~", False, id="home"),
        pytest.param("out", False, id="symlink that leads out"),
        pytest.param("in", True, id="symlink that stays inside"),
    ],
)
async def test_a_contained_place_contains_the_working_folder(tmp_path: Path, workdir: str, is_inside: bool) -> None:
    """A command of a contained session does not begin outside."""
    async with at_work(tmp_path) as bench:
        (bench.folder / "sub").mkdir()
        (bench.folder / "out").symlink_to("/")
        (bench.folder / "in").symlink_to("sub")
        bench.place = Place.of_host(bench.folder, is_contained=True)
        if is_inside:
            assert text_of(await bench.exec("pwd", workdir=workdir)) == str(bench.folder / "sub")
        else:
            assert "is outside of" in await failure_of(bench.exec("pwd", workdir=workdir))


@pytest.mark.parametrize("way_out", [{"host": "gateway"}, {"elevated": True}], ids=["host", "elevated"])
async def test_a_sandboxed_session_has_no_way_out(tmp_path: Path, way_out: dict[str, Any]) -> None:
    """Neither host nor elevated lift a sandbox."""
    async with at_work(tmp_path) as bench:
        bench.place = sandboxed(bench.folder)
        assert "confined to its sandbox" in await failure_of(bench.exec("touch started", **way_out))


async def test_paths_of_the_config_come_first(tmp_path: Path) -> None:
    """tools.exec.pathPrepend stands before the gateway's own PATH."""
    async with at_work(tmp_path, settings=Exec(mode="full", path_prepend=("/first", "/second"))) as bench:
        assert text_of(await bench.exec("echo $PATH")).startswith("/first:/second:/usr/")


@pytest.mark.parametrize(
    ("command", "changes", "is_told"),
    [
        pytest.param("sleep 0.05; exit 1", {}, True, id="failure"),
        pytest.param("sleep 0.05; echo done", {}, True, id="success with words"),
        pytest.param("sleep 0.05", {}, False, id="quiet success"),
        pytest.param("sleep 0.05", {"notify_on_exit_empty_success": True}, True, id="quiet success, if it is wanted"),
        pytest.param("sleep 0.05; exit 1", {"notify_on_exit": False}, False, id="switched off"),
    ],
)
async def test_the_end_of_a_background_command_is_told_to_its_session(
    tmp_path: Path, command: str, changes: dict[str, Any], is_told: bool
) -> None:
    """Whoever listens for a session hears of it once."""
    async with at_work(tmp_path, settings=Exec(mode="full", **changes)) as bench:
        heard: list[str] = []
        bench.table.notify = lambda command: heard.append(command.session_key)
        session = await bench.in_background(command)
        await bench.table.find(session, "main").gone.wait()
        assert heard == (["agent:main:main"] if is_told else [])


async def test_calls_run_beside_each_other(tmp_path: Path) -> None:
    """Two commands that wait for each other both end."""
    async with at_work(tmp_path) as bench:
        await bench.exec("mkfifo a b")
        async with asyncio.timeout(10):
            first, second = await asyncio.gather(bench.exec("echo 1 > a; cat b"), bench.exec("cat a; echo 2 > b"))
        assert (text_of(first), text_of(second)) == ("2", "1")


async def test_no_entry_counts_in_a_terminal(tmp_path: Path) -> None:
    """What an allowed program would do for keys that are typed, as a pager does, is not allowed by its entry."""
    allowed = {"version": 1, "agents": {"main": {"allowlist": [{"pattern": "**"}]}}}
    (tmp_path / "exec-approvals.json").write_text(json.dumps(allowed))
    async with at_work(tmp_path, settings=Exec(mode="allowlist")) as bench:
        assert not (await bench.exec("ls /")).is_error
        assert "in a terminal" in await failure_of(bench.exec("ls /", pty=True))
