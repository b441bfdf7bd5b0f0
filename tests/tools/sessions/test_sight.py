"""Which sessions a session sees, through every tool that shows or reaches one (security property P12)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.tools.sessions.office import office

from openclaw_gateway.config.schema.tools import AgentToAgent
from openclaw_gateway.tools.sessions.sight import complete_key, may_talk
from openclaw_gateway.tools.tool import ToolFailure

OWN, SIBLING, CHILD, GRANDCHILD = "agent:main:main", "agent:main:other", "agent:main:subagent:c", "agent:ops:subagent:g"
FOREIGN = "agent:ops:main"


@pytest.mark.parametrize(
    ("tools", "seen"),
    [
        pytest.param({}, {OWN, SIBLING, CHILD, GRANDCHILD, FOREIGN}, id="all, the default"),
        pytest.param({"sessions": {"visibility": "agent"}}, {OWN, SIBLING, CHILD}, id="agent"),
        pytest.param({"sessions": {"visibility": "tree"}}, {OWN, CHILD, GRANDCHILD}, id="tree"),
        pytest.param({"sessions": {"visibility": "self"}}, {OWN}, id="self"),
        pytest.param({"agentToAgent": {"enabled": False}}, {OWN, SIBLING, CHILD}, id="no other agent"),
        pytest.param({"agentToAgent": {"allow": ["main"]}}, {OWN, SIBLING, CHILD}, id="the other is not allowed"),
        pytest.param({"agentToAgent": {"allow": ["ops"]}}, {OWN, SIBLING, CHILD}, id="we are not allowed"),
        pytest.param(
            {"agentToAgent": {"allow": ["m*", "ops"]}}, {OWN, SIBLING, CHILD, GRANDCHILD, FOREIGN}, id="both allowed"
        ),
    ],
)
async def test_p12_every_tool_keeps_to_what_is_in_sight(
    tmp_path: Path, tools: Mapping[str, Any], seen: set[str]
) -> None:
    """What is out of sight is in no list and no search, and is told like what is not there."""
    async with office(tmp_path, tools) as house:
        for key in (OWN, SIBLING, FOREIGN):
            await house.say(key, "the word is xylophone")
        await house.spawn(CHILD, OWN)
        await house.spawn(GRANDCHILD, CHILD)
        assert await house.keys(OWN) == seen
        hits = (await house.call("sessions_search", OWN, query="xylophone"))["results"]
        assert {hit["sessionKey"] for hit in hits} == seen & {OWN, SIBLING, FOREIGN}
        memories = (await house.call("memory_search", OWN, query="xylophone", corpus="sessions"))["results"]
        assert {hit["path"] for hit in memories} == seen & {OWN, SIBLING, FOREIGN}
        for key in {SIBLING, CHILD, GRANDCHILD, FOREIGN} - seen:
            for name, arguments in (
                ("sessions_history", {}),
                ("session_status", {}),
                ("sessions_search", {"query": "xylophone"}),
                ("sessions_send", {"message": "x"}),
            ):
                there = await house.refusal(name, OWN, sessionKey=key, **arguments)
                not_there = await house.refusal(name, OWN, sessionKey=f"{key}-none", **arguments)
                assert there.replace(key, "") == not_there.replace(f"{key}-none", "") == "session not found: "
        for key in {SIBLING, FOREIGN} & seen:
            assert (await house.call("sessions_history", OWN, sessionKey=key))["messages"]


async def test_p12_sessions_of_a_clients_users_see_only_themselves(tmp_path: Path) -> None:
    """Whoever talks through an application is not the operator: his session sees itself and what it spawned."""
    alice, bob = "agent:main:openai-user:alice", "agent:main:openai-user:bob"
    async with office(tmp_path) as house:
        for name in ("alice", "bob"):
            assert (await house.running.chat("secret", user=name)).status_code == 200
        await house.say(OWN, "secret")
        assert await house.keys(alice) == {alice}
        assert "not found" in await house.refusal("sessions_history", alice, sessionKey=bob)
        assert "not found" in await house.refusal("sessions_send", alice, agentId="main", message="x")
        hits = (await house.call("sessions_search", alice, query="secret"))["results"]
        assert {hit["sessionKey"] for hit in hits} == {alice}
        assert await house.keys(OWN) == {OWN, alice, bob}


async def test_p12_sandboxed_sessions_see_what_they_spawned(tmp_path: Path) -> None:
    """A confined session sees no others unless its sandbox says so."""
    sandbox = {"mode": "non-main", "backend": "bubblewrap"}
    for visibility, seen in (("spawned", {SIBLING}), ("all", {OWN, SIBLING})):
        folder = tmp_path / visibility
        folder.mkdir()
        defaults = {"sandbox": {**sandbox, "sessionToolsVisibility": visibility}}
        async with office(folder, agents={"defaults": defaults}) as house:
            await house.say(OWN)
            await house.say(SIBLING)
            assert await house.keys(SIBLING) == seen
            assert await house.keys(OWN) == {OWN, SIBLING}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("main", "agent:ops:main"),
        (" Agent:Main:X ", "agent:main:x"),
        ("subagent:1", "agent:ops:subagent:1"),
    ],
)
def test_keys_are_completed(text: str, expected: str) -> None:
    """A short key is one of the own agent."""
    assert complete_key(text, "ops") == expected


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "x" * 600, "\udc80"])
def test_hostile_keys_are_refused(text: str) -> None:
    """What can be no key is refused before it is looked up."""
    with pytest.raises(ToolFailure):
        complete_key(text, "ops")


def test_agents_talk_where_both_are_listed() -> None:
    """The list holds for both directions; patterns count without case."""
    rules = AgentToAgent(allow=("Team-*",))
    assert may_talk(rules, "team-a", "TEAM-b")
    assert not may_talk(rules, "team-a", "other")
    assert not may_talk(AgentToAgent(enabled=False), "a", "b")
