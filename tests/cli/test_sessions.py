"""`openclaw sessions` against a real gateway."""

import json
import re
import stat
from pathlib import Path

import pytest
from tests.cli.command import openclaw
from tests.cli.home import demo_gateway
from tests.client.peer import Line, Peer


def _say(home: Path, key: str, message: str) -> None:
    assert openclaw(home, "agent", "-m", message, "--session-key", key).code == 0


def test_cost_is_shown_where_it_is_known(tmp_path: Path) -> None:
    """The list, and the final response of a run, tell what the session and the run cost at the config's prices."""
    priced = {"id": "demo", "cost": {"input": 10_000, "output": 20_000}}
    models = {"providers": {"scripted": {"api": "scripted", "models": [priced]}}}
    with demo_gateway(tmp_path, models=models):
        told = openclaw(tmp_path, "agent", "-m", "[[say x]][[usage 100 20]]", "--session-key", "d", "--json").document
        assert told["result"]["meta"]["agentMeta"]["costUsd"] == pytest.approx(1.4)
        assert "$1.4000" in openclaw(tmp_path, "sessions").out


def test_life_of_sessions(tmp_path: Path) -> None:
    """Sessions are listed, shown, exported, begun anew and removed; a script must say --yes to remove."""
    with demo_gateway(tmp_path):
        assert openclaw(tmp_path, "sessions").err == "No sessions.\n"
        _say(tmp_path, "trip", "To the \x1b[2J sea")
        _say(tmp_path, "work", "Good morning")
        listed = openclaw(tmp_path, "sessions", "list", "--json").document
        assert (listed["path"], listed["count"], listed["totalCount"], listed["hasMore"]) == (None, 2, 2, False)
        assert {row["key"] for row in listed["sessions"]} == {"agent:main:trip", "agent:main:work"}
        assert all(row["ageMs"] >= 0 and row["agentId"] == "main" for row in listed["sessions"])
        assert openclaw(tmp_path, "sessions", "--limit", "1", "--json").document["hasMore"] is True
        assert openclaw(tmp_path, "sessions", "--limit", "all", "--verbose").out.count("scripted/demo") == 2
        assert openclaw(tmp_path, "sessions", "--agent", "nope").code == 1

        shown = openclaw(tmp_path, "sessions", "show", "trip")
        assert "To the ?[2J sea" in shown.out
        assert re.search(r"^archived +false$", shown.out, re.MULTILINE)
        document = openclaw(tmp_path, "sessions", "show", "trip", "--json").document
        assert [message["role"] for message in document["messages"]] == ["user", "assistant"]

        lines = [json.loads(line) for line in openclaw(tmp_path, "sessions", "export", "trip").out.splitlines()]
        assert [line["type"] for line in lines] == ["session", "message", "message"]
        assert "## User\n\nGood morning" in openclaw(tmp_path, "sessions", "export", "work", "--format", "markdown").out
        target = tmp_path / "trip.jsonl"
        assert openclaw(tmp_path, "sessions", "export", "trip", "--output", str(target)).code == 0
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        again = openclaw(tmp_path, "sessions", "export", "trip", "--output", str(target))
        assert (again.code, "exists already" in again.err) == (1, True)

        assert "agent:main:work" in openclaw(tmp_path, "sessions", "reset", "work").out
        assert openclaw(tmp_path, "sessions", "show", "work", "--json").document["messages"] == []

        unconfirmed = openclaw(tmp_path, "sessions", "delete", "trip")
        assert (unconfirmed.code, "Delete trip?" in unconfirmed.err) == (2, True)
        planned = openclaw(tmp_path, "sessions", "delete", "trip", "--dry-run", "--json").document
        assert planned["results"] == [{"key": "agent:main:trip", "ok": True, "status": "would be deleted"}]
        removed = openclaw(tmp_path, "sessions", "delete", "trip", "nosuch", "--yes", "--json")
        assert removed.code == 1
        assert [result["status"] for result in removed.document["results"]] == ["deleted", "not_found"]
        assert (removed.document["ok"], removed.document["error"]["type"]) == (False, "cli_error")
        assert openclaw(tmp_path, "sessions", "archive", "work").out == "archived  agent:main:work\n"
        assert openclaw(tmp_path, "sessions", "--json").document["sessions"] == []


@pytest.mark.parametrize("action", ["show", "reset", "export"])
def test_unknown_session(tmp_path: Path, action: str) -> None:
    """A key that leads nowhere is told as such; nothing is made by asking."""
    with demo_gateway(tmp_path):
        outcome = openclaw(tmp_path, "sessions", action, "nosuch")
        assert (outcome.code, outcome.out) == (1, "")
        assert "there is no session 'nosuch'" in outcome.err
        assert openclaw(tmp_path, "sessions", "--json").document["count"] == 0


def test_answer_that_makes_no_sense(tmp_path: Path) -> None:
    """A list that is none is a failure, not a traceback."""

    def script(line: Line) -> None:
        line.let_in()
        line.answer(line.hear(), {"sessions": 7})

    with Peer(script) as peer:
        outcome = openclaw(tmp_path, "sessions", "--url", peer.url)
    assert outcome.code == 1
    assert outcome.err.startswith("error: the gateway's answer cannot be read")
