"""`sessions_list` from outside."""

from pathlib import Path

import pytest
from tests.tools.sessions.office import office

from openclaw_gateway.tools.sessions.sessions_list import channel_of, kind_of

OWN, OTHER = "agent:main:main", "agent:main:other"


async def test_row(tmp_path: Path) -> None:
    """A row says who, where, with which model, how full and how it ended."""
    async with office(tmp_path) as house:
        await house.say(OWN, "what is  bread?")
        listed = await house.call(
            "sessions_list", OWN, includeDerivedTitles=True, includeLastMessage=True, messageLimit=1
        )
        (row,) = listed["sessions"]
        session_id, updated_at = row.pop("sessionId"), row.pop("updatedAt")
        assert session_id
        assert updated_at > 1_700_000_000_000
        (message,) = row.pop("messages")
        assert message["content"] == [{"type": "text", "text": "Hello."}]
        assert row == {
            "key": OWN,
            "agentId": "main",
            "kind": "main",
            "channel": "webchat",
            "archived": False,
            "pinned": False,
            "model": "up/tiny",
            "contextTokens": 32_000,
            "totalTokens": 18,
            "status": "done",
            "abortedLastRun": False,
            "derivedTitle": "what is bread?",
            "lastMessage": "Hello.",
        }
        assert (listed["count"], listed["visibility"]) == (1, "all")


async def test_filters(tmp_path: Path) -> None:
    """Each filter leaves out what it names, and pages count what is left."""
    child = "agent:main:subagent:c"
    async with office(tmp_path) as house:
        for key in (OWN, OTHER, "agent:ops:main"):
            await house.say(key)
        await house.spawn(child, OWN)
        await house.settle(OTHER, label="Bread", pinned_at_ms=1, category="home")
        everything = {OWN, OTHER, "agent:ops:main", child}
        assert await house.keys(OWN) == everything
        assert await house.keys(OWN, kinds=["main"]) == {OWN, "agent:ops:main"}
        assert await house.keys(OWN, excludeSubagents=True) == everything - {child}
        assert await house.keys(OWN, agentId="ops") == {"agent:ops:main"}
        assert await house.keys(OWN, label="Bread") == {OTHER}
        assert await house.keys(OWN, search="BREA") == {OTHER}
        assert await house.keys(OWN, pinned=True) == {OTHER}
        assert await house.keys(OWN, group="home") == {OTHER}
        assert await house.keys(OWN, activeOnly=True) == set()
        assert await house.keys(OWN, activeMinutes=5) == everything
        pages = [await house.keys(OWN, limit=2, offset=offset) for offset in (0, 2, 4)]
        assert [len(page) for page in pages] == [2, 2, 0]
        assert pages[0] | pages[1] == everything
        await house.settle(OTHER, archived_at_ms=1)
        assert await house.keys(OWN) == everything - {OTHER}
        for archived in (True, "true"):
            assert await house.keys(OWN, archived=archived) == {OTHER}
        assert await house.keys(OWN, archived="all") == everything


async def test_list_fits(tmp_path: Path) -> None:
    """A list that is too long for the model is cut between rows, and says so."""
    async with office(tmp_path) as house:
        for number in range(5):
            await house.say(f"agent:main:s{number}")
        listed = await house.call("sessions_list", OWN, max_chars=1_500)
        assert 0 < listed["count"] < 5
        assert listed["truncated"] is True


@pytest.mark.parametrize(
    ("key", "kind", "channel"),
    [
        ("agent:main:main", "main", "webchat"),
        ("agent:main:telegram:group:1", "group", "telegram"),
        ("agent:main:openai-user:group", "other", "http"),
        ("agent:main:cron:job", "cron", "webchat"),
        ("agent:main:hook:1", "hook", "webchat"),
        ("agent:main:subagent:1", "other", "webchat"),
    ],
)
def test_kinds(key: str, kind: str, channel: str) -> None:
    """A key tells what its session is and where it is talked to."""
    assert (kind_of(key), channel_of(key)) == (kind, channel)
