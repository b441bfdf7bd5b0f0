"""What `openclaw models status` tells of keys and models that failed a while ago."""

import json
import time
from pathlib import Path

from tests.cli.command import openclaw
from tests.cli.home import write_config


def test_status_tells_who_is_passed_over(tmp_path: Path) -> None:
    """A key and a model whose time is not over are listed with the reason, without the mark of the key."""
    home = tmp_path
    write_config(home)
    now_ms = int(time.time() * 1000)
    rows = {
        "near:default#0123abcd": {"disabledUntil": now_ms + 500_000, "disabledReason": "billing", "errorCount": 1},
        "far:work#0123abcd/org/large": {"cooldownUntil": now_ms + 50_000, "cooldownReason": "rate_limit"},
        "old:default": {"cooldownUntil": now_ms - 1, "cooldownReason": "timeout"},
    }
    path = home / ".openclaw" / "state" / "model-cooldowns.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"version": 1, "usageStats": rows}))
    told = openclaw(home, "models", "status", "--json").document["auth"]["unusableProfiles"]
    assert [(row["profileId"], row["provider"], row["model"], row["kind"], row["reason"]) for row in told] == [
        ("near:default", "near", None, "disabled", "billing"),
        ("far:work", "far", "org/large", "cooldown", "rate_limit"),
    ]
    lines = openclaw(home, "models", "status").out
    assert "far:work for org/large: rate_limit, for" in lines
    assert "0123abcd" not in lines
    path.unlink()
    assert openclaw(home, "models", "status", "--json").document["auth"]["unusableProfiles"] == []


def test_a_key_in_a_profile_is_a_key(tmp_path: Path) -> None:
    """A provider whose only key is one of `auth.profiles` is ready, and the key is not told."""
    profile = {"provider": "openai", "mode": "api_key", "apiKey": "dummy-key-of-work"}
    write_config(tmp_path, auth={"profiles": {"openai:work": profile}}, agents={"defaults": {"model": "openai/gpt-5"}})
    outcome = openclaw(tmp_path, "models", "status", "--json")
    auth = outcome.document["auth"]
    assert auth["missingProvidersInUse"] == []
    found = {row["provider"]: row["effective"] for row in auth["providers"]}
    assert found["openai"] == {"kind": "config", "detail": "auth.profiles.openai:work.apiKey"}
    assert "dummy-key-of-work" not in outcome.out
