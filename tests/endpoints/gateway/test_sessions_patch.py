"""`sessions.patch`: what people decide about a session."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.protocol_client import ProtocolClient, Refused, connected
from tests.running import Running, running_gateway
from tests.upstream import Upstream


@pytest.fixture
async def client(gateway: Running) -> AsyncIterator[ProtocolClient]:
    """A client of a gateway with the sessions `one` and `two`."""
    async with connected(gateway) as connection:
        for name in ("one", "two"):
            await connection.ask("sessions.create", key=name)
        yield connection


@pytest.mark.parametrize(
    ("change", "shown", "cleared"),
    [
        pytest.param({"label": "Plans"}, {"label": "Plans", "displayName": "Plans"}, {"label": None}, id="name"),
        pytest.param({"category": "work"}, {"category": "work"}, {"category": None}, id="category"),
        pytest.param({"icon": "star"}, {"icon": "star"}, {"icon": None}, id="icon"),
        pytest.param({"statusNote": "soon"}, {"statusNote": "soon"}, {"statusNote": None}, id="note"),
        pytest.param({"archived": True}, {"archived": True}, {"archived": False}, id="archived"),
        pytest.param({"pinned": True}, {"pinned": True}, {"pinned": False}, id="pinned"),
        pytest.param({"unread": True}, {"unread": True}, {"unread": False}, id="unread"),
        pytest.param({"thinkingLevel": "high"}, {"thinkingLevel": "high"}, {"thinkingLevel": None}, id="thinking"),
        pytest.param(
            {"model": "scripted/demo"},
            {"model": "demo", "modelProvider": "scripted", "modelOverrideSource": "user"},
            {"model": None},
            id="model",
        ),
    ],
)
async def test_decision_is_kept_and_taken_back(
    client: ProtocolClient, change: dict[str, Any], shown: dict[str, Any], cleared: dict[str, Any]
) -> None:
    """Each decision is in the answer and in the row; null, or false for a mark, takes it back."""
    before = (await client.ask("sessions.describe", key="one"))["session"]
    await client.ask("sessions.subscribe")
    told = await client.ask("sessions.patch", key="one", **change)
    assert shown.items() <= told["entry"].items()
    changed = await client.wait_event("sessions.changed", reason="patch")
    assert changed["session"] == told["entry"] == (await client.ask("sessions.describe", key="one"))["session"]
    told = await client.ask("sessions.patch", key="one", **cleared)
    after = {name: value for name, value in told["entry"].items() if name != "lastReadAt"}
    assert after == before


async def test_chosen_model_answers(tmp_path: Path, upstream: Upstream) -> None:
    """The session's next turn asks the chosen model, over HTTP too and after a restart; others ask the agent's."""
    async with running_gateway(tmp_path, upstream) as gateway, connected(gateway) as client:
        await client.ask("sessions.create", key="web")
        told = await client.ask("sessions.patch", key="web", model="scripted/demo")
        assert told["resolved"] == {"modelProvider": "scripted", "model": "demo"}
    async with running_gateway(tmp_path, upstream) as gateway, connected(gateway) as client:
        await gateway.chat("[[say from the demo]]", headers={"x-openclaw-session-key": "web"})
        assert upstream.requests == []
        await client.ask("sessions.patch", key="web", model=None)
        await gateway.chat("hi", headers={"x-openclaw-session-key": "web"})
        assert len(upstream.requests) == 1


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        pytest.param({"key": "none", "label": "x"}, "session not found: none", id="no such session"),
        pytest.param({"label": "Plans"}, "label already in use: Plans", id="name of another"),
        pytest.param({"label": ""}, "at /label", id="empty name"),
        pytest.param({"label": "\x1b[2J"}, "at /label: must hold printable", id="name that moves a cursor"),
        pytest.param({"model": "nosuch/model"}, "unknown model", id="unknown model"),
        pytest.param({"execHost": "x"}, "at /execHost: not supported", id="part that is not here"),
        pytest.param({"permissionMode": "full"}, "at /permissionMode: not supported", id="rights"),
        pytest.param({"fastMode": True}, "at /fastMode: not supported", id="fast mode"),
        pytest.param({"expectedSessionId": "other"}, "is not the one with id other", id="another session"),
        pytest.param({"expectedLifecycleRevision": "other"}, "was reset meanwhile", id="another revision"),
        pytest.param({"expectedMarkedUnreadAt": 5}, "marked as read or unread", id="another mark"),
    ],
)
async def test_refused(client: ProtocolClient, params: dict[str, Any], fault: str) -> None:
    """What cannot be is refused by name, and nothing is changed."""
    await client.ask("sessions.patch", key="two", label="Plans")
    before = await client.ask("sessions.describe", key="one")
    with pytest.raises(Refused, match=fault):
        await client.ask("sessions.patch", **{"key": "one"} | params)
    assert await client.ask("sessions.describe", key="one") == before


async def test_rights_are_for_admins(gateway: Running) -> None:
    """Who may write may name a session; what decides over rights is judged by scope first."""
    async with connected(gateway, scopes=["operator.write"]) as writer:
        await writer.ask("sessions.create", key="one")
        await writer.ask("sessions.patch", key="one", label="Mine")
        with pytest.raises(Refused, match=r"missing scope: operator\.admin"):
            await writer.ask("sessions.patch", key="one", permissionMode="full")
