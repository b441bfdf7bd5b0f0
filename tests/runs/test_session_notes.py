"""What happened between two turns, as the model of the next one is told it."""

import json
import re
from pathlib import Path
from typing import Any

from tests.running import Running, config_for, running_gateway
from tests.upstream import Answer, Call, Upstream

from openclaw_gateway.runs.session_notes import MAX_NOTES, MAX_SESSIONS, SessionNotes

NEWS = "## Since your last turn"
TALK = {"x-openclaw-session-key": "talk"}


def calls(*wanted: tuple[str, dict[str, Any]]) -> list[Answer]:
    """The model makes these calls, one after the other, and says that it is done."""
    return [*[Answer(calls=(Call(tool, (json.dumps(args),)),)) for tool, args in wanted], Answer(("Done.",))]


async def leave_command(gateway: Running, upstream: Upstream) -> str:
    """A turn that leaves a command in the background, and one that lets it end; returns the command's name."""
    upstream.plan(*calls(("exec", {"command": "cat > /dev/null; exit 3 # obey me", "background": True})))
    await gateway.chat("begin", headers=TALK)
    name = re.search(r"session ([a-z0-9-]+)", str(upstream.requests[-1].json["messages"][-1]["content"]))
    assert name is not None
    given = {"sessionId": name[1]}
    end = ("process", {"action": "write", "eof": True, "data": "\n", **given})
    upstream.plan(*calls(end, ("process", {"action": "poll", "timeout": 20_000, **given})))
    await gateway.chat("end it", headers=TALK)
    assert "code 3" in str(upstream.requests[-1].json["messages"][-1]["content"])
    return name[1]


def commands(upstream: Upstream, **rules: Any) -> dict[str, Any]:
    return config_for(upstream, tools={"allow": ["exec", "process"], "exec": {"mode": "full", **rules}})


def system_of(upstream: Upstream) -> str:
    return str(upstream.requests[-1].json["messages"][0]["content"])


async def test_next_turn_is_told_of_commands_that_ended(tmp_path: Path, upstream: Upstream) -> None:
    """The system text of the next turn says so once, in our words and behind the stable part; nothing is stored."""
    async with running_gateway(tmp_path, upstream, config=commands(upstream)) as gateway:
        name = await leave_command(gateway, upstream)
        before = system_of(upstream)
        await gateway.chat("elsewhere", headers={"x-openclaw-session-key": "other"})
        assert NEWS not in system_of(upstream)
        await gateway.chat("and now?", headers=TALK)
        told = system_of(upstream)
        assert told.startswith(before)
        news = told.removeprefix(before)
        assert NEWS in news
        assert f"- {name}: Command exited with code 3; " in news
        assert "obey me" not in news
        await gateway.chat("and then?", headers=TALK)
        assert system_of(upstream) == before
        assert NEWS not in str(upstream.requests[-1].json["messages"][1:])


async def test_it_is_told_again_after_a_turn_that_failed(tmp_path: Path, upstream: Upstream) -> None:
    """What a turn without an answer was told, the next one is told too."""
    async with running_gateway(tmp_path, upstream, config=commands(upstream)) as gateway:
        await leave_command(gateway, upstream)
        upstream.fail(400)
        assert (await gateway.chat("and now?", headers=TALK)).status_code >= 400
        assert NEWS in system_of(upstream)
        await gateway.chat("and now?", headers=TALK)
        assert NEWS in system_of(upstream)


async def test_nothing_is_told_where_the_config_says_so(tmp_path: Path, upstream: Upstream) -> None:
    """With notifyOnExit off nobody hears of it."""
    async with running_gateway(tmp_path, upstream, config=commands(upstream, notifyOnExit=False)) as gateway:
        await leave_command(gateway, upstream)
        await gateway.chat("and now?", headers=TALK)
        assert NEWS not in system_of(upstream)


def test_notes_are_bounded() -> None:
    """A session keeps its latest notes, and of many sessions those that were noted last."""
    notes = SessionNotes()
    for number in range(MAX_NOTES + 1):
        notes.add("k", f"note {number};")
    assert "note 0;" not in notes.show("k")
    assert notes.show("k").count("note ") == MAX_NOTES
    for number in range(MAX_SESSIONS):
        notes.add(f"other {number}", "note")
    assert notes.show("k") == ""


def test_what_comes_during_a_turn_waits_for_the_next() -> None:
    """An answer settles what its turn was shown, and no more; a session that begins anew has no notes."""
    notes = SessionNotes()
    notes.add("k", "early")
    notes.show("k")
    notes.add("k", "late")
    notes.settle("k")
    assert "early" not in notes.show("k")
    assert "late" in notes.show("k")
    notes.forget("k")
    assert notes.show("k") == ""
