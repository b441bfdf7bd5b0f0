"""`openclaw agents tools`: from the gateway when it runs, else from the configuration."""

from pathlib import Path
from typing import Any

import pytest
from tests.cli.command import openclaw
from tests.cli.home import demo_gateway, write_config

AGENTS = {
    "defaults": {"model": "scripted/demo"},
    "entries": {"main": {}, "ops": {"tools": {"deny": ["write"], "byProvider": {"other/big": {"allow": ["read"]}}}}},
}
TOOLS = {"profile": "coding", "deny": ["edit"]}


def verdicts(document: Any) -> dict[str, tuple[bool, str]]:
    """Verdict and rule by tool."""
    return {row["id"]: (row["allowed"], row["rule"]) for row in document["tools"]}


def test_explains_the_configuration(tmp_path: Path) -> None:
    """Without a gateway the configuration is asked: each tool has its verdict and the key that gave it."""
    write_config(tmp_path, agents=AGENTS, tools=TOOLS)
    told = openclaw(tmp_path, "agents", "tools", "--agent", "ops", "--explain")
    assert "does not run" in told.err
    lines = {line.split()[0]: line.split(maxsplit=2)[1:] for line in told.out.splitlines()}
    assert lines["read"] == ["allowed", "tools.profile: coding"]
    assert lines["edit"] == ["denied", "tools.deny"]
    assert lines["write"] == ["denied", "agents.entries.ops.tools.deny"]
    assert lines["agents_list"] == ["denied", "tools.profile: coding"]
    shown = openclaw(tmp_path, "agents", "tools", "--agent", "ops").out.split()
    assert "read" in shown
    assert "write" not in shown
    narrow = openclaw(tmp_path, "agents", "tools", "--agent", "ops", "--provider", "other/big", "--json").document
    assert [name for name, (is_allowed, _) in verdicts(narrow).items() if is_allowed] == ["read"]
    assert verdicts(narrow)["exec"] == (False, "agents.entries.ops.tools.byProvider.other/big.allow")


def test_gateway_says_the_same(tmp_path: Path) -> None:
    """A running gateway and its configuration give the same verdicts by the same rules."""
    write_config(tmp_path, agents=AGENTS, tools=TOOLS)
    cases = [("--agent", "ops"), ("--agent", "ops", "--provider", "other/big"), ("--session", "agent:ops:user:x")]
    read = [openclaw(tmp_path, "agents", "tools", *case, "--json").document for case in cases]
    with demo_gateway(tmp_path, agents=AGENTS, tools=TOOLS):
        asked = [openclaw(tmp_path, "agents", "tools", *case, "--json") for case in cases]
    assert [told.document for told in asked] == read
    assert [told.err for told in asked] == ["", "", ""]
    assert read[0]["model"] == "scripted/demo"


@pytest.mark.parametrize("arguments", [("--agent", "nope"), ("--session", "agent:nope:main")])
def test_unknown_agent(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """An agent that is not there is an error that says so."""
    write_config(tmp_path, agents=AGENTS)
    told = openclaw(tmp_path, "agents", "tools", *arguments)
    assert told.code == 1
    assert 'Unknown agent id "nope"' in told.err
