"""`openclaw sessions compact` and `cleanup` against a real gateway."""

from pathlib import Path

from tests.cli.command import openclaw
from tests.cli.home import demo_gateway


def _say(home: Path, key: str) -> None:
    assert openclaw(home, "agent", "-m", "Good morning", "--session-key", key).code == 0


def test_cleanup(tmp_path: Path) -> None:
    """What is old or too much is first told, then put away, and then gone from the list; one may be named to stay."""
    with demo_gateway(tmp_path, session={"maintenance": {"maxEntries": 1}}):
        for key in ("one", "two", "three"):
            _say(tmp_path, key)
        planned = openclaw(tmp_path, "sessions", "cleanup", "--dry-run", "--active-key", "one", "--json").document
        assert (planned["dryRun"], planned["beforeCount"], planned["capArchived"]) == (True, 3, 2)
        assert openclaw(tmp_path, "sessions", "--json").document["count"] == 3
        plan = openclaw(tmp_path, "sessions", "cleanup", "--dry-run", "--all-agents")
        assert plan.out == "2 of 3 sessions would be put away.\n"
        done = openclaw(tmp_path, "sessions", "cleanup", "--agent", "main", "--active-key", "one", "--fix-missing")
        assert done.out == "Put away 2 of 3 sessions.\n"
        left = openclaw(tmp_path, "sessions", "--json").document["sessions"]
        assert [row["key"] for row in left] == ["agent:main:one"]


def test_cleanup_where_the_config_only_warns(tmp_path: Path) -> None:
    """Nothing is put away until it is enforced."""
    with demo_gateway(tmp_path, session={"maintenance": {"pruneAfter": 0, "mode": "warn"}}):
        _say(tmp_path, "one")
        assert openclaw(tmp_path, "sessions", "cleanup").out == "1 of 1 sessions would be put away.\n"
        assert openclaw(tmp_path, "sessions", "cleanup", "--enforce").out == "Put away 1 of 1 sessions.\n"


def test_compact(tmp_path: Path) -> None:
    """A session with nothing to sum up is told as such and fails the command; one that is not there, too."""
    with demo_gateway(tmp_path):
        _say(tmp_path, "trip")
        small = openclaw(tmp_path, "sessions", "compact", "trip")
        assert small.code == 1
        assert "Not compacted agent:main:trip: Nothing to compact" in small.err
        document = openclaw(tmp_path, "sessions", "compact", "trip", "--json").document
        assert (document["ok"], document["compacted"], document["key"]) == (False, False, "agent:main:trip")
        missing = openclaw(tmp_path, "sessions", "compact", "nosuch")
        assert (missing.code, "session not found" in missing.err) == (1, True)
