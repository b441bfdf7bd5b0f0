"""`process` as a model calls it."""

from pathlib import Path
from typing import Any

import pytest
from tests.tools.exec.commands import Bench, at_work, details_of, failure_of, is_alive, text_of


async def _end_of(bench: Bench, session: str) -> None:
    await bench.table.find(session, "main").gone.wait()


async def test_a_poll_gives_what_is_new(tmp_path: Path) -> None:
    """Each poll gives the output since the last one, and the state."""
    async with at_work(tmp_path) as bench:
        session = await bench.in_background("echo one; read line; echo got $line; exit 4")
        first = await bench.process("poll", sessionId=session, timeout=10_000)
        assert text_of(first) == "one\n\nProcess still running."
        await bench.process("submit", sessionId=session, text="it")
        await _end_of(bench, session)
        last = await bench.process("poll", sessionId=session)
        assert text_of(last) == "got it\n\n(Command exited with code 4)"
        assert (details_of(last)["status"], details_of(last)["exitCode"]) == ("completed", 4)
        assert text_of(await bench.process("poll", sessionId=session)).startswith("(no new output)")


async def test_the_list_is_of_ones_own_agent(tmp_path: Path) -> None:
    """Another agent neither sees a command nor can name it."""
    async with at_work(tmp_path) as bench:
        session = await bench.in_background("sleep 60", title="wait a while")
        assert text_of(await bench.process("list")) == f"{session} running   0s :: wait a while"
        other = bench.context(agent_id="other")
        assert text_of(await bench.process("list", other)) == "No running or recent sessions."
        for action in ("poll", "log", "write", "kill", "remove"):
            assert "No session found" in await failure_of(bench.process(action, other, sessionId=session))


async def test_input_can_be_written_and_ended(tmp_path: Path) -> None:
    """Write and its eof reach a command that reads to the end."""
    async with at_work(tmp_path) as bench:
        session = await bench.in_background("cat")
        await bench.process("write", sessionId=session, data="a\n")
        await bench.process("write", sessionId=session, data="b\n", eof=True)
        await _end_of(bench, session)
        assert text_of(await bench.process("log", sessionId=session)) == "a\nb"


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        pytest.param({"action": "send-keys", "keys": ["Up", "q"]}, "033 133 101 161", id="keys"),
        pytest.param({"action": "send-keys", "hex": ["0x1b", "71"]}, "033 161", id="hex"),
        pytest.param({"action": "send-keys", "literal": "Up", "keys": ["q"]}, "161 125 160", id="literal"),
        pytest.param({"action": "paste", "text": "q"}, "033 133 062 060 060 176 161", id="paste in brackets"),
        pytest.param({"action": "paste", "text": "zq", "bracketed": False}, "172 161", id="plain paste"),
        pytest.param({"action": "submit", "text": "q"}, "161 015", id="submit presses Enter"),
    ],
)
async def test_keys_reach_a_program_in_a_terminal(tmp_path: Path, arguments: dict[str, Any], seen: str) -> None:
    """What a terminal would send is what the program reads."""
    async with at_work(tmp_path) as bench:
        count = len(seen.split())
        session = await bench.in_background(f"stty raw -echo; echo ready; head -c {count} | od -An -b", pty=True)
        while "ready" not in text_of(await bench.process("poll", sessionId=session, timeout=10_000)):
            pass
        await bench.process(**arguments, sessionId=session)
        await _end_of(bench, session)
        assert seen in text_of(await bench.process("log", sessionId=session))


async def test_kill_ends_and_remove_forgets(tmp_path: Path) -> None:
    """After kill nothing runs; after remove nothing is known."""
    async with at_work(tmp_path) as bench:
        session = await bench.in_background("sleep 60")
        pid = bench.table.find(session, "main").pid
        assert "still runs" in await failure_of(bench.process("clear", sessionId=session))
        assert text_of(await bench.process("kill", sessionId=session)).startswith(f"Ended session {session}")
        assert not is_alive(pid)
        assert "has ended already" in text_of(await bench.process("kill", sessionId=session))
        assert details_of(await bench.process("poll", sessionId=session))["exitReason"] == "manual-cancel"
        await bench.process("clear", sessionId=session)
        assert "No session found" in await failure_of(bench.process("poll", sessionId=session))


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        pytest.param({}, "301\n302", id="the last 200"),
        pytest.param({"offset": 0, "limit": 2}, "1\n2\n\n[lines 0 to 1 of 500", id="the first"),
        pytest.param({"limit": 1}, "500\n\n[lines 499 to 499 of 500", id="the last"),
        pytest.param({"offset": 900}, "(no output yet)", id="behind the end"),
    ],
)
async def test_a_log_shows_lines(tmp_path: Path, arguments: dict[str, Any], shown: str) -> None:
    """The last 200 lines, or those that are asked for; it says which."""
    async with at_work(tmp_path) as bench:
        session = await bench.in_background("seq 1 500")
        await _end_of(bench, session)
        assert text_of(await bench.process("log", sessionId=session, **arguments)).startswith(shown)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param({"action": "poll"}, "sessionId is required", id="no session"),
        pytest.param({"action": "poll", "sessionId": "x"}, "No session found for x", id="unknown session"),
        pytest.param({"action": "dance"}, "expected one of clear, kill", id="unknown action"),
        pytest.param({"action": "send-keys", "sessionId": "$"}, "needs keys, hex or literal", id="no keys"),
        pytest.param({"action": "send-keys", "sessionId": "$", "keys": ["Foo"]}, "is no key", id="no such key"),
        pytest.param({"action": "send-keys", "sessionId": "$", "hex": ["zz"]}, "hexadecimal", id="no hex"),
        pytest.param({"action": "paste", "sessionId": "$"}, "paste needs text", id="nothing to paste"),
    ],
)
async def test_what_cannot_be_is_refused(tmp_path: Path, arguments: dict[str, Any], sentence: str) -> None:
    """A refusal says what was expected."""
    async with at_work(tmp_path) as bench:
        session = await bench.in_background("sleep 60")
        filled = {key: session if value == "$" else value for key, value in arguments.items()}
        assert sentence in await failure_of(bench.process(**filled))
