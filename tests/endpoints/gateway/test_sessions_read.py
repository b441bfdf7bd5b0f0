"""Reading sessions: lists, one row, names, previews, messages."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client of a gateway with three sessions, `one` used first; `two` is called Plans, `three` is archived."""
    for name in ("one", "two", "three"):
        reply = await gateway.chat(f"hello from {name}", headers={"x-openclaw-session-key": name})
        assert reply.status_code == 200
    async with connected(gateway) as connection:
        await connection.ask("sessions.patch", key="two", label="Plans")
        await connection.ask("sessions.patch", key="three", archived=True)
        yield connection


def names(listed: Any) -> list[str]:
    return [row["key"].removeprefix("agent:main:") for row in listed["sessions"]]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({}, ["two", "one"], id="all but the archived"),
        pytest.param({"archived": "all"}, ["three", "two", "one"], id="all"),
        pytest.param({"archived": True}, ["three"], id="archived"),
        pytest.param({"limit": 1}, ["two"], id="limit"),
        pytest.param({"limit": 1, "offset": 1}, ["one"], id="next page"),
        pytest.param({"label": "Plans"}, ["two"], id="by name"),
        pytest.param({"search": "pla"}, ["two"], id="search"),
        pytest.param({"agentId": "main"}, ["two", "one"], id="of an agent"),
        pytest.param({"configuredAgentsOnly": True}, ["two", "one"], id="of configured agents"),
        pytest.param({"activeMinutes": 1}, ["two", "one"], id="used lately"),
        pytest.param({"spawnedBy": "agent:main:main"}, [], id="spawned by nobody"),
        pytest.param({"involvingMe": True}, [], id="with people"),
        pytest.param({"activeOnly": True}, [], id="with a run"),
    ],
)
async def test_list(client: ProtocolClient, params: dict[str, Any], expected: list[str]) -> None:
    """Each param chooses; the newest come first."""
    listed = await client.ask("sessions.list", **params)
    assert names(listed) == expected
    assert listed["count"] == len(expected)
    assert listed["hasMore"] == ("nextOffset" in listed)


async def test_list_may_show_both_ends(client: ProtocolClient) -> None:
    """A title from the first message and a preview of the last one, for who asks."""
    (row,) = (await client.ask("sessions.list", label="Plans"))["sessions"]
    assert "derivedTitle" not in row
    (row,) = (await client.ask("sessions.list", label="Plans", includeDerivedTitles=True, includeLastMessage=True))[
        "sessions"
    ]
    assert (row["derivedTitle"], row["lastMessagePreview"]) == ("hello from two", "Hello.")
    assert (row["displayName"], row["modelProvider"], row["model"]) == ("Plans", "up", "tiny")
    assert (row["inputTokens"], row["outputTokens"], row["totalTokens"], row["contextTokens"]) == (11, 7, 18, 32_000)


@pytest.mark.parametrize("name", ["offset", "activeMinutes", "limit"])
async def test_numbers_beyond_reason_are_refused(client: ProtocolClient, name: str) -> None:
    """A number that no list and no clock has is refused by name."""
    with pytest.raises(Refused, match=f"at /{name}"):
        await client.ask("sessions.list", **{name: 10**30})


async def test_describe(client: ProtocolClient) -> None:
    """One row, or null."""
    row = (await client.ask("sessions.describe", key="two"))["session"]
    assert (row["label"], row["kind"], row["status"]) == ("Plans", "direct", "done")
    assert await client.ask("sessions.describe", key="nobody") == {"session": None}


async def test_resolve(client: ProtocolClient) -> None:
    """A session is found by its key, id, name or the beginning of its id; several or none are told."""
    row = (await client.ask("sessions.describe", key="two"))["session"]
    found = {"ok": True, "key": "agent:main:two", "agentId": "main", "displayName": "Plans"}
    for way in ({"key": "two"}, {"sessionId": row["sessionId"]}, {"label": "Plans"}, {"shortId": row["sessionId"]}):
        assert await client.ask("sessions.resolve", **way) == found
    several = await client.ask("sessions.resolve", shortId=row["sessionId"][:4])
    assert not several["ok"]
    assert len(several["candidates"]) == 3
    assert await client.ask("sessions.resolve", label="None", allowMissing=True) == {"ok": False}
    with pytest.raises(Refused, match="No session found: None"):
        await client.ask("sessions.resolve", label="None")
    with pytest.raises(Refused, match="exactly one"):
        await client.ask("sessions.resolve", key="two", label="Plans")


async def test_preview(client: ProtocolClient) -> None:
    """The last words of each session; empty and missing ones are told apart."""
    await client.ask("sessions.create", key="empty")
    told = await client.ask("sessions.preview", keys=["one", "empty", "none"], limit=1)
    assert [(row["key"], row["status"], row["items"]) for row in told["previews"]] == [
        ("one", "ok", [{"role": "assistant", "text": "Hello."}]),
        ("empty", "empty", []),
        ("none", "missing", []),
    ]


async def test_get(client: ProtocolClient) -> None:
    """The newest messages, oldest first; without a key it says so."""
    told = await client.ask("sessions.get", key="one", limit=1)
    assert [message["__openclaw"]["seq"] for message in told["messages"]] == [2]
    assert await client.ask("sessions.get", sessionKey="none") == {"messages": []}
    with pytest.raises(Refused, match="key required"):
        await client.ask("sessions.get")


async def test_subscribing_may_bring_the_list(client: ProtocolClient) -> None:
    """`sessions.subscribe` with the params of a list answers with it."""
    told = await client.ask("sessions.subscribe", limit=1)
    assert told["subscribed"]
    assert names(told["list"]) == ["two"]
